// Scenario files that are right: what they decode to.

import Simulation
import Testing

@testable import Scenarios

/// Decodes a scenario with the dummy strategies.
func load(_ text: String, set overrides: [String] = []) throws -> [Scenario] {
  try Scenario.load(
    Array(text.utf8), file: "s.yaml", catalog: DummyStrategy.catalog, overrides: overrides)
}

/// The one scenario of a text.
func loadOne(_ text: String, set overrides: [String] = []) throws -> Scenario {
  let scenarios = try load(text, set: overrides)
  return try #require(scenarios.count == 1 ? scenarios.first : nil)
}

@Suite struct ScenarioFileTests {
  static let transatlantic = """
    name: transatlantic-cut
    about: Three writing regions, one 20 s cut.
    seed: 42
    regions: [us-east-1, eu-west-1, ap-southeast-1]
    network: {preset: aws}
    strategy: {kind: dummy, mode: fast, primary: eu-west-1, durability: before-sync}
    workload: {kind: register, keys: 20, clients-per-region: 5, rate: 200/s, mix: {read: 1, cas: 3}}
    duration: 60s
    faults:
      - {at: 10s, for: 20s, partition: [[us-east-1], [eu-west-1, ap-southeast-1]]}
      - {every: 5s, crash: any, for: 2s}
    invariants:
      - {name: no negative stock, sql: "SELECT key FROM items WHERE stock < 0", expect: none}
    expect: {linearizable: violated, converged: holds, rto: "< 30s", availability: ">= 99.5%"}
    """

  @Test func everythingInItsPlace() throws {
    let scenario = try loadOne(Self.transatlantic)
    #expect(scenario.name == "transatlantic-cut")
    #expect(scenario.title == "transatlantic-cut")
    #expect(scenario.seed == 42)
    #expect(scenario.topology.regions == ["us-east-1", "eu-west-1", "ap-southeast-1"])
    #expect(scenario.duration == .seconds(60))
    #expect(scenario.settle == .seconds(60))
    #expect(scenario.machine.durability == .beforeSync)
    #expect(scenario.machine.cpu == .microseconds(20))

    let strategy = try #require(scenario.strategy.strategy as? DummyStrategy)
    #expect(scenario.strategy.name == "dummy")
    #expect(strategy.mode == .fast)
    #expect(strategy.primary == Region.ID(1))
    #expect(strategy.replicas == 2)

    #expect(scenario.workload.load.arrival == .open(every: .milliseconds(5)))
    #expect(scenario.workload.name == "register")

    #expect(scenario.faults.map(\.kind) == ["partition", "crash"])
    #expect(scenario.faults[0].windows == [window(10, 30)])
    #expect(scenario.faults[1].windows.count == 11)
    #expect(scenario.faults[1].windows.first == window(5, 7))
    #expect(scenario.faults[1].windows.last == window(55, 57))
    #expect(scenario.faults[1].text == "{every: 5s, crash: any, for: 2s}")

    #expect(scenario.invariants.map(\.name) == ["no negative stock"])
    #expect(
      scenario.expectations.map(\.subject)
        == [
          .guarantee(.linearizable, .violated), .guarantee(.converged, .holds),
          .measure(.rto, .less, limit: 30_000_000_000),
          .measure(.availability, .atLeast, limit: 995_000_000),
        ])
  }

  @Test func defaults() throws {
    let scenario = try loadOne("regions: [a, b]\nstrategy: {kind: dummy}")
    #expect(scenario.name == "s")
    #expect(scenario.seed == 1)
    #expect(scenario.duration == .seconds(30))
    #expect(scenario.workload.load.arrival == .closed(think: .milliseconds(100)))
    #expect(scenario.workload.load.clientsPerRegion == 5)
    #expect(scenario.machine == Machine(cpu: .microseconds(20), sync: .microseconds(500)))
    let network = scenario.network.makeNetwork(seed: 1)
    #expect(network.links[1].latency == .constant(.milliseconds(40)))
    #expect(network.links[4].latency == .constant(.microseconds(500)))
  }
}

/// A window in whole seconds.
func window(_ begin: Int64, _ end: Int64) -> Range<Instant> {
  (.zero + .seconds(begin))..<(.zero + .seconds(end))
}
