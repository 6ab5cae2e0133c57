// Whole runs: a failover by DNS against its closed form, the mix of caches in it, and that runs without
// places are what they were.

import Histories
import Simulation
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct FailoverRunTests {
  static func run(_ text: String, seed: UInt64 = 1) throws -> Run {
    let scenario = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    var options = RunOptions()
    options.store = .memory
    return try Runner.run(scenario, seed: seed, options, wallClock: { 0 }).run
  }

  /// Clients at two places, a region that fails at 40 s, Route 53 with fast checks.
  private func failover(_ traffic: String, clients: Int = 30, duration: Int = 240) -> String {
    """
    regions: [us-east-1, eu-west-1]
    network: {preset: aws}
    strategy: {kind: crdt}
    places:
      - {name: london, near: eu-west-2, clients: \(clients), access: 8ms}
      - {name: nairobi, latitude: -1.29, longitude: 36.82, clients: \(clients), access: 20ms}
    traffic:
      provider: route53
      policy: failover
      health-check: {interval: 10s}
      \(traffic)
    workload: {kind: register, keys: 5, think: 500ms, timeout: 500ms}
    duration: \(duration)s
    faults: [{at: 40s, outage: us-east-1}]
    """
  }

  /// Detection + propagation + time to live, within 5 % of when the last client that honours records
  /// moves; the mean client moves after half a time to live.
  @Test(arguments: [(60, 160), (10, 110)])
  func theClosedForm(timeToLive: Int, duration: Int) throws {
    var (whole, half, sum) = (0.0, 0.0, 0.0)
    let seeds: ClosedRange<UInt64> = 1...4
    for seed in seeds {
      let run = try Self.run(failover("ttl: \(timeToLive)s", duration: duration), seed: seed)
      let episode = try #require(run.measures.traffic?.episodes.first)
      let moved = try #require(episode.honouring)
      #expect(moved.clients == 60 && moved.never == 0)
      let fault = try #require(episode.fault).at
      let switched = try #require(episode.switched)
      #expect(switched - episode.detected == .seconds(5))
      #expect(fault == .seconds(40))
      whole += try #require(moved.all).seconds / 4
      half += try #require(moved.half).seconds / 4
      sum += try #require(episode.predicted).sum.seconds / 4
    }
    var health = Provider.route53.health
    health.interval = .seconds(10)
    let base = (health.meanDetection + health.propagation).seconds
    #expect(abs(sum - base - Double(timeToLive)) < 1e-6)
    #expect(abs(whole / sum - 1) < 0.05, "\(whole) of \(sum)")
    // A client asks about every half second: that much later than its copy ran out.
    let middle = base + Double(timeToLive) / 2 + 0.5
    #expect(abs(half / middle - 1) < 0.05, "\(half) of \(middle)")
  }

  /// Who keeps a record for ever never moves; a run-time's 30 s come on top; the mix is what was
  /// asked for.
  @Test func theMix() throws {
    let caches = """
      caches: [{share: 50%, kind: honours}, {share: 20%, kind: jvm}, {share: 20%, kind: forever},
          {share: 10%, kind: kept-connection}]
        ttl: 20s
      """
    let run = try Self.run(failover(caches))
    let traffic = try #require(run.measures.traffic)
    #expect(traffic.kinds.map(\.clients) == [30, 12, 12, 6])
    let episode = try #require(traffic.episodes.first)
    let switched = try #require(episode.switched) - (try #require(episode.fault).at)
    func moves(_ kind: String) throws -> Moves {
      try #require(episode.moves.first { $0.kind == kind }).moved
    }
    #expect(try moves("forever").never == 12)
    #expect(episode.never == 12)
    // A request that is under way when a copy runs out holds its client up for a time-out and a pause.
    let slack = Duration.seconds(10)
    #expect(try #require(try moves("honours").all) <= switched + .seconds(20) + slack)
    #expect(try #require(try moves("jvm").all) <= switched + .seconds(50) + slack)
    #expect(try #require(try moves("jvm").all) > switched + .seconds(20))
    // Those that never moved are the share that is still sent to the dead region in the end.
    let dead = try #require(traffic.series.first { $0.region == "us-east-1" }).shares
    #expect(dead.first == 1)
    #expect(dead.last == 0.2)
    // And they are without service from the fault to the end.
    let worst = run.measures.places.map(\.worstErrorSeconds).max() ?? 0
    #expect(worst > 190 && worst <= 201)
    #expect(run.measures.places.map(\.name) == ["london", "nairobi"])
    let latencies = run.measures.places.compactMap { $0.latency?.p50 }
    #expect(latencies[0] < latencies[1])
  }

  /// The region column of the history is the region that was asked.
  @Test func historiesTellTheRegionAsked() throws {
    let run = try Self.run(failover("ttl: 20s", clients: 5, duration: 120))
    let history = run.history
    let early = (0..<history.count).filter {
      !history.finals[$0] && history.calls[$0] < 20_000_000_000
    }
    let late = (0..<history.count).filter {
      !history.finals[$0] && history.calls[$0] > 115_000_000_000
        && history.calls[$0] < 120_000_000_000
    }
    #expect(!early.isEmpty && early.allSatisfy { history.regions[$0] == 0 })
    #expect(!late.isEmpty && late.allSatisfy { history.regions[$0] == 1 })
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    let text = failover("ttl: 20s", clients: 5, duration: 100)
    #expect(try Self.run(text).digest == (try Self.run(text).digest))
    #expect(try Self.run(text).digest != (try Self.run(text, seed: 2).digest))
  }

  /// A client that moves gets no session guarantees from a strategy that gives them by region.
  @Test func promisesToThoseWhoStay() throws {
    let staying = """
      regions: [a, b]
      strategy: {kind: crdt}
      workload: {kind: register, keys: 3}
      duration: 5s
      """
    func promised(_ text: String) throws -> [String] {
      try Self.run(text).checks.filter { $0.basis == .promised }.map(\.name)
    }
    #expect(try promised(staying).contains("read-your-writes"))
    #expect(try promised(staying + "\ntraffic: {}").contains("read-your-writes"))
    let moving = staying + "\ntraffic: {policy: failover}"
    #expect(!(try promised(moving).contains("read-your-writes")))
    #expect(try promised(moving).contains("converged"))
    let raft = moving.replacing("crdt", with: "raft")
    #expect(
      try promised(raft).contains("read-your-writes"), "linearizable: all regions show one moment")
  }

  /// A stale plan empties the record, and nobody finds a region; with the second comparison nothing
  /// happens.
  @Test(arguments: PlanRules.Comparison.allCases)
  func stalePlans(_ check: PlanRules.Comparison) throws {
    let text = """
      regions: [us, eu]
      strategy: {kind: crdt}
      traffic:
        {provider: route53, policy: latency, ttl: 2s, negative-ttl: 2s, plans: {check: \(check.rawValue)}}
      workload: {kind: register, keys: 3, clients-per-region: 4}
      duration: 60s
      faults: [{every: 10s, for: 8s, stale-plan: true}]
      """
    let run = try Self.run(text)
    let traffic = try #require(run.measures.traffic)
    #expect(run.faults[0].effect > 0)
    if check == .atApply {
      #expect(traffic.regressions == 0 && traffic.emptied == nil)
      #expect(run.measures.availability == 1)
    } else {
      #expect(traffic.regressions > 0)
      #expect(traffic.emptied != nil && traffic.unanswered > 0)
      #expect(run.measures.availability < 0.9)
    }
  }
}
