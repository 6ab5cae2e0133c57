// What the search for orders of versions must keep: budgets, witnesses that are violations by themselves and
// have nothing to spare, verdicts that do not depend on names, times or what happened beside; and mutants of the
// axioms that are told from ours.

import Histories
import Testing

@testable import Checking

@Suite("Orders of versions")
struct PolygraphTests {
  private func history(_ lines: String...) throws -> History {
    let maps = lines.map { "{:type :ok, :process 0, :f :txn, :value [\($0)]}" }
    return try History(edn: Array(maps.joined(separator: "\n").utf8))
  }

  private func verdict(_ name: String, _ history: History) throws -> Verdict {
    IsolationAnalysis(history).verdict(try #require(IsolationModel.named(name)))
  }

  @Test func bothOrdersOfTwoWritesFail() throws {
    // Whoever wrote x first, one reader of x sees the other's y, or not, out of turn.
    let history = try history(
      "[:w :x 1] [:w :y 1]", "[:w :x 2] [:w :z 1]", "[:r :x 1] [:r :z 1]",
      "[:r :x 2] [:r :y 1]")
    let verdict = try verdict("serializable", history)
    let anomaly = try #require(verdict.anomalies.first)
    #expect(verdict.validity == .violated)
    #expect(anomaly.rows == [0, 1, 2, 3])
    #expect(
      anomaly.explanation.contains {
        $0.hasPrefix("If key x = 1 came before key x = 2, then ")
          && $0.hasSuffix(": a contradiction")
      }, "\(anomaly.explanation)")
    #expect(
      anomaly.explanation.contains { $0.hasPrefix("If key x = 2 came before key x = 1, then ") },
      "\(anomaly.explanation)")
    // What is certain in both cases is drawn: who read whose write.
    #expect(
      Set(anomaly.links.map { "\($0.before) \($0.reason) \($0.after)" }) == ["0 wr 3", "1 wr 2"])
  }

  @Test func blindWritesInAnyOrderHold() throws {
    let history = try history(
      "[:w :x 1]", "[:w :x 2]", "[:r :x 1] [:w :y 1]", "[:r :x 2] [:r :y nil]")
    #expect(try verdict("strict-serializable", history).validity == .holds)
  }

  @Test func whatHeldTheInitialValueWasNotWritten() throws {
    let history = try history("[:r :x 0] [:w :y 1]", "[:r :y 0] [:w :x 1]")
    let model = try #require(IsolationModel.named("serializable"))
    let skew = IsolationAnalysis(history, Facts(initial: 0)).verdict(model)
    #expect(skew.validity == .violated)
    #expect(skew.anomalies.first?.name == "G2-item")
  }

  @Test func aBudgetThatEndsIsUnknown() throws {
    // The writes of x must be ordered against the order in which they are given.
    let history = try history(
      "[:w :x 1]", "[:w :x 2]", "[:r :x 1] [:w :y 1]", "[:r :x 2] [:r :y nil]")
    let model = try #require(IsolationModel.named("serializable"))
    let poor = IsolationAnalysis(history, Facts(), Budget(steps: 0))
    #expect(poor.verdict(model).validity == .unknown)
    #expect(poor.verdict(model).explanation.contains("budget"))
    #expect(poor.boundary.strongest.contains("strong-snapshot-isolation"))
    #expect(!poor.boundary.strongest.contains("repeatable-read"))
    #expect(IsolationAnalysis(history).verdict(model).validity == .holds)
  }

  /// Transactions that write and read at one instant each, some at once, of which some fail and some are not
  /// answered: strictly serializable.
  private func manyAtOnce(_ count: Int, keys: Int) -> History {
    var dice = SmallGenerator(12)
    var state = [Value?](repeating: nil, count: keys)
    var history = History()
    var entries: [Entry] = []
    for number in 0..<count {
      let instant = Int64(10 * number)
      let key = dice.below(keys)
      let (isFail, isInfo) = (dice.chance(10), dice.chance(3))
      var steps = [Step(function: .read, key: Key(key), shape: .none, value: 0)]
      if !isFail, !isInfo, let value = state[key] {
        (steps[0].shape, steps[0].value) = (.scalar, value)
      }
      let other = dice.below(keys)
      steps.append(
        Step(function: .write, key: Key(other), shape: .scalar, value: Value(number + 1)))
      if !isFail { state[other] = Value(number + 1) }
      let (value, extra) = history.store(steps: steps)
      entries.append(
        Entry(
          process: Int32(number), function: .transaction, key: 0, shape: .steps, value: value,
          extra: extra, completion: isFail ? .fail : isInfo ? .info : .ok,
          call: instant - Int64(dice.below(90)),
          return: isInfo ? History.never : instant + 1 + Int64(dice.below(90))))
    }
    entries.sort { $0.call < $1.call }
    var ends: [Int64] = []
    for var entry in entries {
      let free = ends.firstIndex { $0 < entry.call } ?? ends.count
      if free == ends.count { ends.append(0) }
      ends[free] = entry.return
      entry.process = Int32(free)
      history.append(entry)
    }
    return history
  }

  @Test("a long history is decided by what ran at once")
  func long() throws {
    let history = manyAtOnce(4_000, keys: 20)
    #expect(history.defects().isEmpty)
    let analysis = IsolationAnalysis(history, Facts(), Budget(steps: 4_000_000))
    for name in ["strict-serializable", "serializable", "snapshot-isolation"] {
      let model = try #require(IsolationModel.named(name))
      let verdict = analysis.verdict(model)
      #expect(verdict.validity == .holds, "\(verdict)")
    }
  }

  @Test func witnessesHaveNothingToSpare() throws {
    var random = RandomIsolation(dice: SmallGenerator(8), isList: false, mostTransactions: 7)
    var judged = 0
    for _ in 0..<Twins.count(800) {
      let history = random.next()
      let analysis = IsolationAnalysis(history)
      for question in OrderQuestion.all {
        let model = try #require(IsolationModel.named(question.model))
        let verdict = analysis.verdict(model)
        guard let anomaly = verdict.anomalies.first(where: { $0.name == question.anomaly }),
          // A cycle of what the data tell is found without trying orders.
          !anomaly.explanation.contains(where: { $0.hasPrefix("However, ") })
        else { continue }
        judged += 1
        let rows = anomaly.rows.sorted()
        func isViolated(_ rows: [Int]) -> Bool {
          IsolationAnalysis(history.part(rows)).boundary.excludes(model)
        }
        #expect(isViolated(rows), "\(verdict)\n\(history.picture)")
        for row in rows { #expect(!isViolated(rows.filter { $0 != row }), "\(verdict)") }
      }
    }
    #expect(judged > 20)
  }

  @Test(
    "mutants of the axioms are told apart",
    arguments: [
      (IsolationMutant.noOverwrites, "serializable"), (.snapshotsWithHoles, "prefix"),
      (.snapshotsWithHoles, "snapshot-isolation"), (.noConflicts, "snapshot-isolation"),
      (.noConflicts, "parallel-snapshot-isolation"), (.notTransitive, "causal-cerone"),
      (.noOrders, "strong-serializable"), (.noOrders, "strong-session-snapshot-isolation"),
      (.infoNeverHappens, "serializable"), (.fractured, "read-atomic"),
    ], [false, true])
  func mutants(of: (IsolationMutant, String), isList: Bool) throws {
    let (mutant, name) = of
    var random = RandomIsolation(dice: SmallGenerator(9), isList: isList)
    for _ in 0..<6_000 {
      let history = random.next()
      let mine = try verdict(name, history).validity != .violated
      if BruteIsolation(history, mutant).holds(name) != mine { return }
    }
    Issue.record("\(mutant) of \(name) survived")
  }
}
