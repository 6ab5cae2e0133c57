// What an architect is told about this strategy, each as a short story in a small world.

import Histories
import Simulation
import Testing

@testable import Replication

@Suite struct CRDTStoryTests {
  private func value(_ outcome: Outcome) -> Answer? {
    if case .ok(let answer, _) = outcome { answer } else { nil }
  }

  private func version(_ outcome: Outcome) -> Version? {
    if case .ok(_, let version) = outcome { version } else { nil }
  }

  private func cut(_ from: Int, _ to: Int, tag: Int) -> FaultAction {
    .install(Cut(), on: .links([Link.ID(from * 3 + to)]), tag: tag)
  }

  /// Region 1 writes later, and after it has read the first write; its clock is 10 s behind.
  @Test(arguments: ["wall", "hybrid"])
  func aSlowClock(clock: String) throws {
    let harness = CRDTHarness(
      regions: 2, [("clock", clock)], offsets: [.zero, Duration.zero - .seconds(10)])
    _ = harness.ask(.write(1, 10), at: 0)
    harness.run(.milliseconds(100))
    let before = harness.ask(.read(1, .register), at: 1)
    #expect(value(before) == .value(10))
    let write = harness.ask(.write(1, 20), at: 1)
    #expect(value(write) == .done)
    let after = harness.ask(.read(1, .register), at: 1)
    let quiet = harness.quiesce(within: .seconds(10))
    #expect(quiet != nil)
    let everywhere = [
      value(harness.ask(.read(1, .register), at: 0)),
      value(harness.ask(.read(1, .register), at: 1)),
    ]
    let lower = try #require(version(write)) < (try #require(version(before)))
    if clock == "wall" {
      #expect(lower)
      #expect(value(after) == .value(10), "the client does not read its own write")
      #expect(everywhere == [.value(10), .value(10)], "the later write is lost")
    } else {
      #expect(!lower)
      #expect(version(after) == version(write))
      #expect(everywhere == [.value(20), .value(20)])
    }
  }

  /// A question goes from region 0 to 1, whose answer overtakes it on the way to region 2.
  @Test func anAnswerIsNeverSeenWithoutItsQuestion() {
    let harness = CRDTHarness(regions: 3, [("anti-entropy", "5s")])
    harness.act(cut(0, 2, tag: 1))
    _ = harness.ask(.write(1, 100), at: 0)
    harness.run(.milliseconds(100))
    let read = harness.ask(.read(1, .register), at: 1)
    #expect(value(read) == .value(100))
    _ = harness.ask(.write(2, 200), at: 1)
    let both = Operation.transaction([.read(2, .register), .read(1, .register)])
    var withBoth = 0
    var waited = 0
    for _ in 0..<300 {
      harness.run(.milliseconds(50))
      waited += harness.unfinished.count { $0.contains("wait for") }
      let seen = value(harness.ask(both, at: 2))
      if seen == .steps([.value(200), .value(100)]) { withBoth += 1 }
      #expect(seen != .steps([.value(200), .value(nil)]))
    }
    #expect(waited > 0, "the answer arrived first and waited")
    #expect(withBoth > 0, "region 1 passed the question on")
  }

  @Test func siblingsAppearAndAreReplaced() {
    let harness = CRDTHarness(regions: 3, [("register", "multi-value")])
    #expect(value(harness.ask(.read(1, .register), at: 0)) == .value(nil))
    harness.act(.install(Cut(), on: .around(.region(Region.ID(0))), tag: 1))
    #expect(harness.ask(.write(1, 30), at: 0) == .ok(.done, nil))
    _ = harness.ask(.write(1, 7), at: 1)
    harness.run(.milliseconds(100))
    #expect(value(harness.ask(.read(1, .register), at: 2)) == .value(7))
    harness.act(.remove(tag: 1))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    #expect(value(harness.ask(.read(1, .register), at: 2)) == .values([7, 30]))
    #expect(harness.tally(.conflicts) == 3)
    _ = harness.ask(.write(1, 37), at: 2)
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    for region in 0..<3 {
      #expect(harness.ask(.read(1, .register), at: region) == .ok(.value(37), nil))
    }
    #expect(harness.tally(.conflicts) == 3)
  }

  @Test func aConcurrentInsertWins() {
    let harness = CRDTHarness(regions: 2)
    _ = harness.ask(.insert(1, 5), at: 0)
    _ = harness.ask(.insert(1, 6), at: 0)
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    harness.act(.install(Cut(), on: .around(.region(Region.ID(0))), tag: 1))
    _ = harness.ask(.insert(1, 5), at: 0)
    _ = harness.ask(.remove(1, 5), at: 1)
    _ = harness.ask(.remove(1, 6), at: 1)
    #expect(value(harness.ask(.read(1, .set), at: 1)) == .values([]))
    harness.act(.remove(tag: 1))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    for region in 0..<2 {
      #expect(value(harness.ask(.read(1, .set), at: region)) == .values([5]))
    }
  }

  /// The region's clock is set back 20 s and it crashes: what it writes next is still the latest.
  @Test func hybridTimeSurvivesACrash() throws {
    let harness = CRDTHarness(regions: 1, [("clock", "hybrid")])
    harness.run(.seconds(30))
    let region = Target.region(Region.ID(0))
    var last = Version.initial
    for step in 0..<20 as Range<Int64> {
      let written = try #require(version(harness.ask(.write(1, step), at: 0)))
      #expect(last < written)
      last = written
      #expect(version(harness.ask(.read(1, .register), at: 0)) == written)
      harness.act(.crash(region))
      harness.act(.stepClock(region, by: Duration.zero - .seconds(1)))
      harness.act(.restart(region))
    }
    #expect(harness.ask(.read(1, .register), at: 0) == .ok(.value(19), last))
  }

  /// The network delivers requests twice: each acts once, also when a crash is between the two.
  @Test func aRequestThatComesTwiceActsOnce() {
    for seed in 0..<30 as Range<UInt64> {
      let harness = CRDTHarness(seed: seed, regions: 1)
      let rule = Duplicate(.always, within: .milliseconds(400))
      harness.act(.install(rule, on: .clients(of: .region(Region.ID(0))), tag: 1))
      var sum: Int64 = 0
      for step in 0..<10 as Range<Int64> {
        if harness.ask(.increment(1, by: 1 << step, floor: nil), at: 0) == .ok(.done, nil) {
          sum += 1 << step
        }
        harness.act(.crash(.region(Region.ID(0))))
        harness.act(.restart(.region(Region.ID(0))))
      }
      harness.run(.seconds(1))
      #expect(sum == 1_023)
      #expect(value(harness.ask(.read(1, .counter), at: 0)) == .value(sum))
    }
  }

  /// A disk that acknowledges too early: what a crash takes, peers give back, since it had been
  /// sent; but not if the region makes new operations under the same numbers first.
  @Test func acknowledgingBeforeTheSync() {
    var cameBack = 0
    var differed = 0
    for seed in 0..<40 as Range<UInt64> {
      let harness = CRDTHarness(
        seed: seed, regions: 2, [("compact-log", "false")], durability: .beforeSync)
      for value in 1...5 as ClosedRange<Value> { _ = harness.ask(.write(1, value), at: 0) }
      harness.run(.milliseconds(100))
      harness.act(.crash(.region(Region.ID(0))))
      harness.act(.restart(.region(Region.ID(0))))
      harness.run(.milliseconds(1))
      let isLess = harness.log(0).count < 5
      if seed % 2 == 0 {
        #expect(harness.quiesce(within: .seconds(10)) != nil)
        #expect(harness.log(0).count == 5)
        #expect(harness.data(0) == harness.data(1))
        if isLess { cameBack += 1 }
      } else {
        for value in 6...9 as ClosedRange<Value> { _ = harness.ask(.write(1, value), at: 0) }
        harness.run(.seconds(10))
        if harness.data(0) != harness.data(1) { differed += 1 }
      }
    }
    #expect(cameBack > 0)
    #expect(differed > 0)
  }

  @Test func whatItDoesNotOffer() {
    let harness = CRDTHarness(regions: 2)
    let refused: [Operation] = [
      .compareAndSet(1, expected: 1, new: 2), .increment(1, by: -1, floor: 0),
      .transaction([.write(1, 1)]), .transaction([.read(1, .register), .write(2, 1)]),
      .transaction([.transaction([.read(1, .register)])]),
    ]
    for operation in refused {
      #expect(!harness.strategy.supports(operation))
      #expect(harness.ask(operation, at: 0) == .fail(.unsupported))
    }
    let reads = Operation.transaction([.read(1, .counter), .read(2, .set), .read(3, .register)])
    #expect(harness.strategy.supports(reads))
    #expect(
      harness.ask(reads, at: 0) == .ok(.steps([.value(nil), .values([]), .value(nil)]), nil))
    #expect(harness.ask(.read(3, .register), at: 0) == .ok(.value(nil), .initial))
  }
}
