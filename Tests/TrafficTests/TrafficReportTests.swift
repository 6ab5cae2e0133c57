// What a report says of places and failovers, for people and for programs; and that every provider's
// figures are told with their sources.

import Foundation
import Reports
import Scenarios
import Simulation
import Testing
import Traffic

@Suite struct TrafficReportTests {
  private func run() throws -> Run {
    try FailoverRunTests.run(
      """
      regions: [us-east-1, eu-west-1]
      network: {preset: aws}
      strategy: {kind: crdt}
      places: [{name: london, near: eu-west-2, clients: 8}]
      traffic:
        provider: custom
        policy: failover
        ttl: 5s
        health-check: {interval: 2s, timeout: 1s, checkers: 1, propagation: 1s}
        caches: [{share: 75%, kind: honours}, {share: 25%, kind: forever}]
      workload: {kind: register, keys: 3, think: 500ms, timeout: 1s}
      duration: 60s
      faults: [{at: 20s, outage: us-east-1}]
      """)
  }

  @Test func people() throws {
    let lines = TextReport(replay: "").text(try run()).split(separator: "\n").map(String.init)
    func line(_ start: String) throws -> String {
      try #require(lines.first { $0.hasPrefix(start) }, "\(start)")
    }
    #expect(try line("  place         london  8 clients  ").contains("error minutes"))
    #expect(try line("  failover      us-east-1: {at: 20s, outage: us-east-1} at 20.0 s") != "")
    #expect(
      try line("    forever      2 clients moved: 50 % never, 95 % never, 100 % never; 2 never")
        != "")
    #expect(try line("    honours      6 clients moved: 50 % +").contains("100 % +"))
    let from = try line("    us-east-1  ")
    let to = try line("    eu-west-1  ")
    #expect(from.hasPrefix("    us-east-1  \u{2588}") && from.hasSuffix("|"))
    #expect(to.hasPrefix("    eu-west-1   ") && to.count == from.count)
    let marks = try #require(
      lines.first { $0.allSatisfy { " FDR".contains($0) } && $0.contains("F") })
    let order = marks.filter { $0 != " " }
    #expect(order == "FDR" || order == "FR", "\(order)")
  }

  @Test func programs() throws {
    let run = try run()
    let text = JSONReport.object(run).line
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let places = try #require(object["places"] as? [[String: Any]])
    #expect(places.map { $0["name"] as? String } == ["london"])
    let traffic = try #require(object["traffic"] as? [String: Any])
    let failovers = try #require(traffic["failovers"] as? [[String: Any]])
    let first = try #require(failovers.first)
    #expect(first["faultAt"] as? Double == 20)
    let switched = try #require(first["switchedAt"] as? Double)
    let detected = try #require(first["detectedAt"] as? Double)
    #expect(abs(switched - detected - 1) < 1e-6)
    let kinds = try #require(first["byKind"] as? [String: [String: Any]])
    #expect(kinds["forever"]?["never"] as? Int == 2)
    #expect(kinds["forever"]?["p50Seconds"] is NSNull)
    let shares = try #require(traffic["shareByRegion"] as? [String: [Double]])
    let step = try #require(traffic["stepSeconds"] as? Double)
    #expect(step == 0.5)
    #expect(shares["us-east-1"]?.count == 121)
    #expect(shares["us-east-1"]?.first == 1 && shares["us-east-1"]?.last == 0.25)
  }

  /// A run without places says nothing of them to people.
  @Test func nothingWhereThereIsNothing() throws {
    let run = try FailoverRunTests.run(
      "regions: [a, b]\nstrategy: {kind: crdt}\nworkload: {keys: 2}\nduration: 3s")
    #expect(!TextReport(replay: "").text(run).contains("  place "))
    #expect(run.measures.traffic == nil)
    #expect(run.measures.places.map(\.name) == ["a", "b"])
    #expect(run.measures.places.allSatisfy { $0.availability == 1 && $0.errorSeconds == 0 })
  }

  @Test func providersAreListedWithTheirSources() {
    let text = Listing.providers
    for provider in Provider.all {
      #expect(text.contains("\n\(provider.name)\n") || text.hasPrefix("\(provider.name)\n"))
      for source in provider.sources { #expect(text.contains(source.title)) }
    }
    for preset in CachePreset.all { #expect(text.contains("caches: \(preset.name)\n")) }
  }
}
