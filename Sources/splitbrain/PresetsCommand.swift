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
  @OptionGroup var options: SeedOptions
  @Option(help: "text, markdown or json.") var format = Format.text
  @Option(help: "The folder with the presets.", completion: .directory)
  var directory = "scenarios/presets"

  func run() throws {
    let sweep = try FolderSweep(presets, in: directory, kind: "preset", options) {
      $0.preset == nil ? nil : $0.name
    }
    try sweep.run(into: PresetTable()) { table in
      switch format {
      case .text: table.text
      case .markdown: table.markdown
      case .json: table.json.text + "\n"
      }
    }
  }
}
