// Tables over many runs of many scenarios.

import Checking
import Scenarios

/// Adds up runs: those of one scenario and variant come together, in the order of their seeds.
public protocol RunTable {
  /// Adds a run of a scenario that came from a file.
  mutating func add(_ run: Run, of scenario: Scenario, path: String)
  /// Whether all came out as it should.
  var verdict: Validity { get }
  /// Bugs of ours that showed up in any run.
  var defects: [String] { get }
}
