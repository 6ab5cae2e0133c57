// splitbrain validate: everything that is wrong with a scenario, without running it.

import ArgumentParser
import Splitbrain

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Say everything that is wrong with a scenario file.")

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml", "yml"]))
  var scenario: String
  @Option(name: .customLong("set"), help: "Change a setting: path=value. May be repeated.")
  var settings: [String] = []

  func run() throws {
    let scenarios = try ScenarioInput.load(scenario, settings)
    let variants = scenarios.compactMap(\.variant)
    let count = variants.isEmpty ? "" : ", variants: \(variants.joined(separator: ", "))"
    Terminal.out("\(scenario): valid: \(scenarios[0].name)\(count)\n")
    for scenario in scenarios {
      if let warning = CapacityReport.warning(scenario) {
        Terminal.out("  \(scenario.title): \(warning)\n")
      }
    }
  }
}
