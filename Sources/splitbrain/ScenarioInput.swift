// Loads a scenario file as every subcommand does: all its problems on stderr, exit 65.

import ArgumentParser
import Splitbrain

enum ScenarioInput {
  static func load(
    _ path: String, _ settings: [String], strategies: [String] = []
  ) throws -> [Scenario] {
    do {
      return try Scenario.load(
        path: path, catalog: Catalog.strategyCatalog, overrides: settings, strategies: strategies)
    } catch {
      Terminal.error(error.description)
      throw Status.badInput
    }
  }
}
