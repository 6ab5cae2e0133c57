// Linearizable: pictures with known answers, and bugs that random histories would find.

import Checking
import Histories
import Testing

@Suite("Linearizable")
struct LinearizableTests {
  private func verdict(_ diagram: String, _ facts: Facts = Facts()) throws -> Verdict {
    Linearizable().check(try History(diagram: diagram), facts, Budget())
  }

  @Test(
    "holds",
    arguments: [
      // A read beside a write sees either value.
      """
      C0:  |-w x 1-| |---w x 2---|
      C1:              |-r x 1-|
      C2:                |-r x 2-|
      """,
      // New and old may alternate between registers.
      """
      C0:  |-w x 1-| |-w y 1-|
      C1:     |-r y nil-| |-r x 1-|
      """,
      // A write of unknown outcome may happen much later.
      """
      C0:  |-w x 1...
      C1:    |-r x nil-|  |-r x nil-| |-r x 1-|
      """,
      // Or never, although others wrote.
      """
      C0:  |-w x 1...
      C1:    |-w x 2-|  |-r x 2-| |-r x 2-|
      """,
      // Compare-and-set.
      """
      C0:  |-w x 1-|  |-cas x 1 2-|
      C1:                 |-r x 1-| |-r x 2-|
      """,
      // A failed write and a failed cas did not happen.
      """
      C0:  |-w x 1-|  |-w x 3! |-cas x 1 2!
      C1:                               |-r x 1-|
      """,
    ])
  func holds(diagram: String) throws {
    let verdict = try verdict(diagram)
    #expect(verdict.validity == .holds, "\(verdict)")
    #expect(verdict.anomalies.isEmpty && verdict.judged > 0)
  }

  @Test(
    "violated",
    arguments: [
      (
        "stale-read", 3,
        """
        C0:  |-w x 1-| |-w x 2-|
        C1:                       |-r x 1-|
        """
      ),
      (
        "stale-read", 4,
        """
        C0:  |--------------w x 1----------------|
        C1:    |-r x 1-| |-r x nil-|
        C2:               |-w x 3-|
        """
      ),
      (
        "stale-read", 6,
        """
        C0:  |----w x 1----| |--r x 2--|
        C1:  |----w x 2----| |--r x 1--|
        C2:                               |-r x 1-|
        C3:                               |-r x 2-|
        """
      ),
      ("phantom-read", 1, "C0: |-w x 1-| |-r x 7-|"),
      ("failed-but-visible", 2, "C0: |-w x 1! |-r x 1-|"),
      (
        "future-read", 2,
        """
        C0:  |-r x 1-|
        C1:             |-w x 1-|
        """
      ),
      ("siblings", 2, "C0: |-w x 1-| |-w x 2-| |-r x [1 2]-|"),
      (
        "stale-read", 3,
        """
        C0:  |-w x 1-|  |-cas x 1 2-|
        C1:                            |-r x 1-|
        """
      ),
      (
        "lost-update", 2,
        """
        C0:  |-w x 1-|  |-cas x 1 2-|
        C1:              |-cas x 1 3-|
        """
      ),
      (
        "circular-cas", 2,
        """
        C0:  |-cas x 2 1-|
        C1:  |-cas x 1 2-|
        """
      ),
      (
        "phantom-read", 2,
        """
        C0:  |-cas x 7 1...
        C1:                   |-r x 1-|
        """
      ),
      (
        "no-order", 3,
        """
        C0:  |-w x 1-|  |-cas x 1 2-|  |-w x 2-|
        C1:              |-cas x 1 3-|
        """
      ),
    ])
  func violated(name: String, most: Int, diagram: String) throws {
    let verdict = try verdict(diagram)
    #expect(verdict.validity == .violated, "\(verdict)")
    #expect(verdict.anomalies.first?.name == name, "\(verdict)")
    #expect((verdict.anomalies.first?.rows.count ?? 99) <= most, "\(verdict)")
  }

  @Test("a witness of a long search is short, and has no order itself")
  func witness() throws {
    var random = RandomHistories(seed: 7)
    var judged = 0
    for _ in 0..<20 {
      var entries = random.registers(unique: false, most: 40, wrong: 0, info: 0, fail: 0)
      let end = (entries.map(\.call).max() ?? 0) + 20
      for (place, value) in [(0, 1), (1, 2), (2, 1)] {
        let call = end + 2 * Int64(place)
        entries.append(
          Entry(
            process: 99, function: place == 0 ? .write : .read, key: 0, value: Value(value),
            call: call, return: call + 1))
      }
      let verdict = Linearizable().check(History(entries))
      guard let anomaly = verdict.anomalies.first, anomaly.name == "no-order" else { continue }
      let rows = anomaly.rows.map { entries[$0] }
      #expect(!BruteLinearizable(entries: rows, facts: Facts()).holds())
      #expect(rows.count <= 4, "\(verdict)")
      judged += 1
    }
    #expect(judged > 10)
  }

  /// Operations of key x, as (process, what, value, call, return).
  private func touching(_ rows: (Int32, Function, Value, Int64, Int64)...) -> History {
    History(
      rows.map { process, function, value, call, end in
        Entry(
          process: process, function: function, key: 0, shape: value == 0 ? .none : .scalar,
          value: value, call: call, return: end)
      })
  }

  @Test("a process that goes on at the instant when it heard keeps its order; two of them are free")
  func processOrder() {
    // It wrote, and then found nothing.
    var verdict = Linearizable().check(touching((0, .write, 1, 0, 5), (0, .read, 0, 5, 9)))
    #expect(verdict.validity == .violated)
    #expect(verdict.anomalies.first?.rows == [0, 1])
    #expect(
      verdict.anomalies.first?.explanation.last
        == "row 1 came after row 0: process 0 called it when that had returned")
    // Somebody else may have found nothing then.
    verdict = Linearizable().check(touching((0, .write, 1, 0, 5), (1, .read, 0, 5, 9)))
    #expect(verdict.validity == .holds)
    // It read what it wrote only then.
    verdict = Linearizable().check(touching((0, .read, 1, 0, 5), (0, .write, 1, 5, 9)))
    #expect(verdict.anomalies.first?.name == "future-read")
    // All at once: two processes go round in a circle, or agree.
    verdict = Linearizable().check(
      touching((0, .write, 1, 5, 5), (1, .write, 2, 5, 5), (0, .read, 2, 5, 5), (1, .read, 1, 5, 5))
    )
    #expect(verdict.validity == .violated && verdict.anomalies.first?.rows == [0, 1, 2, 3])
    verdict = Linearizable().check(
      touching((0, .write, 1, 5, 5), (1, .write, 2, 5, 5), (0, .read, 2, 5, 5), (1, .read, 2, 5, 5))
    )
    #expect(verdict.validity == .holds)
    // There and back again at two instants.
    verdict = Linearizable().check(
      touching((0, .write, 1, 0, 5), (0, .write, 2, 5, 7), (0, .read, 1, 7, 8)))
    #expect(verdict.validity == .violated && verdict.anomalies.first?.rows == [0, 1, 2])
  }

  @Test("one stale read among many operations is one anomaly")
  func count() {
    var history = History()
    for row in 0..<2_000 {
      let isStale = row == 1_901
      history.append(
        Entry(
          process: Int32(row % 7), function: row % 2 == 0 && !isStale ? .write : .read, key: 0,
          value: isStale ? 10 : Value(row - row % 2), call: Int64(10 * row),
          return: Int64(10 * row + 5)))
    }
    let verdict = Linearizable().check(history)
    #expect(verdict.anomalyCount == 1 && verdict.anomalies.first?.name == "stale-read")
    #expect(verdict.anomalies.first?.rows.count ?? 9 <= 6)
  }

  @Test("an explanation tells the steps")
  func explanation() throws {
    let verdict = try verdict(
      """
      C0:  |-w x 1-| |-w x 2-|
      C1:                       |-r x 1-|
      """)
    #expect(
      verdict.anomalies.first?.explanation == [
        "process 0 wrote 1 to key x (row 0, from 5 to 13)",
        "process 0 wrote 2 to key x (row 1, from 15 to 23)",
        "process 1 read 1 from key x (row 2, from 26 to 34)",
        "1 must come before 2: row 0 was over at 13, before row 1 was called at 15",
        "2 must come before 1: row 1 was over at 23, before row 2 was called at 26",
      ])
  }

  @Test("who judged nothing can not tell", arguments: ["", "C0: |-w x 1-|", "C0: |-r x 1..."])
  func vacuous(diagram: String) throws {
    #expect(try verdict(diagram).validity == .unknown)
  }

  @Test("a failed cas is an observation only if asked")
  func failedCompareAndSet() throws {
    let diagram = """
      C0:  |-w x 1-|  |-cas x 1 2! |-r x 1-|
      """
    #expect(try verdict(diagram).validity == .holds)
    let facts = Facts(failedCompareAndSetObserves: true)
    #expect(try verdict(diagram, facts).validity == .violated)
  }

  @Test("an exhausted budget is unknown and says how far it came")
  func budget() throws {
    var random = RandomHistories(seed: 5)
    var entries: [Entry] = []
    for slot in random.slots(60, processes: 6, info: 0, fail: 0) {
      entries.append(
        random.entry(
          slot, random.generator.chance(50) ? .write : .read, key: 0,
          value: Value(random.generator.below(3))))
    }
    let verdict = Linearizable().check(History(entries), Facts(initial: 0), Budget(steps: 3))
    #expect(verdict.validity == .unknown)
    #expect(verdict.explanation.contains("budget exhausted on 0: the first"))
  }

  @Test("random histories would find these bugs", arguments: LinearizableMutant.allCases)
  func mutants(mutant: LinearizableMutant) {
    var random = RandomHistories(seed: 4)
    var kills = 0
    for round in 0..<2_000 {
      random.tightness = round % 3 == 0 ? 60 : 0
      let entries = random.registers(unique: round % 2 == 0)
      let verdict = Linearizable().check(History(entries))
      guard verdict.judged > 0 else { continue }
      let brute = BruteLinearizable(entries: entries, facts: Facts(), mutant: mutant)
      if brute.holds() != (verdict.validity == .holds) { kills += 1 }
    }
    #expect(kills > 0)
  }
}
