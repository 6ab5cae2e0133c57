// The workloads that look for one anomaly each, run: what the strategy's model of isolation rules out is promised
// and holds, what it lets pass is found.

import Checking
import Histories
import Scenarios
import Simulation
import Testing

@Suite struct AnomalyRunTests {
  static func run(_ strategy: String, _ workload: String, seed: UInt64 = 1) throws -> Run {
    let text = """
      regions: [us-east-1, eu-west-1, ap-southeast-1]
      network: {preset: aws}
      strategy: \(strategy)
      workload: {\(workload), clients-per-region: 4, think: 30ms}
      duration: 3s
      """
    let scenario = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    return try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
  }

  @Test(
    arguments: [
      ("{kind: crdt}", "long-fork", Check.Basis.observed, Validity.violated),
      ("{kind: async-primary, reads: local}", "long-fork", .promised, .holds),
      ("{kind: certification}", "long-fork", .promised, .holds),
      ("{kind: async-primary, reads: local}", "monotonic", .observed, .violated),
      ("{kind: crdt}", "monotonic", .observed, .violated),
      ("{kind: async-primary}", "monotonic", .promised, .holds),
      ("{kind: quorum, linearizable: true}", "monotonic", .observed, .violated),
      ("{kind: crdt}", "g2", .observed, .violated),
      ("{kind: certification}", "g2", .observed, .violated),
      ("{kind: certification, certify: reads}", "g2", .promised, .holds),
      ("{kind: raft, reads: local}", "g2", .promised, .holds),
      ("{kind: raft}", "causal-reverse", .promised, .holds),
      ("{kind: raft, reads: local}", "causal-reverse", .observed, .holds),
    ] as [(String, String, Check.Basis, Validity)])
  func eachIsPromisedWithItsModel(
    _ strategy: String, _ workload: String, basis: Check.Basis, verdict: Validity
  ) throws {
    let run = try Self.run(strategy, "kind: \(workload)")
    #expect(run.defects.isEmpty)
    let check = try #require(run.checks.first { $0.name == workload })
    #expect(check.basis == basis)
    #expect(check.verdict.validity == verdict, "\(check.verdict.explanation)")
  }

  /// Without a model of isolation in what is promised nothing comes with it.
  @Test func consequencesComeWithModels() {
    #expect(Guarantee.withConsequences(of: [.converged]) == [.converged])
    #expect(
      Guarantee.withConsequences(of: Guarantee.ofOneCopy)
        .isSuperset(of: [.longFork, .monotonic, .g2, .causalReverse]))
    #expect(!Guarantee.withConsequences(of: [.snapshotIsolation]).contains(.g2))
    #expect(!Guarantee.withConsequences(of: [.serializable]).contains(.monotonic))
  }
}
