// Two-phase commit between the groups of shards (Corbett et al., "Spanner", sections 4.1.2 and 4.2.1): what
// leaders do with a transaction that has come to them, as its coordinator or as participants, until it is
// decided and everybody who holds locks for it has heard so.

import Histories
import Simulation

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

  /// Locks are granted. A transaction is tried, and goes on to its promise or to the votes.
  mutating func start(_ id: Request.ID, at shard: Int, _ node: inout Node<Message>) {
    if let tablet = Self.tablet(claimedBy: id) { return leave(tablet, shard, &node) }
    guard var work = shards[shard].office?.works[id.number], work.phase == .queued else { return }
    let objection = objection(to: work.steps, shard)
    if work.coordinator == shard {
      work.phase = .collecting
      shards[shard].office?.works[id.number] = work
      if let objection {
        abort(id, objection, at: shard, &node)
      } else {
        decideIfVoted(id, at: shard, &node)
      }
      return
    }
    if let objection {
      drop(id, at: shard, &node)
      sendToLeader(of: work.coordinator, vote(id, work.coordinator, shard, .no(objection)), &node)
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

  /// Why these steps cannot be carried out on a shard: a tablet has moved, or a condition fails.
  private func objection(to steps: [Operation], _ shard: Int) -> CommitWait.Reason? {
    guard hasAll(steps, shard) else { return .aborted }
    var attempt = Attempt(shards[shard].shelf)
    return attempt.perform(.transaction(steps)) == nil ? .conditionFailed : nil
  }

  /// Forgets a transaction; others may get its locks.
  mutating func drop(_ id: Request.ID, at shard: Int, _ node: inout Node<Message>) {
    shards[shard].office?.works[id.number] = nil
    for next in shards[shard].office?.locks.release(id) ?? [] { start(next, at: shard, &node) }
  }

  /// Has those aborted that older ones wait for, if they are not decided.
  mutating func wound(_ shard: Int, _ node: inout Node<Message>) {
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
    let timestamp: Int64
    switch vote.answer {
    case .promise(let promised): timestamp = promised
    case .no(let reason):
      abort(vote.id, reason, at: shard, &node)
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
  mutating func abort(
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
  mutating func conclude(
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
    _ id: Request.ID, _ coordinator: Int, _ participant: Int,
    _ answer: CommitWait.Message.Vote.Answer
  ) -> CommitWait.Message.Content {
    .vote(
      CommitWait.Message.Vote(
        id: id, coordinator: coordinator, participant: participant, answer: answer))
  }

  mutating func sendVote(
    _ id: Request.ID, of shard: Int, _ node: inout Node<Message>
  ) {
    guard let work = shards[shard].office?.works[id.number] else { return }
    shards[shard].office?.works[id.number]?.toldAt = node.now
    sendToLeader(
      of: work.coordinator, vote(id, work.coordinator, shard, .promise(work.promised)), &node)
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
}
