// Latency presets and what a scenario sets on links.

import Simulation
import Testing

@testable import Scenarios

@Suite struct NetworkPlanTests {
  static let tables: [LatencyTable] = [.aws, .gcp, .azure]

  @Test func tablesAreWhole() {
    #expect(Self.tables.map(\.regions.count) == [32, 44, 50])
    #expect(Self.tables.map(\.date) == ["2025-05-29", "2023-11-27", "2026-03-01"])
    for table in Self.tables { #expect(Set(table.regions).count == table.regions.count) }
  }

  /// A way and the way back differ by few milliseconds, and a detour is not absurdly shorter.
  @Test(arguments: ["aws", "gcp", "azure"]) func bothWaysAreAlike(_ name: String) throws {
    let table = try #require(NetworkPreset(rawValue: name)?.table)
    var missing = 0
    for from in table.regions {
      #expect(table.roundTrip(from: from, to: from) == nil)
      for to in table.regions where from < to {
        guard let there = table.roundTrip(from: from, to: to),
          let back = table.roundTrip(from: to, to: from)
        else {
          missing += 1
          continue
        }
        #expect(there > .zero && there < .seconds(1))
        #expect(abs(there.nanoseconds - back.nanoseconds) <= 25_000_000, "\(from) \(to)")
      }
    }
    #expect(missing == (name == "azure" ? 6 : 0))
  }

  @Test func knownFigures() {
    // 350.2 ms: half of it one way, and as a tail half of 5 %. A short one: half of 3 ms.
    #expect(
      LatencyTable.aws.roundTrip(from: "af-south-1", to: "ap-east-1")
        == .microseconds(350_200))
    #expect(
      LatencyTable.aws.oneWay(from: "af-south-1", to: "ap-east-1")
        == .tailed(
          median: .microseconds(175_100), p99: .nanoseconds(183_855_000),
          spikes: Ratio(partsPerBillion: 7_000)))
    #expect(
      LatencyTable.aws.oneWay(from: "eu-central-2", to: "eu-south-1")
        == .tailed(
          median: .microseconds(3_550), p99: .microseconds(5_050),
          spikes: Ratio(partsPerBillion: 7_000)))
  }

  @Test func presetsReachTheLinks() throws {
    let text = """
      regions: [us-east-1, eu-west-1, ap-southeast-1]
      strategy: {kind: dummy}
      network:
        preset: aws
        loss: 1%
        clients: {min: 1ms, max: 3ms}
        links:
          - {between: [us-east-1, eu-west-1], latency: {median: 30ms, p99: 50ms}, loss: 0.1%,
             bandwidth: 100Mbps, duplicate: 2%, reorder: 3%, reorder-by: 7ms}
          - {from: eu-west-1, to: us-east-1, latency: 9ms, ordered: false}
          - {between: [eu-west-1, ap-southeast-1], ordered: true}
      """
    let network = try loadOne(text).network.makeNetwork(seed: 7)
    let out = network.links[1]
    #expect(out.latency == .tailed(median: .milliseconds(30), p99: .milliseconds(50)))
    #expect(out.loss == Ratio(partsPerBillion: 1_000_000))
    #expect(out.bandwidth == 100_000_000)
    #expect(out.duplication == .percent(2))
    #expect(out.reordering == .percent(3))
    #expect(out.reorderBy == .milliseconds(7))
    #expect(network.links[3].latency == .constant(.milliseconds(9)))
    #expect(network.links[3].loss == Ratio(partsPerBillion: 1_000_000))
    let far = network.links[2]
    #expect(far.loss == .percent(1))
    #expect(far.latency == LatencyTable.aws.oneWay(from: "us-east-1", to: "ap-southeast-1"))
    #expect(network.links[5].inOrder && network.links[7].inOrder && !far.inOrder)
    #expect(
      network.links[9].latency == .uniform(.milliseconds(1), .milliseconds(3)))
    #expect(network.links[9].loss == .never)
  }

  @Test func clocksAreDrawnWithinTheirBounds() throws {
    let scenario = try loadOne(with("clocks: {skew: 5ms, drift: 50ppm}"))
    let clocks = scenario.clocks.makeClocks(for: scenario.topology, seed: 3)
    #expect(clocks.count == 3)
    let offsets = clocks.map { ($0.wall(at: Instant.zero) - Instant.zero).nanoseconds }
    #expect(offsets.allSatisfy { abs($0) <= 5_000_000 })
    #expect(Set(offsets).count == 3)
    #expect(clocks.allSatisfy { abs($0.drift.partsPerBillion) <= 50_000 })
    let again = scenario.clocks.makeClocks(for: scenario.topology, seed: 3)
    #expect(again.map(\.drift) == clocks.map(\.drift))
  }
}
