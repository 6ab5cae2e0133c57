// A cluster of one strategy in a test's hands: a world with a memory store for each region, clients
// that write down what they are told, and short words for what a test does to it.
//
//     let lab = try Lab(AsyncPrimary.self, ["acknowledge": "all"])
//     lab.node(2).crash()
//     #expect(lab.write(1, 10) == nil)
//     lab.heal()
//     lab.expectConverged()

import Histories
import Replication
import Simulation
import Testing

/// What a client asked and heard.
struct Conversation {
  let operation: Operation
  let region: Int
  let askedAt: Instant
  /// The first answer; nil while there is none.
  var outcome: Outcome?
  var answeredAt = Instant.never
  var answers = 0
}

/// Asks, and writes down the answers.
final class Clients: Driver {
  /// By request number, which counts from 1.
  var conversations: [Conversation] = []
  /// Answers that contradict an earlier one to the same request.
  var contradictions: [String] = []
  /// What to do when an alarm goes off.
  var onAlarm: ((Int64, inout World) -> Void)?

  func alarm(_ client: UInt32, _ token: Int64, _ world: inout World) { onAlarm?(token, &world) }

  func hear(_ outcome: Outcome, to request: Request.ID, _ world: inout World) {
    let place = Int(request.number) - 1
    conversations[place].answers += 1
    if let first = conversations[place].outcome {
      if first != outcome, !conversations[place].operation.isReadOnly {
        contradictions.append("request \(request.number): \(first), then \(outcome)")
      }
    } else {
      conversations[place].outcome = outcome
      conversations[place].answeredAt = world.now
    }
  }

  /// Asked by a client of its own unless it says by whom.
  @discardableResult
  func ask(
    _ operation: Operation, at region: Int, as client: UInt32? = nil, _ world: inout World
  ) -> Int {
    conversations.append(Conversation(operation: operation, region: region, askedAt: world.now))
    world.request(
      operation, from: client ?? UInt32(1_000 + conversations.count), at: Region.ID(region))
    return conversations.count - 1
  }
}

/// How the network of a lab behaves, besides faults.
struct Wires {
  var latency = Latency.uniform(.milliseconds(20), .milliseconds(60))
  var loss = Ratio.never
  var duplication = Ratio.never
  var reordering = Ratio.never
  var reorderBy = Duration.zero
  /// Whether clients and their regions are as badly connected as regions.
  var areForClientsToo = true
}

struct OptionsRefused: Error, CustomStringConvertible { let description: String }

/// A running cluster.
final class Lab<Kind: Strategy> {
  let topology: Topology
  let strategy: Kind
  let clients = Clients()
  let stores: [MemoryStore]
  let schema: Schema
  var world: World
  private var rules = 0

  convenience init(
    _ kind: Kind.Type, _ settings: KeyValuePairs<String, String> = [:], regions: Int = 3,
    seed: UInt64 = 1, wires: Wires = Wires()
  ) throws {
    try self.init(kind, settings.map { ($0, $1) }, regions: regions, seed: seed, wires: wires)
  }

  init(
    _ kind: Kind.Type, _ settings: [(String, String)],
    lists: [(String, [[String]])] = [], regions: Int = 3,
    seed: UInt64 = 1, wires: Wires = Wires(),
    machine: Machine = Machine(cpu: .microseconds(10), sync: .milliseconds(1))
  ) throws {
    let topology = Topology((0..<regions).map { "r\($0)" })
    let problems = Problems()
    let entries =
      settings.map { name, value in
        Setting.Entry(
          name: name, mark: Mark(line: 1, column: 1), value: Self.setting(value))
      }
      + lists.map { name, lists in
        let names = lists.map { Setting(.list($0.map { Setting(.scalar($0, quoted: false)) })) }
        return Setting.Entry(
          name: name, mark: Mark(line: 1, column: 1), value: Setting(.list(names)))
      }
    var options = Options(Setting(.map(entries)), topology: topology, problems: problems)
    let strategy = Kind(&options)
    options.finish()
    if !problems.all.isEmpty {
      throw OptionsRefused(description: problems.all.map(\.message).joined(separator: "; "))
    }
    var network = Network(
      regions: regions, between: { _, _ in wires.latency },
      clients: { _ in .constant(.microseconds(200)) }, seed: seed)
    let bad = wires.areForClientsToo ? network.links.count : regions * regions
    for link in network.links.indices.prefix(bad) {
      network.links[link].loss = wires.loss
      network.links[link].duplication = wires.duplication
      network.links[link].reordering = wires.reordering
      network.links[link].reorderBy = wires.reorderBy
    }
    self.topology = topology
    self.strategy = strategy
    let schema = strategy.schema(in: topology)
    self.schema = schema
    stores = (0..<regions).map { _ in MemoryStore(schema) }
    world = World(
      topology: topology, network: network,
      clocks: Array(repeating: Clock(), count: regions), stores: stores, machine: machine,
      cluster: strategy.makeCluster(), driver: clients, seed: seed)
    world.boot()
  }

  /// A scalar, or a list as in "[a, b]".
  private static func setting(_ text: String) -> Setting {
    guard text.hasPrefix("[") else { return Setting(.scalar(text, quoted: false)) }
    let parts = text.split { "[], ".contains($0) }
    return Setting(.list(parts.map { Setting(.scalar(String($0), quoted: false)) }))
  }

  // MARK: Time

  func run(for duration: Duration) { world.run(until: world.now + duration) }
  func run(until instant: Instant) { world.run(until: instant) }

  /// Runs until nothing would change any more; says what is left to do after `limit`.
  func settle(within limit: Duration = .seconds(20)) -> [String] {
    let end = world.now + limit
    while world.now < end {
      if world.unfinished.isEmpty { return [] }
      run(for: .milliseconds(50))
    }
    return world.unfinished
  }

  // MARK: Clients

  /// Asks and goes on; the result names the conversation.
  @discardableResult
  func ask(_ operation: Operation, at region: Int = 0, as client: UInt32? = nil) -> Int {
    clients.ask(operation, at: region, as: client, &world)
  }

  /// Asks and waits for the answer; nil if none comes in time.
  @discardableResult
  func perform(
    _ operation: Operation, at region: Int = 0, patience: Duration = .seconds(2)
  ) -> Outcome? {
    let place = ask(operation, at: region, as: UInt32(region))
    let end = world.now + patience
    while world.now < end, clients.conversations[place].outcome == nil {
      run(for: .milliseconds(5))
    }
    return clients.conversations[place].outcome
  }

  /// Like `perform`, without the version.
  @discardableResult
  func answer(
    _ operation: Operation, at region: Int = 0, patience: Duration = .seconds(2)
  ) -> Answer? {
    guard case .ok(let answer, _) = perform(operation, at: region, patience: patience) else {
      return nil
    }
    return answer
  }

  @discardableResult
  func write(_ key: Key, _ value: Value, at region: Int = 0) -> Outcome? {
    perform(.write(key, value), at: region)
  }

  func read(_ key: Key, at region: Int = 0) -> Answer? {
    answer(.read(key, .register), at: region)
  }

  // MARK: Faults

  /// A region to do something to.
  struct Node {
    let lab: Lab
    let region: Region.ID
    func crash() { lab.act(.crash(.region(region))) }
    func restart() { lab.act(.restart(.region(region))) }
    func pause() { lab.act(.pause(.region(region))) }
    func resume() { lab.act(.resume(.region(region))) }
    func promote() { lab.act(.command(.promote, .region(region))) }
    func order(_ command: Command) { lab.act(.command(command, .region(region))) }
    /// Cuts it off from the other regions, not from its clients.
    func isolate() { lab.install(Cut(), on: .around(.region(region))) }
  }

  func node(_ region: Int) -> Node { Node(lab: self, region: Region.ID(region)) }

  /// Does something to the world now.
  func act(_ action: FaultAction) {
    world.schedule([TimedAction(world.now, action)], fault: 0)
    run(for: .zero)
  }

  func install(_ rule: any PacketRule, on wire: Wire) {
    rules += 1
    act(.install(rule, on: wire, tag: rules))
  }

  /// Cuts the links between two groups of regions, both ways.
  func cut(_ left: [Int], _ right: [Int]) {
    for one in left {
      for other in right {
        cutOneWay(one, other)
        cutOneWay(other, one)
      }
    }
  }

  func cutOneWay(_ from: Int, _ to: Int) {
    install(Cut(), on: .links([world.network.link(from: from, to: to)]))
  }

  /// Ends all faults; link properties stay as the lab was made.
  func heal() { world.healEverything() }

  // MARK: What is so

  /// The first region that takes itself for the primary.
  var primary: Int? { world.primary?.index }

  func tally(_ event: Tally) -> Int { world.tallies[event.rawValue] }

  /// All rows of a table in a region.
  func rows(_ name: String, at region: Int) -> [Row] {
    schema.tables.first { $0.name == name }.map { stores[region].rows($0) } ?? []
  }

  /// Expects the system to settle, and the named tables to be equal everywhere.
  func expectConverged(
    _ tables: [String], within limit: Duration = .seconds(30), _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let left = settle(within: limit)
    #expect(left.isEmpty, "\(comment)", sourceLocation: sourceLocation)
    for table in tables {
      let first = rows(table, at: 0)
      for region in 1..<max(1, topology.count) {
        #expect(
          rows(table, at: region) == first, "\(table) of r\(region) and r0 \(comment)",
          sourceLocation: sourceLocation)
      }
    }
    #expect(world.defects.isEmpty, "\(comment)", sourceLocation: sourceLocation)
  }
}
