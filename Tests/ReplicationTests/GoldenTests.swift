// Golden traces: a short run of a strategy, event by event, as a text that is read beside its paper and
// kept in Golden/. A change of the protocol shows as a change of the text. After one that is meant:
// REWRITE_GOLDEN=1 swift test --filter GoldenTests.

import Foundation
import Scenarios
import Testing

/// A run whose trace is kept.
struct GoldenTrace: Sendable, CustomTestStringConvertible {
  /// The file in Golden/, without its ending.
  let name: String
  /// Regions, network, strategy, workload, faults, duration of its scenario.
  let scenario: String
  /// How many events are described.
  let events: Int
  var testDescription: String { name }

  static let all = [
    GoldenTrace(
      name: "async-primary-failover",
      scenario: """
        strategy: {kind: async-primary, failover: automatic, acknowledge: one, lease: 1s}
        workload: {kind: register, keys: 1, clients-per-region: 1, think: 500ms}
        duration: 4s
        faults: [{at: 300ms, for: 3s, crash: primary}]
        """, events: 250),
    GoldenTrace(
      name: "async-primary-switch-over",
      scenario: """
        strategy: {kind: async-primary, failover: manual, reads: global, retain: 1}
        workload: {kind: register, keys: 1, clients-per-region: 1, think: 200ms}
        duration: 3s
        faults: [{at: 100ms, for: 1s, crash: c}, {at: 2s, switch-over: b}]
        """, events: 300),
    GoldenTrace(
      name: "async-primary-failback",
      scenario: """
        strategy: {kind: async-primary, failover: manual, failback: reapply, lease: 1s}
        workload: {kind: set, keys: 1, clients-per-region: 1, think: 300ms}
        duration: 3s
        faults: [{at: 400ms, for: 1500ms, isolate: a}, {at: 600ms, fail-over: b}]
        """, events: 300),
    GoldenTrace(
      name: "chain",
      scenario: """
        strategy: {kind: chain, reads: clean}
        workload: {kind: register, keys: 2, clients-per-region: 1, think: 200ms}
        duration: 1500ms
        faults: [{at: 300ms, for: 500ms, crash: b}]
        """, events: 160),
    GoldenTrace(
      name: "certification",
      scenario: """
        strategy: {kind: certification, certify: reads, heartbeat: 300ms}
        workload: {kind: rw-register, keys: 2, clients-per-region: 1, think: 200ms}
        duration: 1500ms
        """, events: 200),
    GoldenTrace(
      name: "quorum-linearizable",
      scenario: """
        strategy: {kind: quorum, linearizable: true}
        workload: {kind: register, keys: 1, clients-per-region: 1, think: 400ms}
        duration: 1s
        """, events: 120),
    GoldenTrace(
      name: "quorum-consensus",
      scenario: """
        strategy: {kind: quorum, linearizable: true, compare-and-set: paxos}
        workload: {kind: counter, keys: 1, clients-per-region: 1, think: 400ms}
        duration: 1s
        """, events: 160),
    GoldenTrace(
      name: "quorum-merkle-equal-roots",
      scenario: """
        strategy: {kind: quorum, n: 2, sloppy: true, retry: 100ms, anti-entropy: 400ms}
        workload: {kind: register, keys: 2, clients-per-region: 1, think: 300ms}
        duration: 1s
        faults: [{at: 100ms, for: 700ms, crash: c}]
        """, events: 160),
    GoldenTrace(
      name: "raft-leader-lost",
      scenario: """
        strategy: {kind: raft, heartbeat: 400ms}
        workload: {kind: register, keys: 1, clients-per-region: 1, think: 500ms}
        duration: 4s
        faults: [{at: 300ms, for: 3s, crash: primary}]
        """, events: 300),
    GoldenTrace(
      name: "raft-snapshot",
      scenario: """
        strategy: {kind: raft, heartbeat: 400ms, retain: 2, reads: lease}
        workload: {kind: set, keys: 1, clients-per-region: 1, think: 300ms}
        duration: 3s
        faults: [{at: 200ms, for: 2s, crash: c}]
        """, events: 350),
    GoldenTrace(
      name: "commit-wait",
      scenario: """
        strategy: {kind: commit-wait, shards: 2, heartbeat: 400ms}
        workload: {kind: list-append, keys: 2, max-steps: 2, clients-per-region: 1, think: 500ms}
        duration: 2s
        """, events: 400),
    GoldenTrace(
      name: "commit-wait-move",
      scenario: """
        strategy: {kind: commit-wait, shards: 2, heartbeat: 400ms}
        workload: {kind: list-append, keys: 2, max-steps: 1, clients-per-region: 1, think: 600ms}
        duration: 2s
        faults: [{at: 500ms, move-tablet: 1}]
        """, events: 1000),
    GoldenTrace(
      name: "crdt-operation",
      scenario: """
        strategy: {kind: crdt, anti-entropy: 200ms}
        workload: {kind: register, keys: 2, clients-per-region: 1, think: 150ms}
        duration: 600ms
        faults: [{at: 200ms, for: 200ms, isolate: a}]
        """, events: 160),
    GoldenTrace(
      name: "crdt-delta",
      scenario: """
        strategy: {kind: crdt, exchange: delta, anti-entropy: 200ms}
        workload: {kind: set, keys: 1, clients-per-region: 1, think: 150ms}
        duration: 600ms
        faults: [{at: 200ms, for: 100ms, crash: a}]
        """, events: 160),
    GoldenTrace(
      name: "crdt-state",
      scenario: """
        strategy: {kind: crdt, exchange: state, anti-entropy: 200ms}
        workload: {kind: counter, keys: 1, clients-per-region: 1, think: 150ms}
        duration: 600ms
        """, events: 160),
  ]
}

@Suite struct GoldenTests {
  @Test(arguments: GoldenTrace.all)
  func isAsItWas(_ golden: GoldenTrace) throws {
    let text = """
      name: \(golden.name)
      seed: 1
      regions: [a, b, c]
      network: {latency: {min: 20ms, max: 40ms}}

      """ + golden.scenario
    let scenario = try Scenario.load(
      Array(text.utf8), file: golden.name, catalog: Catalog.strategyCatalog)[0]
    var options = RunOptions()
    options.store = .memory
    options.describe = 0..<golden.events
    let described = try Runner.run(scenario, seed: 1, options, wallClock: { 0 }).described
    // Messages, requests and timers; the disks' own events and the numbers of all would drown them.
    let trace = described.filter { !$0.hasSuffix("batch on disk") }.map {
      $0.split(separator: " ", maxSplits: 3).last.map(String.init) ?? $0
    }
    let found = trace.joined(separator: "\n") + "\n"
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let file = folder.appending(path: "\(golden.name).txt")
    if ProcessInfo.processInfo.environment["REWRITE_GOLDEN"] != nil {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(found.utf8).write(to: file)
    }
    let kept = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let lines = kept.split(separator: "\n", omittingEmptySubsequences: false)
    let new = found.split(separator: "\n", omittingEmptySubsequences: false)
    let place = zip(lines, new).enumerated().first { $1.0 != $1.1 }?.offset
    #expect(
      kept == found,
      "line \((place ?? min(lines.count, new.count)) + 1): \(place.map { new[$0] } ?? "the end")")
  }
}
