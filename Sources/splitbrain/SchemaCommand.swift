// splitbrain schema: the scenario format as JSON Schema, for editors.

import ArgumentParser
import Splitbrain

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of the scenario format.")

  func run() { Terminal.out(ScenarioSchema.text(catalog: Catalog.strategyCatalog)) }
}
