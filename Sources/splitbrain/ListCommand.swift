// splitbrain list: what can be plugged into a scenario.

import ArgumentParser
import Foundation
import Splitbrain

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what scenarios can be made of.")

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case strategies, workloads, faults, models, presets, providers, scenarios
  }

  @Argument(help: "strategies, workloads, faults, models, presets, providers or scenarios.")
  var kind: Kind
  @Option(help: "With scenarios and presets: the folder to look in.", completion: .directory)
  var directory = "scenarios"

  func run() throws {
    switch kind {
    case .strategies: Terminal.out(Listing.strategies)
    case .workloads: Terminal.out(Listing.workloads)
    case .faults: Terminal.out(Listing.faults)
    case .models: Terminal.out(Listing.models)
    case .providers: Terminal.out(Listing.providers)
    case .presets:
      Terminal.out(Listing.networks)
      for (path, scenario) in try files(in: "\(directory)/presets") {
        if let preset = scenario.preset { Terminal.out(Listing.entry(preset, path: path)) }
      }
    case .scenarios: try scenarios()
    }
  }

  private func scenarios() throws {
    let all = try files(in: directory)
    if all.isEmpty { throw ValidationError("no scenarios in \(directory)") }
    for (path, scenario) in all { Terminal.out("\(path)\n    \(scenario.about)\n") }
  }

  /// Every scenario file below a folder, and the first scenario in it.
  private func files(in folder: String) throws -> [(String, Scenario)] {
    try FolderSweep.entries(in: folder).map { ($0.path, $0.scenarios[0]) }
  }
}
