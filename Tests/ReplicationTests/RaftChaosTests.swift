// Raft in random runs: loss, duplication, reordering, partitions, crashes, pauses, orders to lead and
// changes of members. After healing all regions must be equal, each request must have happened at most
// once and if its client was told so exactly once, and no answer may contradict real time.

import Histories
import Replication
import Simulation
import Testing

/// One way to configure raft.
private struct RaftSetup: Sendable, CustomTestStringConvertible {
  let regions: Int
  let settings: [(String, String)]
  /// The second region's disk goes bad now and then, and no members come or go.
  var rots = false
  var testDescription: String {
    "\(regions) regions, " + (rots ? "a disk that rots, " : "")
      + settings.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  init(_ regions: Int, _ settings: KeyValuePairs<String, String> = [:], rots: Bool = false) {
    self.regions = regions
    self.rots = rots
    self.settings = settings.map { ($0, $1) } + [("election-timeout", "600ms")]
  }

  static let all = [
    RaftSetup(1), RaftSetup(2), RaftSetup(3), RaftSetup(4, ["reads": "lease"]),
    RaftSetup(5, ["retain": "5", "batch": "3", "snapshot-rows": "20"]),
    RaftSetup(3, ["reads": "log", "retain": "3", "batch": "1"]),
    RaftSetup(3, ["reads": "lease", "preferred": "r1"]),
    RaftSetup(3, ["pre-vote": "false", "check-quorum": "false"]),
    RaftSetup(4, ["members": "[r0, r1]", "retain": "10"]),
    RaftSetup(3, ["reads": "lease", "retain": "10"], rots: true), RaftSetup(5, rots: true),
  ]
}

private struct RaftChaos {
  let lab: Lab<Raft>
  let rots: Bool
  var random: Random
  var nextValue: Value = 0

  init(_ setup: RaftSetup, seed: UInt64) throws {
    var wires = Wires()
    wires.loss = .percent(5)
    wires.duplication = .percent(10)
    wires.reordering = .percent(10)
    wires.reorderBy = .milliseconds(800)
    lab = try Lab(Raft.self, setup.settings, regions: setup.regions, seed: seed, wires: wires)
    rots = setup.rots
    random = Random(seed: seed, stream: "chaos")
  }

  mutating func run(for duration: Duration) {
    let end = lab.world.now + duration
    while lab.world.now < end {
      nextValue += 1
      lab.ask(
        operation(), at: random.below(lab.topology.count), as: UInt32(100 + nextValue))
      if random.chance(.percent(9)) { fault() }
      lab.run(for: random.within(.milliseconds(1)...Duration.milliseconds(80)))
    }
  }

  private mutating func fault() {
    let node = lab.node(random.below(lab.topology.count))
    let other = random.below(lab.topology.count)
    switch random.below(18) {
    case 0, 1: node.crash()
    case 2, 3: node.restart()
    case 4: node.pause()
    case 5, 6: node.resume()
    case 7: node.isolate()
    case 8: lab.cutOneWay(node.region.index, other)
    case 9, 10, 11: lab.heal()
    case 12, 13: node.promote()
    case 14... where rots:
      let victim = lab.node(1)
      victim.crash()
      lab.act(.rot(.region(victim.region)))
      victim.restart()
    case 14, 15: lab.act(.command(.removeMember(Region.ID(other)), .region(node.region)))
    default: lab.act(.command(.addMember(Region.ID(other)), .region(node.region)))
    }
  }

  private mutating func operation() -> Operation {
    let key = Key(random.below(3))
    switch random.below(7) {
    case 0, 1: return .read(key, .register)
    case 2: return .write(key, nextValue)
    case 3: return .append(20, nextValue)
    case 4: return .read(20, .list)
    case 5: return .increment(10, by: 1, floor: nil)
    default:
      return .transaction([
        .read(key, .register), .write(key, nextValue), .append(20, nextValue),
        .increment(11, by: -1, floor: -20),
      ])
    }
  }

  /// What is wrong after the heal; empty if nothing.
  var wrong: [String] {
    var wrong = lab.clients.contradictions + lab.world.defects
    for table in ["registers", "members", "sets", "lists", "sessions"] {
      for region in 1..<max(1, lab.topology.count)
      where lab.rows(table, at: region) != lab.rows(table, at: 0) {
        wrong.append("\(table) of r\(region) and r0 differ")
      }
    }
    let list = lab.rows("lists", at: 0).map { $0[2] }
    if Set(list).count != list.count { wrong.append("an element was appended twice") }
    var increments = (certain: Int64(0), possible: Int64(0))
    for (place, asked) in lab.clients.conversations.enumerated() {
      let value = Int64(place) + 1
      let appends: Bool
      switch asked.operation {
      case .append, .transaction: appends = true
      case .increment:
        if case .ok? = asked.outcome { increments.certain += 1 }
        if asked.outcome == nil { increments.possible += 1 }
        continue
      default: continue
      }
      switch asked.outcome {
      case .ok? where appends && !list.contains(value): wrong.append("request \(value) is lost")
      case .fail? where list.contains(value): wrong.append("request \(value) failed, but is")
      default: break
      }
    }
    let count = lab.rows("registers", at: 0).first { $0[0] == 10 }?[1] ?? 0
    if count < increments.certain || count > increments.certain + increments.possible {
      wrong.append("counter is \(count), not \(increments)")
    }
    return wrong + goesBack
  }

  /// Answers that go back in time: the log is one order of everything, and an answer's version says up
  /// to where in it the answer saw its key.
  private var goesBack: [String] {
    var wrong: [String] = []
    for key in 0..<Key(3) {
      var seen: [(asked: Instant, answered: Instant, index: Int64)] = []
      for asked in lab.clients.conversations {
        guard case .ok(_, let version) = asked.outcome else { continue }
        switch asked.operation {
        case .read(key, .register), .write(key, _): break
        case .transaction(let steps): guard steps.contains(.read(key, .register)) else { continue }
        default: continue
        }
        seen.append((asked.askedAt, asked.answeredAt, version?.minor ?? 0))
      }
      for one in seen {
        for other in seen where one.answered < other.asked && one.index > other.index {
          wrong.append("key \(key): \(other) goes back behind \(one)")
        }
      }
    }
    return wrong
  }
}

@Suite struct RaftChaosTests {
  /// Enough for every test run; for a change of the protocol run ten times as many.
  static let seeds: UInt64 = 25

  @Test(arguments: RaftSetup.all) fileprivate func survives(_ setup: RaftSetup) throws {
    var succeeded = 0
    var tallies = [Int](repeating: 0, count: Tally.allCases.count)
    for seed in 0..<Self.seeds {
      var chaos = try RaftChaos(setup, seed: seed)
      chaos.run(for: .seconds(10))
      chaos.lab.heal()
      let left = chaos.lab.settle(within: .seconds(30))
      let wrong = left.isEmpty ? chaos.wrong : left
      if !wrong.isEmpty { Issue.record("seed \(seed): \(wrong.prefix(3))") }
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
    #expect(succeeded > 40 * Int(Self.seeds), "too little judged: \(succeeded)")
    if setup.regions > 2 {
      #expect(tallies[Tally.promotions.rawValue] > Int(Self.seeds))
      #expect(tallies[Tally.discarded.rawValue] > 0)
    }
  }

  /// What RaftRebuilding.swift is for.
  @Test func noticesThatADamagedRegionVotes() throws {
    #expect(try goesWrong(RaftSetup(3, ["rebuild-before-voting": "false"], rots: true)))
  }

  /// What the rules of RaftRules.swift are for: without them these runs go wrong.
  @Test(arguments: ["forced-member-change", "index-before-effects"])
  fileprivate func noticesVariants(_ variant: String) throws {
    #expect(try goesWrong(RaftSetup(3, ["variant": variant, "retain": "5"])))
  }

  /// Whether one of 200 runs goes wrong.
  private func goesWrong(_ setup: RaftSetup) throws -> Bool {
    try (0..<UInt64(200)).contains { seed in
      var chaos = try RaftChaos(setup, seed: seed)
      chaos.run(for: .seconds(10))
      chaos.lab.heal()
      _ = chaos.lab.settle(within: .seconds(10))
      return !chaos.wrong.isEmpty
    }
  }
}
