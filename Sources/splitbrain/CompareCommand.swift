// splitbrain compare: candidate designs on equal seeds, in one table.

import ArgumentParser
import Splitbrain

/// What compare and decide have in common: which candidates, how many seeds.
struct CandidateOptions: ParsableArguments {
  @Argument(
    help: "The scenario file; its variants are the candidates.",
    completion: .file(extensions: ["yaml", "yml"]))
  var scenario: String
  @Option(
    help: "Instead of variants: these kinds of strategy, with their defaults, such as raft,quorum.")
  var strategies: String?
  @Option(
    help: "How many seeds for each, from the scenario's own on; 6 are the fewest for intervals.")
  var seeds = 10
  @OptionGroup var cores: CoreOptions
  @Option(name: .customLong("set"), help: "Change a setting: path=value. May be repeated.")
  var settings: [String] = []
  @Option(help: "text or json.") var format = OutputFormat.text

  func validate() throws {
    if seeds < 1 || seeds > 1_000_000 { throw ValidationError("--seeds must be 1 to 1000000") }
  }

  /// The comparison, still without runs.
  func comparison() throws -> Comparison {
    let kinds = strategies.map { $0.split(separator: ",").map { String($0) } } ?? []
    if strategies != nil, kinds.isEmpty { throw ValidationError("--strategies names none") }
    return Comparison(
      try ScenarioInput.load(scenario, settings, strategies: kinds), seeds: seeds,
      settings: settings, byStrategy: !kinds.isEmpty)
  }

  /// Runs everything; shows progress.
  func carryOut(_ comparison: inout Comparison, _ what: String = "") throws {
    comparison.run(
      threads: cores.threads, isInterrupted: { Terminal.isInterrupted },
      progress: { Terminal.progress("\(what)\($0.runs) of \($0.planned) runs") })
    Terminal.progress("")
    if Terminal.isInterrupted {
      Terminal.error("interrupted: \(comparison.runs) of \(comparison.planned) runs were finished")
      throw Status.interrupted
    }
    for defect in comparison.defects { Terminal.error("a bug of splitbrain's: \(defect)") }
    if !comparison.defects.isEmpty { throw Status.ourBug }
  }
}

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Candidate designs on equal seeds, in one table: what each keeps, and what it costs.",
    discussion: """
      splitbrain compare scenarios/guides/ack-modes.yaml
      splitbrain compare my.yaml --strategies async-primary,raft,crdt --seeds 20

      The candidates are the file's variants. Each seed gives all of them the same clients and the same \
      faults. The table says in how many runs each guarantee held and how each figure spreads over the \
      seeds, with 95 % intervals (shares: Wilson; medians: order statistics), and which seed shows what \
      each candidate breaks. With cost: in the scenario also dollars a month, item by item in the JSON.

      Exit status as of run: 1 if a promise or an expectation of the file was broken.
      """)

  @OptionGroup var options: CandidateOptions

  func run() throws {
    Terminal.catchInterrupt()
    var comparison = try options.comparison()
    try options.carryOut(&comparison)
    let table = ComparisonTable(comparison, file: options.scenario)
    Terminal.out(options.format == .json ? table.json.text + "\n" : table.text)
    if comparison.verdict != .holds { throw Status.of(comparison.verdict) }
  }
}
