// Read committed, read atomic, causal: public histories, pictures, and mutants of the axioms as Biswas and Enea write
// them.

import Checking
import Foundation
import Histories
import Testing

private struct WeakHistory: Decodable {
  var file: String
  var verdicts: [String: Bool]
}

@Suite("Weak isolation")
struct WeakIsolationTests {
  private static let models = ["read-committed", "read-atomic", "causal"]

  private func check(
    _ name: String, _ history: History, _ facts: Facts = Facts()
  ) throws -> Verdict {
    let checker = try #require(Checkers.named(name))
    return checker.init().check(history, facts, Budget())
  }

  @Test("AWDIT's histories", .enabled(if: PublicHistories.exist("awdit")))
  func awdit() throws {
    var judged = 0
    let list: [WeakHistory] = try PublicHistories.list("awdit")
    for known in list {
      let bytes = try PublicHistories.bytes("awdit/\(known.file)")
      #expect(HistoryFormat(guessedFrom: bytes) == .awdit)
      let history = try History(bytes, format: .awdit)
      #expect(history.defects().isEmpty)
      #expect(WorkloadGuess(history).workload == .readWriteRegister)
      for (name, holds) in known.verdicts.sorted(by: { $0.key < $1.key }) {
        let verdict = try check(name, history)
        #expect(
          verdict.validity == (holds ? .holds : .violated),
          "\(known.file), \(name): \(verdict.explanation)")
        judged += 1
      }
    }
    #expect(judged > 60)
  }

  /// Sessions are separated by `==`, transactions by `|`.
  private func history(_ text: String) throws -> History {
    let lines = text.replacing("==", with: "\n=====\n").replacing("|", with: "\n-----\n")
      .replacing(",", with: "\n")
    return try History(awdit: Array(lines.utf8))
  }

  @Test(
    "the weakest model that fails, and its anomaly",
    arguments: [
      ("w 0 1 == r 0 1", nil, nil),
      ("r 0 7", "read-committed", "phantom-read"),
      ("w 0 1, w 0 2 == r 0 1", "read-committed", "G1b"),
      ("w 0 1, r 0 2 == w 0 2", "read-committed", "internal"),
      ("r 0 1, w 0 1", "read-committed", "future-read"),
      ("r 1 1 | w 0 1 == r 0 1 | w 1 1", "read-committed", "G1c"),
      ("w 0 1 | w 0 2 == r 0 2, r 0 1", "read-committed", "non-monotonic-read"),
      ("w 0 1 == w 0 2 == r 0 1, r 0 2", "read-atomic", "fractured-read"),
      ("w 0 1, w 1 1 | w 0 2, w 1 2 == r 1 1, r 0 2", "read-atomic", "fractured-read"),
      ("w 0 1 | w 0 2 == r 0 2, w 1 1 == r 0 1, r 1 1", "causal", "causality-violation"),
      ("w 0 1 | w 0 2 == r 0 2 | r 0 1", "causal", "causality-violation"),
    ] as [(String, String?, String?)])
  func weakest(text: String, weakest: String?, anomaly: String?) throws {
    let history = try history(text)
    let failing = weakest.flatMap(Self.models.firstIndex) ?? Self.models.count
    for (place, name) in Self.models.enumerated() {
      let verdict = try check(name, history)
      #expect(verdict.validity == (place < failing ? .holds : .violated), "\(name): \(verdict)")
      if place == failing { #expect(verdict.anomalies.first?.name == anomaly, "\(verdict)") }
    }
  }

  @Test func theWitnessIsSmallAndSpeaks() throws {
    let verdict = try check("causal", history("w 0 1 | w 0 2 == r 0 2, w 1 1 == r 0 1, r 1 1"))
    let anomaly = try #require(verdict.anomalies.first)
    #expect(anomaly.rows == [0, 1, 2, 3])
    #expect(
      anomaly.explanation.contains {
        $0.contains("although it knew of") && $0.contains("which wrote 0 too")
      }, "\(anomaly.explanation)")
  }

  @Test func whatNobodyCanTellIsUnknown() throws {
    for name in Self.models {
      #expect(try check(name, history("w 0 1 == w 0 2")).validity == .unknown)
      #expect(try check(name, history("w 0 1 == w 0 1 == r 0 1")).validity == .unknown)
      var appends = History()
      let steps = [Step(function: .append, key: 0, shape: .scalar, value: 1)]
      let stored = appends.store(steps: steps)
      appends.append(
        Entry(
          process: 0, function: .transaction, key: 0, shape: .steps, value: stored.value,
          extra: stored.extra, call: 0, return: 1))
      #expect(try check(name, appends).validity == .unknown)
    }
  }

  @Test(
    "what is no step is told with its place",
    arguments: [
      ("w 0 1\nx 0 1", 2, 1), ("w 0", 1, 4), ("w -1 1", 1, 3), ("r 0 1 2", 1, 7),
      ("w 0 1\n--", 2, 1),
    ])
  func malformed(text: String, line: Int, column: Int) {
    let error = #expect(throws: HistoryError.self) { try History(awdit: Array(text.utf8)) }
    #expect(error?.line == line)
    #expect(error?.column == column)
  }

  @Test("how large values are, and whether keys share them, changes nothing")
  func values() throws {
    var random = RandomTransactions(generator: SmallGenerator(11))
    for _ in 0..<2_000 {
      let history = random.next()
      for name in Self.models {
        let verdict = try check(name, history)
        for factor in [1_000_000_007, Int64.max / 100] as [Int64] {
          let other = try check(name, history.scaled(by: factor))
          #expect(other.validity == verdict.validity, "\(history.text)")
        }
      }
    }
  }

  @Test("a witness tells why", arguments: models)
  func reasons(name: String) throws {
    var random = RandomTransactions(generator: SmallGenerator(7))
    for _ in 0..<2_000 {
      guard let anomaly = try check(name, random.next()).anomalies.first else { continue }
      #expect(!anomaly.rows.isEmpty)
      #expect(!anomaly.explanation.contains { $0.contains("the model requires it") })
    }
  }

  @Test(
    "a mutant of the axioms is told from them",
    arguments: [
      ("read-committed", WeakMutant.noSessions), ("read-committed", .noReadsFrom),
      ("read-committed", .readsInAnyOrder), ("read-atomic", .noSessionKnowledge),
      ("read-atomic", .noReadsFrom), ("causal", .notTransitive), ("causal", .noSessions),
      ("causal", .abortedIsRead), ("read-atomic", .intermediateIsRead),
    ])
  func mutants(name: String, mutant: WeakMutant) throws {
    var random = RandomTransactions(generator: SmallGenerator(11))
    for _ in 0..<Twins.count(10_000) {
      let history = random.next()
      let verdict = try check(name, history)
      guard verdict.validity != .unknown else { continue }
      if BruteWeak(history, mutant).validity(name) != (verdict.validity == .holds) { return }
    }
    Issue.record("\(mutant) of \(name) survived")
  }
}

extension History {
  fileprivate var text: String {
    (0..<count).map { row in
      let all = steps(of: row).map { "\($0.function.name) \($0.key) \($0.shape) \($0.value)" }
      return "\(processes[row]) \(completions[row]): \(all.joined(separator: ", "))"
    }.joined(separator: "\n")
  }
}

extension History {
  /// The same with other values.
  fileprivate func scaled(by factor: Int64) -> History {
    var other = History()
    for row in 0..<count {
      var entry = self[row]
      let steps = steps(of: row).map { step in
        var step = step
        if step.shape == .scalar { step.value *= factor }
        return step
      }
      (entry.value, entry.extra) = other.store(steps: steps)
      other.append(entry)
    }
    return other
  }
}
