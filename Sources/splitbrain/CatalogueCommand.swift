// splitbrain catalogue: the known bugs, each with its safe twin, and the kill table.

import ArgumentParser
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
  @Option(help: "The first seed.") var seed: UInt64 = 1
  @Option(help: "How many seeds for each, from the first on.") var seeds = 200
  @Option(help: "Worlds at a time; all cores if not given.") var jobs: Int?
  @Option(help: "text or json.") var format = OutputFormat.text
  @Option(help: "The folder with the catalogue's scenarios.", completion: .directory)
  var directory = "scenarios/catalogue"

  func validate() throws {
    if seeds < 1 { throw ValidationError("--seeds must be at least 1") }
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
  }

  func run() throws {
    let sweep = FolderSweep(
      entries: try chosen(), seeds: (0..<UInt64(seeds)).map { seed &+ $0 }, jobs: jobs)
    try sweep.run(into: KillTable()) { format == .json ? $0.json.text + "\n" : $0.text }
  }

  /// The catalogue, or the part of it that was asked for, by number.
  private func chosen() throws -> [FolderSweep.Entry] {
    let all = try FolderSweep.entries(in: directory).compactMap { entry in
      entry.scenarios[0].bug.map { (id: $0.id, entry: entry) }
    }
    if all.isEmpty { throw ValidationError("no known bugs in \(directory)") }
    for bug in bugs where !all.contains(where: { $0.id == bug }) {
      throw ValidationError(unknownName(bug, "bug of the catalogue", among: all.map(\.id)))
    }
    return all.filter { bugs.isEmpty || bugs.contains($0.id) }.sorted { $0.id < $1.id }
      .map(\.entry)
  }
}
