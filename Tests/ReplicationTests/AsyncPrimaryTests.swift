// The primary with followers: happy paths, failover with and without fencing, undoing, restarts.
// Random runs under faults are in AsyncPrimaryChaosTests.swift.

import Histories
import Replication
import Simulation
import Testing

/// What must be equal everywhere in the end.
private let data = ["registers", "members", "sets", "log", "reigns"]

private func lab(
  _ settings: KeyValuePairs<String, String> = [:], regions: Int = 3, seed: UInt64 = 1,
  wires: Wires = Wires()
) throws -> Lab<AsyncPrimary> {
  try Lab(AsyncPrimary.self, settings, regions: regions, seed: seed, wires: wires)
}

@Suite struct AsyncPrimaryHappyPaths {
  @Test(
    arguments: ["local", "one", "all"], [1, 2, 3, 5])
  func everyOperation(acknowledge: String, regions: Int) throws {
    let wires = Wires(latency: .constant(.milliseconds(40)))
    let lab = try lab(["acknowledge": acknowledge], regions: regions, wires: wires)
    #expect(lab.read(1) == .value(nil))
    #expect(lab.write(1, 10) == .ok(.done, Version(Int64(regions), 2)))
    #expect(lab.perform(.read(1, .register)) == .ok(.value(10), Version(Int64(regions), 2)))
    #expect(lab.answer(.compareAndSet(1, expected: 10, new: 11)) == .done)
    #expect(lab.perform(.compareAndSet(1, expected: 10, new: 12)) == .fail(.conditionFailed))
    #expect(lab.perform(.compareAndSet(9, expected: 0, new: 12)) == .fail(.conditionFailed))
    #expect(lab.answer(.increment(2, by: 5, floor: nil)) == .done)
    #expect(lab.answer(.increment(2, by: -5, floor: 0)) == .done)
    #expect(lab.perform(.increment(2, by: -1, floor: 0)) == .fail(.conditionFailed))
    #expect(lab.answer(.read(2, .counter)) == .value(0))
    #expect(lab.answer(.insert(3, 7)) == .done)
    #expect(lab.answer(.insert(3, 5)) == .done)
    #expect(lab.answer(.remove(3, 7)) == .done)
    #expect(lab.answer(.remove(3, 8)) == .done)
    #expect(lab.answer(.read(3, .set)) == .values([5]))
    let inside: [Operation] = [
      .read(3, .set), .insert(3, 1), .remove(3, 5), .read(3, .set), .write(1, 20),
      .read(1, .register), .increment(2, by: 3, floor: 0), .increment(2, by: -3, floor: 0),
    ]
    #expect(
      lab.answer(.transaction(inside))
        == .steps([
          .values([5]), .done, .done, .values([1]), .done, .value(20), .done, .done,
        ]))
    let half = Operation.transaction([.write(1, 99), .compareAndSet(1, expected: 98, new: 1)])
    #expect(lab.perform(half) == .fail(.conditionFailed))
    #expect(lab.read(1) == .value(20))
    #expect(lab.perform(.transaction([.transaction([])])) == .fail(.unsupported))
    #expect(lab.perform(.transaction([])) == .ok(.steps([]), nil))
    lab.expectConverged(data)
    #expect(lab.rows("members", at: regions - 1).map { $0.prefix(2) } == [[3, 1]])
    #expect(lab.tally(.retransmissions) == 0)
    #expect(lab.tally(.promotions) == 0)
  }

  @Test func acknowledgementsWaitForThatMany() throws {
    for (rule, cut, answers) in [
      ("local", [1, 2], true), ("one", [1], true), ("one", [1, 2], false), ("all", [1], false),
    ] {
      let lab = try lab(["acknowledge": rule])
      _ = lab.settle()
      lab.cut([0], cut)
      #expect((lab.write(1, 1) != nil) == answers, "\(rule) without \(cut)")
      // Until it is acknowledged, nobody may see it either.
      #expect((lab.read(1) != nil) == answers)
      #expect(lab.read(2) == .value(nil))
      lab.heal()
      lab.expectConverged(data)
      #expect(lab.clients.conversations.allSatisfy { $0.outcome != nil })
      #expect(lab.read(1) == .value(1))
    }
  }

  @Test func forwardsToThePrimaryOnce() throws {
    let lab = try lab(["primary": "r1", "acknowledge": "one"])
    #expect(lab.primary == 1)
    #expect(lab.write(1, 10, at: 0) == .ok(.done, Version(4, 2)))
    #expect(lab.read(1, at: 2) == .value(10))
    let fails = Operation.compareAndSet(1, expected: 9, new: 1)
    #expect(lab.perform(fails, at: 2) == .fail(.conditionFailed))
    lab.install(Duplicate(.always, within: .seconds(1)), on: .around(.region(Region.ID(1))))
    lab.install(Duplicate(.always, within: .seconds(1)), on: .clients(of: .region(Region.ID(0))))
    for _ in 0..<20 { lab.ask(.increment(5, by: 1, floor: nil), at: 0) }
    lab.run(for: .seconds(5))
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.answer(.read(5, .counter), at: 2) == .value(20))
    lab.node(1).crash()
    #expect(lab.write(1, 11, at: 0) == nil)
    #expect(lab.write(1, 11, at: 1) == .fail(.unavailable))
  }

  @Test func readsLocallyWhereItIsTold() throws {
    let lab = try lab(["reads": "local"])
    lab.write(1, 10)
    lab.expectConverged(data)
    lab.node(2).isolate()
    lab.write(1, 11)
    #expect(lab.perform(.read(1, .register), at: 2) == .ok(.value(10), Version(3, 2)))
    #expect(lab.read(1, at: 0) == .value(11))
    #expect(lab.settle(within: .seconds(5)) != [])
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.read(1, at: 2) == .value(11))
  }

  @Test func followerFarBehindCatchesUp() throws {
    let lab = try lab(["batch": "7"], regions: 2)
    lab.node(1).crash()
    for value in 0..<500 { lab.ask(.write(Key(value % 10), Value(value))) }
    lab.ask(.transaction((0..<30).map { .insert(3, Value($0)) }))
    lab.run(for: .seconds(10))
    lab.node(1).restart()
    lab.expectConverged(data, within: .seconds(6))
    #expect(lab.rows("members", at: 1).count == 30)
  }

  @Test func optionsThatDoNotFit() {
    #expect(throws: OptionsRefused.self) { try lab(["lease": "600ms"]) }
    #expect(throws: OptionsRefused.self) { try lab(["acknowledge": "two"]) }
  }
}

@Suite struct AsyncPrimaryFailover {
  private func promises(
    _ settings: KeyValuePairs<String, String>, _ regions: Int
  ) throws -> Set<Guarantee> {
    let lab = try lab(settings, regions: regions)
    return lab.strategy.promises(in: lab.topology)
  }

  @Test func promisesWhatItsHeaderSays() throws {
    let everything = Guarantee.ofOneCopy
    let local: Set<Guarantee> = [.converged, .noLostWrites, .counter, .bank, .monotonicWrites]
    #expect(try promises([:], 3) == everything)
    #expect(try promises(["fencing": "false"], 3) == everything)
    let past = everything.subtracting([.linearizable, .strictSerializable, .counterBounds])
    #expect(
      try promises(["reads": "local"], 3) == past.subtracting(Guarantee.ofOwnWrites))
    #expect(try promises(["reads": "session"], 3) == past)
    #expect(try promises(["reads": "global"], 3) == everything)
    #expect(
      try promises(["reads": "bounded"], 3)
        == past.subtracting(Guarantee.ofOwnWrites).union([.boundedStaleness]))
    #expect(
      try promises(["home": "per-key"], 3)
        == everything.subtracting(Guarantee.isolation).subtracting([.bank]))
    #expect(
      try promises(["home": "per-key", "reads": "local"], 3)
        == past.subtracting(Guarantee.isolation).subtracting([.bank])
        .subtracting(Guarantee.ofOwnWrites).subtracting(Guarantee.acrossKeys))
    for failover in ["manual", "automatic"] {
      #expect(try promises(["failover": failover], 3) == [.converged])
      #expect(try promises(["failover": failover], 2) == everything)
      #expect(try promises(["failover": failover, "acknowledge": "one"], 3) == everything)
      #expect(try promises(["failover": failover, "acknowledge": "one"], 4) == everything)
      #expect(try promises(["failover": failover, "acknowledge": "one"], 5) == [.converged])
      #expect(try promises(["failover": failover, "acknowledge": "all"], 5) == everything)
      #expect(
        try promises(["failover": failover, "acknowledge": "all", "fencing": "false"], 3)
          == [.converged])
      #expect(
        try promises(["failover": failover, "acknowledge": "one", "reads": "local"], 3) == local)
      let acknowledged: KeyValuePairs = [
        "failover": failover, "acknowledge": "majority", "reads": "global",
        "shows": "acknowledged",
      ]
      #expect(try promises(acknowledged, 5) == everything)
    }
  }

  @Test func automaticFailoverKeepsWhatWasAcknowledged() throws {
    let lab = try lab(["failover": "automatic", "acknowledge": "one"])
    _ = lab.settle()
    #expect(lab.write(1, 10) != nil)
    lab.node(0).crash()
    #expect(lab.write(1, 11, at: 1) == nil)
    lab.run(for: .seconds(3))
    #expect(lab.read(1, at: 1) == .value(10))
    #expect(lab.write(1, 12, at: 2)?.isOK == true)
    lab.node(0).restart()
    lab.expectConverged(data)
    #expect(lab.primary != 0)
    #expect(lab.read(1, at: 0) == .value(12))
    #expect(lab.tally(.promotions) == 1)
  }

  @Test func nobodyStandsWhileThePrimaryIsHeard() throws {
    for failover in ["manual", "automatic"] {
      let lab = try lab(["failover": failover])
      lab.run(for: .seconds(300))
      #expect(lab.tally(.promotions) == 0)
      #expect(lab.settle() == [])
    }
  }

  @Test func anIsolatedPrimaryStopsServingWhenItsLeaseEnds() throws {
    let lab = try lab(["failover": "automatic"])
    _ = lab.settle()
    lab.run(for: .seconds(2))
    lab.node(0).isolate()
    #expect(lab.write(1, 10)?.isOK == true)
    lab.run(for: .seconds(3))
    #expect(lab.write(1, 11) == .fail(.notServing))
    #expect(lab.perform(.read(1, .register)) == .fail(.notServing))
    lab.run(for: .seconds(2))
    #expect(lab.write(1, 20, at: 1)?.isOK == true)
    lab.heal()
    lab.expectConverged(data)
    // Acknowledged by one region alone, and lost with it: `local` promises no more.
    #expect(lab.read(1) == .value(20))
    #expect(lab.tally(.discarded) == 1)
  }

  @Test func aSplitBrainLosesWhatFencingWithAllKeeps() throws {
    for (fencing, both) in [("false", true), ("true", false)] {
      let lab = try lab([
        "failover": "automatic", "acknowledge": fencing == "true" ? "all" : "local",
        "fencing": fencing,
      ])
      _ = lab.settle()
      lab.node(0).isolate()
      lab.run(for: .seconds(6))
      let old = lab.write(1, 10, at: 0)
      let new = lab.write(1, 20, at: 1)
      #expect((old?.isOK == true && new?.isOK == true) == both)
      lab.heal()
      lab.expectConverged(data)
      #expect((lab.tally(.discarded) > 0) == both)
      #expect(lab.write(1, 30, at: 0)?.isOK == true)
      #expect(lab.read(1, at: 2) == .value(30))
    }
  }

  @Test func anOrderMovesAHealthyPrimaryWithoutLoss() throws {
    for failover in ["manual", "automatic"] {
      let lab = try lab(["failover": failover, "acknowledge": "local"])
      _ = lab.settle()
      // Behind by a few entries at the moment of the order.
      lab.cut([0], [2])
      for value in 0..<5 { lab.write(1, Value(value)) }
      lab.heal()
      lab.node(2).promote()
      lab.expectConverged(data)
      #expect(lab.primary == 2)
      #expect(lab.tally(.discarded) == 0)
      #expect(lab.read(1, at: 0) == .value(4))
      #expect(lab.world.now < .zero + .seconds(15))
    }
  }

  @Test func manualFailoverWaitsForItsOrder() throws {
    let lab = try lab(["failover": "manual", "acknowledge": "one"])
    _ = lab.settle()
    lab.write(1, 10)
    lab.node(0).crash()
    lab.run(for: .seconds(20))
    #expect(lab.primary == nil)
    lab.node(1).promote()
    lab.run(for: .seconds(2))
    #expect(lab.primary == 1)
    #expect(lab.read(1, at: 2) == .value(10))
    lab.node(0).restart()
    lab.expectConverged(data)
    #expect(lab.primary == 1)
  }

  @Test func ordersAreIgnoredWithoutFailoverAndRepeatedUntilDone() throws {
    let fixed = try lab()
    fixed.node(1).promote()
    fixed.expectConverged(data)
    #expect(fixed.primary == 0)

    let lab = try lab(["failover": "manual"])
    _ = lab.settle()
    lab.node(0).isolate()
    lab.cut([1], [2])
    lab.node(1).promote()
    lab.run(for: .seconds(10))
    lab.node(1).crash()
    lab.node(1).restart()
    #expect(lab.settle(within: .seconds(3)) != [])
    lab.heal()
    lab.expectConverged(data)
  }

  /// The old primary, cut off, still has its lease when the other is ordered to take over; and the
  /// voters may have forgotten that they granted it.
  @Test(arguments: ["manual", "automatic"], [false, true])
  func noReadIsStaleWhileThePrimaryChanges(failover: String, forgetful: Bool) throws {
    for seed in 0..<10 as Range<UInt64> {
      let lab = try lab(["failover": failover, "acknowledge": "one"], seed: seed)
      _ = lab.settle()
      lab.write(1, 1)
      lab.run(for: .seconds(2))
      lab.node(0).isolate()
      for region in 1...2 where forgetful {
        lab.node(region).crash()
        lab.node(region).restart()
      }
      lab.node(1).promote()
      var written: [Int] = []
      var read: [Int] = []
      for value in 2..<300 as Range<Value> {
        read.append(lab.ask(.read(1, .register), at: 0))
        written.append(lab.ask(.write(1, value), at: 1))
        lab.run(for: .milliseconds(20))
      }
      lab.run(for: .seconds(1))
      let conversations = lab.clients.conversations
      let newest = written.map { conversations[$0] }.filter { $0.outcome?.isOK == true }
        .map(\.answeredAt).min()
      let oldest = read.map { conversations[$0] }.filter { $0.outcome?.isOK == true }
        .map(\.askedAt).max()
      let (first, last) = (try #require(newest), try #require(oldest))
      #expect(last < first, "r0 answers a read asked at \(last), r1 a write at \(first)")
    }
  }

  @Test(arguments: ["manual", "automatic"])
  func aRegionThatAloneMissesThePrimaryIsNotElected(failover: String) throws {
    let lab = try lab(["failover": failover])
    _ = lab.settle()
    lab.write(1, 1)
    lab.run(for: .seconds(1))
    lab.cut([0], [1])
    lab.node(1).promote()
    lab.run(for: .seconds(30))
    #expect(lab.tally(.promotions) == 0)
    #expect(lab.write(1, 2)?.isOK == true)
    lab.heal()
    lab.expectConverged(data)
    // The order still stands.
    #expect(lab.primary == 1)
  }

  /// Two candidates that do not hear each other, and voters that crash between voting for them.
  @Test func aVoteIsNotForgotten() throws {
    let lab = try lab(["failover": "manual", "acknowledge": "one"], regions: 5)
    _ = lab.settle()
    lab.node(0).crash()
    lab.cut([1], [2])
    lab.run(for: .seconds(4))
    let asked = Flag()
    lab.world.trace = { if $1 == "r2 -> r3: ask for vote" { asked.isUp = true } }
    lab.node(2).promote()
    while !asked.isUp { lab.run(for: .milliseconds(1)) }
    // The votes for r2 wait at its door while those who cast them restart.
    lab.node(2).pause()
    lab.run(for: .milliseconds(200))
    for voter in 3...4 {
      lab.node(voter).crash()
      lab.node(voter).restart()
    }
    lab.node(1).promote()
    lab.run(for: .seconds(6))
    #expect(lab.primary == 1)
    #expect(lab.write(1, 10, at: 1)?.isOK == true)
    lab.node(2).resume()
    lab.run(for: .milliseconds(100))
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.primary == 1)
    #expect(lab.read(1, at: 3) == .value(10))
  }

  /// Ongaro, figure 3.7: an entry of an old epoch that a majority holds, and that is undone after
  /// all. Nobody may have read it.
  @Test func anOldEntryThatManyHoldIsNotYetAcknowledged() throws {
    let lab = try Lab(
      AsyncPrimary.self, ["failover": "manual", "acknowledge": "one", "batch": "1"],
      wires: Wires(latency: .constant(.milliseconds(40))))
    let told = Flag()
    func run(untilDelivered what: String) {
      told.isUp = false
      lab.world.trace = { if $1 == what { told.isUp = true } }
      let end = lab.world.now + .seconds(10)
      while !told.isUp, lab.world.now < end { lab.run(for: .microseconds(100)) }
      #expect(told.isUp, "\(what)")
    }
    _ = lab.settle()
    for region in 1...2 { lab.node(region).crash() }
    #expect(lab.write(1, 10) == nil)
    lab.node(0).crash()
    for region in 1...2 { lab.node(region).restart() }
    lab.run(for: .seconds(4))
    lab.node(1).promote()
    run(untilDelivered: "r2 -> r1: vote")
    // The opening entry of r1's epoch stays where it is.
    lab.node(2).crash()
    lab.run(for: .milliseconds(10))
    lab.node(1).crash()
    lab.run(for: .milliseconds(100))
    lab.node(0).restart()
    lab.node(2).restart()
    run(untilDelivered: "r2 -> r0: mismatch")
    lab.run(for: .milliseconds(1))
    let read = lab.ask(.read(1, .register))
    run(untilDelivered: "r2 -> r0: appended")
    lab.run(for: .milliseconds(5))
    lab.node(0).isolate()
    #expect(lab.rows("registers", at: 2).map { $0[1] } == [10])
    lab.run(for: .milliseconds(5))
    lab.node(0).crash()
    lab.node(1).restart()
    lab.run(for: .seconds(6))
    #expect(lab.primary == 1)
    #expect(lab.clients.conversations[read].outcome == nil)
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.read(1) == .value(nil))
  }

  @Test func twoRegionsNeedEachOther() throws {
    let lab = try lab(["failover": "automatic"], regions: 2)
    _ = lab.settle()
    lab.node(0).crash()
    lab.run(for: .seconds(30))
    #expect(lab.primary == nil)
    lab.node(0).restart()
    lab.expectConverged(data)
    #expect(lab.write(1, 1, at: 1)?.isOK == true)
  }

  @Test func aDivergentSuffixIsUndone() throws {
    let lab = try lab(["failover": "manual", "fencing": "false"])
    let setUp: [Operation] = [
      .write(1, 10), .increment(2, by: 5, floor: nil), .insert(3, 1), .insert(3, 2),
      .remove(3, 2), .insert(4, 9),
    ]
    for operation in setUp { lab.perform(operation) }
    lab.expectConverged(data)
    lab.node(0).isolate()
    let split: [Operation] = [
      .write(1, 11), .write(1, 12), .write(7, 70), .increment(2, by: 1, floor: nil),
      .increment(6, by: 1, floor: nil), .remove(3, 1), .insert(3, 1), .insert(3, 1),
      .remove(3, 1), .remove(3, 8), .insert(5, 1), .remove(4, 9),
      .transaction([
        .write(1, 13), .write(1, 14), .insert(3, 4), .remove(3, 4), .insert(3, 4),
        .increment(2, by: 7, floor: nil), .increment(2, by: 7, floor: nil),
      ]),
    ]
    for operation in split { #expect(lab.perform(operation)?.isOK == true) }
    lab.node(1).promote()
    lab.run(for: .seconds(2))
    #expect(lab.write(1, 20, at: 1)?.isOK == true)
    #expect(lab.read(1, at: 0) == .value(14))
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.primary == 1)
    #expect(lab.tally(.discarded) == split.count)
    #expect(lab.read(1) == .value(20))
    #expect(lab.read(7) == .value(nil))
    #expect(lab.answer(.read(2, .counter)) == .value(5))
    #expect(lab.answer(.read(6, .counter)) == .value(nil))
    #expect(lab.perform(.read(3, .set)) == .ok(.values([1]), Version(3, 6)))
    #expect(lab.perform(.read(4, .set)) == .ok(.values([9]), Version(3, 7)))
    #expect(lab.perform(.read(5, .set)) == .ok(.values([]), nil))
  }

  @Test(arguments: ["none", "manual", "automatic"], ["true", "false"])
  func anyRegionRestartsAtAnyTime(failover: String, fencing: String) throws {
    for seed in 0..<10 as Range<UInt64> {
      let lab = try lab(
        ["failover": failover, "fencing": fencing, "acknowledge": "one"], seed: seed)
      var random = Random(seed: seed)
      var value: Value = 0
      for _ in 0..<20 {
        for _ in 0..<random.below(6) {
          value += 1
          lab.ask(.write(1, value), at: random.below(3))
        }
        lab.run(for: random.within(.zero...Duration.milliseconds(300)))
        let node = lab.node(random.below(3))
        node.crash()
        if random.chance(.percent(50)) {
          lab.run(for: random.within(.zero...Duration.milliseconds(1_500)))
        }
        node.restart()
      }
      lab.expectConverged(data, "seed \(seed)")
      #expect(lab.write(1, 1_000)?.isOK == true)
    }
  }

  @Test func theSameSeedIsTheSameRun() throws {
    let digests = try (0..<2).map { _ in
      var chaos = try Chaos(Setup.all[5], seed: 42)
      chaos.run(for: .seconds(5))
      return chaos.lab.world.digest
    }
    #expect(digests[0] == digests[1])
  }
}

extension Outcome {
  fileprivate var isOK: Bool {
    if case .ok = self { return true }
    return false
  }
}

/// Something that a closure notes.
private final class Flag {
  var isUp = false
}
