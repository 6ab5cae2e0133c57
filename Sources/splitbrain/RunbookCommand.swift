// splitbrain runbook: a scenario's runbook for people, with what the simulation measured of it.

import ArgumentParser
import Foundation
import Splitbrain

struct RunbookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runbook",
    abstract:
      "Write a scenario's runbook, with each step's measured time and how often it verified.",
    discussion: """
      splitbrain runbook scenarios/guides/failover-runbook.yaml --out failover.md

      Runs the scenario with many seeds and writes Markdown: when to use it, each step with what to type, what \
      is then seen and what to do if it is not, its time (p50 and p95), in how many runs it was verified, and \
      the evidence. What the scenario leaves out (type:, see:, otherwise:) is generated, and marked.

      Exit status: 0 if every step was verified in every run and all expectations held; 1 if not; 2 if \
      that could not be said; 65 if the scenario is wrong or has no runbook.
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml", "yml"]))
  var scenario: String
  @Option(help: "The first seed; the scenario's own if not given.") var seed: UInt64?
  @Option(help: "Run so many seeds.") var seeds = 20
  @Option(help: "The variant to write it for; the first that has a runbook if not given.")
  var variant: String?
  @Option(name: .customLong("set"), help: "Change a setting: path=value. May be repeated.")
  var settings: [String] = []
  @Option(help: "Write it into this file instead of printing it.") var out: String?
  @OptionGroup var cores: CoreOptions

  func validate() throws {
    if seeds < 1 || seeds > 1_000_000 { throw ValidationError("--seeds must be 1 to 1000000") }
  }

  func run() throws {
    let all = try ScenarioInput.load(scenario, settings)
    let candidates = try ScenarioInput.only(variant, of: all)
    guard let chosen = candidates.first(where: { $0.runbook != nil }),
      var document = RunbookDocument(
        chosen, file: scenario, settings: settings,
        version: SplitbrainTool.configuration.version)
    else {
      Terminal.error(RunbookDocument.absence(candidates[0], file: scenario))
      throw Status.badInput
    }
    if variant == nil, all.count > 1, let name = chosen.variant {
      let names = all.filter { $0.runbook != nil }.compactMap(\.variant)
      Terminal.error("for variant '\(name)' of \(names.joined(separator: ", ")): see --variant")
    }
    try carryOut(chosen, &document)
    if let out {
      try Data(document.text.utf8).write(to: URL(fileURLWithPath: out))
    } else {
      Terminal.out(document.text)
    }
    if document.verdict != .holds { throw Status.of(document.verdict) }
  }

  private func carryOut(_ chosen: Scenario, _ document: inout RunbookDocument) throws {
    Terminal.catchInterrupt()
    let first = seed ?? chosen.seed
    let jobs = (0..<UInt64(seeds)).map { Job(scenario: chosen, seed: first &+ $0) }
    var finished = 0
    var defects: [String] = []
    Sweep(jobs, RunOptions()).run(
      threads: cores.threads, isInterrupted: { Terminal.isInterrupted }
    ) { job, result in
      finished += 1
      switch result {
      case .failure(let error): defects.append("seed \(job.seed): \(error)")
      case .success(let outturn):
        document.add(outturn.run)
        defects += outturn.run.defects.map { "seed \(job.seed): \($0)" }
      }
      Terminal.progress("\(finished) of \(jobs.count) runs")
    }
    Terminal.progress("")
    if Terminal.isInterrupted {
      Terminal.error("interrupted: \(finished) of \(jobs.count) runs were finished")
      throw Status.interrupted
    }
    for defect in defects { Terminal.error("a bug of splitbrain's: \(defect)") }
    if !defects.isEmpty { throw Status.ourBug }
  }
}
