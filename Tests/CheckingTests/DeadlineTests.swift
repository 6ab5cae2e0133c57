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

  @Test("a verdict in the place of a checker that does not answer")
  func tooLate() {
    let result = HistoryVerdict(tooLateFor: ["bank"], .bank)
    #expect(result.validity == .unknown)
    #expect(result.verdicts.map(\.checker) == ["bank"])
  }
}
