// splitbrain list: what can be plugged into a scenario.

import ArgumentParser
import Foundation
import Splitbrain

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what scenarios can be made of.")

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case strategies, workloads, faults, models, presets, scenarios
  }

  @Argument(help: "strategies, workloads, faults, models, presets or scenarios.") var kind: Kind
  @Option(help: "With scenarios: the folder to look in.", completion: .directory)
  var directory = "scenarios"

  func run() throws {
    switch kind {
    case .strategies: Terminal.out(Listing.strategies)
    case .workloads: Terminal.out(Listing.workloads)
    case .faults: Terminal.out(Listing.faults)
    case .models: Terminal.out(Listing.models)
    case .presets: Terminal.out(Listing.presets)
    case .scenarios: try scenarios()
    }
  }

  private func scenarios() throws {
    let files = (FileManager.default.subpaths(atPath: directory) ?? [])
      .filter { $0.hasSuffix(".yaml") }.sorted()
    if files.isEmpty { throw ValidationError("no scenarios in \(directory)") }
    for file in files {
      let path = "\(directory)/\(file)"
      let scenarios = try ScenarioInput.load(path, [])
      Terminal.out("\(path)\n    \(scenarios[0].about)\n")
    }
  }
}
