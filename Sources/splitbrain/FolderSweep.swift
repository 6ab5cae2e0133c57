// Every scenario of a folder with the same seeds: what the catalogue and the presets have in common.

import ArgumentParser
import Foundation
import Splitbrain

/// Which seeds, and on how many cores.
struct SeedOptions: ParsableArguments {
  @Option(help: "The first seed.") var seed: UInt64 = 1
  @Option(help: "How many seeds for each, from the first on.") var seeds = 200
  @OptionGroup var cores: CoreOptions

  func validate() throws {
    if seeds < 1 { throw ValidationError("--seeds must be at least 1") }
  }
}

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

  private let entries: [Entry]
  private let options: SeedOptions

  /// The scenarios of a folder that are of some kind: those asked for, or all, by name.
  ///
  /// - Parameters:
  ///   - kind: The kind, for messages: "preset".
  ///   - name: What a scenario of the kind is called by; nil for others.
  init(
    _ wanted: [String], in folder: String, kind: String, _ options: SeedOptions,
    name: (Scenario) -> String?
  ) throws {
    let all = try FolderSweep.entries(in: folder).compactMap { entry in
      name(entry.scenarios[0]).map { (name: $0, entry: entry) }
    }
    if all.isEmpty { throw ValidationError("no \(kind) in \(folder)") }
    for word in wanted where !all.contains(where: { $0.name == word }) {
      throw ValidationError(unknownName(word, kind, among: all.map(\.name)))
    }
    entries = all.filter { wanted.isEmpty || wanted.contains($0.name) }
      .sorted { $0.name < $1.name }.map(\.entry)
    self.options = options
  }

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
        (0..<UInt64(options.seeds)).map {
          (entry.path, Job(scenario: scenario, seed: options.seed &+ $0))
        }
      }
    }
    try Sweep(work.map(\.1), RunOptions()).run(
      threads: options.cores.threads, isInterrupted: { Terminal.isInterrupted }
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
