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
  @OptionGroup var options: SeedOptions
  @Option(help: "text or json.") var format = OutputFormat.text
  @Option(help: "The folder with the catalogue's scenarios.", completion: .directory)
  var directory = "scenarios/catalogue"

  func run() throws {
    try FolderSweep(bugs, in: directory, kind: "bug of the catalogue", options) { $0.bug?.id }
      .run(into: KillTable()) { format == .json ? $0.json.text + "\n" : $0.text }
  }
}
