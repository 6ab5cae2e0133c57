// Transactions as workloads: what is recorded, what is judged, and what clients do where the strategy has no
// transactions.

import Checking
import Histories
import Scenarios
import Simulation
import Testing

@Suite struct TransactionWorkloadTests {
  private func run(
    _ strategy: String, _ workload: String, faults: String = "[]", seed: UInt64 = 1
  ) throws -> Run {
    let text = """
      regions: [a, b, c]
      network: {latency: {min: 5ms, max: 30ms}}
      strategy: \(strategy)
      workload: \(workload)
      duration: 6s
      faults: \(faults)
      """
    let scenario = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    return try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
  }

  private func verdict(_ run: Run, _ name: String) -> Validity? {
    run.checks.first { $0.name == name }?.verdict.validity
  }

  @Test(arguments: ["list-append", "rw-register"])
  func onePrimaryIsStrictlySerializable(_ workload: String) throws {
    let run = try run(
      "{kind: async-primary, failover: automatic, acknowledge: one}",
      "{kind: \(workload), clients-per-region: 3, think: 30ms}",
      faults: "[{at: 2s, for: 2s, isolate: primary}]")
    #expect(run.defects.isEmpty)
    #expect(verdict(run, "strict-serializable") == .holds)
    #expect(verdict(run, "no-lost-writes") == .holds)
    #expect(verdict(run, "converged") == .holds)
    // What follows from a promise that holds is not told again.
    #expect(verdict(run, "serializable") == nil)
    let history = run.history
    let transactions = (0..<history.count).filter { history.functions[$0] == .transaction }
    #expect(transactions.contains { history.steps(of: $0).count > 1 })
  }

  @Test func oldReadsAreNotStrict() throws {
    let run = try run(
      "{kind: async-primary, reads: local}",
      "{kind: list-append, clients-per-region: 3, think: 30ms}")
    #expect(verdict(run, "serializable") == .holds)
    #expect(run.checks.contains { $0.verdict.anomalies.contains { $0.name.contains("-process") } })
  }

  @Test func aSplitBrainLosesAppends() throws {
    let run = try run(
      "{kind: async-primary, failover: automatic, fencing: false, lease: 1s, heartbeat: 200ms}",
      "{kind: list-append, clients-per-region: 3, think: 30ms}",
      faults: "[{at: 2s, for: 2s, isolate: primary}]")
    #expect(verdict(run, "no-lost-writes") == .violated)
    let lost = LostWrites.rows(in: run.history)
    #expect(!lost.isEmpty && lost.allSatisfy { run.history.functions[$0] == .transaction })
  }

  /// Without transactions clients do one step after another, and see each other in between.
  @Test func byHandNothingIsAtomic() throws {
    let run = try run(
      "{kind: crdt}", "{kind: rw-register, keys: 2, clients-per-region: 3, think: 10ms}")
    #expect(verdict(run, "read-committed") == .violated)
    #expect(!run.history.hasVersions, "the version of the last of several requests says nothing")
  }

  @Test func listsAreNeeded() {
    #expect(throws: ScenarioError.self) {
      _ = try run("{kind: quorum}", "{kind: list-append}")
    }
  }
}
