// Every strategy in the Catalog, unasked: random faults inside its fault model (loss, duplication,
// delay, partitions of every shape, crashes, pauses, wrong clocks), and it must keep what it
// promises. A strategy that is added to the Catalog is in here without a line.

import Checking
import Foundation
import Replication
import Scenarios
import Simulation
import Testing

/// A strategy with options that ship, to be held to its promises.
struct Configuration: Sendable, CustomTestStringConvertible {
  let options: String
  let workloads: [String]
  /// How many regions it is for; nil: any number.
  let regions: Int?
  var testDescription: String { options }
  /// The strategy's name alone.
  var strategy: Substring { options.dropFirst("{kind: ".count).prefix { $0 != "," && $0 != "}" } }

  /// What is held to its promises: all that follows, or the strategy in `SPLITBRAIN_STRATEGY` alone.
  static let all: [Configuration] = {
    guard let name = ProcessInfo.processInfo.environment["SPLITBRAIN_STRATEGY"] else {
      return everything
    }
    return everything.filter { $0.strategy == name }
  }()

  /// The plain form of every strategy in the Catalog, and the settings that change what it promises.
  private static let everything: [Configuration] =
    Catalog.strategies.map { Configuration("{kind: \($0.name)}", ["register", "set"]) }
    + [
      Configuration(
        "{kind: async-primary, acknowledge: one}", ["register", "bank", "monotonic", "g2"]),
      Configuration("{kind: async-primary, acknowledge: all, reads: local}", ["register", "set"]),
      Configuration(
        "{kind: async-primary, acknowledge: all, failover: automatic}",
        ["register", "counter", "set", "bank"]),
      Configuration(
        "{kind: async-primary, acknowledge: one, failover: automatic}", ["register", "counter"]),
      Configuration(
        "{kind: async-primary, failover: automatic, fencing: false}", ["register", "set"]),
    ] + primaries + applied + [
      Configuration("{kind: chain}", ["bank", "list-append", "rw-register"]),
      Configuration("{kind: chain, reads: clean}", ["register", "counter", "list-append"]),
      Configuration(
        "{kind: certification, election-timeout: 500ms}",
        ["bank", "rw-register", "list-append", "long-fork"]),
      Configuration(
        "{kind: certification, certify: reads, election-timeout: 500ms}",
        ["counter", "rw-register", "list-append", "g2"]),
      Configuration(
        "{kind: certification, certify: reads, reads: synced, election-timeout: 500ms, retain: 10}",
        ["register", "rw-register", "list-append"]),
      Configuration("{kind: crdt, clock: wall}", ["register"]),
      Configuration("{kind: crdt, register: multi-value}", ["register"]),
      Configuration("{kind: crdt}", ["register", "counter", "set", "shared-set", "list"]),
      Configuration("{kind: crdt, exchange: delta}", ["register", "counter", "set", "list"]),
      Configuration("{kind: crdt, exchange: state}", ["register", "counter", "set"]),
      Configuration(
        "{kind: crdt, exchange: delta, register: multi-value, set: remove-wins}",
        ["set", "register", "shared-set"]),
      Configuration(
        "{kind: crdt, set: remove-wins, conflict-unit: row, counter: bounded}",
        ["shared-set", "register", "counter"]),
      Configuration("{kind: crdt, delivery: any-order}", ["counter", "register"]),
      Configuration("{kind: crdt, delivery: at-least-once, resync: false}", ["register"]),
      Configuration("{kind: crdt, exchange: state, tombstones: 1s}", ["counter", "set"]),
      Configuration("{kind: quorum, linearizable: true}", ["register", "set"]),
      Configuration("{kind: quorum, r: 1, w: 1}", ["register", "set"]),
      Configuration(
        "{kind: raft}", ["counter", "bank", "list-append", "monotonic", "causal-reverse"]),
      Configuration(
        "{kind: raft, reads: log, retain: 20, batch: 10}", ["register", "rw-register"]),
      Configuration(
        "{kind: raft, reads: lease, preferred: r0}", ["register", "set", "list-append"]),
      Configuration(
        "{kind: raft, reads: local, pre-vote: false}",
        ["register", "bank", "list-append", "long-fork"]),
      Configuration("{kind: raft, reads: leader, check-quorum: false}", ["register"]),
      Configuration("{kind: raft, deduplicate: false}", ["register", "counter"]),
    ] + quorums + shards

  /// What applications build on a strategy: their own guarantees are theirs, but nothing breaks, and the
  /// strategy's promises hold under them.
  private static let applications = [
    "unique-ids", "uniqueness", "stock", "orders", "queue", "lock", "retry",
  ]

  private static let applied = [
    Configuration(
      "{kind: async-primary, acknowledge: one, failover: automatic, reads: primary}", applications),
    Configuration("{kind: raft, reads: index}", applications),
    Configuration("{kind: crdt, set: add-wins}", applications),
  ]

  /// Async-primary with everything that changes what it promises.
  private static let primaries = [
    Configuration(
      "{kind: async-primary, reads: session, retain: 5, batch: 3}",
      ["register", "rw-register", "list-append", "set", "long-fork"]),
    Configuration("{kind: async-primary, reads: global, acknowledge: one}", ["register", "bank"]),
    Configuration(
      "{kind: async-primary, acknowledge: majority, fallback: 500ms}", ["register", "counter"]),
    Configuration(
      "{kind: async-primary, acknowledge: one, fallback: 500ms, failover: automatic, lease: 1s, "
        + "heartbeat: 200ms, retain: 10}", ["register", "set"]),
    Configuration(
      "{kind: async-primary, reads: bounded, max-age: 1s, max-lag: 10, heartbeat: 100ms, lease: 1s}",
      ["register", "rw-register"]),
    Configuration(
      "{kind: async-primary, acknowledge: majority, failover: automatic, lease: 1s, heartbeat: 200ms, "
        + "reads: local, shows: acknowledged, retain: 10}",
      ["register", "set", "list-append", "counter"]),
    Configuration(
      "{kind: async-primary, acknowledge: majority, failover: automatic, lease: 1s, heartbeat: 200ms, "
        + "reads: session, shows: acknowledged}", ["register", "rw-register"]),
    Configuration(
      "{kind: async-primary, acknowledge: one, failover: automatic, lease: 1s, heartbeat: 200ms, "
        + "reads: session}", ["register"]),
    Configuration(
      "{kind: async-primary, acknowledge: majority, failover: automatic, lease: 1s, heartbeat: 200ms, "
        + "reads: global, shows: acknowledged}", ["register", "list-append", "counter"]),
    Configuration(
      "{kind: async-primary, acknowledge: majority, failover: automatic, lease: 1s, heartbeat: 200ms, "
        + "reads: bounded, shows: acknowledged, max-age: 2s, max-lag: 20}", ["register"]),
    Configuration(
      "{kind: async-primary, acknowledge: 2, failover: automatic, lease: 1s, heartbeat: 200ms}",
      ["register", "bank"], regions: 5),
    Configuration(
      "{kind: async-primary, acknowledge: one, failover: automatic, lease: 1s, heartbeat: 200ms, "
        + "failback: reapply, retain: 20}", ["register", "set", "counter", "bank"]),
    Configuration(
      "{kind: async-primary, failover: automatic, lease: 1s, heartbeat: 200ms, fencing: false, "
        + "failback: reapply, retain: 10}", ["register", "set", "counter"]),
    Configuration(
      "{kind: async-primary, failover: automatic, lease: 1s, heartbeat: 200ms, failback: set-aside}",
      ["register", "list-append"]),
    Configuration(
      "{kind: async-primary, home: per-key}",
      ["register", "set", "counter", "bank", "rw-register"]),
    Configuration(
      "{kind: async-primary, home: per-key, acknowledge: one, failover: automatic, lease: 1s, "
        + "heartbeat: 200ms, retain: 10}", ["register", "set"]),
    Configuration(
      "{kind: async-primary, home: per-key, reads: session, retain: 10}", ["register", "set"]),
    Configuration("{kind: async-primary, home: per-key, reads: global}", ["register", "counter"]),
  ]

  /// Quorums with everything that changes what they promise.
  private static let quorums = [
    Configuration("{kind: quorum, linearizable: true, write-back: false}", ["register", "set"]),
    Configuration(
      "{kind: quorum, linearizable: true, compare-and-set: paxos}",
      ["register, mix: {read: 40, write: 20, cas: 40}", "counter", "set"]),
    Configuration(
      "{kind: quorum, compare-and-set: paxos, r: serial, anti-entropy: 300ms}",
      ["register, mix: {read: 40, write: 20, cas: 40}", "counter"]),
    Configuration("{kind: quorum, conflicts: siblings}", ["register", "set"]),
    Configuration(
      "{kind: quorum, conflicts: siblings, context: coordinator, r: 1, w: 1, read-repair: false, "
        + "anti-entropy: 300ms}", ["register", "set"]),
    Configuration(
      "{kind: quorum, read-repair: false, hinted-handoff: false, anti-entropy: 300ms, n: 1}",
      ["register", "set"]),
    Configuration("{kind: quorum, clock: hybrid, hint-ttl: 500ms}", ["register", "set"]),
    Configuration(
      "{kind: quorum, linearizable: true, n: 3, sloppy: true}", ["register", "set"], regions: 5),
    Configuration(
      "{kind: quorum, n: 2, sloppy: true, read-repair: false, anti-entropy: 300ms}",
      ["register", "set"], regions: 4),
    Configuration(
      "{kind: quorum, datacenters: [[r0, r1, r2], [r3, r4, r5]], r: local-quorum, w: local-quorum, "
        + "n: 2}", ["register", "set"], regions: 6),
    Configuration(
      "{kind: quorum, datacenters: [[r0, r1, r2], [r3, r4]], r: quorum, w: each-quorum, "
        + "linearizable: true, compare-and-set: paxos}", ["register", "counter", "set"], regions: 5),
  ]

  /// Shards whose clocks are within the bound, unless a fault steps one.
  private static let shards = [
    Configuration(
      "{kind: commit-wait, clock-uncertainty: 220ms, shards: 2}",
      ["register", "list-append", "bank", "monotonic", "causal-reverse"]),
    Configuration(
      "{kind: commit-wait, clock-uncertainty: 220ms, shards: 1, election-timeout: 500ms}",
      ["counter", "rw-register"]),
    Configuration(
      "{kind: commit-wait, commit-wait: false, shards: 4, leaders: anywhere, retain: 20, batch: 10, "
        + "election-timeout: 500ms}", ["list-append", "rw-register", "set", "long-fork", "g2"]),
    Configuration(
      "{kind: commit-wait, clock: hybrid, clock-uncertainty: 220ms, election-timeout: 500ms}",
      ["register", "counter", "list-append", "rw-register"]),
    Configuration(
      "{kind: commit-wait, reads: stale, staleness: 500ms, leaders: r0}",
      ["register", "bank", "list-append"]),
  ]

  init(_ options: String, _ workloads: [String], regions: Int? = nil) {
    self.options = options
    self.workloads = workloads
    self.regions = regions
  }

  /// A scenario whose faults are drawn from the seed; whole kinds of them are left out at random
  /// (swarm testing: Groce et al., "Swarm Testing", section 3).
  func scenario(_ workload: String, regions count: Int, seed: UInt64) throws -> Scenario {
    let text = text(workload, regions: count, seed: seed)
    return try Scenario.load(
      Array(text.utf8), file: "seed-\(seed).yaml", catalog: Catalog.strategyCatalog)[0]
  }

  func text(_ workload: String, regions count: Int, seed: UInt64) -> String {
    var random = Random(seed: seed, stream: "swarm \(options) \(workload)")
    let names = (0..<count).map { "r\($0)" }
    var faults: [String] = []
    func maybe(_ text: () -> String) {
      if random.chance(.percent(40)) { faults.append(text()) }
    }
    func times() -> String {
      "at: \(1 + random.below(5))s, for: \(200 + random.below(2_500))ms"
    }
    if count > 1 {
      maybe { "{\(times()), lose: \(1 + random.below(15))%}" }
      maybe { "{\(times()), duplicate: \(1 + random.below(30))%, within: 300ms}" }
      maybe { "{\(times()), delay: {min: 1ms, max: 400ms}, share: 40%}" }
      maybe { "{\(times()), partition: random}" }
      maybe { "{\(times()), isolate: any}" }
      maybe { "{\(times()), isolate: primary}" }
      maybe { "{\(times()), flap: [[r0], [r1]], period: 300ms}" }
      maybe { "{\(times()), one-way: {from: r0, to: r\(count - 1)}}" }
    }
    if count > 3 {
      maybe { "{\(times()), ring: true}" }
      maybe { "{\(times()), bridge: any}" }
    }
    maybe { "{\(times()), cut-clients: any}" }
    maybe { "{every: \(1_500 + random.below(2_000))ms, for: 500ms, crash: any}" }
    maybe { "{\(times()), crash: all}" }
    maybe { "{\(times()), crash: primary}" }
    maybe { "{every: 2s, for: \(50 + random.below(900))ms, pause: any}" }
    maybe { "{\(times()), clock-step: any, by: \(random.below(2) == 0 ? "-" : "")3s}" }
    maybe { "{\(times()), clock-drift: any, rate: 300ppm}" }
    if options.contains("failover: automatic") {
      maybe { "{at: \(1 + random.below(6))s, switch-over: any}" }
      maybe { "{at: \(1 + random.below(6))s, promote: any}" }
    }
    // The others promise nothing to whoever loses a disk.
    if ["raft", "certification", "commit-wait"].contains(where: {
      options.hasPrefix("{kind: \($0)")
    }) {
      maybe { "{\(times()), bit-rot: any}" }
    }
    if options.hasPrefix("{kind: commit-wait") {
      maybe { "{every: \(300 + random.below(900))ms, move-tablet: any}" }
    }
    return """
      name: conformance
      regions: [\(names.joined(separator: ", "))]
      network: {latency: {min: 5ms, max: \(10 + random.below(60))ms}}
      machine: {cpu: \(random.below(200))us, sync: \(random.below(3_000))us}
      clocks: {skew: \(random.below(200))ms, drift: 100ppm}
      strategy: \(options)
      workload: {kind: \(workload), clients-per-region: 3, think: 60ms, timeout: 1s}
      duration: 8s
      faults: \(faults.isEmpty ? "[]" : "\n  - " + faults.joined(separator: "\n  - "))
      """
  }
}

@Suite struct ConformanceTests {
  private static func number(_ name: String) -> UInt64? {
    UInt64(ProcessInfo.processInfo.environment[name] ?? "")
  }

  /// The seeds of each workload of a configuration, each of which draws faults of its own: four from
  /// `SPLITBRAIN_SEED` (0) on, or so many that `SPLITBRAIN_SWARM` runs fall to each strategy.
  private static func seeds(of configuration: Configuration) -> Range<UInt64> {
    let first = number("SPLITBRAIN_SEED") ?? 0
    guard let runs = number("SPLITBRAIN_SWARM") else { return first..<(first + 4) }
    let pairs = Configuration.all.filter { $0.strategy == configuration.strategy }
      .reduce(0) { $0 + UInt64($1.workloads.count) }
    return first..<(first + (runs + pairs - 1) / pairs)
  }

  private func hold(_ scenario: Scenario, seed: UInt64, _ title: String) throws -> Run {
    let run = try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
    #expect(run.defects.isEmpty, "\(title) seed \(seed): \(run.defects)")
    for check in run.checks where check.basis == .promised && check.name != "evidence" {
      #expect(
        check.outcome != .violated,
        "\(title) seed \(seed): \(check.name): \(check.verdict.explanation) \(run.unfinished)")
    }
    return run
  }

  /// Says too how much of what was promised was judged: a run that ends unknown proves nothing.
  @Test(arguments: Configuration.all)
  func keepsItsPromisesUnderFaults(_ configuration: Configuration) throws {
    for workload in configuration.workloads {
      var outcomes: [Validity: Int] = [:]
      for seed in Self.seeds(of: configuration) {
        let scenario = try configuration.scenario(
          workload, regions: configuration.regions ?? 3, seed: seed)
        let title = "\(configuration.options) \(workload)"
        for check in try hold(scenario, seed: seed, title).checks where check.basis == .promised {
          outcomes[check.outcome, default: 0] += 1
        }
      }
      if Self.number("SPLITBRAIN_SWARM") != nil {
        print(
          "swarm \(configuration.options) \(workload): seeds \(Self.seeds(of: configuration)), held "
            + "\(outcomes[.holds] ?? 0), unknown \(outcomes[.unknown] ?? 0)")
      }
    }
  }

  /// Runs that once broke a promise. A region that rebuilt its disk ran transactions on the empty state.
  @Test(arguments: [("{kind: certification, election-timeout: 500ms}", "list-append", 50_024)])
  func keepsWhatASwarmFoundBroken(_ options: String, _ workload: String, _ seed: UInt64) throws {
    let configuration = Configuration(options, [workload])
    let scenario = try configuration.scenario(workload, regions: 3, seed: seed)
    _ = try hold(scenario, seed: seed, "\(options) \(workload)")
  }

  @Test(arguments: Configuration.all.filter { $0.regions == nil }, [1, 2, 5, 7])
  func keepsItsPromisesInClustersOfAllSizes(_ configuration: Configuration, count: Int) throws {
    let scenario = try configuration.scenario("register", regions: count, seed: UInt64(count))
    _ = try hold(scenario, seed: 99, "\(configuration.options) with \(count) regions")
  }

  /// Real SQLite on a disk that tears sectors, against plain arrays: the same run to the byte. Also
  /// where many commits are on their way to the disk when it stops.
  @Test(
    arguments: Configuration.all + [
      Configuration("{kind: quorum, linearizable: true, durability: before-sync}", ["set"]),
      Configuration("{kind: crdt, durability: before-sync}", ["register"]),
    ])
  func isTheSameOnDiskAndInMemory(_ configuration: Configuration) throws {
    for seed in 100..<(102 as UInt64) {
      let scenario = try configuration.scenario(
        configuration.workloads[0], regions: configuration.regions ?? 3, seed: seed)
      let onDisk = try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
      var options = RunOptions()
      options.store = .memory
      let inMemory = try Runner.run(scenario, seed: seed, options, wallClock: { 0 }).run
      #expect(onDisk.digest == inMemory.digest, "\(configuration.options) seed \(seed)")
      let again = try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
      #expect(onDisk.digest == again.digest)
    }
  }
}
