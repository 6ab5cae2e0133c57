// splitbrain catalogue: the known bugs, each with its safe twin, and the kill table.

import ArgumentParser
import Foundation
import Splitbrain

struct CatalogueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalogue",
    abstract: "Known bugs of real systems: is each found, and does its safe twin stay quiet?",
    discussion: """
      Runs every scenario of the catalogue and its safe twin with the same seeds, and prints the kill \
      table. Exit status 0 if each bug was found and each twin was quiet.
      """)

  @Argument(help: "Only bugs with these numbers, such as B17; all if none is given.")
  var bugs: [String] = []
  @Option(help: "How many seeds for each, from 1 on.") var seeds = 200
  @Option(help: "Worlds at a time; all cores if not given.") var jobs: Int?
  @Option(help: "text or json.") var format = OutputFormat.text
  @Option(help: "The folder with the catalogue's scenarios.", completion: .directory)
  var directory = "scenarios/catalogue"

  func validate() throws {
    if seeds < 1 { throw ValidationError("--seeds must be at least 1") }
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
  }

  func run() throws {
    Terminal.catchInterrupt()
    var table = KillTable()
    var failed = false
    var done = 0
    let chosen = try chosenScenarios()
    let work = chosen.flatMap { entry in
      entry.scenarios.flatMap { scenario in
        (1...UInt64(seeds)).map { (entry, Job(scenario: scenario, seed: $0)) }
      }
    }
    let threads = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    try Sweep(work.map(\.1), RunOptions()).run(
      threads: threads, isInterrupted: { Terminal.isInterrupted }
    ) { job, result in
      let entry = work[done].0
      done += 1
      switch result {
      case .failure(let error):
        failed = true
        Terminal.error("\(entry.path): seed \(job.seed): \(error)")
      case .success(let outturn):
        table.add(outturn.run, of: entry.bug, path: entry.path, isTwin: job.scenario.isTwin)
      }
      Terminal.progress("\(entry.bug.id): \(done) of \(work.count) runs")
    }
    Terminal.progress("")
    Terminal.out(format == .json ? table.json.text + "\n" : table.text)
    if Terminal.isInterrupted {
      Terminal.error("interrupted: \(done) of \(work.count) runs were finished")
      throw Status.interrupted
    }
    for defect in table.defects { Terminal.error("a bug of splitbrain's: \(defect)") }
    if failed || !table.defects.isEmpty { throw Status.ourBug }
    if table.verdict != .holds { throw Status.of(table.verdict) }
  }

  private struct Entry {
    let path: String
    let bug: KnownBug
    let scenarios: [Scenario]
  }

  /// The catalogue, or the part of it that was asked for, by number.
  private func chosenScenarios() throws -> [Entry] {
    let files = (FileManager.default.subpaths(atPath: directory) ?? [])
      .filter { $0.hasSuffix(".yaml") }.sorted()
    if files.isEmpty { throw ValidationError("no scenarios in \(directory)") }
    let entries = try files.compactMap { file -> Entry? in
      let path = "\(directory)/\(file)"
      let scenarios = try ScenarioInput.load(path, [])
      return scenarios[0].bug.map { Entry(path: path, bug: $0, scenarios: scenarios) }
    }
    let known = entries.map(\.bug.id)
    for bug in bugs where !known.contains(bug) {
      throw ValidationError(unknownName(bug, "bug of the catalogue", among: known))
    }
    return entries.filter { bugs.isEmpty || bugs.contains($0.bug.id) }
      .sorted { $0.bug.id < $1.bug.id }
  }
}
