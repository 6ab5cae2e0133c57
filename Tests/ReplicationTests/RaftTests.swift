// Raft's stories, one for each section that has one: elections, a suffix that loses, snapshots, handing
// over, members, reads, requests that happen once. Random runs are in RaftChaosTests.swift.

import Histories
import Simulation
import Testing

@testable import Replication

/// What must be equal everywhere in the end.
private let state = ["registers", "members", "sets", "lists", "sessions"]

private func lab(
  _ settings: KeyValuePairs<String, String> = [:], regions: Int = 3, seed: UInt64 = 1,
  wires: Wires = Wires()
) throws -> Lab<Raft> {
  let lab = try Lab(Raft.self, settings, regions: regions, seed: seed, wires: wires)
  #expect(lab.settle() == [])
  return lab
}

@Suite struct RaftHappyPaths {
  @Test(arguments: ["log", "index", "lease", "leader", "local"], [1, 2, 3, 5, 7])
  func everyOperation(reads: String, regions: Int) throws {
    let wires = Wires(latency: .constant(.milliseconds(40)))
    let lab = try lab(["reads": reads], regions: regions, wires: wires)
    #expect(lab.primary != nil)
    #expect(lab.read(1) == .value(nil))
    guard case .ok(.done, let version?) = lab.write(1, 10) else {
      Issue.record("no write")
      return
    }
    #expect(lab.perform(.read(1, .register)) == .ok(.value(10), version))
    #expect(lab.answer(.compareAndSet(1, expected: 10, new: 11)) == .done)
    #expect(lab.perform(.compareAndSet(1, expected: 10, new: 12)) == .fail(.conditionFailed))
    #expect(lab.answer(.increment(2, by: 5, floor: nil)) == .done)
    #expect(lab.answer(.increment(2, by: -5, floor: 0)) == .done)
    #expect(lab.perform(.increment(2, by: -1, floor: 0)) == .fail(.conditionFailed))
    #expect(lab.answer(.read(2, .counter)) == .value(0))
    #expect(lab.answer(.insert(3, 7)) == .done)
    #expect(lab.answer(.insert(3, 5)) == .done)
    #expect(lab.answer(.remove(3, 7)) == .done)
    #expect(lab.answer(.append(4, 9)) == .done)
    #expect(lab.answer(.append(4, 8)) == .done)
    #expect(lab.answer(.read(4, .list)) == .values([9, 8]))
    let inside: [Operation] = [
      .read(3, .set), .insert(3, 1), .remove(3, 5), .read(3, .set), .write(1, 20),
      .read(1, .register), .append(4, 7), .read(4, .list),
    ]
    #expect(
      lab.answer(.transaction(inside))
        == .steps([
          .values([5]), .done, .done, .values([1]), .done, .value(20), .done, .values([9, 8, 7]),
        ]))
    let half = Operation.transaction([.write(1, 99), .compareAndSet(1, expected: 98, new: 1)])
    #expect(lab.perform(half) == .fail(.conditionFailed))
    #expect(lab.read(1) == .value(20))
    #expect(lab.perform(.transaction([.transaction([])])) == .fail(.unsupported))
    #expect(lab.perform(.transaction([])) == .ok(.steps([]), nil))
    // From every region; a client reads its own write there.
    for region in 0..<regions {
      #expect(lab.answer(.write(5, Value(region)), at: region) == .done)
      #expect(lab.read(5, at: region) == .value(Value(region)))
    }
    lab.expectConverged(state)
    #expect(lab.tally(.promotions) == 1)
  }

  @Test func entriesComeBackFromTheirRows() {
    let operations: [Operation] = [
      .read(1, .register), .read(2, .counter), .read(3, .set), .read(4, .list), .write(5, -6),
      .compareAndSet(7, expected: 8, new: 9), .increment(1, by: -2, floor: nil),
      .increment(1, by: -2, floor: 3), .insert(1, 2), .remove(1, 2), .append(1, .min),
      .transaction([]), .transaction([.write(1, 2)]),
      .transaction([.read(1, .list), .increment(3, by: 4, floor: 0), .append(5, 6)]),
    ]
    let place = Raft.Place(term: 3, index: 9)
    let contents =
      operations.map {
        Raft.Entry.Content.request(
          Request(id: Request.ID(number: 77, client: .max), operation: $0))
      } + [.nothing, .configuration(Raft.Members(mask: .max))]
    for content in contents {
      let entry = Raft.Entry(place: place, content: content)
      let rows = entry.rows.enumerated().map { [9, Int64($0)] + $1 }
      #expect(Raft.Entry(rows: rows) == entry)
    }
    #expect(Raft.Entry(rows: [[9, 0, 3, 2, 0, 2, 0, 1, 1]]) == nil)
  }
}

@Suite struct RaftLogTests {
  /// A log with the terms of its entries, as the figures of the dissertation draw them.
  private func log(_ terms: [Int64], _ store: MemoryStore) -> Raft.Log {
    var log = Raft.Log(Raft.Members(mask: 7))
    for (place, term) in terms.enumerated() {
      log.append(
        Raft.Entry(place: Raft.Place(term: term, index: Int64(place) + 1), content: .nothing),
        store)
    }
    return log
  }

  @Test func knowsItsTermsAlsoWhenReadAgain() {
    for kept in 0...9 {
      let store = MemoryStore(Raft.Tables.schema)
      store.begin()
      let terms: [Int64] = [1, 1, 1, 4, 4, 5, 5, 6, 6]
      var log = log(terms, store)
      log.compact(through: Int64(kept), store)
      let again = Raft.Log(store, Raft.Members(mask: 7))
      for one in [log, again] {
        #expect(one.last == 9)
        #expect(one.end == Raft.Place(term: 6, index: 9))
        for index in 0...10 {
          let expected = index < kept || index > 9 ? nil : index == 0 ? 0 : terms[index - 1]
          #expect(one.term(at: Int64(index)) == expected, "\(index) of \(kept)")
        }
      }
      #expect(log.truncate(after: 7, store) == (kept > 7 ? max(0, 9 - 7) : 2) || kept > 7)
    }
  }

  /// The search for the common prefix takes a round for each term (section 3.5).
  @Test func hintsGoBackATermAtATime() {
    let store = MemoryStore(Raft.Tables.schema)
    store.begin()
    // Figure 3.6 (f): a follower with terms 2 and 3 that no leader of a later term has.
    let log = log([1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], store)
    #expect(!log.holds(Raft.Place(term: 6, index: 10)))
    #expect(log.hint(after: Raft.Place(term: 6, index: 10)) == 6)
    #expect(!log.holds(Raft.Place(term: 4, index: 6)))
    #expect(log.hint(after: Raft.Place(term: 4, index: 6)) == 3)
    #expect(log.holds(Raft.Place(term: 1, index: 3)))
    #expect(log.hint(after: Raft.Place(term: 9, index: 40)) == 11)
  }

  @Test func truncationTakesConfigurationsBack() {
    let store = MemoryStore(Raft.Tables.schema)
    store.begin()
    var log = log([1, 1], store)
    let place = Raft.Place(term: 2, index: 3)
    log.append(
      Raft.Entry(place: place, content: .configuration(Raft.Members(mask: 3))), store)
    #expect(log.configuration == Raft.Configuration(index: 3, members: Raft.Members(mask: 3)))
    #expect(Raft.Log(store, Raft.Members(mask: 7)).configuration == log.configuration)
    #expect(log.truncate(after: 2, store) == 1)
    #expect(log.configuration.members == Raft.Members(mask: 7))
    #expect(store.rows(Raft.Tables.log).count == 2)
  }

  @Test func majorities() {
    let five = Raft.Members(mask: 0b11111)
    #expect(five.haveMajority(in: Raft.Members(mask: 0b10101)))
    #expect(!five.haveMajority(in: Raft.Members(mask: 0b1100011)))
    let four = Raft.Members(mask: 0b1111)
    #expect(!four.haveMajority(in: Raft.Members(mask: 0b0011)))
    #expect(four.haveMajority(in: Raft.Members(mask: 0b0111)))
  }

  /// Figure 3.7: an entry of an earlier term is not committed by counting.
  @Test func onlyEntriesOfTheOwnTermCommit() {
    #expect(!SoundRules().commits(entryOf: 2, in: 4))
    #expect(SoundRules().commits(entryOf: 4, in: 4))
    #expect(Raft.Variant.commitByCounting.rules.commits(entryOf: 2, in: 4))
  }
}

@Suite struct RaftStories {
  @Test func aLeaderThatIsCutOffStepsDownAndItsSuffixLoses() throws {
    let lab = try lab(["request-timeout": "20s"])
    let old = try #require(lab.primary)
    let near = (old + 1) % 3
    lab.write(1, 10, at: near)
    lab.node(old).isolate()
    lab.ask(.increment(2, by: 1, floor: nil), at: old)
    lab.run(for: .seconds(4))
    let new = try #require(lab.primary)
    #expect(new != old)
    #expect(lab.write(1, 11, at: near) != nil)
    #expect(lab.read(1, at: near) == .value(11))
    #expect(lab.perform(.read(1, .register), at: old) == nil)
    let term = lab.rows("meta", at: new)[0][1]
    lab.heal()
    lab.expectConverged(state)
    #expect(lab.tally(.discarded) > 0)
    // Pre-vote: who comes back deposes nobody.
    #expect(lab.primary == new)
    #expect(lab.rows("meta", at: new)[0][1] == term)
    // The request outlived its leader, and happened once.
    #expect(lab.answer(.read(2, .counter), at: near) == .value(1))
    #expect(lab.read(1, at: old) == .value(11))
  }

  @Test func withoutPreVoteWhoComesBackDeposes() throws {
    for (preVote, elections) in [("true", 1), ("false", 2)] {
      let lab = try lab(["pre-vote": preVote, "check-quorum": "false"])
      let leader = try #require(lab.primary)
      lab.node((leader + 1) % 3).isolate()
      lab.run(for: .seconds(8))
      lab.heal()
      lab.expectConverged(state)
      #expect(lab.tally(.promotions) == elections)
    }
  }

  @Test func whoIsFarBehindGetsTheState() throws {
    let lab = try lab(["retain": "10", "snapshot-rows": "7"])
    let leader = try #require(lab.primary)
    let late = (leader + 1) % 3
    lab.node(late).crash()
    for value in 0..<60 {
      lab.ask(.write(Key(value % 10), Value(value)), at: leader, as: UInt32(100 + value))
      lab.ask(.append(50, Value(value)), at: leader, as: UInt32(200 + value))
      lab.run(for: .milliseconds(10))
    }
    #expect(lab.settle(within: .seconds(3)) != [])
    #expect(lab.rows("log", at: leader).count <= 20)
    lab.node(late).restart()
    lab.run(for: .milliseconds(300))
    // Half way through, once more.
    lab.node(late).crash()
    lab.run(for: .milliseconds(300))
    lab.node(late).restart()
    lab.expectConverged(state, within: .seconds(10))
    #expect(lab.rows("lists", at: late).count == 60)
    #expect(lab.rows("log", at: late).count <= 20)
    #expect(lab.answer(.append(50, 1), at: late) == .done)
    lab.expectConverged(state)
  }

  @Test func leadershipIsHandedOverWithoutAGap() throws {
    let lab = try lab(["reads": "lease"])
    let old = try #require(lab.primary)
    let new = (old + 1) % 3
    for value in 0..<50 {
      lab.ask(.write(1, Value(value)), at: old, as: UInt32(100 + value))
    }
    lab.node(new).promote()
    lab.run(for: .milliseconds(600))
    #expect(lab.primary == new)
    lab.expectConverged(state)
    #expect(lab.clients.conversations.allSatisfy { $0.outcome != nil })
    #expect(lab.tally(.promotions) == 2)
    #expect(lab.read(1, at: old) != nil)
  }

  @Test func theLeaderGoesWhereItIsWanted() throws {
    for preferred in 0..<3 {
      let lab = try lab(["preferred": "r\(preferred)"])
      #expect(lab.primary == preferred)
      lab.node(preferred).crash()
      lab.run(for: .seconds(4))
      #expect(lab.primary != preferred)
      #expect(lab.write(1, 1, at: (preferred + 1) % 3) != nil)
      lab.node(preferred).restart()
      lab.expectConverged(state)
      #expect(lab.primary == preferred)
      #expect(lab.read(1, at: preferred) == .value(1))
    }
  }

  @Test func membersComeAndGo() throws {
    let lab = try lab(regions: 5)
    let leader = try #require(lab.primary)
    let others = (1..<5).map { (leader + $0) % 5 }
    // Two leave: then two of three are enough.
    lab.order(.removeMember(Region.ID(others[2])), at: leader)
    lab.order(.removeMember(Region.ID(others[3])), at: others[0])
    #expect(lab.settle() == [])
    for region in others[1...] { lab.node(region).crash() }
    #expect(lab.write(1, 1, at: leader) != nil)
    for region in others[1...] { lab.node(region).restart() }
    lab.expectConverged(state)
    // The leader leads its own removal to its end, and another takes over.
    lab.order(.removeMember(Region.ID(leader)), at: leader)
    lab.run(for: .seconds(5))
    let next = try #require(lab.primary)
    #expect(next == others[0] || next == others[1])
    #expect(lab.write(1, 2, at: leader) != nil)
    // Those two need each other.
    lab.node(others[0]).crash()
    lab.run(for: .seconds(4))
    #expect(lab.write(1, 3, at: others[1]) == nil)
    lab.node(others[0]).restart()
    lab.expectConverged(state)
    for region in others[2...] + [leader] {
      lab.order(.addMember(Region.ID(region)), at: try #require(lab.primary))
    }
    lab.expectConverged(state)
    lab.node(others[0]).crash()
    lab.node(others[1]).crash()
    lab.run(for: .seconds(5))
    #expect(lab.write(1, 4, at: leader) != nil)
  }

  /// "bug in single-server membership changes" (raft-dev, 2015): two leaders begin a change each.
  @Test func aLeaderChangesNoMembersBeforeItHasCommittedAnything() throws {
    #expect(!SoundRules().changesMembers(committed: 4, configuration: 4, opening: 5))
    #expect(!SoundRules().changesMembers(committed: 5, configuration: 6, opening: 5))
    #expect(SoundRules().changesMembers(committed: 6, configuration: 6, opening: 5))
    #expect(
      Raft.Variant.earlyMemberChange.rules.changesMembers(
        committed: 4, configuration: 4, opening: 5))
  }

  @Test func readsAreAsGoodAsTheirName() throws {
    for (reads, sees) in [
      ("log", nil), ("index", nil), ("lease", nil), ("leader", 10), ("local", 10),
    ] as [(String, Value?)] {
      let lab = try lab(["reads": reads, "check-quorum": reads == "lease" ? "true" : "false"])
      let old = try #require(lab.primary)
      lab.write(1, 10, at: old)
      lab.node(old).isolate()
      lab.run(for: .seconds(4))
      #expect(lab.write(1, 11, at: (old + 1) % 3) != nil)
      #expect(lab.read(1, at: old) == sees.map { .value($0) }, "\(reads)")
      lab.heal()
      lab.expectConverged(state)
      #expect(lab.read(1, at: old) == .value(11))
    }
  }

  @Test func aLeaseServesWithoutARoundTrip() throws {
    let wires = Wires(latency: .constant(.milliseconds(40)))
    for (reads, most) in [("lease", 20), ("index", 100)] {
      let lab = try lab(["reads": reads], wires: wires)
      let leader = try #require(lab.primary)
      let began = lab.world.now
      #expect(lab.read(1, at: leader) == .value(nil))
      let took = lab.world.now - began
      #expect(took < .milliseconds(Int64(most)))
      #expect(reads == "lease" || took > .milliseconds(70))
    }
  }

  @Test func requestsHappenOnce() throws {
    let lab = try lab()
    lab.install(Duplicate(.always, within: .seconds(2)), on: .links(lab.allLinks))
    for region in 0..<3 {
      lab.install(
        Duplicate(.always, within: .seconds(2)), on: .clients(of: .region(Region.ID(region))))
    }
    for number in 0..<60 {
      lab.ask(.append(1, Value(number)), at: number % 3, as: UInt32(100 + number))
      lab.run(for: .milliseconds(50))
      if number % 20 == 10, let leader = lab.primary {
        lab.node(leader).crash()
        lab.run(for: .milliseconds(300))
        lab.node(leader).restart()
      }
    }
    lab.run(for: .seconds(6))
    lab.heal()
    lab.expectConverged(state)
    let elements = lab.rows("lists", at: 0).map { $0[2] }
    #expect(Set(elements).count == elements.count)
    for (number, asked) in lab.clients.conversations.enumerated() {
      if case .ok = asked.outcome { #expect(elements.contains(Int64(number))) }
    }
    #expect(elements.count > 50)
  }

  @Test func refusesWhatCannotBe() throws {
    for settings in [
      ["election-timeout": "100ms", "heartbeat": "100ms"],
      ["reads": "lease", "check-quorum": "false"], ["members": "[]"], ["preferred": "mars"],
    ] as [KeyValuePairs<String, String>] {
      #expect(throws: OptionsRefused.self) { try Lab(Raft.self, settings) }
    }
  }
}

extension Lab {
  fileprivate func order(_ command: Command, at region: Int) {
    act(.command(command, .region(Region.ID(region))))
    run(for: .milliseconds(300))
  }

  fileprivate var allLinks: [Link.ID] {
    topology.ids.flatMap { from in
      topology.ids.filter { $0 != from }.map {
        world.network.link(from: from.index, to: $0.index)
      }
    }
  }
}

/// A disk that goes bad (Chandra, Griesemer and Redstone, "Paxos Made Live", section 5.1).
@Suite struct RaftRebuildingTests {
  /// Five regions, three of which hold what the other two have missed; then the disk of one of the three
  /// goes bad, and it is left alone with those two.
  private func lostDisk(_ settings: KeyValuePairs<String, String> = [:]) throws -> Lab<Raft> {
    let lab = try lab(settings, regions: 5)
    lab.cut([0, 1, 2], [3, 4])
    lab.node(0).promote()
    _ = lab.settle(within: .seconds(6))
    #expect(lab.write(1, 10) != nil)
    lab.node(2).crash()
    lab.act(.rot(.region(Region.ID(2))))
    lab.heal()
    lab.cut([0, 1], [2, 3, 4])
    lab.run(for: .seconds(6))
    return lab
  }

  @Test func isNoMemberBeforeItHasEverythingAgain() throws {
    let lab = try lostDisk()
    #expect(lab.world.disksReplaced == 1)
    #expect(lab.write(2, 11, at: 3) == nil)
    #expect(lab.world.unfinished.contains { $0.contains("rebuilds what its disk lost") })
    // What the region's new disk says of it does not change by another crash.
    lab.node(2).crash()
    lab.node(2).restart()
    lab.heal()
    lab.expectConverged(state)
    #expect(lab.read(1, at: 3) == .value(10))
    // It votes again: with it two are enough of the rest.
    lab.node(0).crash()
    lab.node(1).crash()
    #expect(lab.perform(.write(1, 12), at: 3, patience: .seconds(12)) != nil)
  }

  @Test func withoutThatAMajorityForgets() throws {
    let lab = try lostDisk(["rebuild-before-voting": "false"])
    #expect(lab.read(1, at: 3) == .value(nil))
    #expect(lab.write(1, 11, at: 3) != nil)
  }

  /// A state comes from where the log does not go back that far.
  @Test func isFilledBySnapshot() throws {
    let lab = try lab(["retain": "2", "snapshot-rows": "3"])
    for value in 1...20 as ClosedRange<Value> { #expect(lab.write(Key(value), value) != nil) }
    lab.node(1).crash()
    lab.act(.rot(.region(Region.ID(1))))
    lab.node(1).restart()
    lab.expectConverged(state)
    #expect(lab.read(7, at: 1) == .value(7))
  }
}
