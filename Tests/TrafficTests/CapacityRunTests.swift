// Whole runs with app tiers: the arithmetic of headroom, a survivor that collapses and one that holds, a
// storm of retries that outlives its cause, and that nothing of it touches what checkers judge.

import Histories
import Simulation
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct CapacityRunTests {
  private func scenario(
    rate: Int, _ capacity: String = "{replicas: 4, rate: 5/s}", retries: String = "",
    regions: Int = 2, duration: Int = 120, fault: String = "{at: 40s, route-away: us-east-1}",
    traffic: String = "health-check: {interval: 10s, threshold: 100}"
  ) -> String {
    let names = ["us-east-1", "eu-west-1", "ap-southeast-1"].prefix(regions)
    let places = names.map { "  - {name: near-\($0), near: \($0), clients: 90, access: 8ms}" }
    return """
      regions: [\(names.joined(separator: ", "))]
      network: {preset: aws}
      strategy: {kind: crdt}
      places:
      \(places.joined(separator: "\n"))
      traffic:
        provider: global-accelerator
        policy: accelerator
        \(traffic)
      capacity: \(capacity)
      workload: {kind: register, keys: 20, rate: \(rate)/s, timeout: 2s, mix: {read: 90, write: 10}\(retries)}
      duration: \(duration)s
      faults: [\(fault)]
      """
  }

  /// u N / (N - 1): what the survivors are asked, by the load before and as measured.
  @Test(arguments: [(18, 2, 0.9), (28, 2, 1.4), (36, 3, 0.9)])
  func theClosedForm(_ rate: Int, _ regions: Int, _ expected: Double) throws {
    var (before, after, predicted) = (0.0, 0.0, 0.0)
    let seeds = 1...4
    for seed in seeds {
      let run = try FailoverRunTests.run(
        scenario(rate: rate, regions: regions), seed: UInt64(seed))
      let capacity = try #require(run.measures.capacity)
      let early = capacity.regions.compactMap(\.early)
      before += early.reduce(0) { $0 + $1.load } / Double(early.count)
      let headroom = try #require(capacity.headroom)
      predicted += headroom.load(without: 0)
      let survivors = capacity.regions.dropFirst().compactMap(\.late)
      #expect(survivors.count == regions - 1)
      after +=
        survivors.reduce(0) { $0 + $1.arrivals } / survivors.reduce(0) { $0 + $1.capacity }
      #expect(try #require(capacity.regions[0].late).load < 0.1, "only checks go there")
    }
    let count = Double(seeds.count)
    let closed = Headroom.survivors(
      utilisation: Double(rate) / Double(regions) / 20, regions: regions)
    #expect(abs(closed - expected) < 1e-9)
    // Health checks are requests too: 0.3 a second and region, 1.5 % of what one can serve.
    #expect(abs(before / count / (closed * Double(regions - 1) / Double(regions)) - 1) < 0.06)
    #expect(abs(predicted / count / closed - 1) < 0.06, "\(predicted / count)")
    #expect(abs(after / count / closed - 1) < 0.06, "\(after / count)")
  }

  /// At 70 % of two the survivor serves everybody too late; at 45 % it holds.
  @Test func collapseAndHold() throws {
    for seed in UInt64(1)...3 {
      let drowned = try FailoverRunTests.run(scenario(rate: 28), seed: seed).measures
      let tier = try #require(drowned.capacity?.regions[1])
      #expect(try #require(drowned.finalAvailability) < 0.2)
      #expect(try #require(tier.late).utilisation > 0.99, "all are busy, in vain")
      #expect(tier.wasted > tier.served / 3)
      let held = try FailoverRunTests.run(scenario(rate: 18), seed: seed).measures
      #expect(try #require(held.finalAvailability) > 0.97)
      #expect(try #require(held.capacity?.regions[1].late).utilisation < 0.99)
    }
  }

  /// Shedding saves what the survivor can serve: 100 of 140 parts.
  @Test(arguments: ["shed: queue, queue: 10", "shed: deadline, deadline: 1s"])
  func sheddingKeepsGoodput(_ shed: String) throws {
    let run = try FailoverRunTests.run(
      scenario(rate: 28, "{replicas: 4, rate: 5/s, \(shed)}"))
    let share = try #require(run.measures.finalAvailability)
    #expect(share > 0.5 && share < 0.78, "\(share)")
    let tier = try #require(run.measures.capacity?.regions[1])
    #expect(tier.shed + tier.expired > 100)
    #expect(run.history.count > 1_000)
  }

  private static let storm = "{at: 30s, for: 15s, pause: all}"

  /// Bronson et al.: the overload outlives its cause, by retries alone. With a budget it does not.
  @Test func aStormOutlivesItsCause() throws {
    func share(_ retries: String, _ seed: UInt64) throws -> Double {
      let run = try FailoverRunTests.run(
        scenario(rate: 28, retries: retries, duration: 100, fault: Self.storm), seed: seed)
      return try #require(run.measures.finalAvailability)
    }
    for seed in UInt64(1)...3 {
      #expect(try share(", retries: {attempts: 4}", seed) < 0.3)
      #expect(try share(", retries: {attempts: 4, budget: 10%}", seed) > 0.95)
      #expect(try share("", seed) > 0.95)
    }
  }

  @Test func retriesAreCounted() throws {
    let run = try FailoverRunTests.run(
      scenario(
        rate: 20, retries: ", retries: {attempts: 3, next-region: false}",
        fault: "{at: 40s, for: 20s, crash: us-east-1}"))
    let retries = try #require(run.measures.retries)
    #expect(retries.retries > 50 && retries.denied == 0)
    #expect(retries.amplification > 1 && retries.amplification < 3)
    // Refused at once, tried again where the director sends next: but for requests that were caught.
    #expect(run.measures.availability > 0.9)
    let without = try FailoverRunTests.run(
      scenario(rate: 20, fault: "{at: 40s, for: 20s, crash: us-east-1}"))
    #expect(without.measures.retries == nil)
  }

  /// A write that nobody answered is never sent again: each value is written once at most.
  @Test func writesAreNotRepeated() throws {
    let text = """
      regions: [a, b]
      strategy: {kind: crdt}
      capacity: {replicas: 1, rate: 20/s}
      workload: {kind: counter, keys: 1, clients-per-region: 20, rate: 100/s, timeout: 500ms,
        mix: {add: 100}, retries: {attempts: 5}}
      duration: 20s
      """
    let run = try FailoverRunTests.run(text)
    let history = run.history
    func sum(_ isMeant: (Completion) -> Bool) -> Int64 {
      (0..<history.count).filter {
        history.functions[$0] == .increment && isMeant(history.completions[$0])
      }.reduce(0) { $0 + history.values[$1] }
    }
    let acknowledged = sum { $0 == .ok }
    let possible = sum { $0 != .fail }
    let finals = (0..<history.count).filter {
      history.finals[$0] && history.completions[$0] == .ok
    }.map { history.values[$0] }
    #expect(acknowledged < possible && !finals.isEmpty)
    #expect(finals.allSatisfy { $0 >= acknowledged && $0 <= possible })
    #expect(run.checks.first { $0.name == "counter" }?.verdict.validity == .holds)
  }

  /// A retry goes to the next region, and the client's next operation to its own again.
  @Test func retriesGoOn() throws {
    let text = """
      regions: [a, b]
      strategy: {kind: crdt}
      workload: {kind: register, clients-per-region: 3, think: 100ms, retries: {next-region: true}}
      duration: 20s
      faults: [{at: 5s, for: 10s, crash: a}]
      """
    let run = try FailoverRunTests.run(text)
    #expect(run.measures.availability > 0.99)
    #expect(try #require(run.measures.retries).retries > 100)
    let history = run.history
    #expect(
      (0..<history.count).contains {
        history.regions[$0] == 0 && history.calls[$0] > 17_000_000_000
      })
    // Sessions span regions, so what is promised to those who stay is not.
    #expect(!run.checks.contains { $0.name == "read-your-writes" && $0.basis == .promised })
  }

  /// Whoever waits at a door when its region fails is lost with it, and refused while it is down.
  @Test func aCrashEmptiesTheLine() throws {
    let text = """
      regions: [a, b]
      strategy: {kind: crdt}
      capacity: {replicas: 1, rate: 10/s}
      workload: {kind: register, clients-per-region: 20, rate: 60/s, timeout: 1s}
      duration: 20s
      faults: [{at: 8s, for: 4s, crash: a}]
      """
    let run = try FailoverRunTests.run(text)
    let tiers = try #require(run.measures.capacity?.regions)
    #expect(tiers[0].lost > 3 && tiers[1].lost == 0)
    #expect(run.measures.fail > 50)
    #expect(run.defects.isEmpty)
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    let text = scenario(
      rate: 28,
      "{replicas: 4, rate: 5/s, shed: deadline, autoscaler: {max: 12}, nodes: {stock-out: 50%}}",
      retries: ", retries: {attempts: 4, budget: 20%}")
    #expect(try FailoverRunTests.run(text).digest == (try FailoverRunTests.run(text).digest))
    #expect(
      try FailoverRunTests.run(text).digest != (try FailoverRunTests.run(text, seed: 2).digest))
  }

  /// The autoscaler helps, but only after minutes.
  @Test func anAutoscalerTakesMinutes() throws {
    let tier =
      "{replicas: 4, rate: 5/s, shed: deadline, autoscaler: {max: 12}, nodes: {spare: 0}}"
    let run = try FailoverRunTests.run(
      scenario(rate: 28, tier, duration: 480, fault: "{at: 60s, route-away: us-east-1}"))
    let survivor = try #require(run.measures.capacity?.regions[1])
    let more = try #require(survivor.replicas.dropFirst().first).at
    #expect(more > .seconds(60 + 195) && more < .seconds(60 + 330), "\(more)")
    #expect(try #require(survivor.late).load < 1)
    #expect(try #require(run.measures.finalAvailability) > 0.97)
    #expect(run.measures.availability < 0.95)
  }

  /// Two regions have a new configuration at different times.
  @Test func configurationDrifts() throws {
    let tier =
      "{replicas: 4, rate: 5/s, gitops: {interval: 60s, commits: [{at: 30s, replicas: 6}]}}"
    let run = try FailoverRunTests.run(
      scenario(rate: 10, tier, fault: "{at: 100s, for: 5s, pause: any}"))
    let commit = try #require(run.measures.capacity?.commits.first)
    #expect(commit.at == .seconds(30) && commit.reached.count == 2)
    #expect(commit.reached.allSatisfy { $0.after.map { $0 <= .seconds(60) } ?? false })
    #expect(try #require(commit.drift) > .zero)
    #expect(run.measures.capacity?.regions.map { $0.replicas.map(\.count) } == [[4, 6], [4, 6]])
  }

  // MARK: Headroom

  @Test func headroomOfEqualRegions() {
    #expect(abs(Headroom.survivors(utilisation: 0.7, regions: 2) - 1.4) < 1e-9)
    #expect(abs(Headroom.survivors(utilisation: 0.45, regions: 2) - 0.9) < 1e-9)
    #expect(abs(Headroom.survivors(utilisation: 0.6, regions: 3) - 0.9) < 1e-9)
    #expect(Headroom.survivors(utilisation: 0.1, regions: 1) == .infinity)
    #expect(Headroom.mostUtilisation(regions: 4) == 0.75)
    for regions in 2...6 {
      let most = Headroom.mostUtilisation(regions: regions)
      #expect(abs(Headroom.survivors(utilisation: most, regions: regions) - 1) < 1e-9)
      let equal = Headroom(
        offered: Array(repeating: most * 10, count: regions),
        capacity: Array(repeating: 10, count: regions))
      #expect(abs(equal.load(without: 0) - 1) < 1e-9)
    }
  }

  @Test func theLargestRegionIsTheWorstToLose() {
    let headroom = Headroom(offered: [10, 20, 30], capacity: [20, 80, 40])
    #expect(headroom.worst == 1 && headroom.load(without: 1) == 1)
    #expect(headroom.load(without: 0) == 0.5)
  }

  /// A step of a runbook that makes room: seen when the replicas have started, and no sooner.
  @Test func aRunbookMakesRoom() throws {
    func text(_ capacity: String, within: String) -> String {
      scenario(rate: 28, capacity) + """

        runbook:
          when: {at: 20s}
          detect: {median: 1s}
          decide: {median: 1s}
          steps:
            - do: scale
              region: eu-west-1
              to: 8
              takes: {median: 1s}
              errors: 0%
              attempts: 1
              within: \(within)
              then: {ready: eu-west-1, replicas: 8}
        """
    }
    let room = "{replicas: 4, rate: 5/s, pod-start: 30s}"
    let run = try FailoverRunTests.run(text(room, within: "60s"))
    let step = try #require(run.measures.runbook?.log.parts[0].steps[0])
    #expect(step.outcome == .verified)
    let tried = try #require(step.tries.first)
    let took = try #require(tried.ended) - (try #require(tried.acted))
    #expect(took >= .seconds(30) && took < .seconds(33), "\(took)")
    let late = try #require(run.measures.capacity?.regions[1].late)
    #expect(late.load < 1, "eight bear what four could not: \(late.load)")
    // Machines that nobody has room for: the step is not verified.
    let full = "{replicas: 4, rate: 5/s, pod-start: 30s, nodes: {spare: 0, stock-out: 100%}}"
    let blocked = try FailoverRunTests.run(text(full, within: "60s"))
    #expect(blocked.measures.runbook?.log.parts[0].steps[0].outcome == .failed)
    #expect(try #require(blocked.measures.capacity?.regions[1].late).load > 1)
  }
}
