// Replicas on their way: the autoscaler's advice, machines that take minutes or are not to be had, and
// configuration that reaches regions one after the other.

import Simulation
import Testing

@testable import Traffic

@Suite struct ScalingTests {
  // MARK: Autoscaler

  private func autoscaler(_ change: (inout AutoscalerRules) -> Void = { _ in }) -> Autoscaler {
    var rules = AutoscalerRules(least: 2, most: 50)
    change(&rules)
    return Autoscaler(rules)
  }

  /// The metric says that so many replicas were busy on average from one time to the next.
  private func measure(_ autoscaler: inout Autoscaler, busy: Double, _ from: Int64, _ to: Int64) {
    autoscaler.forget()
    autoscaler.measure(busyTime: 0, at: .seconds(from))
    autoscaler.measure(busyTime: Int64(busy * Double(to - from) * 1e9), at: .seconds(to))
  }

  /// Kubernetes' own example of the formula: current 4 at twice the target are 8.
  @Test func proportionalToTheMetric() {
    var scaler = autoscaler { $0.target = .percent(50) }
    #expect(scaler.decide(current: 4, at: .zero) == nil, "no metric yet")
    measure(&scaler, busy: 4, 0, 15)
    #expect(scaler.decide(current: 4, at: .seconds(15)) == 8)
    // Those that are starting count as idle: no more of them for the same load.
    #expect(scaler.decide(current: 8, at: .seconds(30)) == nil)
    // Rounded up.
    measure(&scaler, busy: 4.1, 30, 45)
    #expect(scaler.decide(current: 4, at: .seconds(45)) == 8, "twice as many at most")
    #expect(scaler.decide(current: 5, at: .seconds(45)) == 9)
  }

  @Test func nothingWithinTheTolerance() {
    var scaler = autoscaler { $0.target = .percent(50) }
    measure(&scaler, busy: 5.5, 0, 15)
    #expect(scaler.decide(current: 10, at: .seconds(15)) == nil)
    measure(&scaler, busy: 5.6, 15, 30)
    #expect(scaler.decide(current: 10, at: .seconds(30)) == 12)
  }

  /// By the larger of 100 % and 4 pods at a time, never above the most.
  @Test func upInSteps() {
    var scaler = autoscaler {
      $0.target = .percent(10)
      $0.most = 30
    }
    measure(&scaler, busy: 3, 0, 15)
    #expect(scaler.decide(current: 3, at: .seconds(15)) == 7)
    #expect(scaler.decide(current: 7, at: .seconds(30)) == 14)
    measure(&scaler, busy: 14, 30, 45)
    #expect(scaler.decide(current: 14, at: .seconds(45)) == 28)
    #expect(scaler.decide(current: 28, at: .seconds(60)) == 30)
  }

  /// Down only to the highest advice of five minutes.
  @Test func downAfterAWhile() {
    var scaler = autoscaler()
    measure(&scaler, busy: 6, 0, 15)
    #expect(scaler.decide(current: 10, at: .seconds(15)) == nil)
    // Nor before it has watched for so long.
    var young = autoscaler()
    measure(&young, busy: 1, 0, 15)
    #expect(young.decide(current: 10, at: .seconds(15)) == nil)
    #expect(young.decide(current: 10, at: .seconds(316)) == 2)
    measure(&scaler, busy: 1, 15, 30)
    #expect(scaler.decide(current: 10, at: .seconds(30)) == nil)
    #expect(scaler.decide(current: 10, at: .seconds(315)) == nil)
    #expect(scaler.decide(current: 10, at: .seconds(316)) == 2)
  }

  // MARK: Machines

  private func fleet(_ nodes: NodeRules?, ready: Int = 4) -> (Fleet, Random) {
    (Fleet(ready: ready, nodes, start: .seconds(15)), Random(seed: 3))
  }

  /// Passes from one event to the next.
  private func run(_ fleet: inout Fleet, until end: Instant, _ random: inout Random) {
    while let next = fleet.next, next <= end { fleet.pass(to: next, &random) }
  }

  @Test func withoutMachinesThereIsAlwaysRoom() {
    var (fleet, random) = fleet(nil)
    fleet.order(10, at: .zero, &random)
    #expect(fleet.ready == 4 && fleet.ordered == 10 && fleet.next == .seconds(15))
    run(&fleet, until: .seconds(15), &random)
    #expect(fleet.ready == 10 && fleet.next == nil)
  }

  @Test func machinesTakeMinutes() {
    var nodes = NodeRules()
    nodes.spare = 1
    nodes.pods = 4
    var (fleet, random) = fleet(nodes)
    fleet.order(8, at: .zero, &random)
    run(&fleet, until: .seconds(16), &random)
    #expect(fleet.ready == 5 && fleet.ordered == 8)
    run(&fleet, until: .seconds(194), &random)
    #expect(fleet.ready == 5)
    // Looked for within 10 s, 180 to 240 s for the machine, 15 s to start.
    run(&fleet, until: .seconds(265), &random)
    #expect(fleet.ready == 8 && fleet.stockOuts == 0)
    // The machine has room for one more, at once.
    fleet.order(9, at: .seconds(300), &random)
    run(&fleet, until: .seconds(315), &random)
    #expect(fleet.ready == 9)
    #expect(fleet.next == nil)
  }

  @Test func outOfStock() {
    var nodes = NodeRules()
    nodes.stockOut = .always
    nodes.backoff = .seconds(300)
    var (fleet, random) = fleet(nodes)
    fleet.order(8, at: .zero, &random)
    run(&fleet, until: .seconds(1_000), &random)
    // Asked within 10 s, and every 300 s after that.
    #expect(fleet.ready == 4 && fleet.stockOuts == 4 && fleet.ordered == 8)
  }

  @Test func noMoreThanTheLimit() {
    var nodes = NodeRules()
    nodes.limit = 1
    nodes.pods = 2
    var (fleet, random) = fleet(nodes)
    fleet.order(9, at: .zero, &random)
    run(&fleet, until: .seconds(1_000), &random)
    #expect(fleet.ready == 6 && fleet.stockOuts > 0)
  }

  @Test func ordersAreTakenBack() {
    var nodes = NodeRules()
    nodes.spare = 2
    var (fleet, random) = fleet(nodes)
    fleet.order(10, at: .zero, &random)
    fleet.order(3, at: .seconds(5), &random)
    #expect(fleet.ready == 3 && fleet.ordered == 3)
    // The room of those that never started, and of one that stopped, is free again.
    fleet.order(6, at: .seconds(5), &random)
    run(&fleet, until: .seconds(20), &random)
    #expect(fleet.ready == 6)
  }

  // MARK: Configuration

  private func reconciled(
    _ commits: [Commit], selfHeal: Bool = true
  ) -> ReconcilerRules {
    ReconcilerRules(interval: .seconds(60), jitter: .zero, selfHeal: selfHeal, commits: commits)
  }

  private var tier: TierRules {
    TierRules(replicas: 4, serviceTime: .milliseconds(10))
  }

  @Test func aCommitArrivesWithinAnInterval() {
    for seed in UInt64(1)...20 {
      var lab = TierLab(
        tier, reconciled: reconciled([Commit(at: .seconds(100), replicas: 6)]), seed: seed)
      lab.run(until: .seconds(300))
      let applied = lab.tier.log.applied
      #expect(applied.count == 1)
      #expect(applied[0].at >= .seconds(100) && applied[0].at <= .seconds(160))
      #expect(lab.tier.log.replicas.map(\.count) == [4, 6])
      #expect(lab.tier.log.replicas[1].at == applied[0].at + .seconds(15))
    }
  }

  @Test func onlyForItsRegion() {
    var lab = TierLab(
      tier,
      reconciled: reconciled([Commit(at: .zero, region: Region.ID(1), replicas: 6)]))
    lab.run(until: .seconds(300))
    #expect(lab.tier.replicas == 4)
    #expect(lab.tier.log.applied.map(\.revision) == [1])
  }

  /// What an operator changed by hand is put back, unless it is not to be.
  @Test(arguments: [true, false]) func selfHeal(_ heals: Bool) {
    var lab = TierLab(tier, reconciled: reconciled([], selfHeal: heals))
    lab.run(until: .seconds(10))
    lab.order { $0.scale(to: 9, at: $1) }
    lab.run(until: .seconds(300))
    #expect(lab.tier.replicas == (heals ? 4 : 9))
    #expect(lab.tier.log.reverted.count == (heals ? 1 : 0))
  }

  /// With an autoscaler the number is its own, but for the least.
  @Test func anAutoscalerIsNotPutBack() {
    var rules = tier
    rules.autoscaler = AutoscalerRules(least: 4, most: 20)
    var lab = TierLab(rules, reconciled: reconciled([Commit(at: .seconds(200), replicas: 5)]))
    lab.run(until: .seconds(10))
    lab.order { $0.scale(to: 9, at: $1) }
    lab.run(until: .seconds(1_000))
    #expect(lab.tier.replicas == 5 && lab.tier.log.reverted.isEmpty)
  }
}
