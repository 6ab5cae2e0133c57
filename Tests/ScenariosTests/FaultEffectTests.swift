// Every kind of fault in a whole run: it has an effect, the run heals, nothing of ours breaks, and
// the same seed gives the same run.

import Simulation
import Testing

@testable import Scenarios

@Suite struct FaultEffectTests {
  /// A short run of a leaderless store with one fault.
  private func run(_ fault: String, seed: UInt64 = 1) throws -> Run {
    let text = """
      regions: [us, eu, asia]
      network: {latency: 5ms}
      strategy: {kind: quorum}
      workload: {keys: 3, clients-per-region: 3, think: 10ms}
      duration: 4s
      \(traffic(for: fault))
      faults: [\(fault)]
      """
    let scenarios = try Scenario.load(
      Array(text.utf8), file: "s.yaml", catalog: Catalog.strategyCatalog)
    let scenario = try #require(scenarios.first)
    var options = RunOptions()
    options.store = .memory
    return try Runner.run(scenario, seed: seed, options, wallClock: { 0 }).run
  }

  /// What directs clients, for the faults that need it.
  private func traffic(for fault: String) -> String {
    guard let kind = Faults.all.first(where: { fault.contains(" \($0.name): ") }),
      kind.needsTraffic
    else { return "" }
    let plans = kind == StalePlan.self ? "plans: {every: 100ms, applying: 50ms, cleanup: 50ms}" : ""
    let checks = "health-check: {interval: 200ms, timeout: 100ms}"
    return "traffic: {provider: custom, policy: failover, ttl: 100ms, \(checks), \(plans)}"
  }

  static let entries = [
    "{at: 1s, for: 2s, partition: [[us], [eu, asia]]}", "{at: 1s, for: 2s, isolate: any}",
    "{at: 1s, for: 2s, ring: true}", "{at: 1s, for: 2s, bridge: any}",
    "{at: 1s, for: 2s, one-way: {from: any, to: all}}",
    "{at: 1s, for: 2s, flap: random, period: 300ms}", "{at: 1s, for: 2s, cut-clients: any}",
    "{every: 1s, for: 500ms, crash: any}", "{at: 1s, for: 500ms, bit-rot: eu}",
    "{at: 1s, for: 2s, pause: minority}",
    "{at: 1s, for: 2s, clock-step: all, by: 3s}",
    "{at: 1s, for: 2s, clock-drift: any, rate: 5%}", "{at: 1s, for: 2s, lose: 20%}",
    "{at: 1s, for: 2s, duplicate: 20%}", "{at: 1s, for: 2s, delay: 20ms, share: 50%}",
    "{every: 1s, promote: any}", "{every: 1s, switch-over: any}",
    "{every: 1s, fail-over: any}", "{every: 1s, add-member: any}",
    "{every: 1s, remove-member: any, via: eu}", "{every: 1s, move-tablet: any}",
    "{at: 1s, for: 1s, outage: us}",
    "{at: 1s, for: 2s, health-check-lies: us, says: unhealthy}",
    "{at: 1s, for: 2s, route-away: us}", "{at: 1s, for: 500ms, stale-plan: true}",
    "{at: 1s, for: 2s, name-servers-down: true}",
  ]

  @Test(arguments: entries) func hasAnEffectAndHeals(_ entry: String) throws {
    let run = try run(entry)
    #expect(run.faults.count == 1)
    #expect(run.faults.allSatisfy { $0.effect > 0 && $0.text == entry })
    #expect(run.unfinished == [])
    #expect(run.defects == [])
    #expect(run.history.count > 100)
  }

  @Test func allKindsAreHere() {
    for type in Faults.all {
      #expect(Self.entries.contains { $0.contains(" \(type.name): ") }, "\(type.name)")
    }
    #expect(Self.entries.count == Faults.all.count)
  }

  @Test func sameSeedSameRun() throws {
    let entry = "{every: 700ms, for: 300ms, crash: any}"
    let (first, second) = (try run(entry, seed: 3), try run(entry, seed: 3))
    #expect(first.digest == second.digest)
    #expect(try run(entry, seed: 4).digest != first.digest)
  }
}
