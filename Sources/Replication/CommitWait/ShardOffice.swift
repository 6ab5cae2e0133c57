// What a shard's leader has in mind: locks, transactions under way, tablets that come and go, the last
// timestamp that it gave. All of it is lost with the leadership, and found again in the log as far as it was
// promised to anybody. Here also how far the log has come (Corbett et al., "Spanner", section 4.1.3), and
// what records do once they are carried out.

import Histories
import Simulation

extension CommitWait {
  /// A transaction at the leader of one of its shards.
  struct Work {
    enum Phase: Equatable {
      /// The coordinator has a vote on it, and has not heard of it from its region.
      case announced
      /// Waits for its locks.
      case queued
      /// A participant's promise: on its way through the log, kept.
      case preparing, prepared
      /// The coordinator's locks are held; votes are missing.
      case collecting
      /// The coordinator's decision is on its way through the log.
      case deciding
      /// Committed, but its timestamp may not be past: nobody may see it.
      case waiting(Int64)
      /// A participant has heard the decision: on its way through the log.
      case resolving
    }
    let id: Request.ID
    var phase: Phase
    let coordinator: Int
    let since: Instant
    /// Who asked, for what; a new leader does not know who.
    var region: Region.ID?
    var participants: [Int] = []
    var steps: [Operation] = []
    /// TT.now().latest when it was asked.
    var asked: Int64 = 0
    /// What participants promised, by shard.
    var votes: [Int: Int64] = [:]
    /// A participant's own promise, and when it last told the coordinator.
    var promised: Int64 = 0
    var toldAt = Instant.zero

    init(_ id: Request.ID, _ phase: Phase, coordinator: Int, since: Instant) {
      self.id = id
      self.phase = phase
      self.coordinator = coordinator
      self.since = since
    }
  }

  struct Office {
    let term: Int64
    /// No timestamp up to this one will be given again.
    var given: Int64
    var locks = Locks()
    /// By the request's number.
    var works: [Int64: Work] = [:]
    /// What reads wait for, and whether a tick is on its way through the log.
    var wanted: Int64 = 0
    var isTicking = false
    /// Tablets that are to leave, those whose rows are on their way into the log, and when those that
    /// have left were last sent on: by number.
    var departures: [Int: Departure] = [:]
    var arriving: Set<Int> = []
    var handedOver: [Int: Instant] = [:]

    /// What a new leader finds: who is prepared keeps its locks.
    init(_ term: Int64, on shelf: Shelf, at now: Instant) {
      self.term = term
      given = Machine.newest(shelf)
      for prepared in Machine.prepared(shelf) {
        var work = Work(prepared.id, .prepared, coordinator: prepared.coordinator, since: now)
        work.steps = prepared.steps
        work.promised = prepared.timestamp
        works[prepared.id.number] = work
        // How old it is was not logged. The youngest can be wounded by anybody, so nobody waits in vain.
        let age = Age(asked: .max, number: prepared.id.number)
        locks.restore(Claim(prepared.id, age, prepared.steps))
      }
    }

    /// A timestamp above all before it in the log.
    mutating func give(atLeast floor: Int64) -> Int64 {
      given = max(given + 1, floor)
      return given
    }

    var oldestFirst: [Work] { works.values.sorted { $0.id.number < $1.id.number } }
  }
}

extension CommitWait.Member {
  // MARK: Safe time (section 4.1.3)

  /// A region wants to read as of a timestamp.
  mutating func promise(
    _ timestamp: Int64, _ id: Request.ID, _ shard: Int, _ node: inout Node<Message>
  ) {
    guard shards[shard].raft.takesWork else { return }
    if plan.needsItsOwnEntry {
      // Its own entry shows that this region led after the read began, and what it had to see.
      let floor = max(timestamp, latest(&node))
      guard let given = shards[shard].office?.give(atLeast: floor) else { return }
      log(.tick, id, given, nil, shard, &node)
    } else {
      if let wanted = shards[shard].office?.wanted {
        shards[shard].office?.wanted = max(timestamp, wanted)
      }
      tick(shard, &node)
    }
  }

  /// Has the log go beyond what reads wait for, when this region's own clock allows it: one entry at
  /// a time, for all reads that came meanwhile.
  mutating func tick(_ shard: Int, _ node: inout Node<Message>) {
    guard let office = shards[shard].office, !office.isTicking, office.wanted > office.given
    else { return }
    let now = latest(&node)
    guard now >= office.wanted else {
      node.wake(Timer.due, after: .nanoseconds(office.wanted - now))
      return
    }
    shards[shard].office?.isTicking = true
    guard let timestamp = shards[shard].office?.give(atLeast: now) else { return }
    log(.tick, Request.ID(number: 0, client: 0), timestamp, nil, shard, &node)
  }

  // MARK: The log

  mutating func log(
    _ kind: CommitWait.Kind, _ id: Request.ID, _ timestamp: Int64, extra: Int64 = 0,
    _ operation: Operation?, rowsTaken: Row = [], _ shard: Int, _ node: inout Node<Message>
  ) {
    let record = Raft.Record(
      kind: kind.rawValue, id: id, timestamp: timestamp, extra: extra, operation: operation,
      rowsTaken: rowsTaken)
    run(shard, &node) { $0.add(.record(record), &$1) }
  }

  /// A record has been carried out here.
  mutating func heed(_ record: Raft.Record, of shard: Int, _ node: inout Node<Message>) {
    switch CommitWait.Kind(rawValue: record.kind) {
    case .tick:
      passed(record.id, at: shard)
      shards[shard].office?.isTicking = false
      tick(shard, &node)
    case .prepare:
      guard shards[shard].office?.works[record.id.number]?.phase == .preparing else { return }
      shards[shard].office?.works[record.id.number]?.phase = .prepared
      sendVote(record.id, of: shard, &node)
    case .decide: conclude(record.id, at: shard, &node)
    case .resolve: drop(record.id, at: shard, &node)
    case .leave, .arrive, .clear: heedMove(record, of: shard, &node)
    case nil: break
    }
  }

  /// Every heartbeat: asks again, and gives up on what nobody else asks about.
  mutating func review(_ shard: Int, _ node: inout Node<Message>) {
    let now = node.now
    for known in shards[shard].office?.oldestFirst ?? [] {
      // The end of one may have been the beginning of the next.
      guard let work = shards[shard].office?.works[known.id.number] else { continue }
      let age = now - work.since
      switch work.phase {
      case .announced where age > plan.common.electionTimeout * 2:
        abort(work.id, .aborted, at: shard, &node)
      case .queued where age > plan.common.requestTimeout,
        .collecting where age > plan.common.requestTimeout:
        if work.coordinator == shard {
          abort(work.id, .aborted, at: shard, &node)
        } else {
          drop(work.id, at: shard, &node)
        }
      case .prepared where now - work.toldAt > plan.common.electionTimeout:
        node.tally(.retransmissions)
        sendVote(work.id, of: shard, &node)
      default: break
      }
    }
    concludeThosePast(shard, &node)
    wound(shard, &node)
    handOver(shard, &node)
    // Reads of the past find a safe time although nobody writes.
    if plan.reads == .stale, let given = shards[shard].office?.given {
      let now = latest(&node)
      if now - given > plan.advance.nanoseconds {
        promise(now, Request.ID(number: 0, client: 0), shard, &node)
      }
    }
  }
}
