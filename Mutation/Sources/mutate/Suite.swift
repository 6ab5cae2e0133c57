// The tests of the checkers, in parts that can be run alone: each function, and each checker's twins. Which mutants a
// part meets is known from one run without any awake.

import Foundation

/// A part of the tests.
struct Part: Sendable {
  var filter: String
  /// The checker whose twins are run; nil if the function is no test of twins.
  var checker: String?
  var met: Set<Int> = []
  var seconds = 0.0
}

struct Suite: Sendable {
  private let program: TestProgram
  let parts: [Part]

  /// The two kinds of tests that run once for each twin: the comparison, and what holds for all.
  private static let agreement = "CheckingTests.TwinTests/agree"
  private static let metamorphic = "CheckingTests.MetamorphicTests/"

  init(_ program: TestProgram, jobs: Int) throws {
    self.program = program
    let (listed, _) = program.run(["--list-tests"], seconds: 60)
    let functions = listed.split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("CheckingTests.") && !Self.isAboutTwins($0) }
    var parts = functions.filter {
      !$0.hasPrefix(Self.agreement) && !$0.hasPrefix(Self.metamorphic)
    }
    .map { Part(filter: NSRegularExpression.escapedPattern(for: $0)) }
    for checker in try Self.twins(program) {
      parts.append(Part(filter: Self.agreement, checker: checker))
      parts.append(Part(filter: Self.metamorphic, checker: checker))
    }
    self.parts = try inParallel(jobs, parts) { try Self.measured($0, program) }
  }

  /// Whether a test is about faults in a brute force: what it says of the checker, the twins say as well.
  private static func isAboutTwins(_ function: String) -> Bool {
    function.lowercased().contains("mutants(")
  }

  /// The checkers that have twins: the comparison names them when it is told how many histories to look at.
  private static func twins(_ program: TestProgram) throws -> [String] {
    let (output, _) = program.run(
      ["--filter", agreement], ["SPLITBRAIN_TWINS": "100"], seconds: 600)
    var names: [String] = []
    for line in output.split(separator: "\n") {
      guard let end = line.firstRange(of: " hold, "), line.contains("say nothing"),
        let name = line[..<end.lowerBound].split(whereSeparator: { ",:".contains($0) }).first,
        !names.contains(String(name))
      else { continue }
      names.append(String(name))
    }
    guard !names.isEmpty else { throw Failure("no twins found:\n\(output)") }
    return names
  }

  private static func measured(_ part: Part, _ program: TestProgram) throws -> Part {
    var part = part
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    let start = Date()
    let (output, outcome) = program.run([part], ["MUTANTS_MET": file.path], seconds: 600)
    part.seconds = Date().timeIntervalSince(start)
    guard outcome == .survived else { throw Failure("fails without a mutant:\n\(output)") }
    part.met = Set(
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { Int($0) })
    return part
  }

  /// Runs the parts that meet a mutant, quick ones first, until one fails.
  func outcome(of mutant: Mutant) -> Outcome {
    let meeting = parts.filter { $0.met.contains(mutant.number) }
    guard !meeting.isEmpty else { return .notMet }
    let isQuick = { (part: Part) in part.checker == nil && part.seconds < 0.15 }
    let isAgreement = { (part: Part) in part.filter == Self.agreement }
    let stages = [
      meeting.filter(isQuick), meeting.filter(isAgreement),
      meeting.filter { !isQuick($0) && !isAgreement($0) },
    ]
    for stage in stages where !stage.isEmpty {
      let seconds = 3 + 3 * Int(stage.map(\.seconds).reduce(0, +))
      let (_, outcome) = program.run(stage, ["MUTANT": "\(mutant.number)"], seconds: seconds)
      if outcome != .survived { return outcome }
    }
    return .survived
  }
}
