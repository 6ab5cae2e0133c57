// The checkers of workloads that look for one anomaly each: long-fork, causal-reverse, monotonic, g2. Pictures,
// the definitions by loops over all pairs beside them, and mutants: among them the long-fork checker that only
// compares reads that were next to each other in time.

import Histories
import Testing

@testable import Checking

@Suite("Workloads for one anomaly")
struct AnomalyWorkloadTests {
  private func check(_ name: String, _ history: History) throws -> Verdict {
    try #require(Checkers.named(name)).init().check(history, Facts(), Budget())
  }

  private func transactions(_ values: [String]) throws -> History {
    let lines = values.map { "{:type :ok, :process 0, :f :txn, :value [\($0)]}" }
    return try History(edn: Array(lines.joined(separator: "\n").utf8))
  }

  @Test func aLongFork() throws {
    let writes = ["[:w 1 1]", "[:w 2 1]"]
    let between = "[:r 1 1] [:r 2 1]"
    let fork = ["[:r 1 1] [:r 2 nil]", between, between, "[:r 1 nil] [:r 2 1]"]
    let verdict = try check("long-fork", transactions(writes + fork))
    #expect(verdict.anomalies.first?.name == "long-fork")
    #expect(verdict.anomalies.first?.rows == [2, 5, 0, 1], "\(verdict)")
    #expect(
      try check("long-fork", transactions(writes + Array(fork.prefix(3)))).validity == .holds)
    #expect(try check("long-fork", transactions(writes)).validity == .unknown)
    #expect(try check("long-fork", transactions(writes + writes + fork)).validity == .unknown)
    // The models say the same: parallel snapshot isolation lets it pass, prefix does not.
    let boundary = IsolationAnalysis(try transactions(writes + fork)).boundary
    #expect(boundary.not == ["prefix", "repeatable-read"])
    #expect(boundary.strongest.contains("parallel-snapshot-isolation"))
  }

  @Test(
    "pictures",
    arguments: [
      (
        "causal-reverse", "causal-reverse",
        """
        C0: |-ins s 1-|
        C1:              |-ins s 2-|
        C2:                  |---r s [2]---|
        """
      ),
      (
        "causal-reverse", nil,
        """
        C0: |---ins s 1---|
        C1:      |-ins s 2-|
        C2:                  |-r s [2]-|
        """
      ),
      ("monotonic", "non-monotonic-process", "C0: |-add x 1-| |-r x 1-| |-r x 0-|"),
      (
        "monotonic", "non-monotonic-realtime",
        """
        C0: |-add x 1-| |-r x 1-|
        C1:                         |-r x 0-|
        """
      ),
      (
        "monotonic", nil,
        """
        C0: |-add x 1-| |-r x 1-|
        C1:          |-r x 0-|
        C1:                         |-r x 1-|
        """
      ),
      (
        "g2", "G2",
        """
        C0: |-ins k 1-|
        C1: |-ins k 2-|
        """
      ),
      (
        "g2", nil,
        """
        C0: |-ins k 1-|
        C1: |-ins k 2!
        """
      ),
    ] as [(String, String?, String)])
  func pictures(name: String, anomaly: String?, diagram: String) throws {
    let verdict = try check(name, History(diagram: diagram))
    #expect(verdict.validity == (anomaly == nil ? .holds : .violated), "\(verdict)")
    #expect(verdict.anomalies.first?.name == anomaly)
  }

  @Test func transactionsThatJepsenCallsReadsAndWrites() throws {
    let text = """
      {:type :ok, :process 0, :f :write, :value [[:w 1 1]]}
      {:type :ok, :process 1, :f :write, :value [[:w 2 1]]}
      {:type :ok, :process 2, :f :read, :value [[:r 1 1] [:r 2 nil]]}
      {:type :ok, :process 3, :f :read, :value [[:r 1 nil] [:r 2 1]]}
      """
    #expect(try check("long-fork", History(edn: Array(text.utf8))).validity == .violated)
  }

  // MARK: Beside definitions

  /// Writes of single keys, and reads of two or three in a row, of states that are mostly one chain.
  private func forks(_ generator: inout SmallGenerator) -> [[(key: Int, seen: Bool)]] {
    let keys = 2 + generator.below(2)
    let order = generator.shuffled(Array(0..<keys))
    return (0..<(2 + generator.below(4))).map { _ in
      let count = generator.below(keys + 1)
      var seen = (0..<keys).map { order.prefix(count).contains($0) }
      if generator.chance(15) { seen[generator.below(keys)].toggle() }
      return seen.enumerated().map { (key: $0.offset, seen: $0.element) }
    }
  }

  private func isFork(_ one: [(key: Int, seen: Bool)], _ two: [(key: Int, seen: Bool)]) -> Bool {
    let pairs = Array(zip(one, two))
    return pairs.contains { $0.seen && !$1.seen } && pairs.contains { !$0.seen && $1.seen }
  }

  @Test func longForksBesideAllPairs() throws {
    var generator = SmallGenerator(61)
    var forked = 0
    var missedByNeighbours = 0
    let rounds = Twins.count(3_000)
    for _ in 0..<rounds {
      let reads = forks(&generator)
      let writes = (0..<3).map { "[:w \($0) 1]" }
      let history = try transactions(
        writes
          + reads.map { read in
            read.map { "[:r \($0.key) \($0.seen ? "1" : "nil")]" }.joined(separator: " ")
          })
      let truth = reads.indices.contains { one in
        reads.indices.contains { isFork(reads[one], reads[$0]) }
      }
      let neighbours = zip(reads, reads.dropFirst()).contains { isFork($0, $1) }
      let verdict = try check("long-fork", history)
      guard verdict.validity == (truth ? .violated : .holds) else {
        Issue.record("\(reads): \(verdict)")
        return
      }
      forked += truth ? 1 : 0
      missedByNeighbours += truth && !neighbours ? 1 : 0
      if let anomaly = verdict.anomalies.first {
        let alone = try check("long-fork", history.part(anomaly.rows.sorted()))
        #expect(alone.validity == .violated)
      }
    }
    #expect(forked * 100 > rounds * 10 && forked * 100 < rounds * 90, "\(forked)")
    #expect(missedByNeighbours > 0, "comparing neighbours in time alone must be told apart")
  }

  /// Inserts of distinct values and reads of some of them.
  private func inserts(_ random: inout RandomHistories) -> History {
    var history = History()
    var value: Int64 = 0
    for slot in random.slots(3 + random.generator.below(4)) {
      if random.generator.chance(60) {
        value += 1
        history.append(random.entry(slot, .insert, key: 0, value: value))
        continue
      }
      var entry = random.entry(slot, .read, key: 0)
      entry.shape = .none
      if slot.completion == .ok {
        let seen = (1..<max(value + 2, 2)).filter { _ in random.generator.chance(75) }
        (entry.shape, (entry.value, entry.extra)) = (.list, history.store(seen))
      }
      history.append(entry)
    }
    return history
  }

  @Test func causalReverseBesideAllPairs() throws {
    var random = RandomHistories(seed: 62)
    var reversed = 0
    var toldApart = 0
    let rounds = Twins.count(3_000)
    for _ in 0..<rounds {
      let history = inserts(&random)
      func isReverse(_ precedes: (Int, Int) -> Bool) -> Bool {
        let rows = Array(0..<history.count)
        let writes = rows.filter {
          history.functions[$0] == .insert && history.completions[$0] != .fail
        }
        return rows.filter { history.shapes[$0] == .list }.contains { read in
          let seen = history.list(of: read)
          return writes.contains { missed in
            history.completions[missed] == .ok && !seen.contains(history.values[missed])
              && writes.contains { seen.contains(history.values[$0]) && precedes(missed, $0) }
          }
        }
      }
      let truth = isReverse { history.returns[$0] < history.calls[$1] }
      let byCalls = isReverse { history.calls[$0] < history.calls[$1] }
      let verdict = try check("causal-reverse", history)
      guard (verdict.validity == .violated) == truth else {
        Issue.record("twin says \(truth): \(verdict)\n\(history.picture)")
        return
      }
      reversed += truth ? 1 : 0
      toldApart += truth != byCalls ? 1 : 0
    }
    #expect(reversed * 100 > rounds * 10 && reversed * 100 < rounds * 90, "\(reversed)")
    #expect(toldApart > 0, "taking what was called first as first must be told apart")
  }

  @Test func monotonicBesideAllPairs() throws {
    var random = RandomHistories(seed: 63)
    var shrunk = 0
    var toldApart = 0
    let rounds = Twins.count(3_000)
    for _ in 0..<rounds {
      var history = History()
      for (place, slot) in random.slots(3 + random.generator.below(4)).enumerated() {
        var entry = random.entry(slot, place == 0 ? .increment : .read, key: 0, value: 1)
        if place > 0 {
          let value = Int64(place / 2) - (random.generator.chance(50) ? 2 : 0)
          (entry.shape, entry.value) = slot.completion == .ok ? (.scalar, value) : (.none, 0)
        }
        history.append(entry)
      }
      let reads = (0..<history.count).filter {
        history.functions[$0] == .read && history.completions[$0] == .ok
      }
      func shrinks(_ precedes: (Int, Int) -> Bool) -> Bool {
        reads.contains { one in
          reads.contains { history.values[one] > history.values[$0] && precedes(one, $0) }
        }
      }
      let truth = shrinks { one, two in
        history.returns[one] < history.calls[two]
          || one < two && history.processes[one] == history.processes[two]
      }
      let alone = shrinks { $0 < $1 && history.processes[$0] == history.processes[$1] }
      let verdict = try check("monotonic", history)
      guard (verdict.validity == .violated) == truth else {
        Issue.record("twin says \(truth): \(verdict)\n\(history.picture)")
        return
      }
      shrunk += truth ? 1 : 0
      toldApart += truth != alone ? 1 : 0
    }
    #expect(shrunk * 100 > rounds * 10 && shrunk * 100 < rounds * 90, "\(shrunk)")
    #expect(toldApart > 0, "looking at single processes alone must be told apart")
  }

  @Test func predicateSkewCountsOnlyWhatSucceeded() throws {
    var random = RandomHistories(seed: 64)
    var skewed = 0
    let rounds = Twins.count(2_000)
    for _ in 0..<rounds {
      var history = History()
      var succeeded = [0, 0]
      for slot in random.slots(2 + random.generator.below(3), info: 25, fail: 35) {
        let key = random.generator.below(2)
        history.append(random.entry(slot, .insert, key: Key(key), value: Int64(history.count)))
        if slot.completion == .ok { succeeded[key] += 1 }
      }
      let truth = succeeded.contains { $0 > 1 }
      let verdict = try check("g2", history)
      #expect((verdict.validity == .violated) == truth, "\(verdict)\n\(history.picture)")
      skewed += truth ? 1 : 0
    }
    #expect(skewed * 100 > rounds * 10 && skewed * 100 < rounds * 90, "\(skewed)")
  }
}
