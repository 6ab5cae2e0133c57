// What is wrong with a scenario, all of it at once, each with its place.

import Simulation

/// Everything that is wrong with a scenario file.
public struct ScenarioError: Error, CustomStringConvertible {
  /// The file's name as it was given.
  public let file: String
  /// In the order of their places, each once.
  public let problems: [Problem]
  /// The overrides of the command line; a problem in one of them has line 0 and its number.
  public let overrides: [String]

  public init(file: String, problems: [Problem], overrides: [String] = []) {
    self.file = file
    self.overrides = overrides
    var distinct: [Problem] = []
    for problem in problems.sorted() where problem != distinct.last { distinct.append(problem) }
    self.problems = distinct
  }

  /// The most problems that are told.
  public static let most = 100

  /// A line for each problem: `file:line:column: message`; of very many the first.
  public var lines: [String] {
    let told = problems.prefix(Self.most).map { line(for: $0) }
    let left = problems.count - told.count
    return left > 0 ? told + ["\(file): and \(left) more"] : told
  }

  private func line(for problem: Problem) -> String {
    guard problem.mark.line == 0 else {
      return "\(file):\(problem.mark.line):\(problem.mark.column): \(problem.message)"
    }
    let place = problem.mark.column - 1
    let override = overrides.indices.contains(place) ? overrides[place] : ""
    return "--set \(override): \(problem.message)"
  }

  public var description: String { lines.joined(separator: "\n") }
}
