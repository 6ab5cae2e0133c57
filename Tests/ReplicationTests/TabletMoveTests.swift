// Tablets that move between shards while clients write: nothing is lost, nothing is read twice or torn, be it
// that leaders crash half way through.

import class Foundation.ProcessInfo
import Histories
import Simulation
import Testing

@testable import Replication

@Suite struct TabletMoveTests {
  /// How many seeds the random runs have; `SPLITBRAIN_SEEDS` makes it more.
  private static let seeds =
    UInt64(ProcessInfo.processInfo.environment["SPLITBRAIN_SEEDS"] ?? "") ?? 12
  private let keys: [Key] = Array(0..<8)

  private func lab(_ settings: KeyValuePairs<String, String> = [:], seed: UInt64 = 1) throws
    -> Lab<CommitWait>
  {
    let lab = try Lab(
      CommitWait.self,
      settings.map { ($0, $1) } + [("shards", "2"), ("election-timeout", "600ms")], seed: seed)
    #expect(lab.settle() == [])
    return lab
  }

  private func move(_ tablet: Int, _ lab: Lab<CommitWait>, at region: Int = 0) {
    lab.node(region).order(.moveTablet(tablet, further: 1))
  }

  /// The shards that have a row of a register.
  private func shards(with key: Key, _ lab: Lab<CommitWait>, at region: Int) -> [Int] {
    (0..<2).filter { shard in
      lab.rows("registers_\(shard)", at: region).contains { $0[0] == Int64(key) }
    }
  }

  @Test func everythingGoesAlongAndComesBack() throws {
    let lab = try lab()
    #expect(lab.write(3, 30) != nil)
    #expect(lab.answer(.insert(3, 7)) == .done)
    #expect(lab.answer(.append(3, 8)) == .done)
    for (round, home) in [0, 1, 0].enumerated() {
      // Key 3 is in tablet 3, at first on shard 1.
      move(3, lab)
      #expect(lab.settle() == [], "round \(round)")
      for region in 0..<3 {
        #expect(shards(with: 3, lab, at: region) == [home], "round \(round)")
        #expect(lab.read(3, at: region) == .value(30))
      }
      #expect(lab.answer(.read(3, .set)) == .values([7]))
      #expect(lab.answer(.read(3, .list)) == .values([8]))
    }
    let whole: [Operation] = [.read(3, .register), .write(3, 31), .write(2, 21)]
    #expect(lab.answer(.transaction(whole)) == .steps([.value(30), .done, .done]))
    #expect(lab.read(3, at: 2) == .value(31))
  }

  /// A region whose word on where keys are is old asks where they are no longer.
  @Test func whoComesTooLateIsAborted() throws {
    let lab = try lab(["leaders": "r0"])
    lab.node(2).isolate()
    move(3, lab)
    lab.run(for: .seconds(2))
    let asked = lab.ask(.write(3, 1), at: 2)
    lab.heal()
    lab.run(for: .milliseconds(400))
    #expect([nil, .fail(.aborted)].contains(lab.clients.conversations[asked].outcome))
    #expect(lab.settle() == [])
    #expect(lab.answer(.write(3, 2), at: 2) == .done)
    #expect(lab.read(3, at: 0) == .value(2))
  }

  /// Increments and appends under moves, crashes and cuts; what every region ends with.
  private func wrong(_ settings: KeyValuePairs<String, String>, seed: UInt64) throws -> [String] {
    let lab = try lab(settings, seed: seed)
    var random = Random(seed: seed, stream: "moves")
    for round in 0..<Int64(120) {
      let (one, other) = (random.pick(keys), random.pick(keys))
      lab.ask(
        .transaction([
          .increment(one, by: 1, floor: nil), .increment(other, by: -1, floor: nil),
          .append(one, round),
        ]), at: random.below(3), as: UInt32(100 + round))
      if random.chance(.percent(25)) { move(random.below(8), lab, at: random.below(3)) }
      switch random.below(40) {
      case 0: lab.node(random.below(3)).crash()
      case 1: lab.node(random.below(3)).isolate()
      case 2, 3, 4: lab.heal()
      default: break
      }
      lab.run(for: random.within(.milliseconds(1)...Duration.milliseconds(80)))
    }
    lab.heal()
    var wrong = lab.settle(within: .seconds(40)) + lab.clients.contradictions + lab.world.defects
    let sum = Operation.transaction(keys.map { .read($0, .counter) })
    let lists = Operation.transaction(keys.map { .read($0, .list) })
    for region in 0..<3 {
      guard case .steps(let counters)? = lab.answer(sum, at: region),
        case .steps(let elements)? = lab.answer(lists, at: region)
      else {
        wrong.append("r\(region) does not answer")
        continue
      }
      let total = counters.reduce(Value(0)) { total, answer in
        if case .value(let value?) = answer { total + value } else { total }
      }
      if total != 0 { wrong.append("r\(region): a transaction was torn, the sum is \(total)") }
      let all = elements.flatMap { answer -> [Value] in
        if case .values(let values) = answer { values } else { [] }
      }
      if Set(all).count != all.count { wrong.append("r\(region): appended twice") }
      for (round, asked) in lab.clients.conversations.prefix(120).enumerated() {
        switch asked.outcome {
        case .ok? where !all.contains(Int64(round)): wrong.append("r\(region): \(round) is lost")
        case .fail? where all.contains(Int64(round)): wrong.append("\(round) failed, but is")
        default: break
        }
      }
    }
    return wrong
  }

  @Test(arguments: 0..<seeds) func nothingIsLostOrTorn(seed: UInt64)
    throws
  {
    let isHybrid = seed % 3 == 2
    let wrong = try wrong(
      ["clock": isHybrid ? "hybrid" : "interval", "retain": seed % 2 == 0 ? "10" : "1000"],
      seed: seed)
    #expect(wrong.isEmpty, "\(wrong.prefix(4))")
  }

  @Test func aCutOverLosesWhatWasUnderWay() throws {
    let found = try (0..<UInt64(20)).contains {
      try !wrong(["variant": "cut-over-without-draining"], seed: $0).isEmpty
    }
    #expect(found)
  }

  @Test func rowsComeBackFromTheLog() {
    let rows: [Row] = [
      [0, 5, 50, 1, 0], [1, 5, 7, 2, 0], [3, 5, 1, 8, 3, 0], [7, 5, -3, 0, 1, 50],
    ]
    let tables = CommitWait.Tables.ofKeys
    for count in 0...rows.count {
      let numbers = rows.prefix(count).flatMap { $0 }
      let record = Raft.Record(
        kind: 6, id: Request.ID(number: 5, client: 0), timestamp: 9, extra: 1, rowsTaken: numbers)
      let again = Raft.Record(record.id, rows: record.rows)
      #expect(StateRows.split(again?.rowsTaken ?? [], of: tables) == Array(rows.prefix(count)))
      #expect(again?.timestamp == 9 && again?.operation == nil)
    }
  }
}
