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
    /// Which shard has which key: where its steps are to be tried. Empty for reads, which look when
    /// they can.
    let homes: [Key: Int]
    /// Its shards; of a read all that it has turned out to need.
    var shards: [Int]
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
    let limit = now + plan.doubt.nanoseconds
    var homes: [Key: Int] = [:]
    var involved: Set<Int> = []
    if operation.isReadOnly {
      involved = whereabouts(of: operation.keys, at: limit - plan.staleness.nanoseconds).consulted
    } else {
      for key in operation.keys { homes[key] = newestHome(of: key) }
      involved = Set(operation.keys.map { homes[$0, default: 0] })
    }
    asked[request.id] = CommitWait.Asked(
      request: request, age: CommitWait.Age(asked: now, number: request.id.number),
      since: node.now, homes: homes, shards: involved.sorted(),
      stage: operation.isReadOnly
        ? .reading(at: now - plan.staleness.nanoseconds, limit: limit) : .deciding)
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
          steps: steps.filter { step in step.keys.contains { open.homes[$0] == shard } })
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
      case .reading(let timestamp, let limit): read(open, timestamp, limit, &node)
      case .answering(let timestamp): report(open, timestamp, &node)
      }
    }
  }

  /// Reads if it can, once it has asked all who must say something first.
  private mutating func read(
    _ open: CommitWait.Asked, _ timestamp: Int64, _ limit: Int64, _ node: inout Node<Message>
  ) {
    let keys = open.request.operation.keys
    let newest = plan.needsItsOwnEntry ? limit : timestamp
    let found = whereabouts(of: keys, at: newest)
    if !found.consulted.isSubset(of: open.shards) {
      asked[open.request.id]?.shards = found.consulted.union(open.shards).sorted()
      send(open.request.id, &node)
    }
    guard found.isKnown else { return }
    if plan.needsItsOwnEntry {
      guard found.consulted.isSubset(of: open.passed),
        let settled = settled(keys, found.homes, timestamp, limit)
      else { return }
      asked[open.request.id]?.stage = .reading(at: settled, limit: limit)
      answer(open, at: settled, &node)
    } else {
      answer(open, at: timestamp, &node)
    }
  }

  private func isSafe(_ involved: some Sequence<Int>, at timestamp: Int64) -> Bool {
    involved.allSatisfy { shards[$0].safeTime >= timestamp }
  }

  private func view(_ homes: [Key: Int], at timestamp: Int64) -> Attempt {
    Attempt(CommitWait.SnapshotView(homes.mapValues { shards[$0].shelf }, at: timestamp))
  }

  /// Reads, if it is safe. What it has seen must be past for all before anybody hears of it, or a later
  /// read could miss it elsewhere.
  private mutating func answer(
    _ open: CommitWait.Asked, at timestamp: Int64, _ node: inout Node<Message>
  ) {
    let found = whereabouts(of: open.request.operation.keys, at: timestamp)
    guard found.isKnown, isSafe(found.consulted, at: timestamp) else { return }
    var attempt = view(found.homes, at: timestamp)
    guard let answer = attempt.perform(open.request.operation) else { return }
    if let seen = attempt.version, !isPast(seen.major, &node) { return }
    asked[open.request.id] = nil
    node.reply(to: open.request.id, .ok(answer, attempt.version))
  }

  /// A transaction that committed tells what it read: as of right before it, since it held its locks; and
  /// where it held them, or where that has gone since.
  private mutating func report(
    _ open: CommitWait.Asked, _ timestamp: Int64, _ node: inout Node<Message>
  ) {
    let operation = open.request.operation
    let version = Version(timestamp, 0)
    if operation.readsNothing {
      let done = [Answer](repeating: .done, count: operation.steps.count)
      let isTransaction = if case .transaction = operation { true } else { false }
      asked[open.request.id] = nil
      node.reply(to: open.request.id, .ok(isTransaction ? .steps(done) : .done, version))
      return
    }
    guard isSafe(open.shards, at: timestamp) else { return }
    var found = Whereabouts()
    for key in operation.keys {
      guard let home = open.homes[key] else { continue }
      let tablet = plan.tablets.tablet(of: Int64(key))
      found.homes[key] = follow(
        tablet, from: home, since: timestamp - 1, to: timestamp - 1, &found)
    }
    guard found.isKnown else { return }
    var attempt = view(found.homes, at: timestamp - 1)
    guard let answer = attempt.perform(operation) else { return }
    asked[open.request.id] = nil
    node.reply(to: open.request.id, .ok(answer, version))
  }

  /// Hybrid clocks: a read goes up to what it cannot tell from what was there when it began
  /// (CockroachDB's uncertainty restarts). Nil while there may be more of that.
  private func settled(
    _ keys: [Key], _ homes: [Key: Int], _ timestamp: Int64, _ limit: Int64
  ) -> Int64? {
    var settled = timestamp
    for key in keys {
      guard let home = homes[key] else { return nil }
      let shelf = shards[home].shelf
      if CommitWait.Machine.isPrepared(key, through: limit, shelf) { return nil }
      let versions = shelf.rows(
        CommitWait.Tables.versions, prefix: [Int64(key)], from: -limit, limit: 1)
      if let newest = versions.first { settled = max(settled, -newest[1]) }
    }
    return settled
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
