// What a shard's leader has in mind: locks, transactions under way, the last timestamp that it gave.
// All of it is lost with the leadership, and found again in the log as far as it was promised to anybody
// (Corbett et al., "Spanner", sections 4.1.2 and 4.2.1: two-phase commit between groups).

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
  typealias Work = CommitWait.Work
  typealias Verdict = CommitWait.Verdict

  // MARK: Locks

  /// A region asks for its client.
  mutating func admit(
    _ begin: CommitWait.Message.Begin, from region: Region.ID, _ node: inout Node<Message>
  ) {
    let shard = begin.shard
    if let verdict = CommitWait.Machine.verdict(on: begin.id, shards[shard].shelf) {
      tell(verdict, begin, to: region, &node)
      return
    }
    let known = shards[shard].office?.works[begin.id.number]
    guard known == nil || known?.phase == .announced, shards[shard].raft.takesWork else { return }
    var work =
      known ?? Work(begin.id, .queued, coordinator: begin.coordinator, since: node.now)
    work.phase = .queued
    work.region = region
    work.participants = begin.participants
    work.steps = begin.steps
    work.asked = latest(&node)
    shards[shard].office?.works[begin.id.number] = work
    let claim = CommitWait.Claim(begin.id, begin.age, begin.steps)
    if shards[shard].office?.locks.request(claim) == true { start(begin.id, at: shard, &node) }
    wound(shard, &node)
  }

  /// A second request for what is over: the answer was lost.
  private mutating func tell(
    _ verdict: Verdict, _ begin: CommitWait.Message.Begin, to region: Region.ID,
    _ node: inout Node<Message>
  ) {
    guard begin.shard == begin.coordinator else { return }
    if case .committed(let timestamp) = verdict, !isPast(timestamp, &node) { return }
    send(.outcome(begin.id, verdict), to: region, &node)
  }

  /// A transaction holds its locks: it is tried, and goes on to its promise or to the votes.
  private mutating func start(_ id: Request.ID, at shard: Int, _ node: inout Node<Message>) {
    guard var work = shards[shard].office?.works[id.number], work.phase == .queued else { return }
    var attempt = Attempt(shards[shard].shelf)
    let succeeds = attempt.perform(.transaction(work.steps)) != nil
    if work.coordinator == shard {
      work.phase = .collecting
      shards[shard].office?.works[id.number] = work
      if succeeds {
        decideIfVoted(id, at: shard, &node)
      } else {
        abort(id, .conditionFailed, at: shard, &node)
      }
      return
    }
    guard succeeds else {
      drop(id, at: shard, &node)
      sendToLeader(of: work.coordinator, vote(id, work.coordinator, shard, nil), &node)
      return
    }
    let floor = latest(&node)
    guard let timestamp = shards[shard].office?.give(atLeast: floor) else { return }
    work.phase = .preparing
    work.promised = timestamp
    shards[shard].office?.works[id.number] = work
    log(
      .prepare, id, timestamp, extra: Int64(work.coordinator), .transaction(work.steps), shard,
      &node)
  }

  /// Forgets a transaction; others may get its locks.
  private mutating func drop(_ id: Request.ID, at shard: Int, _ node: inout Node<Message>) {
    shards[shard].office?.works[id.number] = nil
    for next in shards[shard].office?.locks.release(id) ?? [] { start(next, at: shard, &node) }
  }

  /// Has those aborted that older ones wait for, if they are not decided.
  private mutating func wound(_ shard: Int, _ node: inout Node<Message>) {
    for id in shards[shard].office?.locks.wounded ?? [] {
      guard let work = shards[shard].office?.works[id.number] else { continue }
      switch work.phase {
      case .collecting: abort(id, .aborted, at: shard, &node)
      case .preparing, .prepared:
        sendToLeader(
          of: work.coordinator,
          .wound(id, coordinator: work.coordinator, participant: shard), &node)
      case .announced, .queued, .deciding, .waiting, .resolving: break
      }
    }
  }

  // MARK: The coordinator

  mutating func count(_ vote: CommitWait.Message.Vote, _ node: inout Node<Message>) {
    let shard = vote.coordinator
    if let verdict = CommitWait.Machine.verdict(on: vote.id, shards[shard].shelf) {
      tell(verdict, on: vote.id, participant: vote.participant, &node)
      return
    }
    guard let timestamp = vote.timestamp else {
      abort(vote.id, .conditionFailed, at: shard, &node)
      return
    }
    var work =
      shards[shard].office?.works[vote.id.number]
      ?? Work(vote.id, .announced, coordinator: shard, since: node.now)
    work.votes[vote.participant] = timestamp
    shards[shard].office?.works[vote.id.number] = work
    decideIfVoted(vote.id, at: shard, &node)
  }

  /// A participant asks, by its vote, for what it missed.
  private mutating func tell(
    _ verdict: Verdict, on id: Request.ID, participant: Int, _ node: inout Node<Message>
  ) {
    if case .committed(let timestamp) = verdict, !isPast(timestamp, &node) { return }
    sendToLeader(of: participant, .resolve(id, verdict, participant: participant), &node)
  }

  mutating func hearWound(
    _ id: Request.ID, _ shard: Int, from participant: Int, _ node: inout Node<Message>
  ) {
    if let verdict = CommitWait.Machine.verdict(on: id, shards[shard].shelf) {
      tell(verdict, on: id, participant: participant, &node)
    } else {
      abort(id, .aborted, at: shard, &node)
    }
  }

  /// Commits once all have promised. The timestamp is not below any promise, nor what was certainly
  /// not past when the region asked (section 4.1.2, start), nor any before it in the log.
  private mutating func decideIfVoted(
    _ id: Request.ID, at shard: Int, _ node: inout Node<Message>
  ) {
    guard var work = shards[shard].office?.works[id.number], work.phase == .collecting,
      work.participants.allSatisfy({ work.votes[$0] != nil }),
      let timestamp = shards[shard].office?.give(
        atLeast: work.votes.values.reduce(work.asked, max))
    else { return }
    work.phase = .deciding
    shards[shard].office?.works[id.number] = work
    log(.decide, id, timestamp, .transaction(work.steps), shard, &node)
  }

  /// Decides that a transaction is aborted, unless it is decided. On disk before anybody hears it,
  /// or a late copy of what its region asked could commit it after all.
  private mutating func abort(
    _ id: Request.ID, _ reason: CommitWait.Reason, at shard: Int, _ node: inout Node<Message>
  ) {
    var work =
      shards[shard].office?.works[id.number]
      ?? Work(id, .announced, coordinator: shard, since: node.now)
    switch work.phase {
    case .announced, .queued, .collecting: break
    case .deciding, .waiting, .preparing, .prepared, .resolving: return
    }
    work.phase = .deciding
    shards[shard].office?.works[id.number] = work
    if reason == .aborted { node.tally(.conflicts) }
    log(.decide, id, 0, extra: reason.rawValue, nil, shard, &node)
  }

  /// The decision is in the log. A commit is told when its timestamp is past: commit wait, section
  /// 4.1.2. Until then its locks are held.
  private mutating func conclude(
    _ id: Request.ID, at shard: Int, _ node: inout Node<Message>
  ) {
    guard let work = shards[shard].office?.works[id.number],
      let verdict = CommitWait.Machine.verdict(on: id, shards[shard].shelf)
    else { return }
    if case .committed(let timestamp) = verdict {
      shards[shard].office?.works[id.number]?.phase = .waiting(timestamp)
      guard isPast(timestamp, &node) else { return }
    }
    for participant in work.participants {
      sendToLeader(of: participant, .resolve(id, verdict, participant: participant), &node)
    }
    if let region = work.region { send(.outcome(id, verdict), to: region, &node) }
    drop(id, at: shard, &node)
  }

  mutating func concludeThosePast(_ shard: Int, _ node: inout Node<Message>) {
    for work in shards[shard].office?.oldestFirst ?? [] {
      if case .waiting = work.phase { conclude(work.id, at: shard, &node) }
    }
    tick(shard, &node)
  }

  // MARK: Participants

  private func vote(
    _ id: Request.ID, _ coordinator: Int, _ participant: Int, _ timestamp: Int64?
  ) -> CommitWait.Message.Content {
    .vote(
      CommitWait.Message.Vote(
        id: id, coordinator: coordinator, participant: participant, timestamp: timestamp))
  }

  private mutating func sendVote(
    _ id: Request.ID, of shard: Int, _ node: inout Node<Message>
  ) {
    guard let work = shards[shard].office?.works[id.number] else { return }
    shards[shard].office?.works[id.number]?.toldAt = node.now
    sendToLeader(of: work.coordinator, vote(id, work.coordinator, shard, work.promised), &node)
  }

  /// A participant hears the decision.
  mutating func resolve(
    _ id: Request.ID, _ verdict: Verdict, _ shard: Int, _ node: inout Node<Message>
  ) {
    guard let work = shards[shard].office?.works[id.number] else { return }
    switch work.phase {
    case .queued: drop(id, at: shard, &node)
    case .preparing, .prepared:
      shards[shard].office?.works[id.number]?.phase = .resolving
      switch verdict {
      case .committed(let timestamp):
        if let given = shards[shard].office?.given {
          shards[shard].office?.given = max(given, timestamp)
        }
        log(.resolve, id, timestamp, nil, shard, &node)
      case .aborted(let reason): log(.resolve, id, 0, extra: reason.rawValue, nil, shard, &node)
      }
    case .announced, .collecting, .deciding, .waiting, .resolving: break
    }
  }

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
  private mutating func tick(_ shard: Int, _ node: inout Node<Message>) {
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

  private mutating func log(
    _ kind: CommitWait.Kind, _ id: Request.ID, _ timestamp: Int64, extra: Int64 = 0,
    _ operation: Operation?, _ shard: Int, _ node: inout Node<Message>
  ) {
    let record = Raft.Record(
      kind: kind.rawValue, id: id, timestamp: timestamp, extra: extra, operation: operation)
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
    // Reads of the past find a safe time although nobody writes.
    if plan.reads == .stale, let given = shards[shard].office?.given {
      let now = latest(&node)
      if now - given > plan.advance.nanoseconds {
        promise(now, Request.ID(number: 0, client: 0), shard, &node)
      }
    }
  }
}
