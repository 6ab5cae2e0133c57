// Checkers of data where the rows are transactions: g2, no-dirty-reads and referential-integrity. Pictures; random
// histories beside the definitions, by loops over all steps; bugs that these would find.

import Histories
import Testing

@testable import Checking

@Suite("Data in transactions")
struct TransactionRowTests {
  private func check(_ name: String, _ lines: String) throws -> Verdict {
    let checker = try #require(Checkers.named(name))
    return checker.init().check(try History(jsonLines: Array(lines.utf8)), Facts(), Budget())
  }

  /// A line of a history: process and time are its number.
  private func line(_ number: Int, _ value: String, ok: String = "true", final: Bool = false)
    -> String
  {
    let end = ok == "null" ? "null" : String(10 * number + 5)
    return """
      {"process": \(number), "call": \(10 * number), "return": \(end), "f": "txn", \
      "value": [\(value)], "ok": \(ok)\(final ? ", \"final\": true" : "")}
      """
  }

  @Test(
    "pictures",
    arguments: [
      (
        "g2", "G2",
        [
          (#"["r", "a", []], ["r", "b", []], ["insert", "a", 1]"#, "true"),
          (#"["r", "a", []], ["r", "b", []], ["insert", "b", 2]"#, "true"),
        ]
      ),
      // The second saw the first.
      (
        "g2", nil,
        [
          (#"["r", "a", []], ["r", "b", []], ["insert", "a", 1]"#, "true"),
          (#"["r", "a", [1]], ["r", "b", []], ["insert", "b", 2]"#, "true"),
        ]
      ),
      // The second was refused.
      (
        "g2", nil,
        [
          (#"["r", "a", []], ["r", "b", []], ["insert", "a", 1]"#, "true"),
          (#"["r", "a", []], ["r", "b", []], ["insert", "b", 2]"#, "false"),
        ]
      ),
      // What was inserted may have been removed before the second looked.
      (
        "g2", nil,
        [
          (#"["r", "a", []], ["r", "b", []], ["insert", "a", 1]"#, "true"),
          (#"["remove", "a", 1]"#, "true"),
          (#"["r", "a", []], ["r", "b", []], ["insert", "b", 2]"#, "true"),
          (#"["r", "b", [2]], ["insert", "b", 3]"#, "true"),
        ]
      ),
      // Own rows do not count: nobody else was there.
      (
        "g2", nil,
        [
          (#"["insert", "a", 1], ["r", "a", [1]], ["r", "b", []]"#, "true"),
          (#"["r", "a", [1]], ["insert", "b", 2]"#, "true"),
        ]
      ),
      (
        "no-dirty-reads", "failed-but-visible",
        [(#"["w", "x", 1], ["w", "y", 2]"#, "false"), (#"["r", "y", 2]"#, "true")]
      ),
      (
        "no-dirty-reads", "failed-but-visible",
        [(#"["append", "x", 1]"#, "false"), (#"["r", "x", [1]], ["append", "x", 2]"#, "true")]
      ),
      (
        "no-dirty-reads", nil,
        [
          (#"["w", "x", 1], ["w", "y", 2]"#, "false"),
          (#"["r", "y", null], ["w", "y", 3]"#, "true"),
          (#"["r", "y", 3]"#, "true"),
        ]
      ),
      (
        "referential-integrity", "dangling-reference",
        [
          (#"["insert", "orders", 1], ["insert", "items", 11], ["insert", "items", 12]"#, "true"),
          (#"["r", "orders", [1]], ["r", "items", [11]]"#, "true"),
        ]
      ),
      (
        "referential-integrity", "failed-but-visible",
        [
          (#"["insert", "orders", 1], ["insert", "items", 11]"#, "false"),
          (#"["r", "orders", [1]]"#, "true"),
        ]
      ),
      // Who did not look into the items can not miss any; orphans are allowed.
      (
        "referential-integrity", nil,
        [
          (#"["insert", "orders", 1], ["insert", "items", 11]"#, "null"),
          (#"["r", "orders", [1]]"#, "true"),
          (#"["r", "orders", []], ["r", "items", [11]]"#, "true"),
          (#"["r", "items", [11]], ["r", "orders", [1]]"#, "true"),
        ]
      ),
    ] as [(String, String?, [(String, String)])])
  func pictures(name: String, anomaly: String?, deeds: [(String, String)]) throws {
    let text = deeds.enumerated().map { place, deed in line(place, deed.0, ok: deed.1) }
      .joined(separator: "\n")
    let verdict = try check(name, text + "\n")
    #expect(verdict.validity == (anomaly == nil ? .holds : .violated), "\(verdict)")
    #expect(verdict.anomalies.first?.name == anomaly, "\(verdict)")
  }

  @Test func undoneTransactionsWereDirty() throws {
    let text = [
      line(0, #"["w", "x", 1], ["w", "y", 1]"#), line(1, #"["w", "x", 2], ["w", "y", 2]"#),
      line(2, #"["r", "x", 2], ["r", "y", 2]"#), line(3, #"["r", "x", 1]"#, final: true),
      line(4, #"["r", "y", 2]"#, final: true),
    ].joined(separator: "\n")
    let verdict = try check("no-dirty-reads", text + "\n")
    #expect(verdict.anomalies.map(\.name) == ["dirty-read"])
    // The write, the read, what is there instead, and the final read.
    #expect(verdict.anomalies.first?.rows == [0, 1, 2, 3], "\(verdict)")
  }

  @Test(
    "who judged nothing can not tell",
    arguments: [
      ("g2", #"["r", "a", []], ["insert", "a", 1]"#), ("no-dirty-reads", #"["w", "x", 1]"#),
      ("referential-integrity", #"["r", "orders", [1]], ["insert", "a", 1]"#),
    ])
  func vacuous(name: String, value: String) throws {
    #expect(try check(name, line(0, value) + "\n").validity == .unknown)
  }

  // MARK: Beside definitions

  /// Rows of one object as transactions that do the same to a second one, which may go wrong by itself; and the
  /// rows of either object alone.
  private func doubled(_ drafts: [Draft], _ random: inout RandomHistories, isList: Bool)
    -> (History, [[Draft]])
  {
    var history = History()
    var second: [Draft] = []
    for draft in drafts {
      var other = draft
      other.entry.key = 1
      if draft.entry.function == .read, draft.entry.completion == .ok, random.generator.chance(10) {
        if draft.entry.shape == .scalar {
          other.entry.value = Int64(1 + random.generator.below(drafts.count))
        } else if !draft.list.isEmpty {
          other.list.removeLast()
        }
      }
      second.append(other)
      let steps = [draft, other].map { part in
        var step = Step(
          function: part.entry.function == .insert && isList ? .append : part.entry.function,
          key: part.entry.key, shape: part.entry.shape, value: part.entry.value)
        if step.shape == .list { (step.value, step.extra) = history.store(part.list) }
        return step
      }
      var entry = draft.entry
      (entry.function, entry.shape) = (.transaction, .steps)
      (entry.value, entry.extra) = history.store(steps: steps)
      history.append(entry)
    }
    return (history, [drafts, second])
  }

  @Test("no-dirty-reads agrees with the definition", arguments: ["registers", "sets", "lists"])
  func dirtyReads(kind: String) {
    var random = RandomHistories(seed: 71)
    var tally = Tally()
    var onlyTheSecond = 0
    var ignoringFailures = 0
    for _ in 0..<Twins.count(3_000) {
      let drafts = kind == "registers" ? random.undoneRegisters() : random.growingSets()
      // Lists do not shrink here.
      guard kind != "lists" || !drafts.contains(where: { $0.entry.function == .remove }) else {
        continue
      }
      let (history, parts) = doubled(drafts, &random, isList: kind == "lists")
      func isClean(_ drafts: [Draft], _ mutant: DataMutant? = nil) -> Bool {
        let brute = BruteObjects(drafts: drafts, mutant: mutant)
        return kind == "registers" ? brute.registersAreClean() : brute.setsAreClean()
      }
      let holds = parts.allSatisfy { isClean($0) }
      tally.add(NoDirtyReads().check(history), holds: holds, history)
      onlyTheSecond += isClean(parts[0]) && !holds ? 1 : 0
      ignoringFailures += parts.allSatisfy { isClean($0, .failMayHappen) } != holds ? 1 : 0
    }
    tally.expectBothVerdicts(percent: 10)
    #expect(onlyTheSecond > 0, "looking at the first step alone must be told apart")
    #expect(ignoringFailures > 0, "taking what failed as possible must be told apart")
  }

  @Test("referential-integrity agrees with what it says of single rows")
  func references() {
    var random = RandomHistories(seed: 72)
    var tally = Tally()
    for _ in 0..<Twins.count(3_000) {
      let drafts = random.orders()
      var history = History()
      var seen: [Draft] = []
      for draft in drafts {
        var known = draft
        let looksAtOrdersAlone = draft.entry.function == .read && random.generator.chance(20)
        if looksAtOrdersAlone {
          // To the definition, as if it had seen whatever they refer to.
          known.list = draft.list.filter { $0 < 10 }
          let items = drafts.filter { known.list.contains($0.list.first ?? -1) }
          known.list += items.flatMap { $0.entry.function == .insert ? $0.list.dropFirst() : [] }
        }
        seen.append(known)
        var entry = draft.entry
        (entry.function, entry.shape) = (.transaction, .steps)
        let tables = looksAtOrdersAlone ? [0] : [0, 1]
        let steps: [Step] =
          draft.entry.function == .insert
          ? draft.list.map {
            Step(function: .insert, key: $0 < 10 ? 0 : 1, shape: .scalar, value: $0)
          }
          : tables.map { table in
            var step = Step(function: .read, key: Key(table), shape: draft.entry.shape, value: 0)
            guard step.shape == .list else { return step }
            let rows = draft.list.filter { ($0 < 10) == (table == 0) }
            (step.value, step.extra) = history.store(rows)
            return step
          }
        (entry.value, entry.extra) = history.store(steps: steps)
        history.append(entry)
      }
      let verdict = ReferentialIntegrity().check(history)
      tally.add(verdict, holds: BruteObjects(drafts: seen).ordersHold(), history)
      for anomaly in verdict.anomalies {
        let alone = ReferentialIntegrity().check(history.part(anomaly.rows))
        #expect(alone.validity == .violated, "\(anomaly)")
      }
    }
    tally.expectBothVerdicts(percent: 10)
  }

  @Test func skewBesideAllPairs() {
    var random = RandomHistories(seed: 73)
    var skewed = 0
    var oneSided = 0
    let rounds = Twins.count(3_000)
    for _ in 0..<rounds {
      var history = History()
      var looks: [(empty: Set<Key>, inserted: Set<Key>)] = []
      for slot in random.slots(2 + random.generator.below(3), info: 10, fail: 20) {
        var entry = random.entry(slot, .transaction, key: 0)
        let own = Key(random.generator.below(3))
        var look = (empty: Set<Key>(), inserted: Set([own]))
        var steps: [Step] = []
        for key in 0..<3 as Range<Key> where random.generator.chance(70) {
          let seen: [Int64] = random.generator.chance(60) ? [] : [99]
          var step = Step(function: .read, key: key, shape: .none, value: 0)
          if slot.completion == .ok {
            step.shape = .list
            (step.value, step.extra) = history.store(seen)
            if seen.isEmpty { look.empty.insert(key) }
          }
          steps.append(step)
        }
        steps.append(
          Step(function: .insert, key: own, shape: .scalar, value: Int64(history.count)))
        entry.shape = .steps
        (entry.value, entry.extra) = history.store(steps: steps)
        history.append(entry)
        if slot.completion == .ok { looks.append(look) }
      }
      func isPair(_ fits: (Bool, Bool) -> Bool) -> Bool {
        looks.indices.contains { one in
          looks.indices.contains { two in
            one < two
              && fits(
                !looks[one].empty.isDisjoint(with: looks[two].inserted),
                !looks[two].empty.isDisjoint(with: looks[one].inserted))
          }
        }
      }
      let truth = isPair { $0 && $1 }
      let verdict = PredicateSkew().check(history)
      guard (verdict.validity == .violated) == truth else {
        Issue.record("twin says \(truth): \(verdict)\n\(history.picture)")
        return
      }
      skewed += truth ? 1 : 0
      oneSided += isPair { $0 || $1 } != truth ? 1 : 0
      for anomaly in verdict.anomalies {
        #expect(PredicateSkew().check(history.part(anomaly.rows)).validity == .violated)
      }
    }
    #expect(skewed * 100 > rounds * 10 && skewed * 100 < rounds * 90, "\(skewed)")
    #expect(oneSided > 0, "one that missed the other must be told from two that missed each other")
  }
}
