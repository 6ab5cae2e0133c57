// What clients ask. A region keeps every request of its clients until it has carried out the entry
// with it, or read what was asked; meanwhile it asks whoever leads, again if need be. So the answer
// comes from the region's own state machine, and the loss of a leader loses no answer (Ongaro,
// "Consensus: Bridging Theory and Practice", chapter 6: client interaction).

import Histories
import Simulation

extension Raft {
  /// A request of a client of this region.
  struct Pending {
    let request: Request
    let since: Instant
    var sentAt = Raft.longAgo
    /// A leader may have heard of it.
    var isOut = false
    /// What it came to where it ran ahead, to be certified.
    var ahead: (writeSet: WriteSet, answer: Answer)?
  }

  /// A read that a leader has been asked about.
  struct Read {
    let id: Request.ID
    let origin: Region.ID
    let askedAt: Instant
    /// What must be carried out before it.
    let index: Int64
  }

  /// A read that may be served here once an entry is applied.
  struct ReadAhead {
    let id: Request.ID
    let index: Int64
  }
}

extension Raft.Member {
  public mutating func handle(_ request: Request, _ node: inout Node<Message>) {
    let operation = request.operation
    guard plan.supports(operation) else {
      node.reply(to: request.id, .fail(.unsupported))
      return
    }
    if plan.reads == .local, operation.isReadOnly || plan.certifies != nil {
      // What it showed before it lost its disk must not be gone.
      guard rebuilds == 0 else {
        node.reply(to: request.id, .fail(.notServing))
        return
      }
    }
    if operation.isReadOnly, plan.reads == .local {
      answer(request, &node)
      return
    }
    guard pending[request.id] == nil, !isCarriedOut(request, node) else { return }
    pending[request.id] = Raft.Pending(request: request, since: node.now)
    route(request, &node)
  }

  /// A second copy of a write: answered already.
  private func isCarriedOut(_ request: Request, _ node: Node<Message>) -> Bool {
    guard plan.deduplicate, !request.operation.isReadOnly else { return false }
    let session = node.store.get(Raft.Tables.sessions, [Int64(request.id.client)])
    return session.map { $0[0] >= request.id.number } ?? false
  }

  /// Brings a request to the leader, if one is known.
  mutating func route(_ request: Request, _ node: inout Node<Message>) {
    let isUpdate = !request.operation.isReadOnly
    if isUpdate, plan.certifies != nil {
      guard plan.reads != .local || runAhead(request, &node) else { return }
      if let writeSet = pending[request.id]?.ahead?.writeSet {
        route(writeSet, &node)
        return
      }
    }
    let isLogged = isUpdate && plan.certifies == nil || plan.reads == .log
    if role == .leader {
      pending[request.id]?.isOut = true
      pending[request.id]?.sentAt = node.now
      if isLogged {
        propose(request, for: me, &node)
      } else {
        admitRead(request.id, for: me, &node)
      }
    } else if let leader {
      pending[request.id]?.isOut = true
      pending[request.id]?.sentAt = node.now
      node.send(isLogged ? .propose(request) : .askReadIndex(request.id), to: leader)
    }
  }

  /// Routes everything that is open: there is another leader.
  mutating func routeAgain(_ node: inout Node<Message>) {
    for id in openRequests {
      if let open = pending[id] { route(open.request, &node) }
    }
  }

  /// Every heartbeat: asks again after an election timeout, and gives up after `request-timeout`.
  mutating func retry(_ now: Instant, _ node: inout Node<Message>) {
    for id in openRequests {
      guard let open = pending[id] else { continue }
      if now - open.since > plan.requestTimeout {
        pending[id] = nil
        // A write that went out may have happened, or happen yet: nobody can say.
        if !open.isOut || open.request.operation.isReadOnly {
          node.reply(to: id, .fail(.notServing))
        }
      } else if now - open.sentAt > plan.electionTimeout {
        route(open.request, &node)
      }
    }
  }

  private var openRequests: [Request.ID] { pending.keys.sorted { $0.number < $1.number } }

  // MARK: The leader: entries

  /// Logs a request.
  mutating func propose(
    _ request: Request, for origin: Region.ID, _ node: inout Node<Message>
  ) {
    guard role == .leader, reign.successor == nil else {
      refuse(request.id, of: origin, &node)
      return
    }
    if plan.deduplicate, !reign.proposed.insert(request.id).inserted { return }
    add(.request(request), &node)
  }

  /// Puts something new into the log, and sends it.
  mutating func add(_ content: Raft.Entry.Content, _ node: inout Node<Message>) {
    record(content, node)
    advance(&node)
    for peer in node.peers { push(to: peer, &node) }
  }

  mutating func refuse(
    _ id: Request.ID, of origin: Region.ID, _ node: inout Node<Message>
  ) {
    if origin == me {
      pending[id]?.sentAt = Raft.longAgo
    } else {
      node.send(.notLeader(id), to: origin)
    }
  }

  // MARK: The leader: reads (section 6.4)

  /// Finds out up to where a read must see the log, and that nobody else leads meanwhile.
  mutating func admitRead(
    _ id: Request.ID, for origin: Region.ID, _ node: inout Node<Message>
  ) {
    guard role == .leader else {
      refuse(id, of: origin, &node)
      return
    }
    let now = node.now
    // Its commit index says nothing before an entry of its own term is committed.
    let read = Raft.Read(
      id: id, origin: origin, askedAt: now, index: max(commit, reign.opening))
    if plan.reads == .leader {
      grant(read, &node)
      return
    }
    reign.reads.append(read)
    serveReads(now, &node)
    guard !reign.reads.isEmpty, confirmedAt(now) >= reign.readRound else { return }
    askWhetherItLeads(now, &node)
  }

  /// One round of heartbeats for all reads that came before it.
  private mutating func askWhetherItLeads(_ now: Instant, _ node: inout Node<Message>) {
    reign.readRound = now
    for peer in node.peers { sendHeartbeat(to: peer, &node) }
  }

  /// Lets go the reads that are safe: a majority has answered something sent after they came in (6.4),
  /// or lately enough that it elects nobody else yet (6.4.1).
  mutating func serveReads(_ now: Instant, _ node: inout Node<Message>) {
    guard !reign.reads.isEmpty else { return }
    let confirmed = confirmedAt(now)
    let isLeased =
      plan.reads == .lease && reign.hasLease && now - confirmed < plan.electionTimeout
    let waiting = reign.reads
    reign.reads = []
    for read in waiting {
      if commit >= read.index, isLeased || confirmed >= read.askedAt {
        grant(read, &node)
      } else {
        reign.reads.append(read)
      }
    }
    if !reign.reads.isEmpty, confirmed >= reign.readRound { askWhetherItLeads(now, &node) }
  }

  private mutating func grant(_ read: Raft.Read, _ node: inout Node<Message>) {
    if read.origin == me {
      readIsSafe(read.id, read.index, &node)
    } else {
      node.send(.readIndex(read.id, index: read.index), to: read.origin)
    }
  }

  // MARK: Answers to reads

  /// A read sees enough once this region has carried out everything up to an index.
  mutating func readIsSafe(
    _ id: Request.ID, _ index: Int64, _ node: inout Node<Message>
  ) {
    guard let open = pending[id] else { return }
    if applied >= index {
      if plan.certifies != nil, !open.request.operation.isReadOnly {
        if runAhead(open.request, &node) { route(open.request, &node) }
        return
      }
      pending[id] = nil
      answer(open.request, &node)
    } else {
      readsAhead.append(Raft.ReadAhead(id: id, index: index))
    }
  }

  mutating func serveReadsAhead(_ node: inout Node<Message>) {
    guard readsAhead.contains(where: { $0.index <= applied }) else { return }
    let waiting = readsAhead
    readsAhead = []
    for read in waiting { readIsSafe(read.id, read.index, &node) }
  }

  private func answer(_ request: Request, _ node: inout Node<Message>) {
    var attempt = Attempt(node.store)
    if let answer = attempt.perform(request.operation) {
      node.reply(to: request.id, .ok(answer, told(attempt.version)))
    }
  }

  /// A write's place in the order of all, unless it may have happened twice: then it has two.
  func told(_ version: Version?) -> Version? { plan.deduplicate ? version : nil }
}
