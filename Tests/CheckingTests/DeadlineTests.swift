// What checkers say when the time of whoever waits is up: unknown, and what was proven; but what was found
// before stands.

import Checking
import Histories
import Testing

@Suite("Deadlines")
struct DeadlineTests {
  private static let late = Budget(deadline: { true })

  private static let transactions = """
    {:process 0 :type :ok :f :txn :value [[:w x 1] [:r y nil]]}
    {:process 1 :type :ok :f :txn :value [[:w y 1] [:r x 1]]}
    """

  @Test("no model of isolation holds when cycles were not looked for")
  func isolation() throws {
    let history = try History(edn: Array(Self.transactions.utf8))
    for kind in [HistoryWorkload.readWriteRegister, .transactions] {
      let result = HistoryVerdict(history, kind, models: kind.models, Facts(), Self.late)
      #expect(result.validity == .unknown, "\(result)")
      #expect(result.verdicts.allSatisfy { $0.explanation.contains("time limit") })
      #expect(result.strongest == nil)
      let early = HistoryVerdict(history, kind, models: kind.models, Facts(), Budget())
      #expect(early.strongest != nil)
    }
  }

  @Test("an anomaly that needs no cycle is found all the same")
  func anomaly() throws {
    let text = "{:process 0 :type :ok :f :txn :value [[:w x 1] [:r x 2]]}"
    let history = try History(edn: Array(text.utf8))
    let kind = HistoryWorkload.readWriteRegister
    let result = HistoryVerdict(history, kind, models: kind.models, Facts(), Self.late)
    #expect(result.validity == .violated)
    #expect(result.strongest == nil)
  }

  @Test(
    "final reads that nobody had time for let nothing hold", arguments: ["set", "no-lost-writes"])
  func finals(name: String) throws {
    let history = try History(diagram: "C0: |-ins s 1-| |-r s [1]-| |-r s [1]-|")
    let checker = try #require(Checkers.named(name)).init()
    let verdict = checker.check(history, Facts(), Self.late)
    #expect(verdict.validity == .unknown && verdict.explanation.contains("time limit"))
    #expect(checker.check(history, Facts(), Budget()).validity == .holds)
  }

  @Test("a search that must give up tells how far it came")
  func proven() {
    // All at once: a compare-and-set from each value to each other, one from the first too many.
    var entries = [Entry(process: 99, function: .write, key: 0, value: 0, call: 0, return: 10)]
    for step in 0..<40 {
      let (old, new) = (Value(step * 5 % 8), Value((step * 3 + 1) % 8))
      entries.append(
        Entry(
          process: Int32(step), function: .compareAndSet, key: 0, value: new, extra: old,
          call: 20 + Int64(step), return: 100 + Int64(step)))
    }
    let verdict = Linearizable().check(History(entries), Facts(), Budget(steps: 30))
    #expect(verdict.validity == .unknown, "\(verdict)")
    #expect(verdict.explanation.contains(" of 41 operations have an order"), "\(verdict)")
    var wide = History()
    for step in 0..<200 {
      let function: Function = step % 2 == 0 ? .write : .read
      let value = Value(step % 4 / 2)
      wide.append(
        Entry(
          process: Int32(step), function: function, key: 0, value: value, call: Int64(step),
          return: 1_000))
    }
    let tooWide = Linearizable().check(wide, Facts(), Budget())
    #expect(tooWide.validity == .unknown && tooWide.explanation.contains("have an order"))
  }

  @Test("a verdict in the place of a checker that does not answer")
  func tooLate() {
    let result = HistoryVerdict(tooLateFor: ["bank"], .bank)
    #expect(result.validity == .unknown)
    #expect(result.verdicts.map(\.checker) == ["bank"])
  }
}
