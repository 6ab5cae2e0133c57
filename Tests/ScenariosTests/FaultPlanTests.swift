// When faults happen, and that each keeps to itself: what one does depends on its own text and the
// seed, never on the other faults of the file.

import Simulation
import Testing

@testable import Scenarios

@Suite struct FaultPlanTests {
  private func plans(_ entries: String...) throws -> [FaultPlan] {
    try loadOne(with("faults:\n" + entries.map { "  - \($0)\n" }.joined())).faults
  }

  private func actions(_ plan: FaultPlan, seed: UInt64 = 1) -> [String] {
    let topology = Topology(["us", "eu", "asia"])
    return plan.actions(on: topology, seed: seed).map { $0.text(in: topology) }
  }

  @Test(arguments: [
    ("{at: 5s, for: 2s, crash: us}", [window(5, 7)]),
    ("{at: 5s, crash: us}", [window(5, 30)]),
    ("{at: 0s, for: 100s, crash: us}", [window(0, 30)]),
    ("{at: 5s, promote: us}", [window(5, 5)]),
    ("{every: 10s, for: 1s, crash: us}", [window(10, 11), window(20, 21)]),
    (
      "{every: 10s, from: 0s, for: 10s, crash: us}",
      [window(0, 10), window(10, 20), window(20, 30)]
    ),
    ("{every: 10s, from: 9s, until: 29s, for: 1s, crash: us}", [window(9, 10), window(19, 20)]),
    ("{every: 10s, from: 29s, for: 4s, crash: us}", [window(29, 30)]),
    ("{every: 15s, promote: us}", [window(15, 15)]),
  ])
  func windows(_ entry: String, _ expected: [Range<Instant>]) throws {
    #expect(try plans(entry).map(\.windows) == [expected])
  }

  /// 3 regions, 11 occurrences: `any` is not always the same one.
  @Test func anyIsDrawnForEachOccurrence() throws {
    let plan = try #require(try plans("{every: 2500ms, for: 1s, crash: any}").first)
    let crashed = actions(plan).filter { $0.contains(" crash ") }.map { $0.suffix(2) }
    #expect(crashed.count == 11)
    #expect(Set(crashed).count == 3)
    #expect(actions(plan) == actions(plan))
    #expect(actions(plan) != actions(plan, seed: 2))
  }

  @Test func otherFaultsChangeNothing() throws {
    let lossy = "{at: 1s, for: 2s, lose: 5%}"
    let crash = "{every: 3s, for: 1s, crash: any}"
    let alone = try #require(try plans(crash).first)
    let together = try plans(lossy, "{every: 3s, for: 1s, pause: any}", crash)
    #expect(actions(alone) == actions(together[2]))
    #expect(actions(try plans(lossy)[0]) == actions(together[0]))
  }

  /// The same entry twice is two faults: other draws, other tags.
  @Test func twinsDiffer() throws {
    let entry = "{every: 2s, for: 1s, isolate: any}"
    let twins = try plans(entry, entry)
    #expect(twins[0].text == twins[1].text)
    #expect(twins[0].stream != twins[1].stream)
    #expect(actions(twins[0]) != actions(twins[1]))
    let tags = twins.flatMap { plan in
      plan.actions(on: Topology(["us", "eu", "asia"]), seed: 1).compactMap { timed -> Int? in
        if case .install(_, _, let tag) = timed.action { tag } else { nil }
      }
    }
    #expect(tags.count == 28)
    #expect(Set(tags).count == tags.count)
  }

  /// Every example that `splitbrain list faults` shows is a valid entry.
  @Test func examplesLoad() throws {
    for type in Faults.all {
      let traffic = type.needsTraffic ? "traffic: {policy: failover, plans: {}}\n" : ""
      let scenario = try loadOne(with("\(traffic)faults: [\(type.example)]"))
      #expect(scenario.faults.map(\.kind) == [type.name])
    }
  }

  @Test func treesCanBeWrittenBack() throws {
    let texts = [
      ScenarioFileTests.transatlantic,
      with("name: \"a \\\"b\\\" \\\\ c\"\nabout: |\n  one, two: [three]\n  # four"),
      with("faults: [{at: 1s, partition: [[us], [eu, asia]]}]\nvariants: [{name: x}, {name: '-'}]"),
    ]
    for text in texts {
      let source = try #require(SettingParser.parse(Array(text.utf8), Problems()))
      let problems = Problems()
      let again = SettingParser.parse(Array(source.document.utf8), problems)
      #expect(again?.flow == source.flow)
      #expect(again?.document == source.document)
      #expect(problems.all.isEmpty)
    }
  }
}
