// What the tests of CRDTs stand on: a world of replicas over stores in memory, clients that ask one
// thing at a time, and faults drawn from a seed.

import Histories
import Testing

@testable import Replication
@testable import Simulation

/// What a client asked, and what it knows of the end.
struct CRDTRecord {
  let operation: Operation
  let region: Region.ID
  let client: UInt32
  let called: Instant
  var returned: Instant?
  var outcome = Outcome.info

  var isAcknowledged: Bool { if case .ok = outcome { true } else { false } }
  /// Whether it certainly did nothing.
  var failed: Bool { if case .fail = outcome { true } else { false } }
}

/// Clients in closed loops; after a time-out a client goes on as a new one.
final class CRDTClients: Driver {
  var records: [CRDTRecord] = []
  /// Draws the next operation of a client of a region; nil stops it.
  var next: (inout Random, Region.ID) -> Operation? = { _, _ in nil }
  private var recordOf: [Int64: Int] = [:]
  private var random: Random
  private let regions: Int
  private let clients: Int
  private var outstanding: [Int?]
  private var generation: [UInt32]

  init(seed: UInt64, regions: Int, clients: Int) {
    random = Random(seed: seed, stream: "clients")
    self.regions = regions
    self.clients = clients
    outstanding = Array(repeating: nil, count: clients)
    generation = Array(repeating: 0, count: clients)
  }

  func alarm(_ client: UInt32, _ token: Int64, _ world: inout World) {
    let slot = Int(client)
    if token >= 0 {
      guard outstanding[slot] == Int(token) else { return }
      generation[slot] += 1
    }
    let region = Region.ID(slot % regions)
    outstanding[slot] = nil
    guard let operation = next(&random, region) else { return }
    let place = ask(operation, from: UInt32(slot) + generation[slot] * 1_000, at: region, &world)
    outstanding[slot] = place
    world.setAlarm(client, Int64(place), at: world.now + .milliseconds(400))
  }

  @discardableResult
  func ask(
    _ operation: Operation, from client: UInt32, at region: Region.ID, _ world: inout World
  ) -> Int {
    let id = world.request(operation, from: client, at: region)
    recordOf[id.number] = records.count
    records.append(
      CRDTRecord(operation: operation, region: region, client: client, called: world.now))
    return records.count - 1
  }

  func hear(_ outcome: Outcome, to request: Request.ID, _ world: inout World) {
    guard let place = recordOf[request.number], records[place].returned == nil else { return }
    let slot = Int(request.client % 1_000)
    let isLate = slot < clients && outstanding[slot] != place
    guard !isLate else { return }
    records[place].returned = world.now
    records[place].outcome = outcome
    guard slot < clients else { return }
    outstanding[slot] = nil
    let pause = random.within(.milliseconds(1)...(.milliseconds(60)))
    world.setAlarm(UInt32(slot), -1, at: world.now + pause)
  }
}

/// A world of CRDT replicas. A class, since test macros want what they look at to be copyable.
final class CRDTHarness {
  var world: World
  let clients: CRDTClients
  let strategy: CRDT
  let topology: Topology
  let seed: UInt64
  private var loops = 0
  private var asker: UInt32 = 500

  struct Wire {
    var loss = Ratio.never
    var duplication = Ratio.never
    var reordering = Ratio.never
    static let rough = Wire(
      loss: .percent(10), duplication: .percent(10), reordering: .percent(20))
  }

  init(
    seed: UInt64 = 1, regions: Int, _ options: [(String, String)] = [], wire: Wire = Wire(),
    clients: Int = 0, offsets: [Duration] = [],
    durability: Machine.Durability = .afterSync
  ) {
    self.seed = seed
    topology = Topology((0..<regions).map { "r\($0)" })
    strategy = CRDTHarness.strategy(options, in: topology)
    self.clients = CRDTClients(seed: seed, regions: regions, clients: clients)
    loops = clients
    var network = Network(
      regions: regions,
      between: { _, _ in .tailed(median: .milliseconds(20), p99: .milliseconds(30)) },
      clients: { _ in .constant(.microseconds(200)) }, seed: seed)
    for link in network.links.indices {
      network.links[link].loss = wire.loss
      network.links[link].duplication = wire.duplication
      network.links[link].reordering = wire.reordering
      network.links[link].reorderBy = .milliseconds(300)
    }
    let schema = strategy.schema(in: topology)
    world = World(
      topology: topology, network: network,
      clocks: (0..<regions).map { Clock(offset: $0 < offsets.count ? offsets[$0] : .zero) },
      stores: (0..<regions).map { _ in MemoryStore(schema) },
      machine: Machine(cpu: .microseconds(20), sync: .microseconds(500), durability: durability),
      cluster: strategy.makeCluster(), driver: self.clients, seed: seed)
    world.boot()
  }

  static func strategy(_ options: [(String, String)], in topology: Topology) -> CRDT {
    let mark = Mark(line: 1, column: 1)
    let entries = options.map {
      Setting.Entry(name: $0.0, mark: mark, value: Setting(.scalar($0.1, quoted: false)))
    }
    let problems = Problems()
    var reader = Options(Setting(.map(entries)), topology: topology, problems: problems)
    let strategy = CRDT(&reader)
    reader.finish()
    #expect(problems.all.isEmpty)
    return strategy
  }

  var types: CRDT.Types { CRDT.Types(strategy) }
  var operations: CRDT.OperationLog { CRDT.Layout(strategy, in: topology).log }

  /// Asks and waits for the answer.
  func ask(_ operation: Operation, at region: Int) -> Outcome {
    asker += 1
    let clients = clients
    let place = clients.ask(operation, from: asker, at: Region.ID(region), &world)
    let limit = world.now + .seconds(1)
    while clients.records[place].returned == nil, world.now < limit {
      world.run(until: world.now + .microseconds(100))
    }
    return clients.records[place].outcome
  }

  func run(_ duration: Duration) { world.run(until: world.now + duration) }

  /// Lets the clients begin.
  func startClients() {
    for client in 0..<loops {
      world.setAlarm(UInt32(client), -1, at: world.now + .milliseconds(Int64(client)))
    }
  }

  func act(_ action: FaultAction) {
    world.schedule([TimedAction(world.now, action)], fault: 0)
    world.run(until: world.now)
  }

  /// Runs until nothing is unfinished; says how long it took, or nil if it does not end.
  func quiesce(within limit: Duration) -> Duration? {
    let start = world.now
    while !world.unfinished.isEmpty {
      guard world.now - start < limit else { return nil }
      run(.milliseconds(50))
    }
    return world.now - start
  }

  /// The rows that stand for something: all replicated rows but tombstones.
  func data(_ region: Int) -> [[Row]] { CRDTHarness.alive(types, in: world.stores[region]) }

  /// Without what a remove of a remove-wins set shuts out, and such removes: when they are forgotten
  /// differs between regions.
  static func alive(_ types: CRDT.Types, in store: any Store) -> [[Row]] {
    types.tables.map { table in
      let hasRemovals = table.columns.suffix(3) == CRDT.Removal.columns[...]
      let rows = store.rows(table).filter { !hasRemovals || !CRDT.Removal.isIn($0) }
      guard table.name == "dots" else { return rows }
      let shut = Set(rows.filter { $0[4] == 1 }.map { Array($0.prefix(2)) })
      return rows.filter { !shut.contains(Array($0.prefix(2))) }
    }
  }

  /// All rows; of tombstones only that they are.
  static func meaning(_ types: CRDT.Types, in store: any Store) -> [[Row]] {
    types.tables.map { table in
      let hasRemovals = table.columns.suffix(3) == CRDT.Removal.columns[...]
      return store.rows(table).map { row in
        hasRemovals ? row.dropLast(3) + [CRDT.Removal.isIn(row) ? 1 : 0] : row
      }
    }
  }

  /// All operations that a region has in its log.
  func log(_ region: Int) -> [CRDT.Entry] {
    let everything = VersionVector(topology.ids.map { _ in Int64.max })
    return operations.missing(
      from: VersionVector(), upTo: everything, limit: .max, isCausal: true,
      in: world.stores[region]
    ).entries
  }

  /// What regions still have to do.
  var unfinished: [String] { world.unfinished }

  func tally(_ event: Tally) -> Int { world.tallies[event.rawValue] }
}

extension CRDTHarness {
  /// Plans faults of all kinds, each kind in about half of the seeds.
  func planFaults(over span: Duration) {
    var random = Random(seed: seed, stream: "faults")
    var actions: [TimedAction] = []
    var tag = 0
    func pair(_ first: FaultAction, _ second: FaultAction) {
      let from = random.within(.zero...span)
      let length = random.within(.milliseconds(20)...(.milliseconds(900)))
      actions.append(TimedAction(.zero + from, first))
      actions.append(TimedAction(.zero + from + length, second))
    }
    let regions = topology.count
    for kind in 0..<5 where random.chance(.percent(60)) {
      for _ in 0..<(1 + random.below(4)) {
        let region = Target.region(Region.ID(random.below(regions)))
        tag += 1
        switch kind {
        case 0: pair(.crash(region), .restart(region))
        case 1: pair(.pause(region), .resume(region))
        case 2: pair(.install(Cut(), on: .around(region), tag: tag), .remove(tag: tag))
        case 3:
          let links = (0..<regions).flatMap { from in
            (0..<regions).filter { $0 != from }.map { world.network.link(from: from, to: $0) }
          }.filter { _ in random.chance(.percent(50)) }
          pair(.install(Cut(), on: .links(links), tag: tag), .remove(tag: tag))
        default:
          let step = random.within(.seconds(-5)...(.seconds(5)))
          pair(.stepClock(region, by: step), .stepClock(region, by: .zero - step))
        }
      }
    }
    world.schedule(actions, fault: 0)
  }
}
