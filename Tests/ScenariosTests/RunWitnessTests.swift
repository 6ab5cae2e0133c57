// What a run shows of a violation is one by itself, in runs of known bugs: the witnesses of small random histories are
// tried beside the checkers' twins, those of large ones here, and wherever scenarios are checked.

import Checking
import Foundation
import Scenarios
import Testing

@Suite struct RunWitnessTests {
  @Test(arguments: [
    "b01-lww-loses-increments", "b15-oversell", "b20-long-fork-on-standbys",
    "b47-old-reads-new-writes",
  ])
  func standAlone(name: String) throws {
    let file = "scenarios/catalogue/\(name).yaml"
    let scenarios = try Scenario.load(
      Array(try Data(contentsOf: URL(fileURLWithPath: file))), file: file,
      catalog: Catalog.strategyCatalog)
    var shown = 0
    for scenario in scenarios where !scenario.isTwin {
      let run = try Runner.run(scenario, seed: 1, wallClock: { 0 }).run
      for anomaly in run.checks.flatMap(\.verdict.anomalies) where !anomaly.rows.isEmpty {
        shown += 1
        #expect(!anomaly.explanation.contains(Anomaly.restsOnMore), "\(anomaly)")
      }
    }
    #expect(shown > 0)
  }
}
