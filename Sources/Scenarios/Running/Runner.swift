// Carries out a scenario with one seed. Phases: boot, set up, steady load with faults, heal (verified
// by probes on every link), quiesce within a bound, final reads in every region, verdicts.

import Checking
import Histories
import Simulation
import Storage

/// How to carry out a run; nothing here changes what happens in it.
public struct RunOptions: Sendable {
  /// Which store each region has.
  public enum StoreKind: Sendable { case sqlite, memory }
  public var store = StoreKind.sqlite
  /// Judge by what clients saw alone.
  public var blackBox = false
  /// Where each region's database goes at the end, as a real SQLite file.
  public var keepDatabases: String?
  /// The digest after every event goes here at the end.
  public var keepsTrail = false
  /// Describe the events with these numbers (counted from 0).
  public var describe: Range<Int>?
  /// How much work a checker may do.
  public var budget = Budget()
  /// Told of every region's store before the run begins: to record its statements, say.
  public var observeStore: (@Sendable (_ region: String, any DurableStore) -> Void)?

  public init() {}
}

/// A run, and what was asked for besides.
public struct Outturn: Sendable {
  public let run: Run
  /// The digest after every event.
  public let trail: [UInt64]
  /// Lines for the events that were to be described.
  public let described: [String]
}

/// Runs scenarios.
public enum Runner {
  /// One run.
  /// - Throws: `SQLiteError` or the like if a database could not be made or exported; a bug of ours
  ///   within the run is told in `Run.defects`.
  public static func run(
    _ scenario: Scenario, seed: UInt64, _ options: RunOptions = RunOptions(),
    wallClock: () -> Double = Sweep.wallClock
  ) throws -> Outturn {
    let began = wallClock()
    var stage = try Stage(scenario, seed: seed, options)
    stage.play()
    let played = wallClock()
    let checks = try stage.judge()
    let judged = wallClock()
    if let directory = options.keepDatabases { try stage.export(to: directory) }
    let run = stage.run(checks, wallSeconds: played - began, checkSeconds: judged - played)
    return Outturn(run: run, trail: stage.trail, described: stage.described)
  }
}

/// One run under way.
struct Stage: ~Copyable {
  let scenario: Scenario
  let seed: UInt64
  let options: RunOptions
  let strategy: any Strategy
  let schema: Schema
  let stores: [any DurableStore]
  let clients: Clients
  let tiers: AppTiers?
  var world: World
  let chronicle = Chronicle()

  private var start = Instant.zero
  private var end = Instant.zero
  /// What each link has carried, when the load began and when it stopped.
  private var bytesBefore: [Int] = []
  private var bytesAfter: [Int] = []
  private var unfinished: [String] = []
  private var silent: [String] = []
  private var defects: [String] = []

  var trail: [UInt64] { world.trail ?? [] }
  var described: [String] { chronicle.lines }

  /// Lines of a trace; a class, since the world's hook outlives the call that sets it.
  final class Chronicle {
    var lines: [String] = []
    var count = 0
  }

  init(_ scenario: Scenario, seed: UInt64, _ options: RunOptions) throws {
    self.scenario = scenario
    self.seed = seed
    self.options = options
    let strategy = scenario.strategy.strategy
    self.strategy = strategy
    let topology = scenario.topology
    schema = strategy.schema(in: topology)
    let schema = self.schema
    stores = try topology.regions.map { region -> any DurableStore in
      switch options.store {
      case .sqlite: try SQLiteStore(schema)
      case .memory: MemoryStore(schema)
      }
    }
    if let observe = options.observeStore {
      for (region, store) in zip(topology.regions, stores) { observe(region, store) }
    }
    clients = Clients(
      workload: scenario.workload.source, load: scenario.workload.load, topology: topology,
      traffic: scenario.traffic, seed: seed, supports: { strategy.supports($0) })
    tiers = scenario.capacity.map { [clients] in
      AppTiers($0, topology: topology, clients: clients, seed: seed)
    }
    world = World(
      topology: topology,
      network: scenario.network.makeNetwork(
        seed: seed, places: scenario.traffic?.places.places ?? []),
      clocks: scenario.clocks.makeClocks(for: topology, seed: seed), stores: stores,
      machine: scenario.machine, cluster: strategy.makeCluster(), driver: clients, door: tiers,
      seed: seed)
    if options.keepsTrail { world.trail = [] }
    if let range = options.describe {
      let chronicle = self.chronicle
      world.trace = { instant, line in
        if range.contains(chronicle.count) {
          chronicle.lines.append("event \(chronicle.count) at \(instant): \(line)")
        }
        chronicle.count += 1
      }
    }
  }

  // MARK: Phases

  mutating func play() {
    world.boot()
    clients.startDirector(&world)
    settle(within: .seconds(30))
    clients.beginSetup(at: world.primary ?? Region.ID(0), &world)
    wait(atMost: .seconds(60)) { clients, _ in !clients.isSettingUp }
    settle(within: .seconds(30))

    start = world.now
    end = start + scenario.duration
    planFaults()
    bytesBefore = world.network.links.map(\.bytes)
    tiers?.open(&world)
    clients.open(&world)
    clients.startRunbook(
      scenario.runbook?.runbook, until: end, number: scenario.faults.count, seed: seed, &world)
    world.run(until: end)
    clients.close(at: end)
    tiers?.close(at: end)
    bytesAfter = world.network.links.map(\.bytes)

    world.healEverything()
    verifyHealed()
    wait(atMost: scenario.workload.load.timeout + .seconds(1)) { clients, _ in
      clients.outstanding == 0
    }
    // Whatever still waits at a door would change something after the final reads.
    wait(atMost: .seconds(3_600)) { [tiers] _, _ in tiers?.isEmpty ?? true }
    unfinished = settle(within: scenario.settle)
    readEverything(isFinal: false)
    let again = settle(within: scenario.settle)
    if unfinished.isEmpty { unfinished = again }
    readEverything(isFinal: true)
    unfinished += silent
  }

  /// Runs until no region has anything left to do, three times in a row; gives what is left.
  @discardableResult
  private mutating func settle(within bound: Duration) -> [String] {
    let limit = world.now + bound
    var quiet = 0
    while world.now < limit {
      world.run(until: world.now + .milliseconds(100))
      quiet = world.unfinished.isEmpty ? quiet + 1 : 0
      if quiet == 3 { return [] }
    }
    return world.unfinished
  }

  private mutating func wait(atMost bound: Duration, until done: (Clients, Instant) -> Bool) {
    let limit = world.now + bound
    while world.now < limit, !done(clients, world.now) {
      world.run(until: world.now + .milliseconds(10))
    }
  }

  private mutating func planFaults() {
    for (number, fault) in scenario.faults.enumerated() {
      let actions = fault.actions(on: scenario.topology, seed: seed)
      world.schedule(
        actions.map { TimedAction(start + ($0.at - .zero), $0.action) }, fault: number)
    }
  }

  /// Nothing is believed to be healed until a probe has passed every link and every server runs.
  private mutating func verifyHealed() {
    world.expectProbes()
    let limit = world.now + .seconds(60)
    while !world.silentLinks.isEmpty, world.now < limit {
      world.probe()
      world.run(until: world.now + .milliseconds(500))
    }
    for link in world.silentLinks {
      let name = world.network.name(of: link, in: scenario.topology)
      if world.network.isCut(link) {
        defects.append("the link \(name) did not heal")
      } else {
        silent.append("no probe came through the link \(name)")
      }
    }
    for region in scenario.topology.ids where !world.isUp(region) || world.isPaused(region) {
      defects.append("\(scenario.topology.name(of: region)) did not heal")
    }
  }

  private mutating func readEverything(isFinal: Bool) {
    clients.readEverything(isFinal: isFinal, &world)
    wait(atMost: scenario.settle) { clients, _ in clients.unreadKeys == 0 }
    guard clients.unreadKeys > 0, isFinal else { return }
    unfinished.append("\(clients.unreadKeys) final reads were never answered")
  }

  // MARK: Afterwards

  private var faultReports: [FaultReport] {
    scenario.faults.enumerated().map { number, fault in
      FaultReport(
        kind: fault.kind, text: fault.text, at: fault.windows.first?.lowerBound ?? .zero,
        until: fault.windows.last?.upperBound ?? .zero, occurrences: fault.windows.count,
        effect: world.effect(ofFault: number))
    }
  }

  mutating func judge() throws -> [Check] {
    let measures = self.measures
    return try Judge(
      scenario: scenario, options: options, history: clients.history, measures: measures,
      faults: faultReports, unfinished: unfinished, stores: stores,
      isSetUp: !clients.isSettingUp, clockError: world.clockError,
      disksReplaced: world.disksReplaced, loadEnded: end
    ).checks(&defects)
  }

  private var measures: Measures {
    Measures(
      clients, world, facts: scenario.workload.workload.facts, traffic: scenario.traffic,
      runbook: scenario.runbook,
      capacity: tiers.flatMap { tiers in scenario.capacity.map { ($0, tiers.record) } },
      from: start, to: end,
      faults: scenario.faults.flatMap { fault in
        fault.windows.map { window in
          Measures.FaultTime(
            text: fault.text, at: start + (window.lowerBound - .zero),
            concernsChecks: type(of: fault.fault).concernsChecks,
            isOfTraffic: type(of: fault.fault).needsTraffic)
        }
      },
      losses: RegionLoss.windows(scenario.faults, scenario.topology, seed: seed)
        .filter { world.effect(ofFault: $0.fault) > 0 }.map { ($0.region, $0.window) },
      bytesDuringLoad: zip(bytesAfter, bytesBefore).map { $0 - $1 })
  }

  func export(to directory: String) throws {
    for (region, store) in zip(scenario.topology.regions, stores) {
      if let store = store as? SQLiteStore { try store.export(to: "\(directory)/\(region).sqlite") }
    }
  }

  /// Over every event, every history row, and every row of every region's database.
  private var digest: Digest {
    var digest = world.digest
    let history = clients.history
    for row in 0..<history.count {
      let entry = history[row]
      digest.mix([
        Int64(entry.process), Int64(entry.function.rawValue), Int64(entry.key),
        Int64(entry.shape.rawValue), entry.value, entry.extra, Int64(entry.completion.rawValue),
        entry.call, entry.return, Int64(entry.region), entry.version?.major ?? 0,
        entry.version?.minor ?? 0,
      ])
    }
    digest.mix(history.pool)
    for store in stores {
      for table in schema.tables {
        for row in store.rows(table) { digest.mix(row) }
      }
    }
    return digest
  }

  func run(_ checks: [Check], wallSeconds: Double, checkSeconds: Double) -> Run {
    let measures = self.measures
    return Run(
      scenario: scenario.name, variant: scenario.variant, strategy: type(of: strategy).name,
      seed: seed, digest: digest.text, topology: scenario.topology,
      workload: scenario.workload.name, history: clients.history, checks: checks,
      measures: measures, faults: faultReports,
      bill: scenario.cost.map { Bill($0, measures.meter) }, simulated: world.now - .zero,
      events: world.events, wallSeconds: wallSeconds, checkSeconds: checkSeconds,
      unfinished: unfinished, defects: defects + world.defects)
  }
}
