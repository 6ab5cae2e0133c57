// The decision table: from real runs, small enough to reckon by hand, and as the command line prints it.

import Checking
import Foundation
import Histories
import Simulation
import Testing

@testable import Reports
@testable import Scenarios

@Suite struct ComparisonTests {
  private static let outage = """
    name: outage
    seed: 3
    regions: [a, b, c]
    network: {latency: 5ms}
    workload: {kind: register, keys: 3, clients-per-region: 2, think: 100ms, timeout: 1s}
    duration: 12s
    faults:
      - {at: 2s, for: 6s, crash: a}
    cost: {provider: aws, compute: {price: 0.5, instances: {a: 1, b: 1}}}
    requirements: {rto: 5s, survive: region, consistency: [converged, sequential]}
    strategy: {kind: raft}
    variants:
      - name: consensus
      - name: one primary
        strategy: {kind: async-primary}

    """

  @Test func theSameSeedsForAllAndWhatTheyShow() throws {
    let scenarios = try Scenario.load(
      Array(Self.outage.utf8), file: "outage.yaml", catalog: Catalog.strategyCatalog)
    var comparison = Comparison(scenarios, seeds: 3)
    #expect(comparison.seeds == [3, 4, 5])
    comparison.run(threads: 2)
    #expect(comparison.runs == 6 && comparison.defects.isEmpty)
    for candidate in comparison.candidates { #expect(candidate.samples.map(\.seed) == [3, 4, 5]) }
    let (consensus, primary) = (comparison.candidates[0], comparison.candidates[1])
    for candidate in [consensus, primary] {
      // Clients of the region that was down waited for it: 6 s, and a time-out at most.
      let without = try #require(candidate.spread(Figure(.errorSeconds, at: "a")).median)
      #expect(without > 5 && without < 8)
    }
    let away = try #require(consensus.spread(Figure(.errorSeconds, at: "b")).median)
    let waiting = try #require(primary.spread(Figure(.errorSeconds, at: "b")).median)
    #expect(away < 2 && waiting > 4)
    for sample in consensus.samples {
      #expect(sample.outages.map(\.region) == ["a"])
      #expect(sample.outages.allSatisfy { $0.isSurvived })
      #expect(sample.verdict(on: "sequential") == .holds)
    }
    #expect(primary.samples.allSatisfy { !$0.outages[0].isSurvived })
    let decision = Decision(comparison.candidates)
    #expect(
      decision.entries[1].findings.first { $0.requirement.text == "survive region" }?.seed == 3)
    let text = ComparisonTable(comparison, file: "outage.yaml").text
    #expect(text.hasPrefix("outage: 2 candidates, seeds 3 to 5 each\n"))
    #expect(text.contains("Not priced, and not in the sums: egress a -> b"))
  }

  @Test func aRunThatIsTurnedReplaysTheSame() throws {
    let scenarios = try Scenario.load(
      Array(Self.outage.utf8), file: "outage.yaml", catalog: Catalog.strategyCatalog)
    let comparison = Comparison(scenarios, seeds: 2)
    let turned = try comparison.turned(
      Lever.all[0], by: Ratio(partsPerBillion: 2_000_000_000), seeds: 1)
    let next = try #require(turned?.comparison)
    #expect(next.seeds == [3])
    #expect(next.candidates[0].words == ["--variant", "consensus", "--set", "network.scale=2"])
    let again = try Scenario.load(
      Array(Self.outage.utf8), file: "outage.yaml", catalog: Catalog.strategyCatalog,
      overrides: ["network.scale=2"])
    let first = try Runner.run(next.candidates[0].scenario, seed: 3).run.digest
    #expect(try Runner.run(again[0], seed: 3).run.digest == first)
    #expect(try comparison.turned(Lever.all[3], by: .always, seeds: 1) == nil)
  }

  // MARK: The command line

  @Test func compareAndDecideSpeakJSON() throws {
    let path = try CommandLineTests.file(Self.outage)
    let compare = try CommandLineTests.run("compare", path, "--seeds", "2", "--format", "json")
    #expect(compare.status == 0, "\(compare.errors)")
    let table = try #require(
      try JSONSerialization.jsonObject(with: Data(compare.output.utf8)) as? [String: Any])
    #expect(table["seeds"] as? [Int] == [3, 4])
    let candidates = try #require(table["candidates"] as? [[String: Any]])
    #expect(candidates.map { $0["name"] as? String } == ["consensus", "one primary"])
    let figures = try #require(candidates[0]["figures"] as? [[String: Any]])
    for quantity in Figure.Quantity.allCases {
      #expect(figures.contains { $0["name"] as? String == quantity.rawValue })
    }
    let rto = try #require(figures.first { $0["name"] as? String == "rto" })
    #expect(rto["n"] as? Int == 2 && rto["interval"] is NSNull)
    let cost = try #require(candidates[0]["cost"] as? [String: Any])
    #expect(cost["isWhole"] as? Bool == false)

    let decide = try CommandLineTests.run(
      "decide", path, "--seeds", "2", "--flip-seeds", "0", "--format", "json")
    #expect(decide.status == 1, "\(decide.errors)")
    let decision = try #require(
      try JSONSerialization.jsonObject(with: Data(decide.output.utf8)) as? [String: Any])
    #expect(decision["winner"] is NSNull)
    let entries = try #require(decision["candidates"] as? [[String: Any]])
    let findings = try #require(entries[1]["requirements"] as? [[String: Any]])
    let survive = try #require(findings.first { $0["requirement"] as? String == "survive region" })
    #expect(survive["verdict"] as? String == "fail")
    #expect(
      survive["replay"] as? String == "splitbrain run \(path) --variant 'one primary' --seed 3")
  }

  @Test func strategiesByKind() throws {
    let plain = """
      regions: [a, b, c]
      strategy: {kind: raft}
      workload: {kind: register, keys: 2, think: 200ms}
      duration: 2s
      expect: {linearizable: violated}

      """
    let path = try CommandLineTests.file(plain)
    let result = try CommandLineTests.run(
      "compare", path, "--strategies", "crdt,raft", "--seeds", "1")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("2 candidates, seed 1 each"))
    let wrong = try CommandLineTests.run("compare", path, "--strategies", "crdt,rift")
    #expect(wrong.status == 65)
    #expect(wrong.errors.contains("'rift' is not a strategy; did you mean 'raft'?"))
    let variants = try CommandLineTests.file(plain + "variants: [{name: x}]\n")
    #expect(try CommandLineTests.run("compare", variants, "--strategies", "raft").status == 65)
    #expect(try CommandLineTests.run("compare", path, "--strategies", ",").status == 64)
    #expect(try CommandLineTests.run("compare", path, "--seeds", "0").status == 64)
    #expect(try CommandLineTests.run("decide", path, "--strategies", "raft").status == 65)
  }

  @Test func replayLinesSurviveAShell() {
    #expect(
      ReplayLine.text("a b.yaml", ["--variant", "it's; rm", "--set", "x={k: 1}"], seed: 3)
        == "splitbrain run 'a b.yaml' --variant 'it'\\''s; rm' --set 'x={k: 1}' --seed 3")
  }
}
