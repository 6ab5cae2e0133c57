// The checkers of workloads that look for one anomaly each: long-fork, causal-reverse, monotonic, g2. Pictures,
// and mutants: among them the long-fork checker that only compares reads that were next to each other in time.

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

  @Test("only transactions that read the same keys, and nothing else, can make a long fork")
  func readsOfOtherKeys() throws {
    let writes = ["[:w 1 1]", "[:w 2 1]", "[:w 3 1]"]
    let one = "[:r 1 1] [:r 2 nil]"
    let two = "[:r 1 nil] [:r 2 1]"
    #expect(try check("long-fork", transactions(writes + [one, one, two])).judged == 2)
    for other in ["[:r 1 nil] [:r 3 1]", two + " [:r 3 1]", two + " [:w 4 1]", "[:r 2 1]"] {
      let verdict = try check("long-fork", transactions(writes + [one, other]))
      #expect(verdict.validity == .unknown && verdict.judged == 0, "\(other): \(verdict)")
    }
    let failed = "{:type :fail, :process 0, :f :txn, :value [[:w 1 2]]}"
    let fork = writes.dropLast() + [one, two]
    let lines = fork.map { "{:type :ok, :process 0, :f :txn, :value [\($0)]}" } + [failed]
    let text = lines.joined(separator: "\n")
    #expect(try check("long-fork", History(edn: Array(text.utf8))).validity == .violated)
    // What a register held at first is no write.
    let zeros = try transactions(fork.map { $0.replacing("nil", with: "0") })
    #expect(LongFork().check(zeros, Facts(initial: 0), Budget()).validity == .violated)
    #expect(LongFork().check(zeros, Facts(), Budget()).validity == .holds)
  }

  @Test("a counter that has not been read starts somewhere, and one that goes down is not judged")
  func startsOfCounters() throws {
    let history = try History(diagram: "C0: |-add x 1-| |-r x 1-| |-r x nil-|")
    #expect(Monotonic().check(history, Facts(), Budget()).validity == .violated)
    #expect(Monotonic().check(history, Facts(counterStart: 1), Budget()).validity == .holds)
    let falling = try History(diagram: "C0: |-add x 1-| |-add x -1-| |-r x 1-| |-r x 0-|")
    #expect(Monotonic().check(falling, Facts(), Budget()).validity == .unknown)
    #expect(
      try check("monotonic", History(diagram: "C0: |-add x 0-| |-r x 1-| |-r x 1-|")).judged == 1)
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

  @Test("random histories would find these bugs", arguments: AnomalyKind.allCases)
  func mutants(kind: AnomalyKind) throws {
    var random = RandomHistories(seed: 61)
    for _ in 0..<5_000 {
      let history = kind.make(&random)
      let verdict = try check(kind.checker, history)
      guard verdict.judged > 0 else { continue }
      let brute = BruteAnomalies(history: history, mutant: kind.mutant)
      if brute.isFound(kind) != (verdict.validity == .violated) { return }
    }
    Issue.record("\(kind.mutant) survived")
  }
}
