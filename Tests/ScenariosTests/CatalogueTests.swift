// The catalogue's file format and its kill table: a bug counts only if it is found and the twin is quiet.

import Foundation
import Reports
import Scenarios
import Simulation
import Testing

@Suite struct CatalogueTests {
  private static func text(twin: String, expect: String = "{no-lost-writes: violated}") -> String {
    """
    name: tail
    bug: {id: B17, title: lost tail, source: a paper}
    regions: [a, b, c]
    strategy: {kind: async-primary, failover: automatic, lease: 1s, heartbeat: 200ms}
    workload: {kind: set, keys: 1, clients-per-region: 2, think: 40ms, mix: {insert: 90, read: 10}}
    duration: 6s
    faults: [{at: 2s, for: 3s, isolate: primary}]
    expect: \(expect)
    twin: \(twin)
    """
  }

  private static let safe =
    "{strategy: {kind: async-primary, failover: automatic, lease: 1s, heartbeat: 200ms, "
    + "acknowledge: one}, expect: {no-lost-writes: holds}}"

  private func table(_ text: String) throws -> KillTable {
    let scenarios = try Scenario.load(
      Array(text.utf8), file: "tail.yaml", catalog: Catalog.strategyCatalog)
    #expect(scenarios.map(\.isTwin) == [false, true])
    var table = KillTable()
    for scenario in scenarios {
      for seed in 1...3 as ClosedRange<UInt64> {
        let run = try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
        table.add(run, of: scenario, path: "tail.yaml")
      }
    }
    return table
  }

  @Test func aFoundBugWithAQuietTwinIsKilled() throws {
    let table = try table(Self.text(twin: Self.safe))
    #expect(table.killed == 1 && table.verdict == .holds, "\(table.text)")
    #expect(table.rows[0].timesFound > 0 && table.rows[0].medianSeeds != nil)
    #expect(table.text.contains("✓ B17  lost tail"))
  }

  @Test func aTwinThatBreaksIsAFalseAlarm() throws {
    let table = try table(Self.text(twin: "{expect: {no-lost-writes: holds}}"))
    #expect(table.killed == 0 && table.verdict == .violated, "\(table.text)")
    #expect(table.text.contains("false alarms"))
    #expect(table.text.contains("--variant twin --seed"))
  }

  @Test func aBugThatDoesNotShowIsNotFound() throws {
    let table = try table(Self.text(twin: Self.safe, expect: "{converged: violated}"))
    #expect(table.killed == 0 && table.rows[0].timesFound == 0 && table.rows[0].medianSeeds == nil)
  }

  @Test func theMedianIsOverAllSeedsToBeginWith() {
    let bug = try? Scenario.load(
      Array(Self.text(twin: Self.safe).utf8), file: "t", catalog: Catalog.strategyCatalog)[0].bug
    guard let bug else {
      Issue.record("no bug")
      return
    }
    var row = KillTable.Row(bug: bug, path: "t")
    row.found = [false, false, true, false, true]
    // From the five places on it takes 3, 2, 1, 2 and 1 runs.
    #expect(row.medianSeeds == 2)
  }

  @Test func whatIsWrongWithATwinIsTold() {
    func problems(_ text: String) -> String {
      do {
        _ = try Scenario.load(Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)
        return ""
      } catch { return error.description }
    }
    #expect(problems(Self.text(twin: "{strateg: {}}")).contains("did you mean 'strategy'"))
    let both = Self.text(twin: Self.safe) + "\nvariants: [{name: x}]"
    #expect(problems(both).contains("variants: do not go with twin:"))
    let nameless = Self.text(twin: Self.safe).replacingOccurrences(of: "id: B17, ", with: "")
    #expect(problems(nameless).contains("a bug needs id:"))
  }
}
