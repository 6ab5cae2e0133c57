// Loads a scenario file as every subcommand does: all its problems on stderr, exit 65.

import ArgumentParser
import Splitbrain

enum ScenarioInput {
  static func load(_ path: String, _ settings: [String]) throws -> [Scenario] {
    do {
      return try Scenario.load(path: path, catalog: Catalog.strategyCatalog, overrides: settings)
    } catch {
      Terminal.error(error.description)
      throw Status.badInput
    }
  }
}
