// splitbrain decide: which candidate meets the requirements, which seed rules out the others, and where the
// answer flips.

import ArgumentParser
import Splitbrain

struct DecideCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decide",
    abstract: "Which design meets the scenario's requirements, and where that answer flips.",
    discussion: """
      splitbrain decide scenarios/guides/active-passive-vs-active-active.yaml

      Reads requirements: from the scenario: {rto: 5m, rpo: 10s, consistency: [no-lost-writes], p99: 300ms, \
      write-p99: 1s, availability: 99%, cost: 2000, survive: region}. A candidate passes if it kept each \
      with every seed; what was not measured is unknown, never a pass. Those that pass are ranked: the \
      cheapest first, then by p99, then by p99 of writes. For each that does not, the requirement and the \
      seed that show it. Then turns one thing at a time (latency between regions x0.5, x2, x4; a quarter \
      and a sixteenth of the keys; twice and four times the rate; the time to live) and names the first \
      value at which another candidate wins.

      Exit status: 0 if a candidate passes; 1 if none does; 2 if none does, but of some it cannot be said.
      """)

  @OptionGroup var options: CandidateOptions
  @Option(help: "How many seeds for each value that is turned; 0 to leave that out.")
  var flipSeeds = 3

  func validate() throws {
    if flipSeeds < 0 { throw ValidationError("--flip-seeds must be at least 0") }
  }

  func run() throws {
    Terminal.catchInterrupt()
    var comparison = try options.comparison()
    guard comparison.hasRequirements else {
      Terminal.error(
        "\(options.scenario):1:1: there are no requirements: to decide by, such as "
          + "requirements: {rto: 5m, consistency: [no-lost-writes]}")
      throw Status.badInput
    }
    try options.carryOut(&comparison)
    let decision = Decision(comparison.candidates)
    let flips = try turn(comparison)
    let report = DecisionReport(comparison, decision, flips, file: options.scenario)
    Terminal.out(options.format == .json ? report.json.text + "\n" : report.text)
    if decision.winner == nil { throw decision.open.isEmpty ? Status.failed : Status.unknown }
  }

  /// Turns each lever as far as it goes.
  private func turn(_ comparison: Comparison) throws -> [Flip] {
    guard flipSeeds > 0 else { return [] }
    return try Lever.all.map { lever in
      var turns: [Turn] = []
      for factor in lever.factors {
        let turned = try comparison.turned(lever, by: factor, seeds: flipSeeds)
        guard var next = turned?.comparison, let override = turned?.override else { continue }
        try options.carryOut(&next, "\(override): ")
        turns.append(Turn(factor: factor, override: override, comparison: next))
      }
      return Flip(lever: lever, turns: turns)
    }
  }
}
