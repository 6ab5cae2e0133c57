// How a tablet moves from one shard to another while clients go on. Nothing but the two logs is needed:
//
//   1. The leader of the shard that it leaves locks it whole, behind all who hold locks in it: when it has
//      them, no transaction on it is under way (it is drained).
//   2. It logs `leave` at a timestamp s above all before it. From then on nobody here touches the tablet:
//      transactions that come for it are aborted, and ask elsewhere next time.
//   3. It hands all rows over to the leader of the other shard, again until it sees, in its own region's
//      copy of that shard, that they are there. That one logs `arrive` at s with them, once.
//   4. It logs `clear`, and what it had is gone.
//
// Between 2 and 3 nobody serves the tablet. Whoever leads next finds in the log how far it has come. Corbett
// et al., "Spanner", section 2.2 (movedir), moves most of the rows beforehand and the rest in one
// transaction; here all are the rest.

import Histories
import Simulation

extension CommitWait {
  /// A tablet that a shard's leader wants to let go.
  struct Departure {
    let to: Int
    var isLogged = false
  }

  /// A tablet with all that is in it.
  struct HandOver: Sendable {
    let tablet: Int
    let at: Int64
    let from: Int
    let to: Int
    let rows: [Row]
  }
}

extension CommitWait.Machine {
  typealias Tables = CommitWait.Tables

  /// All that a shard has of a tablet.
  func rows(of tablet: Int, in store: any Store) -> [Row] {
    StateRows.copy(of: Tables.ofKeys, in: store) { row, _ in tablets.tablet(of: row[0]) == tablet }
  }

  func leave(_ record: Raft.Record, _ store: any Store) {
    guard has(Int(record.id.number), store) else { return }
    Self.advance(to: record.timestamp, store)
    store.put(Tables.moves, [record.id.number, record.timestamp], [record.extra, 0])
  }

  func arrive(_ record: Raft.Record, _ store: any Store) {
    guard !Self.knows(Int(record.id.number), at: record.timestamp, store) else { return }
    Self.advance(to: record.timestamp, store)
    store.put(Tables.moves, [record.id.number, record.timestamp], [Int64(shard), 0])
    StateRows.put(
      StateRows.split(record.rowsTaken, of: Tables.ofKeys), of: Tables.ofKeys, in: store)
  }

  func clear(_ record: Raft.Record, _ store: any Store) {
    let isHere = store.get(Tables.moves, [record.id.number, record.timestamp])?[1] == 0
    guard isHere else { return }
    StateRows.replace(Tables.ofKeys, with: [], in: store) { row, _ in
      tablets.tablet(of: row[0]) == Int(record.id.number)
    }
    store.put(Tables.moves, [record.id.number, record.timestamp], [record.extra, 1])
  }
}

extension CommitWait.Member {
  /// The name of a move among those who want locks.
  private func claimant(_ tablet: Int) -> Request.ID {
    Request.ID(number: -1 - Int64(tablet), client: 0)
  }

  /// The tablet whose move this is the name of.
  static func tablet(claimedBy id: Request.ID) -> Int? { id.number < 0 ? Int(-1 - id.number) : nil }

  private func machine(_ shard: Int) -> CommitWait.Machine {
    CommitWait.Machine(shard: shard, tablets: plan.tablets)
  }

  /// Whether all keys of these steps are on a shard.
  func hasAll(_ steps: [Operation], _ shard: Int) -> Bool {
    steps.flatMap(\.keys).allSatisfy {
      machine(shard).has(plan.tablets.tablet(of: Int64($0)), shards[shard].shelf)
    }
  }

  /// An operator's order, for whoever leads the shard that has the tablet.
  mutating func order(_ number: Int, further: Int, _ node: inout Node<Message>) {
    guard plan.shards > 1 else { return }
    let tablet = number % plan.tablets.count
    let from = newestHome(of: Key(tablet))
    let to = (from + 1 + further % (plan.shards - 1)) % plan.shards
    sendToLeader(of: from, .depart(tablet, from: from, to: to), &node)
  }

  // MARK: The shard that it leaves

  mutating func prepareToLeave(
    _ tablet: Int, _ shard: Int, to: Int, _ node: inout Node<Message>
  ) {
    guard shards[shard].raft.takesWork, shards[shard].office?.departures[tablet] == nil,
      machine(shard).has(tablet, shards[shard].shelf)
    else { return }
    shards[shard].office?.departures[tablet] = CommitWait.Departure(to: to)
    let age = CommitWait.Age(asked: latest(&node), number: claimant(tablet).number)
    let claim = CommitWait.Claim(claimant(tablet), age, moving: tablet, of: plan.tablets)
    let isDrained = shards[shard].office?.locks.request(claim) == true
    if plan.variant.rules.mayLeave(isDrained: isDrained) { leave(tablet, shard, &node) }
  }

  /// The tablet is locked whole.
  mutating func leave(_ tablet: Int, _ shard: Int, _ node: inout Node<Message>) {
    let floor = latest(&node)
    guard let departure = shards[shard].office?.departures[tablet], !departure.isLogged,
      let timestamp = shards[shard].office?.give(atLeast: floor)
    else { return }
    shards[shard].office?.departures[tablet]?.isLogged = true
    log(.leave, name(tablet), timestamp, extra: Int64(departure.to), nil, shard, &node)
  }

  /// A record on a move has been carried out here.
  mutating func heedMove(_ record: Raft.Record, of shard: Int, _ node: inout Node<Message>) {
    let tablet = Int(record.id.number)
    switch CommitWait.Kind(rawValue: record.kind) {
    case .leave:
      shards[shard].office?.departures[tablet] = nil
      let name = claimant(tablet)
      let next = shards[shard].office?.locks.release(name) ?? []
      for id in next { start(id, at: shard, &node) }
      handOver(shard, &node)
    case .arrive: shards[shard].office?.arriving.remove(tablet)
    case .clear: shards[shard].office?.handedOver[tablet] = nil
    default: break
    }
  }

  /// Every heartbeat: sends again what has left and is not known to have arrived; clears what has.
  mutating func handOver(_ shard: Int, _ node: inout Node<Message>) {
    guard shards[shard].office != nil else { return }
    let now = node.now
    let shelf = shards[shard].shelf
    for move in CommitWait.Machine.moves(shelf) where move.to != shard && !move.isCleared {
      let sentAt = shards[shard].office?.handedOver[move.tablet]
      if let sentAt, now - sentAt < plan.common.electionTimeout { continue }
      shards[shard].office?.handedOver[move.tablet] = now
      if CommitWait.Machine.knows(move.tablet, at: move.at, shards[move.to].shelf) {
        log(.clear, name(move.tablet), move.at, extra: Int64(move.to), nil, shard, &node)
      } else {
        let rows = machine(shard).rows(of: move.tablet, in: shelf)
        let tablet = CommitWait.HandOver(
          tablet: move.tablet, at: move.at, from: shard, to: move.to, rows: rows)
        sendToLeader(of: move.to, .handOver(tablet), &node)
      }
    }
  }

  // MARK: The shard that it goes to

  mutating func takeOver(_ tablet: CommitWait.HandOver, _ node: inout Node<Message>) {
    let shard = tablet.to
    let moves = CommitWait.Machine.moves(shards[shard].shelf).filter {
      $0.tablet == tablet.tablet
    }
    // What it left behind here on its way out must be gone first.
    guard shards[shard].raft.takesWork, let given = shards[shard].office?.given,
      !moves.contains(where: { $0.at == tablet.at || $0.to != shard && !$0.isCleared }),
      shards[shard].office?.arriving.insert(tablet.tablet).inserted == true
    else { return }
    // What is logged from here on is after s.
    shards[shard].office?.given = max(given, tablet.at)
    log(
      .arrive, name(tablet.tablet), tablet.at, extra: Int64(tablet.from), nil,
      rowsTaken: tablet.rows.flatMap { $0 }, shard, &node)
  }

  private func name(_ tablet: Int) -> Request.ID { Request.ID(number: Int64(tablet), client: 0) }
}
