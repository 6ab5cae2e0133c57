// The checkers of what applications build: set-full, counter bounds, queues, identifiers, names, stock,
// orders, locks, ledgers and dirty reads.

import Checking
import Histories
import Testing

/// A checker with its twin.
enum ObjectKind: CaseIterable {
  case setFull, counterBounds, queue, identifiers, claims, stock, orders, index, locks, leases,
    orphans, fencing, updates, ledger, dirtyRegisters, dirtySets

  var checker: any Checker {
    switch self {
    case .setFull: SetFull()
    case .counterBounds: CounterBounds()
    case .queue: TotalQueue()
    case .identifiers: UniqueIDs()
    case .claims: Uniqueness()
    case .stock: Stock()
    case .orders: ReferentialIntegrity()
    case .index: IndexConsistency()
    case .locks, .leases: MutualExclusion()
    case .orphans: NoOrphanedLocks()
    case .fencing: Fencing()
    case .updates: NoLostUpdates()
    case .ledger: ExactlyOnce()
    case .dirtyRegisters, .dirtySets: NoDirtyReads()
    }
  }

  var facts: Facts {
    switch self {
    case .stock: Facts(counterStart: 5)
    case .claims, .updates, .orphans: Facts(initial: 0)
    default: Facts()
    }
  }

  func make(_ random: inout RandomHistories) -> [Draft] {
    switch self {
    case .setFull, .dirtySets: random.growingSets()
    case .counterBounds: random.counters(wrong: 40)
    case .queue: random.queues()
    case .identifiers: random.identifiers()
    case .claims: random.claims()
    case .stock: random.sales()
    case .orders: random.orders()
    case .index: random.indexes()
    case .locks: random.locks(tokens: false)
    case .leases, .fencing: random.locks(tokens: true)
    case .orphans: random.locksInTheEnd()
    case .updates: random.updates()
    case .ledger: random.ledgers()
    case .dirtyRegisters: random.undoneRegisters()
    }
  }

  func twin(_ drafts: [Draft], _ mutant: DataMutant? = nil) -> Bool {
    let brute = BruteObjects(drafts: drafts, mutant: mutant)
    return switch self {
    case .setFull: brute.setFullHolds()
    case .counterBounds: BruteData(drafts: drafts, mutant: mutant).counterHolds(allSettled: true)
    case .queue: brute.queueHolds()
    case .identifiers: brute.identifiersHold()
    case .claims: brute.claimsHold()
    case .stock: brute.stockHolds()
    case .orders: brute.ordersHold()
    case .index: brute.indexHolds()
    case .locks, .leases: brute.exclusionHolds()
    case .orphans: brute.locksAreFree()
    case .fencing: brute.fencingHolds()
    case .updates: brute.updatesHold()
    case .ledger: brute.effectsHold()
    case .dirtyRegisters: brute.registersAreClean()
    case .dirtySets: brute.setsAreClean()
    }
  }

  /// What it has not in common with other checkers.
  var exceptions: Twin.Exceptions {
    switch self {
    case .counterBounds: .values
    case .stock, .index, .fencing, .orphans: .values
    case .setFull, .queue, .updates, .dirtyRegisters, .dirtySets: .reads
    default: []
    }
  }

  /// The bugs that make a difference to it.
  var mutants: [DataMutant] {
    switch self {
    case .identifiers, .updates: [.failMayHappen]
    case .claims: [.infoNeverHappens]
    case .setFull, .queue, .stock: [.infoNeverHappens, .failMayHappen, .noTimes]
    case .counterBounds: [.infoNeverHappens, .failMayHappen, .callsDecide]
    case .orders, .locks, .ledger, .dirtySets: [.infoNeverHappens, .failMayHappen]
    case .leases: [.infoNeverHappens]
    case .orphans: [.infoNeverHappens, .failMayHappen]
    case .index: [.firstFinalOnly, .infoNeverHappens]
    case .fencing: [.noTimes, .callsDecide]
    case .dirtyRegisters: [.infoNeverHappens, .failMayHappen, .callsDecide]
    }
  }
}

@Suite("Checkers of objects")
struct ObjectCheckerTests {
  @Test(
    "violated",
    arguments: [
      // A stale read is none of set-full's violations; a loss is.
      ("set-full", "lost-element", "C0: |-ins s 1-| |-r s [1]-| |-r s []-|"),
      (
        "set-full", "lost-element",
        """
        C0:  |--ins s 1...
        C1:         |-r s [1]-|
        C2:                      |-r s []-|
        """
      ),
      ("set-full", "duplicate-element", "C0: |-ins s 1-| |-r s [1 1]-|"),
      ("counter-bounds", "lost-increment", "C0: |-add x 2-| |-r x 1-| |-add x 1-| |-r x 3-|"),
      ("total-queue", "lost-element", "C0: |-enq q 1-| |-enq q 2-| |-deq q 2-| |-deq q nil-|"),
      ("total-queue", "duplicate-delivery", "C0: |-enq q 1-| |-deq q 1-| |-deq q 1-|"),
      ("total-queue", "unexpected-element", "C0: |-enq q 1-| |-deq q 2-|"),
      ("total-queue", "failed-but-visible", "C0: |-enq q 1! |-deq q 1-|"),
      ("total-queue", "future-read", "C0: |-deq q 1-| |-enq q 1-|"),
      ("unique-ids", "duplicate-id", "C0: |-gen g 7-| |-gen g 8-| |-gen g 7-|"),
      (
        "uniqueness", "two-winners",
        """
        C0@0:  |-cas ann 0 1-|
        C1@1:    |-cas ann 0 2-|
        """
      ),
      (
        "uniqueness", "two-winners",
        """
        C0@0:  |-cas ann 0 1-|
        C1@1:    |-cas ann 0 2...
        C2@1:                    |-r ann 2-|
        """
      ),
      ("uniqueness", "phantom-winner", "C0: |-cas ann 0 1-| |-r ann 3-|"),
      ("uniqueness", "phantom-winner", "C0: |-cas ann 0 1... |-cas ann 0 2! |-r ann 2-|"),
      ("stock", "oversold", "C0: |-add x -3-| |-add x -1-| |-add x -2-|"),
      ("stock", "negative-stock", "C0: |-add x -1-| |-r x -1-|"),
      ("referential-integrity", "dangling-reference", "C0: |-ins o [1 11 12]-| |-r o [1 11]-|"),
      ("index-consistency", "missing-from-index", "C0: |-ins o [1 -1]-| |-r o [1]-|"),
      ("index-consistency", "dangling-entry", "C0: |-ins o [1 -1]-| |-r o [-1]-|"),
      ("index-consistency", "dangling-entry", "C0: |-rem o [2 -2]... |-r o [-3 -2 3]-|"),
      ("referential-integrity", "failed-but-visible", "C0: |-ins o [1 11]! |-r o [1 11]-|"),
      (
        "mutual-exclusion", "two-holders",
        """
        C0:  |-acq l-|                |-rel l-|
        C1:             |-acq l-|
        """
      ),
      (
        "mutual-exclusion", "two-holders",
        """
        C0:  |-acq l 1-|                  |-w l 1-|
        C1:               |-acq l 2-|                |-rel l 2-|
        """
      ),
      (
        "fencing", "stale-token-accepted",
        """
        C0:  |-acq l 1-|                              |-w l 1-|
        C1:               |-acq l 2-|   |-w l 2-|
        """
      ),
      ("fencing", "duplicate-token", "C0: |-acq l 1-| |-rel l 1-| |-acq l 1-|"),
      ("fencing", "shrinking-token", "C0: |-acq l 2-| |-rel l 2-| |-acq l 1-|"),
      (
        "mutual-exclusion", "two-holders",
        """
        C0:  |-acq l 1-|                  |-rel l 1!
        C1:               |-acq l 2-|                |-rel l 2-|
        """
      ),
      (
        "no-lost-updates", "lost-update",
        """
        C0:  |-cas x 0 1-| |-cas x 1 2-|
        C1:                               |-cas x 1 3-|
        """
      ),
      (
        "no-lost-updates", "lost-update",
        """
        C0:  |-cas x 0 1-| |-cas x 0 2-|
        C1:                |-cas x 0 3-| |-r x [1 2]-| |-r x [2 3]-|
        """
      ),
      (
        "no-orphaned-locks", "resurrected-lock", "C0: |-acq l 1-| |-rel l 1-| |-final l 1-|"
      ),
      ("no-orphaned-locks", "failed-but-visible", "C0: |-acq l 1! |-final l 1-|"),
      ("no-orphaned-locks", "phantom-holder", "C0: |-acq l 1-| |-rel l 1-| |-final l 2-|"),
      ("exactly-once", "applied-twice", "C0: |-app l 1-| |-r l [1 1]-|"),
      ("exactly-once", "never-applied", "C0: |-app l 1-| |-app l 2-| |-final l [2]-|"),
      ("exactly-once", "failed-but-visible", "C0: |-app l 1! |-r l [1]-|"),
      ("exactly-once", "extra-increment", "C0: |-add x 1-| |-add x 1... |-final x 3-|"),
      ("no-dirty-reads", "failed-but-visible", "C0: |-w x 1! |-r x 1-|"),
      ("no-dirty-reads", "dirty-read", "C0: |-w x 1-| |-w x 2-| |-r x 2-| |-final x 1-|"),
      ("no-dirty-reads", "dirty-read", "C0: |-w x 1... |-r x 1-| |-final x nil-|"),
      ("no-dirty-reads", "dirty-read", "C0: |-ins s 1... |-r s [1]-| |-final s []-|"),
    ])
  func violated(name: String, anomaly: String, diagram: String) throws {
    let verdict = try check(name, diagram)
    #expect(verdict.validity == .violated, "\(verdict)")
    #expect(verdict.anomalies.first?.name == anomaly, "\(verdict)")
  }

  private func check(_ name: String, _ diagram: String) throws -> Verdict {
    let facts = name == "stock" ? Facts(counterStart: diagram.contains("r x") ? 1 : 5) : Facts()
    let checker = try #require(Checkers.named(name))
    return checker.init().check(try History(diagram: diagram), facts, Budget())
  }

  @Test(
    "holds",
    arguments: [
      ("set-full", "C0: |-ins s 1-| |-r s []-| |-r s [1]-|"),
      // Nobody knew of it when it was missed.
      (
        "set-full",
        """
        C0:  |-ins s 2-| |------ins s 1------|
        C1:                 |-r s [2]-|
        """
      ),
      (
        "set-full",
        """
        C0:  |-ins s 1-| |-ins s 2-| |-r s [1 2]-|
        C1:                 |-rem s 1...               |-r s [2]-|
        """
      ),
      ("counter-bounds", "C0: |-add x 1-| |-add x 5... |-r x 6-| |-r x 1-|"),
      ("total-queue", "C0: |-enq q 1-| |-enq q 2... |-deq q 2-| |-deq q 1-| |-deq q nil-|"),
      // Somebody may have taken it.
      ("total-queue", "C0: |-enq q 1-| |-enq q 2-| |-deq q... |-deq q 2-| |-deq q nil-|"),
      // Nothing says that the queue was drained.
      ("total-queue", "C0: |-enq q 1-| |-enq q 2-| |-deq q 2-|"),
      ("unique-ids", "C0: |-gen g 7-| |-gen h 7-| |-gen g 7!"),
      (
        "uniqueness", "C0: |-cas ann 0 1-| |-cas ann 0 2! |-cas bob 0 2-| |-r ann 1-| |-r bob nil-|"
      ),
      // Where others than claims change the name, reads do not tell who won it.
      ("uniqueness", "C0: |-cas ann 0 1-| |-w ann 5-| |-r ann 5-| |-r ann 1-|"),
      ("uniqueness", "C0: |-cas ann 0 1-| |-cas ann 1 2-| |-r ann 2-| |-r ann 1-|"),
      ("stock", "C0: |-add x -3-| |-add x -3! |-add x -9... |-add x 1-| |-add x -3-|"),
      ("referential-integrity", "C0: |-ins o [1 11 12]... |-r o [11]-| |-r o [1 11 12]-|"),
      ("index-consistency", "C0: |-ins o [1 -1]... |-r o [1 -1]-| |-r o []-| |-r p [-2 2]-|"),
      // A lease that lapsed: the first holder did nothing more.
      ("mutual-exclusion", "C0: |-acq l 1-| |-acq l 2-| |-w l 2-|"),
      (
        "mutual-exclusion",
        """
        C0:  |-acq l-| |-rel l-|
        C1:               |-acq l-|
        """
      ),
      (
        "fencing",
        """
        C0:  |-acq l 1-|                     |-w l 1!
        C1:               |-acq l 2-|  |-w l 2-|
        """
      ),
      ("no-lost-updates", "C0: |-cas x 0 1-| |-cas x 1 2! |-cas x 1 3-| |-cas x 1 4..."),
      ("no-lost-updates", "C0: |-cas x 0 1-| |-cas y 0 1-|"),
      ("no-lost-updates", "C0: |-cas x 0 1-| |-cas x 0 2-| |-r x [1 2]-|"),
      // It was never given back; whether it was, or was got, is not known.
      ("no-orphaned-locks", "C0: |-acq l 1-| |-final l 1-|"),
      ("no-orphaned-locks", "C0: |-acq l 1-| |-rel l 1... |-final l 1-|"),
      ("no-orphaned-locks", "C0: |-acq l 1... |-final l 1-|"),
      ("no-orphaned-locks", "C0: |-acq l... |-final l 1-|"),
      ("no-orphaned-locks", "C0: |-acq l 1-| |-rel l 1-| |-final l nil-|"),
      ("exactly-once", "C0: |-app l 1-| |-app l 2... |-r l [1]-| |-final l [1 2]-|"),
      ("no-dirty-reads", "C0: |-w x 1-| |-w x 2... |-r x 2-| |-r x 1-| |-final x 2-|"),
      ("no-dirty-reads", "C0: |-ins s 1-| |-r s [1]-| |-rem s 1... |-final s []-|"),
    ])
  func holds(name: String, diagram: String) throws {
    let verdict = try check(name, diagram)
    #expect(verdict.validity == .holds, "\(verdict)")
  }

  @Test(
    "who judged nothing can not tell",
    arguments: [
      "set-full", "counter-bounds", "total-queue", "unique-ids", "uniqueness", "stock",
      "referential-integrity", "index-consistency", "mutual-exclusion", "no-orphaned-locks",
      "fencing",
      "no-lost-updates", "exactly-once", "no-dirty-reads",
    ], ["", "C0: |-w x 1...", "C0: |-ins s 1...", "C0: |-add c 1...", "C0: |-r x 1!"])
  func vacuous(name: String, diagram: String) throws {
    #expect(try check(name, diagram).validity == .unknown)
  }

  @Test("a base that was written twice tells nothing")
  func ambiguousBase() throws {
    let verdict = try check(
      "no-lost-updates", "C0: |-cas x 0 1-| |-cas x 1 2-| |-cas x 2 1-| |-cas x 1 3-|")
    #expect(verdict.validity == .unknown && verdict.judged == 2, "\(verdict)")
  }

  @Test("counts are told in words and figures")
  func counts() throws {
    let verdict = try check(
      "set-full",
      """
      C0:  |-ins s 1-| |-ins s 2-| |-ins s 3-|
      C1:                              |-r s [1 2]-| |-r s [1]-| |-r s [1]-|
      C2:                                     |-ins s 4...                    |-r s [1]-|
      """)
    func value(_ name: String) -> Int64? { verdict.counts.first { $0.name == name }?.value }
    #expect(value("inserted") == 4)
    #expect(value("stable") == 1)
    #expect(value("lost") == 2)
    #expect(value("never-read") == 1)
    #expect(
      verdict.explanation.contains("in all lost 2, stale 0, never read 1 of 4 elements"),
      "\(verdict.explanation)")
  }

  @Test("outcomes of elements are counted as Jepsen does")
  func setOutcomes() {
    var random = RandomHistories(seed: 32)
    for _ in 0..<Twins.count(3_000) {
      let drafts = random.growingSets()
      let history = History(drafts: drafts)
      let expected = BruteObjects(drafts: drafts).setOutcomes()
      for count in SetFull().check(history).counts {
        if let value = expected[count.name], value != count.value {
          Issue.record("\(count), not \(value)\n\(history.picture)")
          return
        }
      }
    }
  }

  @Test("random histories would find these bugs", arguments: ObjectKind.allCases)
  func mutants(kind: ObjectKind) {
    for mutant in kind.mutants {
      var random = RandomHistories(seed: 33)
      let isKilled = (0..<5_000).contains { _ in
        let drafts = kind.make(&random)
        let verdict = kind.checker.check(History(drafts: drafts), kind.facts, Budget())
        return verdict.judged > 0 && kind.twin(drafts, mutant) != (verdict.validity == .holds)
      }
      #expect(isKilled, "\(mutant) survived")
    }
  }
}
