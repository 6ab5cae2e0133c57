// What a region does for its clients: it brings the parts of a transaction to the leaders of their shards
// and reads as of a timestamp from its own databases, which hold every shard.

import Histories
import Simulation

extension CommitWait {
  /// What a client of this region waits for.
  struct Asked {
    enum Stage: Equatable {
      /// Its shards' leaders are to decide.
      case deciding
      /// It reads as of a timestamp. With hybrid clocks, what is newer but not after `limit` may have
      /// been there before the read began.
      case reading(at: Int64, limit: Int64)
      /// It committed; what it read is still to be found out.
      case answering(Int64)
    }
    let request: Request
    let age: Age
    let since: Instant
    let shards: [Int]
    var stage: Stage
    var sentAt = Raft.longAgo
    /// A leader may have heard of it.
    var isOut = false
    /// With hybrid clocks: the shards whose logs have come to this read.
    var passed: Set<Int> = []
  }
}

extension CommitWait.Member {
  /// A client asks.
  mutating func ask(_ request: Request, _ node: inout Node<Message>) {
    let operation = request.operation
    guard plan.supports(operation) else {
      node.reply(to: request.id, .fail(.unsupported))
      return
    }
    guard asked[request.id] == nil else { return }
    let now = latest(&node)
    let shards = Set(operation.keys.map { CommitWait.shard(of: Int64($0), among: plan.shards) })
    let stage: CommitWait.Asked.Stage =
      operation.isReadOnly
      ? .reading(at: now - plan.staleness.nanoseconds, limit: now + plan.doubt.nanoseconds)
      : .deciding
    asked[request.id] = CommitWait.Asked(
      request: request, age: CommitWait.Age(asked: now, number: request.id.number),
      since: node.now, shards: shards.sorted(), stage: stage)
    send(request.id, &node)
  }

  /// Tells the leaders what is wanted of them.
  private mutating func send(_ id: Request.ID, _ node: inout Node<Message>) {
    guard var open = asked[id] else { return }
    open.sentAt = node.now
    switch open.stage {
    case .deciding:
      let steps = open.request.operation.steps
      for shard in open.shards {
        let begin = Message.Begin(
          id: id, age: open.age, shard: shard, coordinator: open.shards[0],
          participants: Array(open.shards.dropFirst()),
          steps: steps.filter { step in
            step.keys.contains { CommitWait.shard(of: Int64($0), among: plan.shards) == shard }
          })
        if sendToLeader(of: shard, .begin(begin), &node) { open.isOut = true }
      }
    case .reading(let timestamp, _):
      for shard in open.shards where mustAsk(shard, open, timestamp) {
        sendToLeader(of: shard, .askSafe(shard, timestamp, id), &node)
      }
    case .answering: break
    }
    asked[id] = open
  }

  /// Whether a shard's leader has to log something before a read can go ahead.
  private func mustAsk(_ shard: Int, _ open: CommitWait.Asked, _ timestamp: Int64) -> Bool {
    plan.needsItsOwnEntry
      ? !open.passed.contains(shard) : CommitWait.Machine.newest(shards[shard].shelf) < timestamp
  }

  private var openRequests: [Request.ID] { asked.keys.sorted { $0.number < $1.number } }

  /// There is another leader.
  mutating func askAgain(_ node: inout Node<Message>) {
    for id in openRequests { send(id, &node) }
  }

  /// Every heartbeat: asks again after an election timeout, and gives up after `request-timeout`.
  mutating func retry(_ node: inout Node<Message>) {
    let now = node.now
    for id in openRequests {
      guard let open = asked[id] else { continue }
      if now - open.since > plan.common.requestTimeout {
        asked[id] = nil
        // What went out may have happened, or happen yet: nobody can say.
        if !open.isOut { node.reply(to: id, .fail(.notServing)) }
      } else if now - open.sentAt > plan.common.electionTimeout {
        send(id, &node)
      }
    }
  }

  /// A transaction is decided.
  mutating func learn(
    _ verdict: CommitWait.Verdict, on id: Request.ID, _ node: inout Node<Message>
  ) {
    guard let open = asked[id], open.stage == .deciding else { return }
    switch verdict {
    case .aborted(let reason):
      asked[id] = nil
      node.reply(to: id, .fail(reason.refusal))
    case .committed(let timestamp): asked[id]?.stage = .answering(timestamp)
    }
  }

  /// With hybrid clocks: a shard's log has come to a read.
  mutating func passed(_ id: Request.ID, at shard: Int) {
    asked[id]?.passed.insert(shard)
  }

  // MARK: Answers

  /// Answers what can be answered.
  mutating func serve(_ node: inout Node<Message>) {
    for id in openRequests {
      guard let open = asked[id] else { continue }
      switch open.stage {
      case .deciding: break
      case .reading(let timestamp, let limit):
        if plan.needsItsOwnEntry {
          answerInDoubt(open, timestamp, limit, &node)
        } else if isSafe(open.shards, at: timestamp) {
          answer(open, at: timestamp, &node)
        }
      case .answering(let timestamp): report(open, timestamp, &node)
      }
    }
  }

  private func isSafe(_ involved: [Int], at timestamp: Int64) -> Bool {
    involved.allSatisfy { shards[$0].safeTime >= timestamp }
  }

  private func view(at timestamp: Int64) -> Attempt {
    Attempt(CommitWait.SnapshotView(shards.map(\.shelf), at: timestamp))
  }

  /// Reads. What it has seen must be past for all before anybody hears of it, or a later read could
  /// miss it elsewhere.
  private mutating func answer(
    _ open: CommitWait.Asked, at timestamp: Int64, _ node: inout Node<Message>
  ) {
    var attempt = view(at: timestamp)
    guard let answer = attempt.perform(open.request.operation) else { return }
    if let seen = attempt.version, !isPast(seen.major, &node) { return }
    asked[open.request.id] = nil
    node.reply(to: open.request.id, .ok(answer, attempt.version))
  }

  /// A transaction that committed tells what it read: as of right before it, since it held its locks.
  private mutating func report(
    _ open: CommitWait.Asked, _ timestamp: Int64, _ node: inout Node<Message>
  ) {
    let steps = open.request.operation.steps
    let isKnown = open.request.operation.readsNothing
    guard isKnown || isSafe(open.shards, at: timestamp) else { return }
    let version = Version(timestamp, 0)
    asked[open.request.id] = nil
    if isKnown {
      let done = [Answer](repeating: .done, count: steps.count)
      let isTransaction = if case .transaction = open.request.operation { true } else { false }
      node.reply(to: open.request.id, .ok(isTransaction ? .steps(done) : .done, version))
      return
    }
    var attempt = view(at: timestamp - 1)
    guard let answer = attempt.perform(open.request.operation) else { return }
    node.reply(to: open.request.id, .ok(answer, version))
  }

  /// Hybrid clocks: a read goes up to what it cannot tell from what was there when it began
  /// (CockroachDB's uncertainty restarts), until there is no such thing.
  private mutating func answerInDoubt(
    _ open: CommitWait.Asked, _ timestamp: Int64, _ limit: Int64, _ node: inout Node<Message>
  ) {
    guard open.passed.count == open.shards.count else { return }
    var timestamp = timestamp
    let keys = open.request.operation.keys
    for key in keys {
      let shelf = shards[CommitWait.shard(of: Int64(key), among: plan.shards)].shelf
      if CommitWait.Machine.isPrepared(key, through: limit, shelf) { return }
      let versions = shelf.rows(
        CommitWait.Tables.versions, prefix: [Int64(key)], from: -limit, limit: 1)
      if let newest = versions.first { timestamp = max(timestamp, -newest[1]) }
    }
    asked[open.request.id]?.stage = .reading(at: timestamp, limit: limit)
    if isSafe(open.shards, at: timestamp) { answer(open, at: timestamp, &node) }
  }
}

extension Operation {
  /// The steps that it consists of.
  var steps: [Operation] {
    if case .transaction(let steps) = self { steps } else { [self] }
  }

  /// Whether its answer says only that it happened.
  var readsNothing: Bool { steps.allSatisfy { if case .read = $0 { false } else { true } } }
}
