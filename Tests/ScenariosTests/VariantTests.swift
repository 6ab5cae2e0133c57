// Variants of a scenario, and overrides of the command line.

import Simulation
import Testing

@testable import Scenarios

@Suite struct VariantTests {
  static let text = with(
    """
    name: disks
    workload: {clients-per-region: 3}
    variants:
      - {name: as it is}
      - {name: slow, machine: {sync: 10ms}, faults: [{at: 1s, promote: eu}]}
      - name: other
        strategy: {kind: quorum}
        workload: {kind: counter}
        expect: {counter: holds}
    """)

  @Test func eachReplacesWhatItNames() throws {
    let scenarios = try load(Self.text)
    #expect(scenarios.map(\.variant) == ["as it is", "slow", "other"])
    #expect(scenarios.map(\.title) == ["disks / as it is", "disks / slow", "disks / other"])
    #expect(scenarios.map(\.strategy.name) == ["dummy", "dummy", "quorum"])
    #expect(
      scenarios.map(\.machine.sync) == [.microseconds(500), .milliseconds(10), .microseconds(500)])
    #expect(scenarios.map(\.workload.load.clientsPerRegion) == [3, 3, 5])
    #expect(scenarios.map(\.faults.count) == [0, 1, 0])
    #expect(scenarios.map(\.expectations.count) == [0, 0, 1])
  }

  @Test func aMistakeInTheBaseIsToldOnce() {
    #expect(
      complaints(Self.text + "\nsede: 1")
        == ["12:1: 'sede' is not a known key here; did you mean 'seed'?"])
  }

  @Test func overridesHoldForEachVariant() throws {
    let scenarios = try load(
      Self.text, set: ["workload.clients-per-region=7", "seed=9", "machine.cpu=1ms"])
    #expect(scenarios.map(\.workload.load.clientsPerRegion) == [7, 7, 7])
    #expect(scenarios.map(\.seed) == [9, 9, 9])
    #expect(scenarios.map(\.machine.cpu) == Array(repeating: .milliseconds(1), count: 3))
    #expect(scenarios.map(\.machine.sync)[1] == .milliseconds(10))
  }

  @Test func overridesReachIntoListsAndMaps() throws {
    let scenario = try loadOne(
      with("faults: [{at: 1s, for: 1s, crash: us}]"),
      set: ["faults.0.crash=[eu, asia]", "expect={converged: holds}", "regions.1=eu"])
    #expect(scenario.faults[0].text == "{at: 1s, for: 1s, crash: [eu, asia]}")
    #expect(scenario.expectations.map(\.name) == ["converged"])
  }

  @Test(arguments: [
    ("workload", "expected path=value such as workload.rate=500/s"),
    ("workload..rate=1/s", "expected path=value such as workload.rate=500/s"),
    ("wrkload.rate=5/s", "'wrkload' is not a known key here; did you mean 'workload'?"),
    (
      "workload.rat=5/s", "'rat' is not a known key here; did you mean 'rate'?"
    ),
    ("workload.rate=5", "rate: expected a rate such as 200/s, found '5'"),
    ("faults.2.at=5s", "'2' is not a place in this list; known: 0 to 0"),
    ("seed.x=5", "'x' is not known: above it is '4', not a map"),
    (
      "workload.mix={read",
      "not YAML: did not find expected ',' or '}' while parsing a flow "
        + "mapping that begins at 1:1"
    ),
    ("strategy.kind=dumy", "'dumy' is not a strategy; did you mean 'dummy'?"),
  ])
  func overridesThatAreWrong(_ override: String, _ message: String) {
    let text = with("seed: 4\nfaults: [{at: 1s, for: 1s, crash: us}]")
    #expect(complaints(text, set: [override]) == ["--set \(override): \(message)"])
  }
}
