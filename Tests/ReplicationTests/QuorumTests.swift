// What clients of quorums see: one story for each part.

import Histories
@testable import Replication
import Simulation
import Testing

@Suite struct QuorumTests {
  private func isOK(_ outcome: Outcome?) -> Bool { if case .ok = outcome { true } else { false } }

  // MARK: Sloppy quorums and hints

  private static let sloppy = [
    ("n", "3"), ("sloppy", "true"), ("retry", "200ms"), ("read-repair", "false"),
  ]

  /// Key 0 lives in r0, r1 and r2; r3 and r4 stand in.
  @Test func standInsTakeWritesAndGiveThemBack() throws {
    let lab = try Lab(Quorum.self, Self.sloppy, regions: 5)
    lab.node(1).crash()
    lab.node(2).crash()
    #expect(isOK(lab.write(0, 7)))
    #expect(lab.read(0, at: 3) == .value(7))
    #expect(lab.rows("hints", at: 3).count + lab.rows("hints", at: 4).count >= 1)
    #expect(lab.rows("cells", at: 3).isEmpty)
    lab.node(1).restart()
    lab.node(2).restart()
    #expect(lab.settle().isEmpty)
    for home in 0...2 { #expect(lab.rows("cells", at: home).first?[3] == 7, "r\(home)") }
    for region in 0...4 { #expect(lab.rows("hints", at: region).isEmpty) }
  }

  @Test func withoutStandInsTheQuorumIsMissed() throws {
    let lab = try Lab(Quorum.self, [("n", "3"), ("retry", "200ms")], regions: 5)
    lab.node(1).crash()
    lab.node(2).crash()
    #expect(lab.perform(.write(0, 7), patience: .seconds(5)) == .info)
    #expect(lab.perform(.read(0, .register), at: 3, patience: .seconds(5)) == .fail(.notServing))
  }

  @Test(arguments: [("10s", true), ("1s", false)])
  func hintsExpire(_ lifetime: String, arrives: Bool) throws {
    let lab = try Lab(
      Quorum.self, [("hint-ttl", lifetime), ("read-repair", "false"), ("retry", "200ms")])
    lab.node(2).crash()
    #expect(isOK(lab.write(0, 7)))
    lab.run(for: .seconds(5))
    #expect(lab.rows("hints", at: 0).isEmpty != arrives)
    lab.node(2).restart()
    #expect(lab.settle().isEmpty)
    #expect(lab.rows("cells", at: 2).isEmpty != arrives)
    #expect(lab.tally(.discarded) == (arrives ? 0 : 1))
  }

  // MARK: Anti-entropy

  @Test func treesBringTogetherWhatNothingElseDoes() throws {
    let lab = try Lab(
      Quorum.self,
      [
        ("read-repair", "false"), ("hinted-handoff", "false"), ("anti-entropy", "300ms"),
        ("w", "1"),
        ("retry", "200ms"), ("patience", "400ms"),
      ], wires: Wires(loss: .percent(10), duplication: .percent(10), areForClientsToo: false))
    lab.cut([0], [1, 2])
    for key in 0..<60 as Range<Key> {
      lab.ask(.write(key, Value(key)), at: Int(key) % 3)
      lab.ask(.insert(key, 5), at: Int(key) % 2)
    }
    lab.run(for: .seconds(3))
    #expect(lab.rows("cells", at: 0) != lab.rows("cells", at: 1))
    lab.heal()
    lab.expectConverged(["cells"])
    #expect(lab.rows("cells", at: 2).count == 120)
  }

  // MARK: Siblings

  @Test(arguments: ["client", "coordinator"])
  func siblingsStayUntilAWriteHasSeenThem(_ context: String) throws {
    let lab = try Lab(Quorum.self, [("conflicts", "siblings"), ("context", context)])
    lab.ask(.write(0, 1), at: 0)
    lab.ask(.write(0, 2), at: 1)
    lab.run(for: .seconds(1))
    #expect(lab.read(0, at: 2) == .values([1, 2]))
    // This client has read both.
    lab.write(0, 3, at: 2)
    #expect(lab.read(0, at: 0) == .value(3))
    // At r1 nobody has read: its client writes blindly, its coordinator knows what it holds.
    lab.run(for: .seconds(1))
    lab.write(0, 4, at: 1)
    #expect(lab.read(0, at: 0) == (context == "client" ? .values([3, 4]) : .value(4)))
  }

  @Test func aRemoveTakesAwayWhatItsRegionKnows() throws {
    let lab = try Lab(Quorum.self, [("conflicts", "siblings")])
    lab.perform(.insert(0, 9), at: 0)
    lab.run(for: .seconds(1))
    lab.cut([0], [1, 2])
    lab.ask(.remove(0, 9), at: 0)
    lab.ask(.insert(0, 9), at: 1)
    lab.run(for: .seconds(1))
    lab.heal()
    #expect(lab.settle().isEmpty)
    for region in 0...2 { #expect(lab.answer(.read(0, .set), at: region) == .values([9])) }
    lab.perform(.remove(0, 9), at: 1)
    lab.run(for: .seconds(1))
    #expect(lab.answer(.read(0, .set), at: 2) == .values([]))
  }

  // MARK: Levels

  private static let twoCenters = [("datacenters", [["r0", "r1", "r2"], ["r3", "r4", "r5"]])]

  @Test(arguments: [
    ("local-quorum", true), ("each-quorum", false), ("quorum", false), ("one", true), ("4", false),
  ])
  func levelsDecideWhatACutBetweenDataCentersStops(_ level: String, serves: Bool) throws {
    let lab = try Lab(
      Quorum.self, [("w", level), ("patience", "1s")], lists: Self.twoCenters, regions: 6)
    lab.cut([0, 1, 2], [3, 4, 5])
    #expect(isOK(lab.write(0, 7, at: 0)) == serves)
    #expect(isOK(lab.write(0, 8, at: 4)) == serves)
  }

  @Test(arguments: [("serial", false), ("local-serial", true)])
  func serialLevelsDecideWhereCompareAndSetWorks(_ level: String, serves: Bool) throws {
    let lab = try Lab(
      Quorum.self,
      [
        ("compare-and-set", "paxos"), ("serial-level", level), ("w", "local-quorum"),
        ("patience", "1s"),
      ], lists: Self.twoCenters, regions: 6)
    lab.cut([0, 1, 2], [3, 4, 5])
    let outcome = lab.perform(.increment(0, by: 1, floor: nil), at: 0)
    #expect(
      serves ? isOK(outcome) : outcome == .fail(.notServing), "\(String(describing: outcome))")
  }

  // MARK: Consensus

  private static let consensus = [("compare-and-set", "paxos"), ("linearizable", "true")]

  @Test func compareAndSetDecides() throws {
    let lab = try Lab(Quorum.self, Self.consensus)
    #expect(lab.perform(.compareAndSet(0, expected: 1, new: 2)) == .fail(.conditionFailed))
    lab.write(0, 1, at: 1)
    #expect(isOK(lab.perform(.compareAndSet(0, expected: 1, new: 2), at: 2)))
    #expect(lab.perform(.compareAndSet(0, expected: 1, new: 3)) == .fail(.conditionFailed))
    #expect(lab.read(0, at: 1) == .value(2))
    #expect(lab.perform(.increment(0, by: -3, floor: 0)) == .fail(.conditionFailed))
    #expect(lab.answer(.read(0, .counter), at: 2) == .value(2))
  }

  /// Duels of three regions over one counter, with messages lost and doubled: whoever is told that it
  /// counted has counted once.
  @Test(arguments: 0..<6 as Range<UInt64>)
  func incrementsCountOnce(_ seed: UInt64) throws {
    let wires = Wires(
      loss: .percent(8), duplication: .percent(20), reordering: .percent(20),
      reorderBy: .milliseconds(150), areForClientsToo: false)
    let lab = try Lab(
      Quorum.self, Self.consensus + [("patience", "60s"), ("retry", "200ms")], seed: seed,
      wires: wires)
    let conversations = (0..<30).map { number in
      if number % 10 == 9 { lab.run(for: .milliseconds(40)) }
      return lab.ask(.increment(0, by: 1 << Value(number), floor: nil), at: number % 3)
    }
    #expect(lab.settle(within: .seconds(90)).isEmpty)
    let counted = conversations.filter { isOK(lab.clients.conversations[$0].outcome) }
    #expect(counted.count == 30)
    #expect(lab.answer(.read(0, .counter), at: 1) == .value((1 << 30) - 1))
    #expect(lab.tally(.conflicts) > 0)
  }

  /// What only a coordinator that stops has accepted may be carried on when it is back, or be passed
  /// over; but what somebody has read stays.
  @Test func whatAMinorityAcceptedIsCarriedOnOrPassedOver() throws {
    var seen: Set<Answer> = []
    for delay in 0..<30 as Range<Int64> {
      let lab = try Lab(Quorum.self, Self.consensus, seed: UInt64(delay))
      lab.write(0, 1)
      lab.ask(.compareAndSet(0, expected: 1, new: 2), at: 0)
      lab.run(for: .milliseconds(delay * 6))
      lab.node(0).crash()
      let answer = try #require(lab.read(0, at: 1))
      #expect(answer == .value(1) || answer == .value(2))
      #expect(lab.read(0, at: 2) == answer)
      lab.node(0).restart()
      lab.run(for: .seconds(1))
      let later = try #require(lab.read(0, at: 0))
      #expect(later == .value(2) || later == answer)
      seen.formUnion([answer, later])
      for region in [1, 2, 0] { #expect(lab.read(0, at: region) == later) }
    }
    #expect(seen.count == 2)
  }
}
