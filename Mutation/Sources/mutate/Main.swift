// Puts faults into the code of the checkers, one at a time, and tells which the tests do not find.
//
//   mutate PACKAGE [--files A,B] [--count N] [--seed N] [--jobs N] [--again]
//
// --again runs only those that were not found the last time.

import Foundation

@main
struct Main {
  static func main() {
    do { try run() } catch {
      say("\(error)")
      exit(1)
    }
  }

  private static func run() throws {
    let options = Options(CommandLine.arguments)
    let workshop = try Workshop(package: URL(fileURLWithPath: options.package).standardizedFileURL)
    let notes = workshop.folder.appendingPathComponent("outcomes.txt")
    let suite = try Suite(TestProgram(path: workshop.program.path), jobs: options.jobs)
    say("\(suite.parts.count) parts of the tests")
    let chosen = options.choose(
      workshop.mutants, before: try? String(contentsOf: notes, encoding: .utf8))
    let log = try Log(notes, count: chosen.count)
    let outcomes = try inParallel(options.jobs, chosen) { mutant in
      let start = Date()
      let outcome = suite.outcome(of: mutant)
      log.add(mutant, outcome, Date().timeIntervalSince(start))
      return outcome
    }
    let report = Report(outcomes: zip(chosen, outcomes).map { (mutant: $0, outcome: $1) })
    say(report.text)
  }
}

/// Outcomes as they come, in a file: what became of each mutant, its name, and how long it took.
final class Log: Sendable {
  private let lock = NSLock()
  private let file: FileHandle
  private let count: Int
  nonisolated(unsafe) private var done = 0

  init(_ url: URL, count: Int) throws {
    try Data().write(to: url)
    file = try FileHandle(forWritingTo: url)
    self.count = count
  }

  func add(_ mutant: Mutant, _ outcome: Outcome, _ seconds: Double) {
    let line = "\(outcome.rawValue)\t\(mutant.name)\t\(String(format: "%.1f", seconds)) s\n"
    lock.withLock {
      file.write(Data(line.utf8))
      done += 1
      if done % 200 == 0 { say("\(done) of \(count)") }
    }
  }
}

/// Prints at once, also into a file.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

/// What the command line asks for.
struct Options {
  var package = "."
  /// Ends of paths; nothing for all files.
  var files: [String] = []
  var count: Int?
  var seed: UInt64 = 1
  var jobs = ProcessInfo.processInfo.activeProcessorCount
  var isAgain = false

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      switch argument {
      case "--files":
        files = rest.popFirst()?.split(whereSeparator: { ", ".contains($0) }).map(String.init) ?? []
      case "--count": count = rest.popFirst().flatMap(Int.init)
      case "--seed": seed = rest.popFirst().flatMap(UInt64.init) ?? seed
      case "--jobs": jobs = rest.popFirst().flatMap(Int.init) ?? jobs
      case "--again": isAgain = true
      default: package = argument
      }
    }
  }

  /// The mutants to run, in the order of files and lines.
  func choose(_ all: [Mutant], before: String?) -> [Mutant] {
    var mutants = all
    if !files.isEmpty {
      mutants = mutants.filter { one in files.contains { one.file.hasSuffix($0) } }
    }
    if isAgain, let before {
      let names = Set(
        before.split(separator: "\n").map { $0.split(separator: "\t") }
          .filter { ["survived", "not met"].contains($0[0]) }.map { String($0[1]) })
      mutants = mutants.filter { names.contains($0.name) }
    }
    guard let count, count < mutants.count else { return mutants }
    var generator = Shuffling(state: seed)
    return Array(mutants.shuffled(using: &generator).prefix(count)).sorted { $0.number < $1.number }
  }
}

/// SplitMix64.
private struct Shuffling: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
