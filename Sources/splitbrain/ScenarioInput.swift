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

  /// The variant of that name alone; all if none is named.
  static func only(_ variant: String?, of scenarios: [Scenario]) throws -> [Scenario] {
    guard let variant else { return scenarios }
    let named = scenarios.filter { $0.variant == variant }
    if named.isEmpty {
      let names = scenarios.compactMap(\.variant)
      throw ValidationError(unknownName(variant, "variant of this scenario", among: names))
    }
    return named
  }
}
