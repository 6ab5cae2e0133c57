// Random runs: loss, duplication, reordering, partitions, crashes, pauses, orders. After healing,
// all regions must be equal, the log must make sense, and what is promised must hold.

import Histories
import Replication
import Simulation
import Testing

/// One way to configure the strategy.
struct Setup: Sendable, CustomTestStringConvertible {
  var settings: [(String, String)]
  var regions = 3
  var testDescription: String {
    "\(regions) regions, " + settings.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  init(_ regions: Int, _ settings: KeyValuePairs<String, String>) {
    self.regions = regions
    self.settings = settings.map { ($0, $1) }
  }

  /// The same with everything three times as fast, so that more happens in less.
  static func brisk(_ regions: Int, _ settings: KeyValuePairs<String, String>) -> Setup {
    var setup = Setup(regions, settings)
    setup.settings += [("lease", "1s"), ("heartbeat", "200ms")]
    return setup
  }

  static let all: [Setup] = [
    brisk(3, ["acknowledge": "local"]),
    brisk(3, ["acknowledge": "all", "primary": "r2"]),
    brisk(3, ["acknowledge": "one", "reads": "local"]),
    brisk(3, ["acknowledge": "local", "failover": "automatic"]),
    Setup(3, ["acknowledge": "one", "failover": "automatic"]),
    brisk(3, ["acknowledge": "one", "failover": "automatic"]),
    brisk(3, ["acknowledge": "all", "failover": "automatic", "reads": "local"]),
    brisk(3, ["acknowledge": "all", "failover": "automatic", "batch": "2"]),
    brisk(3, ["acknowledge": "one", "failover": "manual"]),
    brisk(3, ["acknowledge": "local", "failover": "manual"]),
    brisk(3, ["acknowledge": "local", "failover": "automatic", "fencing": "false"]),
    brisk(3, ["acknowledge": "all", "failover": "manual", "fencing": "false"]),
    brisk(3, ["failover": "automatic", "fencing": "false", "failback": "reapply"]),
    brisk(
      3,
      [
        "acknowledge": "one", "failover": "automatic", "reads": "session",
        "shows": "acknowledged",
      ]),
    brisk(1, ["acknowledge": "all", "failover": "automatic"]),
    brisk(2, ["acknowledge": "local", "failover": "automatic"]),
    brisk(2, ["acknowledge": "one", "failover": "manual"]),
    brisk(4, ["acknowledge": "one", "failover": "automatic"]),
    brisk(5, ["acknowledge": "all", "failover": "automatic"]),
  ]
}

/// A lab under random faults.
struct Chaos {
  let lab: Lab<AsyncPrimary>
  var random: Random
  var nextValue: Value = 0

  init(_ setup: Setup, seed: UInt64) throws {
    var wires = Wires()
    wires.loss = .percent(5)
    wires.duplication = .percent(10)
    wires.reordering = .percent(10)
    wires.reorderBy = .milliseconds(800)
    lab = try Lab(
      AsyncPrimary.self, setup.settings, regions: setup.regions, seed: seed, wires: wires)
    random = Random(seed: seed, stream: "chaos")
  }

  mutating func run(for duration: Duration) {
    let end = lab.world.now + duration
    while lab.world.now < end {
      lab.ask(operation(), at: random.below(lab.topology.count))
      if random.chance(.percent(9)) { fault() }
      lab.run(for: random.within(.milliseconds(1)...Duration.milliseconds(80)))
    }
  }

  private mutating func fault() {
    let node = lab.node(random.below(lab.topology.count))
    let other = random.below(lab.topology.count)
    switch random.below(14) {
    case 0, 1: node.crash()
    case 2, 3: node.restart()
    case 4: node.pause()
    case 5, 6: node.resume()
    case 7: node.isolate()
    case 8: lab.cutOneWay(node.region.index, other)
    case 9, 10, 11: lab.heal()
    default: node.promote()
    }
  }

  private mutating func operation() -> Operation {
    nextValue += 1
    let key = Key(random.below(3))
    switch random.below(8) {
    case 0, 1: return .read(key, .register)
    case 2: return .write(key, nextValue)
    case 3: return .increment(10, by: 1, floor: nil)
    case 4: return .insert(20, Value(random.below(10)))
    case 5: return .remove(20, Value(random.below(10)))
    case 6: return .read(20, .set)
    default:
      return .transaction([
        .read(key, .register), .write(key, nextValue), .insert(20, Value(random.below(10))),
        .write(key, -nextValue), .increment(11, by: -1, floor: -20),
      ])
    }
  }
}

/// What is wrong with a finished run; empty if nothing.
private func defects(of lab: Lab<AsyncPrimary>) -> [String] {
  var wrong = lab.clients.contradictions + lab.world.defects
  for table in ["registers", "members", "sets", "log", "reigns"] {
    for region in 1..<max(1, lab.topology.count)
    where lab.rows(table, at: region) != lab.rows(table, at: 0) {
      wrong.append("\(table) of r\(region) and r0 differ")
    }
  }
  let log = lab.rows("log", at: 0)
  wrong += LogReplay(log).differences(from: lab)
  let promises = lab.strategy.promises(in: lab.topology)
  var position: [Int64: Int64] = [:]
  for row in log where row[11] != 0 {
    if let first = position.updateValue(row[1], forKey: row[11]), first != row[1] {
      wrong.append("request \(row[11]) is at \(first) and \(row[1])")
    }
  }
  for (place, asked) in lab.clients.conversations.enumerated() {
    let request = Int64(place) + 1
    switch asked.outcome {
    case .fail: if position[request] != nil { wrong.append("request \(request) failed, but is") }
    case .ok(_, let version) where !asked.operation.isReadOnly:
      guard promises.contains(.noLostWrites) else { continue }
      if position[request] != version?.minor { wrong.append("request \(request) is lost") }
    default: break
    }
  }
  if promises.contains(.linearizable) {
    wrong += staleness(among: lab.clients.conversations, of: lab)
  } else if promises.contains(.monotonicReads) {
    for region in 0..<lab.topology.count {
      wrong += staleness(
        among: lab.clients.conversations.filter { $0.region == region && $0.operation.isReadOnly },
        of: lab)
    }
  }
  return wrong
}

/// Reads and writes of one register that go back in time, or show what is not in the final log.
private func staleness(
  among conversations: [Conversation], of lab: Lab<AsyncPrimary>
) -> [String] {
  var wrong: [String] = []
  let written = Dictionary(
    lab.rows("log", at: 0).filter { $0[4] == 1 }.map { (Row([$0[1], $0[5]]), $0[6]) },
    uniquingKeysWith: { $1 })
  for key in 0..<Key(3) {
    var seen: [(asked: Instant, answered: Instant, position: Int64)] = []
    for asked in conversations {
      guard case .ok(let answer, let version) = asked.outcome else { continue }
      switch asked.operation {
      case .read(key, .register):
        if let version, answer != .value(written[[version.minor, Int64(key)]]) {
          wrong.append("key \(key): read \(answer) of \(version), not in the log")
        }
      case .write(key, _): break
      case .transaction(let steps): guard steps.contains(.read(key, .register)) else { continue }
      default: continue
      }
      seen.append((asked.askedAt, asked.answeredAt, version?.minor ?? 0))
    }
    for one in seen {
      for other in seen where one.answered < other.asked && one.position > other.position {
        wrong.append("key \(key): \(other) goes back behind \(one)")
      }
    }
  }
  return wrong
}

/// What the items must be if the log is right, worked out the plain way.
private struct LogReplay {
  var registers: [Row] = []
  var members: [Row] = []
  var wrong: [String] = []

  init(_ log: [Row]) {
    var values: [Int64: Row] = [:]
    var elements: [Row: Row] = [:]
    var last = (position: Int64(0), epoch: Int64(0))
    for row in log {
      if row[1] != last.position, row[1] != last.position + 1 || row[3] < last.epoch {
        wrong.append("log: \(row[1]) of epoch \(row[3]) after \(last)")
      }
      last = (row[1], row[3])
      switch row[4] {
      case 1: values[row[5]] = [row[5], row[6], row[3], row[1]]
      case 2: elements[[row[5], row[6]]] = [row[5], row[6], row[3], row[1]]
      case 3: elements[[row[5], row[6]]] = nil
      default: break
      }
    }
    registers = values.values.sorted { $0.lexicographicallyPrecedes($1) }
    members = elements.values.sorted { $0.lexicographicallyPrecedes($1) }
  }

  func differences(from lab: Lab<AsyncPrimary>) -> [String] {
    var found = wrong
    if registers != lab.rows("registers", at: 0) { found.append("registers are not the log's") }
    if members != lab.rows("members", at: 0) { found.append("members are not the log's") }
    return found
  }
}

@Suite struct AsyncPrimaryChaos {
  /// Enough for every test run; for a change of the protocol run ten times as many.
  static let seeds: UInt64 = 60

  @Test(arguments: Setup.all)
  func survives(_ setup: Setup) throws {
    var succeeded = 0
    var tallies = [Int](repeating: 0, count: Tally.allCases.count)
    for seed in 0..<Self.seeds {
      var chaos = try Chaos(setup, seed: seed)
      chaos.run(for: .seconds(10))
      chaos.lab.heal()
      let left = chaos.lab.settle(within: .seconds(20))
      let wrong = left.isEmpty ? defects(of: chaos.lab) : left
      if !wrong.isEmpty { Issue.record("seed \(seed): \(wrong.prefix(3))") }
      // Links go on losing: some writes may go unanswered, but the system serves.
      let serves = (0..<12).contains { _ in
        chaos.lab.run(for: .milliseconds(500))
        return chaos.lab.answer(.write(1, -1), at: 0, patience: .seconds(2)) != nil
      }
      #expect(serves, "seed \(seed) does not serve")
      for asked in chaos.lab.clients.conversations {
        if case .ok = asked.outcome { succeeded += 1 }
      }
      for tally in tallies.indices { tallies[tally] += chaos.lab.world.tallies[tally] }
    }
    #expect(succeeded > 40 * Int(Self.seeds), "too little judged")
    let failover = setup.settings.contains { $0 == ("failover", "automatic") }
    if failover, setup.regions > 2, setup.settings.contains(where: { $0.0 == "lease" }) {
      #expect(tallies[Tally.promotions.rawValue] > 0)
      #expect(tallies[Tally.discarded.rawValue] > 0)
    }
  }
}
