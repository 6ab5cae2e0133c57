// The session guarantees, with and without versions.

import Checking
import Histories
import Testing

@Suite("Session guarantees")
struct SessionTests {
  private static let names = [
    "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads",
    "session-guarantees",
  ]

  private func check(_ name: String, _ history: History) throws -> Verdict {
    let checker = try #require(Checkers.named(name))
    return checker.init().check(history, Facts(), Budget())
  }

  @Test(
    "violated for certain, without versions",
    arguments: [
      ("read-your-writes", "missed-own-write", "C0: |-w x 1-| |-r x nil-|"),
      (
        "read-your-writes", "missed-own-write",
        """
        C0:  |-w x 1-|  |-r x 2-|
        C1:  |-w x 2-|  |-r x 1-|
        """
      ),
      (
        "monotonic-reads", "read-went-back",
        """
        C0:  |-w x 1-| |-w x 2-|
        C1:  |-r x 1-| |-r x 2-| |-r x 1-|
        """
      ),
      (
        "monotonic-reads", "read-went-back",
        """
        C0:  |-w x 1-| |-w x 2-|
        C1:  |-r x 1-| |-r x 2-|
        C2:  |-r x 2-| |-r x 1-|
        """
      ),
      (
        "writes-follow-reads", "write-before-its-cause",
        """
        C0:  |-r x 1-| |-w x 2-|
        C1:  |-r x 2-| |-w x 1-|
        """
      ),
      (
        "session-guarantees", "session-cycle",
        """
        C0:  |-w x 1-| |-w x 2-|
        C1:               |-r x 2-| |-r x 1-|
        """
      ),
    ])
  func violated(name: String, anomaly: String, diagram: String) throws {
    let verdict = try check(name, History(diagram: diagram))
    #expect(verdict.validity == .violated, "\(verdict)")
    #expect(verdict.anomalies.first?.name == anomaly, "\(verdict)")
  }

  @Test(
    "violated by versions alone",
    arguments: [
      ("read-your-writes", "C0: |-w x 1 v5-|  |-r x 2 v3-|"),
      ("monotonic-reads", "C0: |-r x 1 v5-|  |-r x 2 v3-|"),
      ("monotonic-writes", "C0: |-w x 1 v5-|  |-w x 2 v3-|"),
      ("writes-follow-reads", "C0: |-r x 1 v5-|  |-w x 2 v3-|"),
    ])
  func versions(name: String, diagram: String) throws {
    let history = try History(diagram: diagram)
    let verdict = try check(name, history)
    #expect(verdict.validity == .violated, "\(verdict)")
    #expect(try check(name, history.blackBox).validity != .violated)
    for other in Self.names where other != name && other != "session-guarantees" {
      #expect(try check(other, history).validity == .unknown)
    }
  }

  @Test(
    "who watches alone can not tell whose fault it is",
    arguments: ["monotonic-writes", "writes-follow-reads"])
  func watcher(name: String) throws {
    let history = try History(
      diagram: """
        C0:  |-w x 1-|
        C1:  |-w x 3-| |-r x 1-| |-w x 2-| |-w x 4-|
        C2:                       |-r x 4-| |-r x 2-| |-r x 1-|
        """)
    let verdict = try check(name, history)
    #expect(verdict.validity == .unknown)
    #expect(verdict.explanation.contains("monotonic-reads is broken"))
  }

  @Test(
    "a stale read in a long history has a short witness",
    arguments: [
      "read-your-writes", "session-guarantees",
    ])
  func shortWitness(name: String) throws {
    var random = RandomHistories(seed: 14)
    var entries: [Entry] = []
    var state: Value?
    for row in 0..<2_000 {
      var entry = Entry(
        process: Int32(random.generator.below(5)), function: .write, key: 0, value: Value(row),
        call: Int64(2 * row), return: Int64(2 * row + 1))
      if row > 0, random.generator.chance(50) || row == 1_950 {
        entry.function = .read
        random.answer(&entry, row == 1_950 ? 0 : state)
      } else {
        state = Value(row)
      }
      entries.append(entry)
    }
    let verdict = try check(name, History(entries))
    #expect(verdict.validity == .violated && verdict.anomalyCount == 1)
    #expect(verdict.anomalies.first?.rows.count ?? 99 <= 8, "\(verdict)")
  }

  @Test("who judged nothing can not tell", arguments: names)
  func vacuous(name: String) throws {
    #expect(try check(name, History()).validity == .unknown)
    #expect(try check(name, History(diagram: "C0: |-w x 1...")).validity == .unknown)
    let others = try History(diagram: "C0: |-w x 1-|\nC1: |-r x 1-|\nC2: |-r x 1-|")
    #expect(try check(name, others).validity == .unknown)
  }

  @Test("what clients can be sure of is true", arguments: names)
  func blackAndWhite(name: String) throws {
    var random = RandomHistories(seed: 11)
    var sure = 0
    for _ in 0..<Twins.count(2_000) {
      let history = History(
        random.versioned(
          random.registers(
            unique: true, keys: 1 + random.generator.below(2), wrong: 100, info: 4, fail: 4,
            processes: 2, reads: 60)
        ).entries)
      guard try check(name, history.blackBox).validity == .violated else { continue }
      sure += 1
      #expect(try check(name, history).validity == .violated, "\(history.picture)")
    }
    // Clients alone never see writes of one session change places.
    #expect(sure > 20 || name == "monotonic-writes")
  }

  @Test("agrees with all orders of writes, without versions", arguments: names)
  func blackTwin(name: String) throws {
    var random = RandomHistories(seed: 12)
    var tally = Tally()
    let needsWatcher = name == "monotonic-writes" || name == "writes-follow-reads"
    var unsure = 0
    for _ in 0..<Twins.count(name == "session-guarantees" ? 4_000 : 12_000) {
      let entries = random.registers(
        unique: true, wrong: 100, info: 4, fail: 4, processes: 2, reads: 60,
        changed: 75)
      let history = History(entries)
      let verdict = try check(name, history)
      let rules = PairRule.all[name] ?? []
      let holds = BruteSessions(entries: entries, rules: rules).someOrderHolds()
      guard needsWatcher else {
        if verdict.judged > 0 { tally.add(verdict, holds: holds, history) }
        continue
      }
      let reads = PairRule.all["monotonic-reads"] ?? []
      let watcherHolds = BruteSessions(entries: entries, rules: reads, skipsEmptyReads: true)
        .someOrderHolds()
      let holdsWatched =
        !watcherHolds
        || BruteSessions(entries: entries, rules: rules + reads, skipsEmptyReads: true)
          .someOrderHolds()
      #expect((verdict.validity == .violated) == !holds, "\(verdict) \(history.picture)")
      if holds, verdict.judged > 0 {
        #expect((verdict.validity == .holds) == holdsWatched, "\(verdict) \(history.picture)")
        if !holdsWatched { unsure += 1 }
      }
    }
    if needsWatcher { #expect(unsure > 20) } else { tally.expectBothVerdicts() }
  }

  @Test("what clients saw shows it by itself", arguments: names)
  func witnesses(name: String) throws {
    var random = RandomHistories(seed: 107)
    var shown = 0
    for _ in 0..<Twins.part(400) {
      let history = History(
        random.registers(
          unique: true, wrong: 100, info: 4, fail: 4, processes: 2 + random.generator.below(2),
          reads: 60))
      for anomaly in try check(name, history).anomalies {
        shown += 1
        let alone = try check(name, history.part(Set(anomaly.rows).sorted()))
        #expect(alone.validity == .violated, "\(anomaly)\nalone: \(alone)\n\(history.picture)")
      }
    }
    #expect(shown > 20 || name == "monotonic-writes")
  }

  @Test(
    "random histories would find these bugs", arguments: SessionMutant.allCases, names)
  func mutants(mutant: SessionMutant, name: String) throws {
    var random = RandomHistories(seed: 13)
    var kills = 0
    for _ in 0..<2_000 {
      let (entries, places) = random.versioned(
        random.registers(unique: true, keys: 2, wrong: 60))
      let verdict = try check(name, History(entries))
      let brute = BruteSessions(entries: entries, rules: PairRule.all[name] ?? [], mutant: mutant)
      guard verdict.judged > 0, entries.contains(where: { $0.version != nil }) else { continue }
      if brute.holds(places) != (verdict.validity == .holds) { kills += 1 }
    }
    #expect(kills > 0)
  }

  @Test("a session that reads all its old writes costs no more than its length")
  func ownWrites() throws {
    var history = History()
    for step in 0..<40_000 {
      let function: Function = step < 20_000 ? .write : .read
      let (value, call) = (Value(step % 20_000), Int64(2 * step))
      history.append(
        Entry(process: 0, function: function, key: 0, value: value, call: call, return: call + 1))
    }
    // The square of it would be two hundred million edges.
    let verdict = ReadYourWrites().check(history)
    #expect(verdict.validity == .violated && verdict.anomalies.first?.rows.count == 4)
  }
}
