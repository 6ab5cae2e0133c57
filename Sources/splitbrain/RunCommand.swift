// splitbrain run: one scenario, one or many seeds.

import ArgumentParser
import Foundation
import Splitbrain

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a scenario and say what held, what broke and what it cost.",
    discussion: """
      splitbrain run scenarios/quickstart.yaml
      splitbrain run scenarios/quickstart.yaml --seeds 100
      splitbrain run my.yaml --set workload.rate=500/s --set strategy.lease=1s
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml", "yml"]))
  var scenario: String
  @Option(help: "The seed; the scenario's own if not given.") var seed: UInt64?
  @Option(help: "Run so many seeds, from the seed on.") var seeds: Int?
  @OptionGroup var cores: CoreOptions
  @Option(help: "text or json (one object a run).") var format = OutputFormat.text
  @Option(help: "Write history, report and JSON of each run into this folder.") var out: String?
  @Option(help: "The format of the history in --out: jsonl, edn (for Elle and Knossos) or json.")
  var historyFormat = HistoryFormat.jsonLines
  @Option(help: "Write each region's database into this folder, as a SQLite file.")
  var keepDatabases: String?
  @Option(name: .customLong("set"), help: "Change a setting: path=value. May be repeated.")
  var settings: [String] = []
  @Option(help: "Run only this variant of the scenario.") var variant: String?
  @Flag(help: "Run twice, in two processes, and compare every event.")
  var verifyDeterminism = false
  @Flag(help: "Judge by what clients saw alone, without the true version order.")
  var blackBox = false
  @Option(
    help: .init(
      "Which store regions have: sqlite, or memory (the test oracle).", visibility: .hidden))
  var store = StoreChoice.sqlite
  @Option(help: .init("Write the digest after every event to this file.", visibility: .hidden))
  var trail: String?
  @Option(help: .init("Print what happened at event N and before.", visibility: .hidden))
  var describeEvent: Int?

  enum StoreChoice: String, ExpressibleByArgument { case sqlite, memory }

  func validate() throws {
    if let seeds, seeds < 1 { throw ValidationError("--seeds must be at least 1") }
    guard HistoryFormat.written.contains(historyFormat) else {
      let names = HistoryFormat.written.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--history-format must be one of \(names)")
    }
    if (seeds ?? 1) > 1, verifyDeterminism || trail != nil || keepDatabases != nil {
      throw ValidationError("--verify-determinism and --keep-databases take one seed")
    }
  }

  private var options: RunOptions {
    var options = RunOptions()
    options.blackBox = blackBox
    options.store = store == .memory ? .memory : .sqlite
    options.keepDatabases = keepDatabases
    options.keepsTrail = trail != nil || verifyDeterminism
    options.describe = describeEvent.map { max(0, $0 - 10)..<($0 + 1) }
    return options
  }

  /// How to run this again, but for the seed.
  private var replay: String {
    ReplayLine.text(
      scenario,
      settings.flatMap { ["--set", $0] } + (variant.map { ["--variant", $0] } ?? [])
        + (blackBox ? ["--black-box"] : []))
  }

  func run() throws {
    let scenarios = try ScenarioInput.only(
      variant, of: try ScenarioInput.load(scenario, settings))
    for directory in [out, keepDatabases].compactMap({ $0 }) {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
    }
    let first = seed ?? scenarios[0].seed
    if verifyDeterminism {
      try Determinism.verify(scenarios, file: scenario, settings, seed: first, options)
      return
    }
    let jobList = (0..<UInt64(seeds ?? 1)).flatMap { offset in
      scenarios.map { Job(scenario: $0, seed: first &+ offset) }
    }
    try carryOut(jobList)
  }

  private func carryOut(_ jobList: [Job]) throws {
    Terminal.catchInterrupt()
    var report = SweepReport()
    var trails: [UInt64] = []
    var shown: [Run] = []
    let manySeeds = (seeds ?? 1) > 1
    var failure: (any Error)?
    try Sweep(jobList, options).run(
      threads: cores.threads,
      isInterrupted: { Terminal.isInterrupted }
    ) { job, result in
      switch result {
      case .failure(let error):
        failure = failure ?? error
        Terminal.error("\(scenario): seed \(job.seed): \(error)")
      case .success(let outturn):
        report.add(outturn.run)
        trails += outturn.trail
        for line in outturn.described { Terminal.error(line) }
        try show(outturn.run, manySeeds: manySeeds)
        if !manySeeds { shown.append(outturn.run) }
      }
      if manySeeds { Terminal.progress("\(report.runs) of \(jobList.count) runs") }
    }
    if manySeeds { Terminal.progress("") }
    if format == .text {
      Terminal.out(manySeeds ? report.text(replay: replay) : SideBySide.text(shown))
      // Whatever came before, a failing run ends with the line that replays it.
      if shown.count > 1, let bad = report.firstBadSeed {
        Terminal.out("  replay: \(replay) --seed \(bad)\n")
      }
    }
    if let trail { try Determinism.write(trails, to: trail) }
    if Terminal.isInterrupted {
      Terminal.error("interrupted: \(report.runs) of \(jobList.count) runs were finished")
      throw Status.interrupted
    }
    for defect in report.defects {
      Terminal.error("a bug of splitbrain's: \(defect)\n  replay: \(replay)")
    }
    if !report.defects.isEmpty || failure != nil { throw Status.ourBug }
    if report.verdict != .holds { throw Status.of(report.verdict) }
  }

  private func show(_ run: Run, manySeeds: Bool) throws {
    let object = JSONReport.object(run)
    let text = TextReport(replay: replay, colours: Terminal.wantsColours && out == nil)
    switch format {
    case .json: Terminal.out((manySeeds ? object.line : object.text) + "\n")
    case .text: if !manySeeds { Terminal.out(text.text(run) + "\n") }
    }
    if let out {
      let words = [run.scenario] + [run.variant].compactMap { $0 } + ["\(run.seed)"]
      let name = String(words.joined(separator: "-").map { $0.isLetter || $0.isNumber ? $0 : "-" })
      try write(object.text + "\n", "\(out)/\(name).json")
      try write(TextReport(replay: replay).text(run), "\(out)/\(name).txt")
      try write(
        String(decoding: run.history.written(historyFormat), as: UTF8.self),
        "\(out)/\(name).history.\(historyFormat.rawValue)")
    }
  }

  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }
}
