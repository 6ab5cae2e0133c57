// Kleppmann's probes, run: each shows its anomaly by name where every statement is a request of its own, and none
// where the same transactions are sent whole to a serializable design.

import Checking
import Histories
import Scenarios
import Simulation
import Testing

@Suite struct HermitageTests {
  private func run(
    _ probe: String, _ strategy: String, autocommit: Bool = false, seed: UInt64 = 1
  ) throws -> Run {
    let text = """
      regions: [us-east-1, us-east-2, ca-central-1]
      network: {preset: aws}
      strategy: \(strategy)
      workload: {kind: hermitage, probe: \(probe), autocommit: \(autocommit), clients-per-region: 3, think: 20ms}
      duration: 2s
      """
    let scenario = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    return try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
  }

  private func anomalies(_ run: Run) -> [String] {
    IsolationAnalysis(run.history, Facts(initial: 0)).names
  }

  private static let probes = [
    ("G0", "G0"), ("G1a", "G1a"), ("G1b", "G1b"), ("G1c", "G1c"), ("OTV", "OTV"),
    ("PMP", "internal"), ("P4", "lost-update"), ("G-single", "G-single-item"),
    ("G2-item", "G2-item"),
  ]

  @Test(arguments: probes)
  func statementByStatementItShows(_ probe: String, _ anomaly: String) throws {
    let run = try run(probe, "{kind: raft}", autocommit: true)
    #expect(run.defects.isEmpty)
    let found = anomalies(run)
    #expect(found.contains(anomaly), "\(found)")
    // Who takes transactions apart is promised nothing of them, and what is left holds.
    let promised = run.checks.filter { $0.basis == .promised }.map(\.name)
    #expect(promised.contains("no-lost-writes") && promised.contains("converged"))
    #expect(!promised.contains { name in Guarantee.isolation.contains { $0.rawValue == name } })
    #expect(run.verdict == .holds)
  }

  @Test(arguments: probes, ["{kind: certification, certify: reads}", "{kind: async-primary}"])
  func wholeTheyAreSerializable(_ probe: (String, String), _ strategy: String) throws {
    let run = try run(probe.0, strategy)
    #expect(run.defects.isEmpty && run.verdict == .holds)
    let found = anomalies(run).filter { !$0.hasSuffix("-realtime") }
    #expect(found.isEmpty, "\(found)")
    let steps = (0..<run.history.count).map { run.history.steps(of: $0).count }
    #expect(steps.contains { $0 > 1 })
    // Evidence: what is rolled back was asked for, and refused.
    let failed = run.history.completions.contains(.fail)
    #expect(failed || probe.0 != "G1a")
  }

  /// Certified write sets let write skew pass, and nothing else.
  @Test(arguments: probes.map(\.0))
  func snapshotsLetSkewPass(_ probe: String) throws {
    let run = try run(probe, "{kind: certification}")
    let found = anomalies(run).filter { !$0.hasSuffix("-realtime") }
    // Of two that write x and read y, and write y and read x, neither sees the other.
    #expect(found == (["G2-item", "G1c"].contains(probe) ? ["G2-item"] : []))
  }

  /// The two halves of a fractured read: new before old, old before new.
  @Test func readSkewIsNoVanishing() throws {
    let skew = try anomalies(run("G-single", "{kind: raft}", autocommit: true))
    #expect(!skew.contains("OTV"))
    #expect(skew.contains("fractured-read"))
  }

  /// Without a rollback a client writes back what was there: in the end it is there again.
  @Test func whatIsTakenBackIsGone() throws {
    let run = try run("G1a", "{kind: quorum, linearizable: true}")
    let history = run.history
    let failed = (0..<history.count).filter { history.completions[$0] == .fail }
    #expect(failed.count > 10)
    let taken = Set(failed.flatMap { history.steps(of: $0).map(\.value) })
    for row in 0..<history.count where history.finals[row] {
      #expect(
        history.steps(of: row).allSatisfy { $0.shape != .scalar || !taken.contains($0.value) })
    }
    #expect(run.checks.first { $0.name == "no-lost-writes" }?.verdict.validity == .holds)
    #expect(run.checks.first { $0.name == "no-dirty-reads" }?.verdict.validity == .violated)
  }

  @Test func writeCyclesNeedLists() {
    #expect(throws: ScenarioError.self) { _ = try run("G0", "{kind: quorum}") }
  }
}
