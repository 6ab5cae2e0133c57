// The table of presets: what was stated, what held, what broke, and in how many runs.

import Reports
import Scenarios
import Testing

@Suite struct PresetTableTests {
  private func table(within: String) throws -> PresetTable {
    let text = """
      name: tail
      preset: {product: Tail DB, claim: "keeps | all", source: a page, date: 2026-11}
      regions: [a, b, c]
      strategy: {kind: async-primary, failover: automatic, lease: 1s, heartbeat: 200ms}
      workload: {kind: set, keys: 1, clients-per-region: 2, think: 40ms, mix: {insert: 90, read: 10}}
      duration: 6s
      variants:
        - {name: within, faults: [{at: 2s, for: 1s, isolate: c}], expect: {no-lost-writes: \(within)}}
        - {name: beyond, faults: [{at: 2s, for: 3s, isolate: primary}], expect: {no-lost-writes: violated}}
      """
    let scenarios = try Scenario.load(
      Array(text.utf8), file: "tail.yaml", catalog: Catalog.strategyCatalog)
    var table = PresetTable()
    for scenario in scenarios {
      for seed in 1...3 as ClosedRange<UInt64> {
        table.add(
          try Runner.run(scenario, seed: seed, wallClock: { 0 }).run, of: scenario,
          path: "tail.yaml")
      }
    }
    return table
  }

  @Test func whatHeldAndWhatBroke() throws {
    let table = try table(within: "holds")
    #expect(table.verdict == .holds && table.defects.isEmpty, "\(table.text)")
    #expect(table.text.contains("1 of 1 presets came out as they say"))
    #expect(table.text.contains("no-lost-writes in all"))
    // A bar in a claim would end the cell.
    #expect(table.markdown.contains("keeps \\| all"))
    #expect(table.markdown.split(separator: "\n").count == 3)
  }

  @Test func aPresetThatDoesNotHoldSaysWithWhichSeed() throws {
    let table = try table(within: "violated")
    #expect(table.verdict == .violated)
    #expect(table.text.contains("0 of 1 presets came out as they say"))
    #expect(table.text.contains("replay: splitbrain run tail.yaml --variant within --seed 1"))
  }
}
