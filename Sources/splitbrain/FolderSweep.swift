// Every scenario of a folder with the same seeds: what the catalogue and the presets have in common.

import Foundation
import Splitbrain

/// The scenarios of a folder, and the seeds to run each of them with.
struct FolderSweep {
  /// One file.
  struct Entry {
    let path: String
    /// Its variants.
    let scenarios: [Scenario]
  }

  /// Every scenario file below a folder, by name.
  static func entries(in folder: String) throws -> [Entry] {
    let files = (FileManager.default.subpaths(atPath: folder) ?? [])
      .filter { $0.hasSuffix(".yaml") }.sorted()
    return try files.map { file in
      let path = "\(folder)/\(file)"
      return Entry(path: path, scenarios: try ScenarioInput.load(path, []))
    }
  }

  let entries: [Entry]
  let seeds: [UInt64]
  let jobs: Int?

  /// Runs all, each file's variants in the order of the seeds, and prints the table that they make.
  ///
  /// - Throws: The status to exit with: interrupted, a bug of ours, or not all as it should be.
  func run<Table: RunTable>(into table: Table, print: (Table) -> String) throws {
    Terminal.catchInterrupt()
    var table = table
    var done = 0
    var failed = false
    let work = entries.flatMap { entry in
      entry.scenarios.flatMap { scenario in
        seeds.map { (entry.path, Job(scenario: scenario, seed: $0)) }
      }
    }
    try Sweep(work.map(\.1), RunOptions()).run(
      threads: jobs ?? ProcessInfo.processInfo.activeProcessorCount,
      isInterrupted: { Terminal.isInterrupted }
    ) { job, result in
      let path = work[done].0
      done += 1
      switch result {
      case .failure(let error):
        failed = true
        Terminal.error("\(path): seed \(job.seed): \(error)")
      case .success(let outturn): table.add(outturn.run, of: job.scenario, path: path)
      }
      Terminal.progress("\(job.scenario.name): \(done) of \(work.count) runs")
    }
    Terminal.progress("")
    Terminal.out(print(table))
    if Terminal.isInterrupted {
      Terminal.error("interrupted: \(done) of \(work.count) runs were finished")
      throw Status.interrupted
    }
    for defect in table.defects { Terminal.error("a bug of splitbrain's: \(defect)") }
    if failed || !table.defects.isEmpty { throw Status.ourBug }
    if table.verdict != .holds { throw Status.of(table.verdict) }
  }
}
