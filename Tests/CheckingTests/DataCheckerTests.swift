// The checkers of data: converged, no-lost-writes, set, counter and bank.

import Checking
import Histories
import Testing

@Suite("Data checkers")
struct DataCheckerTests {
  private func check(_ name: String, _ diagram: String, _ facts: Facts = Facts()) throws -> Verdict
  {
    let checker = try #require(Checkers.named(name))
    return checker.init().check(try History(diagram: diagram), facts, Budget())
  }

  @Test(
    "violated",
    arguments: [
      (
        "converged", "diverged",
        """
        C0@0:  |-w x 1-| |-w x 2-|
        C1@0:                        |-final x 2-|
        C2@1:                        |-final x 1-|
        """
      ),
      (
        "converged", "failed-but-visible",
        """
        C0@0:  |-w x 1!
        C1@0:             |-final x 1-|
        C2@1:             |-final x 1-|
        """
      ),
      (
        "converged", "phantom-read",
        """
        C0@0:  |-w x 1-|
        C1@0:             |-final x 3-|
        C2@1:             |-final x 3-|
        """
      ),
      (
        "converged", "failed-but-visible",
        """
        C0@0:  |-ins s 1!
        C1@0:              |-final s [1]-|
        C2@1:              |-final s [1]-|
        """
      ),
      ("no-lost-writes", "lost-write", "C0: |-w x 1-| |-w x 2-| |-final x 1-|"),
      ("no-lost-writes", "lost-write", "C0: |-w x 1-| |-final x nil-|"),
      ("no-lost-writes", "lost-write", "C0: |-w x 1-| |-w x 2-| |-r x 1-|"),
      ("no-lost-writes", "lost-write", "C0: |-w x 1-| |-w x 2-| |-w x 3-| |-final x [1 2]-|"),
      ("no-lost-writes", "lost-write", "C0: |-ins s 1-| |-final s []-|"),
      (
        "no-lost-writes", "lost-write",
        """
        C0:  |--w x 1 v7--|
        C1:  |--w x 2 v3--|
        C2:                   |-final x 2 v3-|
        """
      ),
      ("set", "lost-element", "C0: |-ins s 1-| |-ins s 2-| |-final s [2]-|"),
      ("set", "resurrected-element", "C0: |-ins s 1-| |-rem s 1-| |-final s [1]-|"),
      ("set", "phantom-element", "C0: |-ins s 1-| |-r s [1 2]-|"),
      ("set", "failed-but-visible", "C0: |-ins s 1! |-r s [1]-|"),
      ("set", "duplicate-element", "C0: |-ins s 1-| |-final s [1 1]-|"),
      ("set", "future-read", "C0: |-r s [1]-| |-ins s 1-|"),
      ("counter", "lost-increment", "C0: |-add x 1-| |-add x 2-| |-final x 2-|"),
      ("counter", "extra-increment", "C0: |-add x 1-| |-add x 2! |-final x 3-|"),
      ("counter", "impossible-count", "C0: |-add x 1-| |-r x 2-| |-add x 1-|"),
      ("counter", "impossible-count", "C0: |-add x -2-| |-r x -3-| |-add x 1-|"),
      ("bank", "wrong-total", "C0: |-r b {0 10 1 20}-| |-r b {0 10 1 21}-|"),
      ("bank", "negative-balance", "C0: |-r b {0 31 1 -1}-|"),
    ])
  func violated(name: String, anomaly: String, diagram: String) throws {
    let verdict = try check(name, diagram)
    #expect(verdict.validity == .violated, "\(verdict)")
    #expect(verdict.anomalies.first?.name == anomaly, "\(verdict)")
  }

  @Test(
    "holds",
    arguments: [
      (
        "converged",
        """
        C0@0:  |-w x 1-|
        C1@0:  |-w x 2-|
        C2@0:             |-final x [1 2]-|
        C3@1:             |-final x [2 1]-|
        """
      ),
      ("no-lost-writes", "C0: |-w x 1-| |-w x 2-| |-final x 2-|"),
      // Overwritten by something that was still running.
      (
        "no-lost-writes",
        """
        C0:  |----w x 1----|
        C1:     |-w x 2-|      |-final x 1-|
        """
      ),
      // An insert of unknown outcome, and one that a running remove may have removed.
      (
        "no-lost-writes",
        """
        C0:  |-ins s 1-| |-ins s 2...
        C1:     |-rem s 1-|             |-final s []-|
        """
      ),
      (
        "set",
        """
        C0:  |-ins s 1-|  |-ins s 1...
        C1:                              |-rem s 1-|  |-final s [1]-|
        """
      ),
      (
        "counter",
        """
        C0:  |-add x 1-| |-add x 5...
        C1:                            |-final x 6-|
        C2:                            |-final x 1-|
        """
      ),
      // Any read but a final one may be stale.
      ("counter", "C0: |-add x 1-| |-r x 0-| |-final x 1-|"),
      ("bank", "C0: |-r b {0 10 1 20}-| |-r b {0 30 1 0}-| |-r b {0 3}-|"),
    ])
  func holds(name: String, diagram: String) throws {
    let verdict = try check(name, diagram)
    #expect(verdict.validity == .holds, "\(verdict)")
  }

  @Test(
    "who judged nothing can not tell",
    arguments: [
      "converged", "no-lost-writes", "set", "counter", "bank",
    ], ["", "C0: |-w x 1...", "C0: |-ins s 1...", "C0: |-add c 1...", "C0: |-r x 1!"])
  func vacuous(name: String, diagram: String) throws {
    #expect(try check(name, diagram).validity == .unknown)
  }

  @Test("facts of a bank count")
  func bankFacts() throws {
    let diagram = "C0: |-r b {0 10 1 -1}-|"
    #expect(try check("bank", diagram, Facts(total: 9, allowsNegative: true)).validity == .holds)
    #expect(try check("bank", diagram, Facts(total: 8, allowsNegative: true)).anomalyCount == 1)
    #expect(try check("bank", diagram, Facts(accounts: 3)).validity == .unknown)
  }

  @Test("anomalies are all counted and some kept")
  func counts() throws {
    var history = History()
    for row in 0..<100 {
      history.append(
        Entry(
          process: 0, function: .insert, key: 0, value: Int64(row), call: Int64(2 * row),
          return: Int64(2 * row + 1)))
    }
    let (value, extra) = history.store([])
    history.append(
      Entry(
        process: 0, function: .read, key: 0, shape: .list, value: value, extra: extra, call: 300,
        return: 301, isFinal: true))
    let verdict = SetChecker().check(history)
    #expect(verdict.anomalyCount == 100)
    #expect(verdict.anomalies.count == Verdict.keptAnomalies)
    #expect(LostWrites.rows(in: history) == Array(0..<100))
  }

  static let kinds = ["converged", "no-lost-writes", "set", "counter", "bank"]

  static func make(_ name: String, _ random: inout RandomHistories) -> [Draft] {
    switch name {
    case "converged": random.finalRegisters(versions: false)
    case "no-lost-writes": random.finalRegisters(versions: random.generator.chance(50))
    case "set": random.sets(wrong: 55)
    case "counter": random.counters(wrong: 70)
    default: random.banks()
    }
  }

  static func twin(_ name: String, _ brute: BruteData) -> Bool {
    switch name {
    case "converged": brute.converged()
    case "no-lost-writes": brute.lostWrites().isEmpty
    case "set": brute.setHolds()
    case "counter": brute.counterHolds()
    default: brute.bankHolds()
    }
  }

  @Test("a lost write is shown by the final read that saw the newest of what is left")
  func lostWriteIsShown() throws {
    let history = try History(
      diagram: """
        C0@0:  |-w x 1-| |-w x 3-| |-w x 5-|
        C1@0:                                 |-final x 1-|
        C2@1:                                 |-final x 3-|
        """)
    let anomaly = try #require(NoLostWrites().check(history).anomalies.first)
    #expect(anomaly.rows == [1, 2, 4], "\(anomaly)")
  }

  @Test("which writes are lost")
  func lostWrites() throws {
    var random = RandomHistories(seed: 21)
    for _ in 0..<Twins.count(3_000) {
      let drafts = Self.make("no-lost-writes", &random)
      let history = History(drafts: drafts)
      let lost = LostWrites.rows(in: history)
      #expect(lost.map { history.values[$0] } == BruteData(drafts: drafts).lostWrites())
      #expect(Set(LostWrites.rows(in: history.blackBox)).isSubset(of: lost))
    }
  }

  @Test("random histories would find these bugs", arguments: DataMutant.allCases, kinds.dropLast())
  func mutants(mutant: DataMutant, name: String) throws {
    // Convergence does not ask for times, and for registers only writes that returned can lose others.
    if name == "converged", mutant == .noTimes || mutant == .callsDecide { return }
    if name == "no-lost-writes", mutant == .infoNeverHappens || mutant == .failMayHappen { return }
    let checker = try #require(Checkers.named(name)).init()
    var random = RandomHistories(seed: 22)
    var kills = 0
    for _ in 0..<Twins.count(3_000) {
      let drafts = Self.make(name, &random)
      let verdict = checker.check(History(drafts: drafts))
      let holds = Self.twin(name, BruteData(drafts: drafts, mutant: mutant))
      if verdict.judged > 0, holds != (verdict.validity == .holds) { kills += 1 }
    }
    #expect(kills > 0)
  }

  @Test("random banks would find these bugs", arguments: BankMutant.allCases)
  func bankMutants(mutant: BankMutant) {
    var random = RandomHistories(seed: 23)
    var kills = 0
    for _ in 0..<1_000 {
      let drafts = random.banks()
      let facts = Facts(accounts: 3, total: 30)
      let verdict = BankChecker().check(History(drafts: drafts), facts, Budget())
      let holds = BruteData(drafts: drafts).bankHolds(mutant)
      if verdict.judged > 0, holds != (verdict.validity == .holds) { kills += 1 }
    }
    #expect(kills > 0)
  }
}
