// A runbook without a world: what is to be seen is said by the test, second by second.

import Simulation
import Testing

@testable import Traffic

/// Drives an execution; carries out its orders on a picture of two regions.
private struct Bench {
  var execution: RunbookExecution
  var view = RunbookView(regions: [.init(), .init()])
  private(set) var orders: [(at: Instant, order: RunbookOrder)] = []
  private(set) var probed: [Region.ID] = []

  init(_ steps: [RunbookStep], back: [RunbookStep]? = nil, seed: UInt64 = 1) {
    func part(_ steps: [RunbookStep], _ region: Int) -> RunbookPart {
      RunbookPart(
        trigger: .seen([RunbookCondition(region == 0 ? .down : .up, Region.ID(0))]),
        detect: .constant(.seconds(10)), decide: .constant(.seconds(20)), steps: steps)
    }
    execution = RunbookExecution(
      Runbook(failOver: part(steps, 0), failBack: back.map { part($0, 1) }), from: .zero,
      seed: seed)
  }

  /// Runs so long; `react` is called for each order and changes what is to be seen.
  mutating func run(
    until end: Instant, react: (RunbookOrder, inout RunbookView) -> Void = { _, _ in }
  ) {
    while let alarm = execution.alarm, alarm <= end {
      execution.wake(view, at: alarm)
      for region in execution.probes where execution.orders.isEmpty {
        probed.append(region)
        // Answered at once: accepted if the region runs.
        let isUp = view.regions[region.index].isUp
        view.regions[region.index].probe = RunbookProbe(asked: alarm, isAccepted: isUp)
      }
      for order in execution.orders {
        orders.append((alarm, order))
        react(order, &view)
      }
      execution.orders = []
    }
  }
}

@Suite struct RunbookExecutionTests {
  private static let east = Region.ID(0)
  private static let west = Region.ID(1)

  private static func step(
    _ action: RunbookAction, then: RunbookCondition? = nil, takes: Int64 = 5
  ) -> RunbookStep {
    var step = RunbookStep(
      RunbookOrder(action, west), level: .scripted, takes: .constant(.seconds(takes)))
    step.then = then.map { [$0] } ?? []
    step.within = .seconds(10)
    return step
  }

  private static let promotion = step(.promote, then: RunbookCondition(.primary, west))

  private static func promote(_ order: RunbookOrder, _ view: inout RunbookView) {
    if order.action == .promote { view.regions[order.region.index].isPrimary = true }
  }

  @Test func detectsDecidesExecutesAndSees() {
    var bench = Bench([Self.promotion, Self.step(.wait, takes: 7)])
    bench.run(until: .seconds(100))
    #expect(!bench.execution.log.isTriggered)
    #expect(bench.execution.alarm == .seconds(101), "it looks once a second")
    bench.view.regions[0].isUp = false
    bench.run(until: .seconds(200), react: Self.promote)
    let part = bench.execution.log.parts[0]
    #expect(part.triggered == .seconds(101))
    #expect(part.detected == .seconds(111))
    #expect(part.decided == .seconds(131))
    #expect(bench.orders.map(\.at) == [.seconds(136)])
    #expect(part.steps[0].tries.map(\.began) == [.seconds(131)])
    #expect(part.steps[0].ended == .seconds(137), "seen a second later, never in the same moment")
    #expect(part.steps[1].ended == .seconds(144))
    #expect(part.ended == .seconds(144) && part.isVerified)
    #expect(bench.execution.alarm == nil)
  }

  @Test func aPreconditionThatDoesNotHoldBlocks() {
    var first = Self.promotion
    first.require = [RunbookCondition(.healthy, Self.west)]
    var bench = Bench([first, Self.promotion])
    bench.view.regions[0].isUp = false
    bench.view.regions[1].isHealthy = false
    bench.run(until: .seconds(200), react: Self.promote)
    let part = bench.execution.log.parts[0]
    #expect(bench.orders.isEmpty)
    #expect(part.steps.map(\.outcome) == [.blocked, .notReached])
    #expect(part.steps[0].tries[0].missing == first.require)
    #expect(part.steps[0].ended == .seconds(40), "after looking for ten seconds")
    #expect(bench.execution.log.unverified == 2)
  }

  @Test func aPreconditionMayComeToHold() {
    var first = Self.promotion
    first.require = [RunbookCondition(.healthy, Self.west)]
    var bench = Bench([first])
    bench.view.regions[0].isUp = false
    bench.view.regions[1].isHealthy = false
    bench.run(until: .seconds(35), react: Self.promote)
    bench.view.regions[1].isHealthy = true
    bench.run(until: .seconds(200), react: Self.promote)
    #expect(bench.execution.log.parts[0].isVerified)
  }

  @Test func whatIsNotSeenIsTriedAgainThenRolledBackAndStops() {
    var step = Self.promotion
    step.attempts = 2
    step.rollback = RunbookRollback(
      RunbookOrder(.switchOver, Self.east), then: [RunbookCondition(.primary, Self.east)])
    var bench = Bench([step, Self.promotion])
    bench.view.regions[0].isUp = false
    bench.run(until: .seconds(300)) { order, view in
      if order.action == .switchOver { view.regions[0].isPrimary = true }
    }
    let log = bench.execution.log.parts[0].steps
    #expect(bench.orders.map(\.order.action) == [.promote, .promote, .switchOver])
    #expect(log[0].tries.map(\.outcome) == [.failed, .failed])
    #expect(log[0].rollback?.outcome == .verified)
    #expect(log[1].outcome == .notReached)
    #expect(bench.execution.alarm == nil)
  }

  @Test func aRollbackThatIsNotSeenIsSaidSo() {
    var step = Self.promotion
    step.attempts = 1
    step.rollback = RunbookRollback(
      RunbookOrder(.switchOver, Self.east), then: [RunbookCondition(.primary, Self.east)])
    var bench = Bench([step])
    bench.view.regions[0].isUp = false
    bench.run(until: .seconds(300))
    #expect(bench.execution.log.parts[0].steps[0].rollback?.outcome == .failed)
  }

  /// A step done wrongly does not do its action; only that what should follow is not seen shows it.
  @Test func errorsAreDrawnAndFoundOut() {
    var step = Self.promotion
    step.errors = .percent(30)
    step.attempts = 10
    var (wrong, tries) = (0, 0)
    for seed in 1...200 as ClosedRange<UInt64> {
      var bench = Bench([step], seed: seed)
      bench.view.regions[0].isUp = false
      bench.run(until: .seconds(1_000), react: Self.promote)
      let log = bench.execution.log.parts[0].steps[0]
      #expect(log.outcome == .verified)
      #expect(log.tries.allSatisfy { ($0.outcome == .failed) == $0.isError })
      #expect(bench.orders.count == 1)
      wrong += log.errors
      tries += log.tries.count
    }
    // 30 % of all tries, within three standard deviations.
    #expect(abs(Double(wrong) / Double(tries) - 0.3) < 0.08, "\(wrong) of \(tries)")
  }

  /// Whether a region takes writes is found out by writing, after the step and not before.
  @Test func probesDecide() {
    var fence = Self.step(.fence, then: RunbookCondition(.fenced, Self.west))
    fence.within = .seconds(30)
    var bench = Bench([fence, Self.step(.verify, then: RunbookCondition(.writes, Self.east))])
    bench.view.regions[0].isUp = false
    // A refusal of earlier proves nothing.
    bench.view.regions[1].probe = RunbookProbe(asked: .seconds(1), isAccepted: false)
    bench.run(until: .seconds(50)) { order, view in
      if order.action == .fence { view.regions[1].isUp = false }
    }
    #expect(bench.probed.first == Self.west)
    #expect(bench.execution.log.parts[0].steps.map(\.outcome) == [.verified, .unfinished])
    bench.run(until: .seconds(200))
    #expect(bench.execution.log.parts[0].steps[1].outcome == .failed, "the region is down")
  }

  /// A region that is down refuses writes with or without a fence: verified, and said to prove nothing.
  @Test func aFenceOfARegionThatIsDownIsNotSeen() {
    var fence = Self.step(.fence, then: RunbookCondition(.fenced, Self.east))
    fence.errors = .always
    var bench = Bench([fence])
    bench.view.regions[0].isUp = false
    bench.run(until: .seconds(200))
    let log = bench.execution.log.parts[0].steps[0]
    #expect(bench.orders.isEmpty && log.errors == 1)
    #expect(log.outcome == .verified && log.tries[0].blind == [Self.east])
  }

  /// What a client was told after the probe was asked disproves a fence.
  @Test func anAcknowledgedWriteIsNoFence() {
    let fenced = RunbookCondition(.fenced, Self.west)
    var view = RunbookView(regions: [.init(), .init()])
    view.regions[1].probe = RunbookProbe(asked: .seconds(5), isAccepted: false)
    #expect(fenced.holds(view, since: .seconds(5)))
    #expect(!fenced.holds(view, since: .seconds(6)))
    view.regions[1].acknowledged = .seconds(4)
    #expect(fenced.holds(view, since: .seconds(5)))
    view.regions[1].acknowledged = .seconds(6)
    #expect(!fenced.holds(view, since: .seconds(5)))
  }

  @Test func theWayBackBeginsWhenItIsOpen() {
    var bench = Bench([Self.promotion], back: [Self.step(.verify, then: .init(.up, Self.east))])
    bench.view.regions[0].isUp = false
    bench.run(until: .seconds(500), react: Self.promote)
    #expect(bench.execution.log.parts[0].isVerified)
    #expect(bench.execution.log.parts[1].triggered == nil)
    bench.view.regions[0].isUp = true
    bench.run(until: .seconds(600))
    #expect(bench.execution.log.parts[1].triggered == .seconds(501))
    #expect(bench.execution.log.parts[1].isVerified)
  }

  /// What is tried again draws from its own stream: later steps take as long as they would have taken.
  @Test func oneStepsTriesMoveNoOther() {
    var first = Self.promotion
    var second = Self.step(.promote, then: RunbookCondition(.primary, Self.west))
    second.takes = .tailed(median: .seconds(60), p95: .seconds(180))
    func length(_ errors: Ratio, seed: UInt64) -> Duration? {
      first.errors = errors
      first.attempts = 10
      var bench = Bench([first, second], seed: seed)
      bench.view.regions[0].isUp = false
      bench.run(until: .seconds(5_000), react: Self.promote)
      let log = bench.execution.log.parts[0].steps[1]
      return log.tries[0].acted.map { $0 - log.tries[0].began }
    }
    for seed in 1...20 as ClosedRange<UInt64> {
      #expect(length(.never, seed: seed) == length(.percent(50), seed: seed))
    }
  }

  /// The acting steps share what a level says: by their medians they add up to it.
  @Test func levelsAreSharedByActingSteps() {
    for level in RunbookLevel.allCases {
      let whole = level.step(of: 1)
      #expect(level.step(of: 4).base * 4 == whole.base)
      #expect(level.step(of: 4).spread * 4 == whole.spread)
      #expect(level.errors(of: 4).partsPerBillion * 4 == level.errors(of: 1).partsPerBillion)
    }
    let levels = RunbookLevel.allCases
    for (slow, fast) in zip(levels, levels.dropFirst()) {
      #expect(slow.decide.base > fast.decide.base && slow.detect.base > fast.detect.base)
      #expect(slow.step(of: 1).base > fast.step(of: 1).base)
      #expect(slow.errors(of: 1) > fast.errors(of: 1))
    }
    // The median and the 95th percentile are what the table says.
    var random = Random(seed: 1)
    let times = (0..<20_000).map { _ in RunbookLevel.documented.decide.draw(&random) }.sorted()
    #expect(abs(times[10_000].seconds / 900 - 1) < 0.03, "\(times[10_000])")
    #expect(abs(times[19_000].seconds / 2_400 - 1) < 0.06, "\(times[19_000])")
  }
}
