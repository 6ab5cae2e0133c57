// The JSON Schema and the starter scenario: both are made for people's editors, so they must be
// right without anybody looking.

import Foundation
import Simulation
import Testing

@testable import Scenarios

@Suite struct SchemaTests {
  private func schema() throws -> [String: Any] {
    let text = ScenarioSchema.text(catalog: DummyStrategy.catalog)
    let json = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(json as? [String: Any])
  }

  /// The members of an object found by a path.
  private func members(_ path: [String]) throws -> [String: Any] {
    var object = try schema()
    for name in path { object = try #require(object[name] as? [String: Any], "\(name)") }
    return object
  }

  @Test func isTheSameEveryTime() {
    let text = ScenarioSchema.text(catalog: DummyStrategy.catalog)
    #expect(text == ScenarioSchema.text(catalog: DummyStrategy.catalog))
    #expect(text.hasPrefix("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\""))
  }

  @Test func namesEveryKey() throws {
    #expect(
      try members(["properties"]).keys.sorted() == [
        "about", "bug", "capacity", "clocks", "cost", "duration", "expect", "faults", "invariants",
        "machine",
        "name", "network", "places", "preset", "regions", "requirements", "runbook", "seed",
        "settle",
        "strategy", "traffic", "twin", "variants", "workload",
      ])
    let workloads = try #require(try members(["$defs", "workload"])["anyOf"] as? [[String: Any]])
    let register = try #require(workloads.first?["properties"] as? [String: Any])
    #expect(
      register.keys.sorted() == [
        "clients-per-region", "distribution", "keys", "kind", "mix", "rate", "retries", "roam",
        "think", "timeout",
      ])
    #expect(
      try members(["$defs", "network", "properties"]).keys.sorted() == [
        "bandwidth", "clients", "duplicate", "latency", "links", "loss", "ordered", "preset",
        "reorder", "reorder-by", "scale", "spikes",
      ])
    #expect(
      try members(["$defs", "machine", "properties"]).keys.sorted()
        == ["cpu", "durability", "flush-every", "largest-batch", "sync"])
    let expected = try members(["$defs", "expect", "properties"]).keys
    #expect(expected.sorted() == Expectation.names.sorted())
  }

  @Test func hasAShapeForEachFaultAndStrategy() throws {
    let items = try members(["$defs", "faults", "items"])
    let faults = try #require(items["anyOf"] as? [[String: Any]])
    let required = faults.compactMap { ($0["required"] as? [String])?.first }
    #expect(required == Faults.all.map { $0.name })
    let crash = try #require(faults.first { ($0["required"] as? [String]) == ["crash"] })
    let keys = try #require(crash["properties"] as? [String: Any]).keys.sorted()
    #expect(keys == ["at", "crash", "every", "for", "from", "until"])

    let strategies = try #require(try members(["$defs", "strategy"])["anyOf"] as? [[String: Any]])
    let dummy = try #require(strategies.first?["properties"] as? [String: Any])
    #expect(
      dummy.keys.sorted() == ["durability", "interval", "kind", "mode", "primary", "replicas"])
    let mode = try #require(dummy["mode"] as? [String: Any])
    #expect(mode["enum"] as? [String] == ["safe", "fast"])
    #expect(mode["default"] as? String == "safe")
    #expect(mode["description"] as? String == "how careful")
  }

  /// Every reference leads somewhere.
  @Test func referencesAreWhole() throws {
    let text = ScenarioSchema.text(catalog: DummyStrategy.catalog)
    let definitions = try members(["$defs"]).keys
    let parts = text.components(separatedBy: "\"#/$defs/").dropFirst()
    for part in parts {
      let name = String(part.prefix { $0 != "\"" })
      #expect(definitions.contains(name), "\(name)")
    }
    #expect(parts.count > 10)
  }

  @Test func theStarterLoads() throws {
    let text = StarterScenario.text(name: "first", strategy: "dummy")
    let scenario = try loadOne(text)
    #expect(scenario.name == "first")
    #expect(scenario.faults.count == 1)
    // And so does what it comments out.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let bare = line.drop { $0 == " " }
      let indent = String(repeating: " ", count: line.count - bare.count)
      for start in ["# links:", "#   - {", "# - {", "# expect:", "# variants:"]
      where bare.hasPrefix(start) {
        return indent + bare.dropFirst(2)
      }
      return String(line)
    }
    let all = try load(lines.joined(separator: "\n"))
    #expect(all.map(\.variant) == ["as it is", "slow disks"])
    #expect(all.first?.faults.count == 2)
    #expect(all.first?.expectations.count == 3)
  }
}
