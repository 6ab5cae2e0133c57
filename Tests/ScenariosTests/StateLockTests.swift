// State files under locks: where the lock is one, and where two regions both get it.

import Histories
import Scenarios
import Testing

@Suite struct StateLockTests {
  private func run(
    _ strategy: String, _ workload: String, faults: String = "[]", seed: UInt64 = 3
  ) throws -> Run {
    let text = """
      name: state
      regions: [us, eu, ap]
      strategy: \(strategy)
      workload: {kind: state-lock, states: 1, clients-per-region: 2, think: 60ms, \(workload)}
      duration: 12s
      faults: \(faults)
      """
    let scenario = try Scenario.load(
      Array(text.utf8), file: "state.yaml", catalog: Catalog.strategyCatalog)[0]
    return try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
  }

  private func check(_ run: Run, _ name: String) throws -> Check {
    try #require(run.checks.first { $0.name == name })
  }

  @Test(arguments: ["s3-dynamodb", "s3-lockfile", "azure-blob", "gcs"])
  func aLockThatAQuorumKeepsExcludes(backend: String) throws {
    let run = try run("{kind: raft}", "backend: \(backend)")
    #expect(try check(run, "mutual-exclusion").verdict.validity == .holds)
    let updates = try check(run, "no-lost-updates").verdict
    #expect(updates.validity == .holds && updates.judged > 10, "\(updates)")
  }

  @Test func inALastWriterWinsTableTwoRegionsGetIt() throws {
    let run = try run(
      "{kind: crdt, clock: wall, counter: none, conditional-writes: local}", "backend: s3-dynamodb")
    let exclusion = try check(run, "mutual-exclusion").verdict
    let witness = try #require(exclusion.anomalies.first)
    let acquires = witness.rows.filter { run.history.functions[$0] == .acquire }
    #expect(acquires.count == 2)
    #expect(Set(acquires.map { run.history.regions[$0] }).count == 2)
    #expect(try check(run, "no-lost-updates").verdict.validity == .violated)
  }

  private static let table =
    "{kind: crdt, clock: wall, counter: none, conditional-writes: local, delivery: any-order}"

  @Test func aReleaseThatComesWithAnOlderTimeLeavesNobodysLock() throws {
    let ahead = "[{at: 1s, clock-step: us, by: 3s}]"
    let moving = "backend: s3-dynamodb, roam: 40%"
    let orphaned = try check(run(Self.table, moving, faults: ahead), "no-orphaned-locks").verdict
    let run = try run(Self.table, moving, faults: ahead)
    let witness = try #require(orphaned.anomalies.first)
    #expect(witness.name == "resurrected-lock")
    #expect(witness.rows.map { run.history.functions[$0] } == [.acquire, .release, .read])
    let held = try check(
      self.run("{kind: raft}", moving, faults: ahead), "no-orphaned-locks")
    #expect(held.verdict.validity == .holds)
  }

  @Test func whereItemsTravelAloneStateAndDigestDisagree() throws {
    let lossy = "[{at: 1s, for: 10s, lose: 40%}]"
    let skewed = try run(Self.table, "backend: s3-dynamodb, updates: 1", faults: lossy)
    #expect(skewed.measures.refusedReads > 0)
    let single = try run("{kind: raft}", "backend: s3-dynamodb, updates: 1")
    #expect(single.measures.refusedReads == 0)
  }

  @Test func forcedOpenOnlyTheFencedStateIsSafe() throws {
    let forced = "updates: 4, force-unlock-after: 2"
    let open = try run("{kind: raft}", "backend: s3-lockfile, \(forced)")
    #expect(try check(open, "no-lost-updates").verdict.validity == .violated)
    let fenced = try run("{kind: raft}", "backend: azure-blob, \(forced)")
    #expect(try check(fenced, "mutual-exclusion").verdict.validity == .violated)
    #expect(try check(fenced, "no-lost-updates").verdict.validity == .holds)
  }

  @Test func whoDiesWithTheLockLeavesItTaken() throws {
    let stuck = try run("{kind: raft}", "backend: gcs, crash: 100%")
    let acquired = (0..<stuck.history.count).filter {
      stuck.history.functions[$0] == .acquire && stuck.history.completions[$0] == .ok
    }
    #expect(acquired.count == 1)
    let forced = try run("{kind: raft}", "backend: gcs, crash: 100%, force-unlock-after: 3")
    #expect(!forced.checks.contains { $0.name == "no-lost-updates" }, "nobody came to write")
    let again = (0..<forced.history.count).filter {
      forced.history.functions[$0] == .acquire && forced.history.completions[$0] == .ok
    }
    #expect(again.count > 3)
  }

  @Test func aFencedBackendNeedsAStoreThatCanCompareAndWriteAtOnce() {
    #expect(throws: ScenarioError.self) {
      _ = try run("{kind: crdt, conditional-writes: local}", "backend: azure-blob")
    }
  }
}
