// Whom each policy names, and what faults do to records.

import Simulation
import Testing

@testable import Traffic

@Suite struct PolicyTests {
  private let ids = (0..<3).map { Region.ID($0) }

  private func routing(_ policy: RoutingPolicy) -> Routing {
    Routing(
      policy: policy, order: ids, regions: 3, health: Provider.custom.health,
      geography: Geography(
        own: [Region.ID(0), Region.ID(2)],
        ways: [
          [.milliseconds(1), .milliseconds(40), .milliseconds(90)],
          [.milliseconds(90), .milliseconds(40), .milliseconds(1)],
        ],
        metres: [[10_000, 4_000_000, 9_000_000], [9_000_000, 4_000_000, 10_000]],
        resolvers: [0, 0]))
  }

  private func answer(
    _ routing: Routing, from place: Int, healthy: [Bool] = [true, true, true], seed: UInt64 = 1
  ) -> [Int] {
    var random = Random(seed: seed)
    return routing.regions(for: place, healthy: healthy, &random).map(\.index)
  }

  @Test func failover() {
    let routing = routing(.failover)
    #expect(answer(routing, from: 1) == [0])
    #expect(answer(routing, from: 1, healthy: [false, true, true]) == [1])
    #expect(answer(routing, from: 1, healthy: [false, false, true]) == [2])
    #expect(answer(routing, from: 1, healthy: [false, false, false]) == [0], "fails open")
  }

  @Test func simpleDoesNotLook() {
    let answers = (1...50).map {
      answer(routing(.simple), from: 0, healthy: [false, true, true], seed: $0)
    }
    #expect(answers.allSatisfy { $0.sorted() == [0, 1, 2] })
    #expect(Set(answers.map { $0[0] }) == [0, 1, 2])
  }

  @Test func weighted() {
    var routing = routing(.weighted)
    routing.weights = [80, 20, 0]
    func counts(_ healthy: [Bool]) -> [Int] {
      var counts = [0, 0, 0]
      for seed in UInt64(0)..<2_000 {
        counts[answer(routing, from: 0, healthy: healthy, seed: seed)[0]] += 1
      }
      return counts
    }
    let all = counts([true, true, true])
    #expect(abs(all[0] - 1_600) < 80 && abs(all[1] - 400) < 80 && all[2] == 0, "\(all)")
    #expect(counts([false, true, true]) == [0, 2_000, 0])
    #expect(
      counts([false, false, true]) == [0, 0, 2_000], "a weight of nothing is the last resort")
  }

  @Test func latency() {
    for policy in [RoutingPolicy.latency, .accelerator, .anycast] {
      #expect(answer(routing(policy), from: 0) == [0])
      #expect(answer(routing(policy), from: 1) == [2])
      #expect(answer(routing(policy), from: 1, healthy: [true, true, false]) == [1])
    }
  }

  @Test func geoproximity() {
    var routing = routing(.geoproximity)
    #expect(answer(routing, from: 0) == [0])
    #expect(answer(routing, from: 1, healthy: [true, true, false]) == [1])
    routing.bias = [0, 99, 0]
    #expect(answer(routing, from: 0) == [0], "10 km are less than 1 % of 4,000 km")
    routing.bias = [-99, 99, 0]
    #expect(answer(routing, from: 0) == [1])
  }

  @Test func geolocation() {
    var routing = routing(.geolocation)
    routing.locations = [Region.ID(0), nil]
    routing.elsewhere = Region.ID(1)
    #expect(answer(routing, from: 0) == [0])
    #expect(answer(routing, from: 1) == [1])
    #expect(answer(routing, from: 0, healthy: [false, true, true]) == [1], "the default record")
    #expect(answer(routing, from: 0, healthy: [false, false, true]) == [0], "fails open")
    routing.otherwise = .nearest
    #expect(answer(routing, from: 0, healthy: [false, false, true]) == [2])
    routing.elsewhere = nil
    #expect(answer(routing, from: 1).isEmpty, "nobody is named for that place")
  }

  @Test func multivalue() {
    let routing = routing(.multivalue)
    #expect(answer(routing, from: 0, healthy: [true, false, true]).sorted() == [0, 2])
  }

  @Test func resolversStandForTheirClients() {
    for subnet in [true, false] {
      var routing = routing(.latency)
      routing.clientSubnet = subnet
      var director = Director(routing, regions: 3, clientsAt: [1], seed: 1)
      #expect(director.region(for: 0, at: .zero) == Region.ID(subnet ? 2 : 0))
    }
  }

  @Test func anOperatorTakesARegionOut() {
    var lab = Lab(Lab.routing(.failover))
    lab.run(until: .seconds(50))
    lab.director.divert(.away(from: Region.ID(0)), by: 3, begins: true, at: .seconds(50))
    lab.run(until: .seconds(200))
    #expect(lab.counted == [3])
    #expect(lab.director.region(for: 0, at: .seconds(200)) == Region.ID(1))
    lab.director.divert(.away(from: Region.ID(0)), by: 3, begins: false, at: .seconds(200))
    lab.run(until: .seconds(300))
    #expect(lab.director.region(for: 0, at: .seconds(300)) == Region.ID(0))
  }

  @Test func silentNameServers() {
    var routing = Lab.routing(.failover)
    var stale = CacheKind(name: "stale")
    stale.serveStale = .seconds(1_000)
    routing.caches = [
      CacheShare(share: .percent(50), kind: CacheKind(name: "plain")),
      CacheShare(share: .percent(50), kind: stale),
    ]
    var director = Director(routing, regions: 2, clientsAt: [0, 0], seed: 1)
    let plainOne = director.kinds[0] == 0 ? 0 : 1
    for client in 0..<2 { #expect(director.region(for: client, at: .zero) == Region.ID(0)) }
    director.divert(.deafNameServers, by: 1, begins: true, at: .zero)
    #expect(director.region(for: plainOne, at: .seconds(61)) == nil)
    #expect(director.region(for: 1 - plainOne, at: .seconds(61)) == Region.ID(0))
    #expect(director.effects.count == 2, "both were hit")
    director.divert(.deafNameServers, by: 1, begins: false, at: .seconds(62))
    #expect(director.region(for: plainOne, at: .seconds(62)) == Region.ID(0))
  }

  /// An established connection through an accelerator is not moved; new ones are.
  @Test func acceleratorsKeepConnections() throws {
    var routing = Lab.routing(.accelerator)
    routing.caches = [
      CacheShare(share: .percent(50), kind: CacheKind(name: "new each time")),
      CacheShare(
        share: .percent(50), kind: try #require(CachePreset.named("kept-connection")).kind),
    ]
    var lab = Lab(routing, clients: 2)
    let kept = try #require(lab.director.kinds.firstIndex(of: 1))
    for client in 0..<2 { #expect(lab.director.region(for: client, at: .zero) == Region.ID(0)) }
    lab.run(until: .seconds(80)) { region, _ in region.index != 0 }
    #expect(lab.director.region(for: kept, at: .seconds(80)) == Region.ID(0))
    #expect(lab.director.region(for: 1 - kept, at: .seconds(80)) == Region.ID(1))
    lab.director.failed(kept)
    #expect(lab.director.region(for: kept, at: .seconds(80)) == Region.ID(1))
  }

  /// Anycast has no records: each network hears of the change in its own time.
  @Test func anycastConverges() throws {
    var lab = Lab(Lab.routing(.anycast), clients: 500)
    lab.run(until: .seconds(100)) { region, at in region.index != 0 || at < .seconds(20) }
    let switched = try #require(
      lab.director.log.first { $0.what == .record(Region.ID(0), healthy: false) }
    ).at
    func moved(after seconds: Int64) -> Int {
      (0..<500).count {
        lab.director.region(for: $0, at: switched + .seconds(seconds)) == Region.ID(1)
      }
    }
    #expect(abs(moved(after: 10) - 400) < 40)
    #expect(moved(after: 60) < 500)
    #expect(moved(after: 180) == 500)
  }

  // MARK: Record plans

  /// One of two enactors is held up for a long time between looking and writing.
  private func plans(_ check: PlanRules.Comparison) -> (RecordPlans, [RecordPlans.Event]) {
    var rules = PlanRules()
    rules.check = check
    var plans = RecordPlans(rules, healthy: [true])
    var events: [RecordPlans.Event] = []
    func note(_ event: RecordPlans.Event?) { if let event { events.append(event) } }
    plans.plan(healthy: [true])
    _ = plans.step(0)  // Enactor 0 picks plan 1 up...
    plans.holdUp(by: 9)
    let held = plans.step(0)  // ...and is held up.
    #expect(held.heldUpBy == 9 && held.after == nil)
    for _ in 0..<10 { plans.plan(healthy: [true]) }
    _ = plans.step(1)
    note(plans.step(1).event)  // Enactor 1 writes plan 11.
    #expect(plans.version == 11)
    if let enactor = plans.letGo(by: 9) { note(plans.step(enactor).event) }
    note(plans.step(1).event)  // Enactor 1 cleans up.
    // Everybody goes on.
    plans.plan(healthy: [false])
    for _ in 0..<4 {
      note(plans.step(0).event)
      note(plans.step(1).event)
    }
    return (plans, events)
  }

  @Test func aStalePlanEmptiesTheRecordForGood() {
    let (plans, events) = plans(.atStart)
    #expect(events == [.wentBack(from: 11, to: 1), .emptied])
    #expect(plans.record == nil)
  }

  @Test func comparingAgainAtTheWriteSavesIt() {
    let (plans, events) = plans(.atApply)
    #expect(events.isEmpty)
    #expect(plans.record == [false] && plans.version == 12)
  }
}
