// The options of async-primary one by one: homes, where reads go, bounds, orders, failback, compaction.

import Histories
import Replication
import Simulation
import Testing

private let data = ["registers", "members", "sets", "lists"]

private func lab(
  _ settings: KeyValuePairs<String, String>, regions: Int = 3, seed: UInt64 = 1
) throws -> Lab<AsyncPrimary> {
  let wires = Wires(latency: .constant(.milliseconds(40)))
  let lab = try Lab(AsyncPrimary.self, settings, regions: regions, seed: seed, wires: wires)
  _ = lab.settle()
  return lab
}

@Suite struct AsyncPrimaryHomes {
  @Test func everyRegionWritesItsOwnKeysAtOnce() throws {
    let lab = try lab(["home": "per-key"])
    for region in 0..<3 {
      let began = lab.world.now
      #expect(lab.write(Key(region), 7, at: region)?.isOK == true)
      #expect(lab.world.now - began < .milliseconds(40), "written at home, without a round trip")
    }
    // The log of one home stands still without its region; the others go on.
    lab.node(1).isolate()
    #expect(lab.write(0, 8, at: 2)?.isOK == true)
    #expect(lab.write(1, 8, at: 2) == nil)
    #expect(lab.write(1, 9, at: 1)?.isOK == true)
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.read(1, at: 0) == .value(9))
  }

  @Test func transactionsAreOfOneHome() throws {
    let lab = try lab(["home": "per-key"])
    let own = Operation.transaction([.write(0, 1), .write(3, 1), .read(6, .register)])
    let across = Operation.transaction([.write(0, 1), .write(1, 1)])
    #expect(lab.strategy.supports(own))
    #expect(!lab.strategy.supports(across))
    #expect(lab.perform(own)?.isOK == true)
    #expect(lab.perform(across) == .fail(.unsupported))
    #expect(lab.perform(.transaction([]), at: 2)?.isOK == true)
    lab.expectConverged(data)
  }

  @Test func aHomeFailsOverByItself() throws {
    let lab = try lab(["home": "per-key", "failover": "automatic", "acknowledge": "one"])
    lab.write(1, 1, at: 1)
    lab.node(1).crash()
    lab.run(for: .seconds(6))
    #expect(lab.write(1, 2, at: 0)?.isOK == true)
    #expect(lab.tally(.promotions) == 1)
    lab.node(1).restart()
    lab.expectConverged(data)
    #expect(lab.read(1, at: 1) == .value(2))
  }
}

@Suite struct AsyncPrimaryReadOptions {
  @Test func aSessionWaitsForItsOwnWrites() throws {
    let lab = try lab(["reads": "session"])
    // Answers of the primary come through, its entries do not.
    lab.install(
      Delay(.always, by: .seconds(1)...Duration.seconds(1)),
      on: .links([
        lab.world.network.link(from: 0, to: 2)
      ]))
    let write = lab.ask(.write(1, 5), at: 2, as: 42)
    while lab.clients.conversations[write].outcome == nil { lab.run(for: .milliseconds(5)) }
    lab.install(Cut(), on: .links([lab.world.network.link(from: 0, to: 2)]))
    let stranger = lab.ask(.read(1, .register), at: 2, as: 43)
    let own = lab.ask(.read(1, .register), at: 2, as: 42)
    lab.run(for: .milliseconds(200))
    #expect(lab.clients.conversations[stranger].outcome != nil)
    lab.heal()
    lab.run(for: .seconds(3))
    #expect(lab.clients.conversations[own].outcome == .ok(.value(5), Version(3, 2)))
  }

  @Test func aGlobalReadMissesNothing() throws {
    let lab = try lab(["reads": "global"])
    lab.cut([0], [2])
    lab.write(1, 5)
    let cutOff = lab.ask(.read(1, .register), at: 2)
    lab.run(for: .seconds(1))
    #expect(lab.clients.conversations[cutOff].outcome == nil)
    #expect(lab.read(1, at: 1) == .value(5))
    lab.heal()
    lab.run(for: .seconds(1))
    #expect(lab.read(1, at: 2) == .value(5))
  }

  @Test func whatIsNotAcknowledgedIsNotShown() throws {
    for (shows, seen) in [("applied", Answer.value(5)), ("acknowledged", .value(nil))] {
      let lab = try lab(["reads": "local", "shows": shows, "acknowledge": "all"])
      lab.cut([0], [2])
      lab.ask(.write(1, 5))
      lab.run(for: .milliseconds(300))
      #expect(lab.read(1, at: 0) == seen, "\(shows) at the primary")
      #expect(lab.read(1, at: 1) == seen, "\(shows) at a follower")
      #expect(lab.answer(.read(2, .set), at: 1) == .values([]))
      lab.heal()
      lab.expectConverged(data)
      #expect(lab.read(1, at: 2) == .value(5))
      // What was shown stays shown.
      lab.node(1).crash()
      lab.node(1).restart()
      lab.node(1).isolate()
      #expect(lab.read(1, at: 1) == .value(5))
    }
  }

  @Test func aRegionBeyondTheBoundDoesNotAnswerByItself() throws {
    let lab = try lab(["reads": "bounded", "max-age": "2s", "lease": "1s"])
    lab.write(1, 1)
    lab.run(for: .seconds(2))
    #expect(lab.read(1, at: 2) == .value(1))
    lab.node(2).isolate()
    lab.write(1, 2)
    #expect(lab.read(1, at: 2) == .value(1), "stale, but within the bound")
    lab.run(for: .seconds(2))
    #expect(lab.read(1, at: 2) == nil)
    #expect(lab.write(1, 3) == .fail(.notServing), "throttled, by age")
    lab.heal()
    lab.run(for: .seconds(2))
    #expect(lab.write(1, 4)?.isOK == true)
    lab.run(for: .seconds(1))
    #expect(lab.read(1, at: 2) == .value(4))
  }

  @Test func writesStopWhenARegionIsTooManyBehind() throws {
    let lab = try lab(["reads": "bounded", "max-lag": "3"])
    lab.node(2).isolate()
    let outcomes = (1...5).map { lab.write(1, Value($0)) }
    #expect(outcomes.map { $0?.isOK } == [true, true, true, false, false])
    lab.heal()
    lab.run(for: .seconds(2))
    #expect(lab.write(1, 9)?.isOK == true)
  }

  @Test func withoutForwardingOnlyThePrimaryWrites() throws {
    let lab = try lab(["forwarding": "false"])
    #expect(lab.write(1, 1, at: 1) == .fail(.notServing))
    #expect(lab.write(1, 2, at: 0)?.isOK == true)
    #expect(lab.read(1, at: 1) == .value(2))
  }

  @Test func optionsThatMeanNothing() {
    for settings in [
      ["acknowledge": "3"], ["acknowledge": "some"], ["max-age": "1s"],
      ["home": "per-key", "primary": "r1"],
    ] as [KeyValuePairs<String, String>] {
      #expect(throws: OptionsRefused.self) { try lab(settings) }
    }
  }
}

@Suite struct AsyncPrimaryOrders {
  /// Behind by a few entries at the moment of the order, and clients go on.
  @Test(arguments: ["manual", "automatic"], ["true", "false"])
  func aSwitchOverLosesNothing(failover: String, fencing: String) throws {
    for seed in 0..<5 as Range<UInt64> {
      let lab = try lab(["failover": failover, "fencing": fencing], seed: seed)
      lab.cut([0], [2])
      for value in 0..<5 { lab.ask(.insert(1, Value(value))) }
      lab.run(for: .milliseconds(300))
      lab.heal()
      lab.node(2).order(.switchOver)
      for value in 5..<300 {
        lab.ask(.insert(1, Value(value)), at: value % 3)
        lab.run(for: .milliseconds(10))
      }
      lab.expectConverged(data + ["log", "reigns"])
      #expect(lab.primary == 2)
      #expect(lab.tally(.discarded) == 0)
      let written = lab.clients.conversations.filter { $0.outcome?.isOK == true }.compactMap {
        if case .insert(_, let value) = $0.operation { value } else { nil }
      }
      guard case .values(let found) = lab.answer(.read(1, .set)) else {
        Issue.record("no answer")
        continue
      }
      #expect(Set(written).isSubset(of: found))
      #expect(written.count > 100)
    }
  }

  @Test func aSwitchOverNeedsThePrimary() throws {
    for fencing in ["true", "false"] {
      let lab = try lab(["failover": "manual", "fencing": fencing])
      lab.write(1, 1)
      lab.node(0).isolate()
      lab.node(1).order(.switchOver)
      lab.run(for: .seconds(20))
      #expect(lab.primary == 0 && lab.tally(.promotions) == 0)
      lab.heal()
      lab.expectConverged(data)
      #expect(lab.primary == 1, "the order still stands")
    }
  }

  /// The primary says that it resigns, and nobody hears it the first time.
  @Test func aResignationIsRepeated() throws {
    for fencing in ["true", "false"] {
      let lab = try lab(["failover": "manual", "fencing": fencing])
      lab.write(1, 1)
      lab.cutOneWay(0, 1)
      lab.node(1).order(.switchOver)
      lab.run(for: .seconds(2))
      lab.heal()
      lab.expectConverged(data)
      #expect(lab.primary == 1)
    }
  }

  @Test func aForcedFailoverAsksNobody() throws {
    for fencing in ["true", "false"] {
      let lab = try lab(["failover": "manual", "fencing": fencing])
      lab.node(0).isolate()
      #expect(lab.write(1, 1)?.isOK == true)
      lab.node(1).order(.failOver)
      lab.run(for: .seconds(1))
      #expect(lab.write(1, 2, at: 1)?.isOK == true)
      lab.heal()
      lab.expectConverged(data + ["log", "reigns"])
      #expect(lab.primary == 1)
      #expect(lab.tally(.discarded) == 1)
      #expect(lab.read(1) == .value(2))
    }
  }

  /// GitHub, 2018: the old primary is put back in charge with the log that it has.
  @Test func theOldPrimaryPutBackEndsTheNewOne() throws {
    let lab = try lab(["failover": "manual", "fencing": "false"])
    lab.node(0).isolate()
    lab.node(1).order(.failOver)
    lab.run(for: .seconds(1))
    lab.write(1, 1, at: 0)
    lab.write(2, 2, at: 1)
    lab.node(0).order(.failOver)
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.primary == 0)
    #expect(lab.read(1) == .value(1))
    #expect(lab.read(2) == .value(nil))
  }
}

@Suite struct AsyncPrimaryFailback {
  private func split(_ failback: String) throws -> Lab<AsyncPrimary> {
    let lab = try lab(["failover": "manual", "fencing": "false", "failback": failback])
    for operation in [Operation.write(1, 1), .write(2, 1), .insert(9, 0)] { lab.perform(operation) }
    _ = lab.settle()
    lab.node(0).isolate()
    lab.node(1).order(.failOver)
    lab.run(for: .seconds(1))
    for operation in [
      Operation.insert(9, 1), .write(1, 10), .write(2, 10), .write(2, 11),
      .transaction([.insert(9, 2), .write(3, 5)]),
    ] { #expect(lab.perform(operation, at: 0)?.isOK == true) }
    for operation in [Operation.insert(9, 3), .write(1, 20)] {
      #expect(lab.perform(operation, at: 1)?.isOK == true)
    }
    lab.heal()
    lab.expectConverged(data + ["log", "reigns"])
    return lab
  }

  @Test func discarded() throws {
    let lab = try split("discard")
    #expect(lab.tally(.discarded) == 5)
    #expect(lab.answer(.read(9, .set)) == .values([0, 3]))
    #expect(lab.rows("aside", at: 0).isEmpty)
  }

  @Test func putAside() throws {
    let lab = try split("set-aside")
    #expect(lab.answer(.read(9, .set)) == .values([0, 3]))
    #expect(lab.rows("aside", at: 0).count == 6)
  }

  @Test func reapplied() throws {
    let lab = try split("reapply")
    #expect(lab.tally(.reapplied) == 4)
    #expect(lab.answer(.read(9, .set)) == .values([0, 1, 2, 3]))
    #expect(lab.read(1, at: 2) == .value(20), "in conflict")
    #expect(lab.read(2, at: 2) == .value(11), "one after the other")
    #expect(lab.read(3, at: 2) == .value(5))
    #expect(lab.rows("tail", at: 0).isEmpty)
    #expect(lab.rows("aside", at: 0).map { $0[5...6] } == [[1, 10]])
  }

  /// Two regions have the same tail.
  @Test func reappliedOnce() throws {
    let lab = try lab(
      ["failover": "manual", "fencing": "false", "failback": "reapply"], regions: 5)
    lab.cut([0, 1, 2], [3, 4])
    lab.node(3).order(.failOver)
    for _ in 0..<10 { lab.perform(.increment(5, by: 1, floor: nil), at: 0) }
    lab.run(for: .seconds(1))
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.answer(.read(5, .counter)) == .value(10))
    #expect(lab.tally(.reapplied) == 10)
  }
}

@Suite struct AsyncPrimaryCompaction {
  @Test func logsDoNotGrow() throws {
    let lab = try lab(["retain": "10"])
    for value in 0..<300 { lab.ask(.write(Key(value % 7), Value(value)), at: value % 3) }
    lab.run(for: .seconds(5))
    lab.expectConverged(data)
    for region in 0..<3 { #expect(lab.rows("log", at: region).count <= 20) }
    #expect(lab.rows("clients", at: 0).count <= 300)
  }

  @Test(arguments: [0, 1, 2])
  func whoIsTooFarBehindGetsTheState(seed: UInt64) throws {
    let lab = try lab(["retain": "5", "batch": "3"], seed: seed)
    lab.node(2).crash()
    for value in 0..<100 {
      lab.perform(.write(Key(value % 7), Value(value)))
      lab.perform(.append(50, Value(value)))
      lab.perform(.insert(51, Value(value % 13)))
    }
    #expect(lab.rows("log", at: 0).count <= 10)
    lab.node(2).restart()
    // It goes on while the state is under way, and pieces are lost.
    lab.install(Lose(.percent(20)), on: .around(.region(Region.ID(2))))
    for value in 100..<140 {
      lab.ask(.write(Key(value % 7), Value(value)))
      lab.run(for: .milliseconds(50))
    }
    lab.run(for: .seconds(20))
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.rows("lists", at: 2).count == 100)
  }

  /// A split in which both sides have dropped where they parted.
  @Test(arguments: ["discard", "reapply"])
  func aTailBehindTheDroppedEntries(failback: String) throws {
    let lab = try lab([
      "failover": "manual", "fencing": "false", "retain": "5", "failback": failback,
    ])
    lab.node(0).isolate()
    lab.node(1).order(.failOver)
    lab.run(for: .seconds(1))
    for value in 0..<40 {
      lab.perform(.insert(1, Value(value)), at: 0)
      lab.perform(.insert(1, Value(100 + value)), at: 1)
    }
    lab.heal()
    lab.expectConverged(data)
    guard case .values(let found) = lab.answer(.read(1, .set), at: 0) else {
      Issue.record("no answer")
      return
    }
    #expect(found.filter { $0 >= 100 }.count == 40)
    // What was dropped is part of a state that is gone: only the rest can be re-applied.
    let kept = found.count { $0 < 100 }
    #expect(failback == "discard" ? kept == 0 : (5...10).contains(kept), "\(kept)")
  }
}

extension Outcome {
  fileprivate var isOK: Bool {
    if case .ok = self { return true }
    return false
  }
}

/// MySQL's semi-synchronous replication: after a while without an acknowledgement the primary goes on alone.
@Suite struct AsyncPrimaryFallback {
  @Test func goesOnAloneUntilSomebodyHasCaughtUp() throws {
    let lab = try lab(["acknowledge": "one", "fallback": "3s"])
    #expect(lab.write(1, 1)?.isOK == true)
    lab.node(0).isolate()
    let began = lab.world.now
    #expect(lab.write(1, 2) == nil, "not before the timeout is over")
    #expect(lab.perform(.write(1, 3), patience: .seconds(4))?.isOK == true)
    #expect(lab.world.now - began >= .seconds(3))
    let alone = lab.world.now
    #expect(lab.write(1, 4)?.isOK == true)
    #expect(lab.world.now - alone < .milliseconds(40), "does not wait any more")
    lab.heal()
    lab.expectConverged(data)
    // Semi-synchronous again: a write waits for a round trip, and for ever if need be.
    let again = lab.world.now
    #expect(lab.write(1, 5)?.isOK == true)
    #expect(lab.world.now - again >= .milliseconds(80))
    lab.node(0).isolate()
    #expect(lab.write(1, 6) == nil)
  }

  @Test func withoutItWritesWait() throws {
    let lab = try lab(["acknowledge": "one"])
    lab.node(0).isolate()
    #expect(lab.perform(.write(1, 1), patience: .seconds(20)) == nil)
  }

  @Test func isRefusedWhereNobodyWaits() throws {
    #expect(throws: OptionsRefused.self) {
      try Lab(AsyncPrimary.self, ["fallback": "3s"])
    }
  }

  @Test func whatWasAcknowledgedAloneIsNotPromisedToLast() throws {
    let topology = Topology(["a", "b", "c"])
    let safe = try lab(["acknowledge": "one", "failover": "automatic"]).strategy
    let loose = try lab(["acknowledge": "one", "failover": "automatic", "fallback": "1s"]).strategy
    #expect(safe.promises(in: topology).contains(.noLostWrites))
    #expect(loose.promises(in: topology) == [.converged])
  }
}
