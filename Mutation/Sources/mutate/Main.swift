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
