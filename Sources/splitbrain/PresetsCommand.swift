// splitbrain presets: what vendors state, and what held when their documented designs were run.

import ArgumentParser
import Splitbrain

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets",
    abstract:
      "Managed databases: what held within the vendor's fault model, what broke outside it.",
    discussion: """
      Runs every preset with the same seeds, once with faults that the vendor says it survives and once \
      with others. A preset is a model of the documented design, not the vendor's code. Exit status 0 if \
      all came out as each preset says.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, json }

  @Argument(help: "Only these presets, such as mongodb-w1; all if none is given.")
  var presets: [String] = []
  @Option(help: "The first seed.") var seed: UInt64 = 1
  @Option(help: "How many seeds for each, from the first on.") var seeds = 100
  @Option(help: "Worlds at a time; all cores if not given.") var jobs: Int?
  @Option(help: "text, markdown or json.") var format = Format.text
  @Option(help: "The folder with the presets.", completion: .directory)
  var directory = "scenarios/presets"

  func validate() throws {
    if seeds < 1 { throw ValidationError("--seeds must be at least 1") }
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
  }

  func run() throws {
    let sweep = FolderSweep(
      entries: try chosen(), seeds: (0..<UInt64(seeds)).map { seed &+ $0 }, jobs: jobs)
    try sweep.run(into: PresetTable()) { table in
      switch format {
      case .text: table.text
      case .markdown: table.markdown
      case .json: table.json.text + "\n"
      }
    }
  }

  private func chosen() throws -> [FolderSweep.Entry] {
    let all = try FolderSweep.entries(in: directory).filter { $0.scenarios[0].preset != nil }
    if all.isEmpty { throw ValidationError("no presets in \(directory)") }
    let names = all.map { $0.scenarios[0].name }
    for preset in presets where !names.contains(preset) {
      throw ValidationError(unknownName(preset, "preset", among: names))
    }
    return all.filter { presets.isEmpty || presets.contains($0.scenarios[0].name) }
  }
}
