// Ranking, findings and flips on runs that were made up, so that the right answer is known.

import Checking
import Simulation
import Testing

@testable import Reports
@testable import Scenarios

@Suite struct DecisionTests {
  private static func scenario(_ requirements: String) throws -> Scenario {
    try loadOne(
      """
      name: made-up
      regions: [a, b]
      strategy: {kind: dummy}
      requirements: \(requirements)
      """)
  }

  /// A candidate with one sample a seed.
  private func candidate(
    _ name: String, _ requirements: String, _ samples: [[Figure.Quantity: Double]],
    verdicts: [[String: Validity]] = []
  ) throws -> Candidate {
    var candidate = Candidate(
      try Self.scenario(requirements), name: name, words: ["--variant", name])
    for (place, figures) in samples.enumerated() {
      let all = figures.map { (Figure($0.key), $0.value) }
      let judged = verdicts.isEmpty ? [:] : verdicts[place]
      candidate.samples.append(
        Sample(
          seed: UInt64(place + 7), verdicts: judged.map { ($0.key, $0.value) }, hasFaults: true,
          figures: Dictionary(uniqueKeysWithValues: all)))
    }
    return candidate
  }

  @Test func thoseThatPassAreRankedByCostThenLatencyThenWrites() throws {
    let rule = "{rto: 10s}"
    func one(_ name: String, _ dollars: Double?, _ p99: Double, _ writes: Double) throws
      -> Candidate
    {
      var figures: [Figure.Quantity: Double] = [.rto: 5, .p99: p99, .writeP99: writes]
      figures[.dollars] = dollars
      return try candidate(name, rule, [figures])
    }
    let decision = Decision([
      try one("free of figures", nil, 1, 1), try one("dear", 200, 1, 1),
      try one("slow writes", 100, 20, 90), try one("fast writes", 100, 20, 80),
      try one("fast", 100, 10, 99), try one("twin of fast", 100, 10, 99),
    ])
    #expect(
      decision.ranking.map(\.candidate.name) == [
        "fast", "twin of fast", "fast writes", "slow writes", "dear", "free of figures",
      ])
    #expect(decision.winner?.name == "fast")
    #expect(decision.ruledOut.isEmpty && decision.open.isEmpty)
  }

  @Test func oneBadSeedRulesOut() throws {
    let samples: [[Figure.Quantity: Double]] = [
      [.rto: 1], [.rto: 10], [.rto: 10.5], [.rto: .infinity],
    ]
    let decision = Decision([try candidate("x", "{rto: 10s}", samples)])
    #expect(decision.winner == nil)
    let finding = try #require(decision.ruledOut.first?.findings.first)
    #expect(finding.verdict == .violated)
    #expect(finding.seed == 9)
    #expect(finding.kept == 2)
  }

  @Test func whatWasNotMeasuredIsNoPass() throws {
    let decision = Decision([
      try candidate("unmeasured", "{rto: 10s}", [[.rto: 1], [:]]),
      try candidate("broken beside", "{rto: 10s, p99: 1s}", [[.p99: 2_000]]),
      try candidate("without runs", "{rto: 10s}", []),
    ])
    #expect(decision.winner == nil)
    #expect(decision.open.map(\.candidate.name) == ["unmeasured", "without runs"])
    #expect(decision.ruledOut.map(\.candidate.name) == ["broken beside"])
    #expect(decision.open[0].findings[0].seed == 8)
    #expect(
      decision.open[0].findings[0].obstacle
        == "there was nothing to measure it by on this workload")
    #expect(decision.open[1].findings[0].obstacle == "there were no runs")
  }

  @Test func guaranteesMustHoldWithEverySeed() throws {
    let rule = "{consistency: [no-lost-writes, linearizable]}"
    let decision = Decision([
      try candidate(
        "good", rule, [[:], [:]],
        verdicts: [
          ["no-lost-writes": .holds, "linearizable": .holds],
          ["no-lost-writes": .holds, "linearizable": .holds],
        ]),
      try candidate(
        "bad", rule, [[:], [:]],
        verdicts: [
          ["no-lost-writes": .holds, "linearizable": .unknown],
          ["no-lost-writes": .violated, "linearizable": .unknown],
        ]),
      try candidate("not judged", rule, [[:]], verdicts: [["no-lost-writes": .holds]]),
    ])
    #expect(decision.winner?.name == "good")
    #expect(decision.ruledOut.first?.findings.map(\.verdict) == [.violated, .unknown])
    #expect(decision.ruledOut.first?.findings[0].seed == 8)
    #expect(
      decision.open.first?.findings[1].obstacle == "linearizable is not judged on this workload")
  }

  @Test func whatIsNotPricedCannotBeCheapEnough() throws {
    let rule = try #require(try Self.scenario("{cost: 100}").requirements.first)
    let meter = Meter(seconds: 730 * 3_600, transfers: [], operations: 1, writes: 0, regions: ["a"])
    func sample(_ cost: String) throws -> Sample {
      let text =
        "regions: [us-east-1]\nstrategy: {kind: dummy}\nnetwork: {preset: aws}\ncost: \(cost)"
      let bill = Bill(try #require(try loadOne(text).cost), meter)
      return Sample(seed: 1, bill: bill, figures: [Figure(.dollars): bill.monthly])
    }
    let compute = "compute: {price: 0.1, instances: {us-east-1: 1}}"
    #expect(rule.judge(try sample("{\(compute)}")) == .holds)
    #expect(rule.judge(try sample("{database: dynamodb, \(compute)}")) == .unknown)
    #expect(rule.judge(try sample("{}")) == .unknown)
    #expect(rule.judge(try sample("{compute: {price: 1, instances: {us-east-1: 1}}}")) == .violated)
    #expect(rule.judge(Sample(seed: 1)) == .unknown)
    #expect(rule.obstacle(try sample("{}")) == "not priced: compute")
  }

  @Test func survivalIsOfARegionThatWasOut() throws {
    let rule = try #require(try Self.scenario("{survive: region}").requirements.first)
    func judge(_ back: [[(String, Duration?)]]) -> Validity {
      rule.judge(
        Sample(
          seed: 1,
          outages: back.map { back in
            RegionLoss(
              region: "a", from: .zero, until: .zero + .seconds(9),
              writesBack: back.map { (place: $0.0, after: $0.1) })
          }))
    }
    #expect(judge([]) == .unknown)
    #expect(judge([[]]) == .unknown)
    #expect(judge([[("b", .seconds(2))]]) == .holds)
    #expect(judge([[("b", .seconds(2)), ("c", nil)]]) == .violated)
    #expect(judge([[("b", .seconds(2))], []]) == .unknown)
  }

  @Test func availabilityIsAtLeast() throws {
    let rule = try #require(try Self.scenario("{availability: 99%}").requirements.first)
    #expect(rule.text == "availability >= 99%")
    #expect(rule.judge(Sample(seed: 1, figures: [Figure(.availability): 0.99])) == .holds)
    #expect(rule.judge(Sample(seed: 1, figures: [Figure(.availability): 0.98])) == .violated)
  }

  @Test(arguments: [
    ("{rto: 5}", "6:21: rto: '5' needs a unit: one of ns, us, ms, s, m, min, h, d"),
    ("{rta: 5s}", "6:16: 'rta' is not a known key here; did you mean 'rto'?"),
    (
      "{consistency: [linearisable]}",
      "6:30: 'linearisable' is not a guarantee; did you mean 'linearizable'?"
    ),
    ("{consistency: set}", "6:29: consistency: expected a list of guarantees, found 'set'"),
    ("{survive: planet}", "6:25: 'planet' is not a value of survive; known: region"),
    ("{cost: lots}", "6:22: cost: expected dollars such as 0.192, found 'lots'"),
  ])
  func requirementsThatAreWrong(_ text: String, _ message: String) {
    let found = complaints(
      "name: x\nabout: y\nseed: 1\nregions: [a, b]\nstrategy: {kind: dummy}\nrequirements: \(text)")
    #expect(found == [message])
  }

  // MARK: Levers

  @Test func leversTurnWhatTheScenarioSays() throws {
    let scenario = try loadOne(
      """
      regions: [a, b]
      strategy: {kind: dummy}
      network: {scale: 2}
      workload: {keys: 20, rate: 30/min}
      """)
    let turned = Lever.all.map { lever in lever.factors.map { lever.override(of: scenario, by: $0) }
    }
    #expect(turned[0] == ["network.scale=1", "network.scale=4", "network.scale=8"])
    #expect(turned[1] == ["workload.keys=5", "workload.keys=1"])
    #expect(turned[2] == ["workload.rate=3600/h", "workload.rate=7200/h"])
    #expect(turned[3] == [nil, nil, nil])
    let plain = try loadOne("regions: [a, b]\nstrategy: {kind: dummy}\nworkload: {keys: 1}")
    #expect(
      Lever.all[0].override(of: plain, by: Ratio(partsPerBillion: 500_000_000))
        == "network.scale=0.5")
    #expect(Lever.all[1].factors.map { Lever.all[1].override(of: plain, by: $0) } == [nil, nil])
  }

  @Test func theFirstChangeOfTheWinnerIsTheFlip() throws {
    func turn(_ rto: Double, _ override: String) throws -> Turn {
      let comparison = Comparison(
        name: "x",
        [
          try candidate("first", "{rto: 10s}", [[.rto: rto]]),
          try candidate("second", "{rto: 10s}", [[.rto: 1, .p99: 5]]),
        ], seeds: [7])
      return Turn(factor: .always, override: override, comparison: comparison)
    }
    let flip = Flip(
      lever: Lever.all[0], turns: [try turn(9, "x2"), try turn(11, "x4"), try turn(12, "x8")])
    #expect(flip.turns.map { $0.decision.winner?.name } == ["second", "second", "second"])
    #expect(flip.first(since: "second") == nil)
    #expect(flip.first(since: "first")?.override == "x2")
  }

  /// Twice the distance is twice the latency, and the scenario says so when it is written back.
  @Test func distanceScales() throws {
    let text = """
      regions: [us-east-1, eu-west-1]
      strategy: {kind: dummy}
      network: {preset: aws, spikes: 0%, scale: 2}
      """
    let near = try #require(
      LatencyTable.aws.oneWay(from: "us-east-1", to: "eu-west-1", spikes: .never))
    let link = try loadOne(text).network.makeNetwork(seed: 1).links[1]
    #expect(link.latency.base == near.base * 2 && link.latency.spread == near.spread * 2)
    #expect(
      complaints(text, set: ["network.scale=0"]) == [
        "--set network.scale=0: scale: a factor lies between 0.001 and 100"
      ])
    #expect(complaints(text, set: ["network.scale=fast"]).count == 1)
  }
}
