// The log on its way: what a leader sends, what followers take, what is committed and carried out
// (Ongaro, "Consensus: Bridging Theory and Practice", sections 3.5, 3.6.2, 6.3).

import Histories
import Simulation

extension Raft {
  /// What a leader knows about another region.
  struct Progress {
    enum Mode {
      /// Looks for the common prefix: one append at a time.
      case probe
      /// Sends entries as they come.
      case replicate
      /// Sends its state, since the entries are gone.
      case snapshot
    }
    var mode = Mode.probe
    /// Up to where its log equals the leader's.
    var matched: Int64 = 0
    /// What to send next.
    var next: Int64 = 1
    /// What it knows to be committed.
    var commit: Int64 = 0
    /// When the newest message that it answered was sent.
    var stamp: Instant?
    var roundTrip = Duration.zero
    /// When it last got on, or was last sent something that must get it on.
    var movedAt = Instant.zero
    var snapshot: Snapshot?
    /// It has lost its disk: nothing that it says counts.
    var rebuild: Rebuild?
  }

  /// What a leader has in mind during its term.
  struct Reign {
    /// The index of the entry that opened the term.
    var opening: Int64 = 0
    var began = Instant.zero
    var progress: [Progress] = []
    /// Reads that wait for word that it is still the leader.
    var reads: [Read] = []
    /// Whether followers that answered still honour it.
    var hasLease = true
    /// When it last sent to everybody for the sake of reads.
    var readRound = Raft.longAgo
    /// Requests that it has logged and not yet carried out.
    var proposed: Set<Request.ID> = []
    /// Whom it hands over to.
    var successor: Region.ID?
    var hasSentTimeoutNow = false
    var successionBegan = Instant.zero
    var nextSuccession = Instant.zero
    /// Changes of the members that operators ordered and that are not in the log yet.
    var changes: [MemberChange] = []

    init() {}

    init(opening: Int64, regions: Int, at now: Instant) {
      self.opening = opening
      began = now
      var progress = Progress()
      progress.next = opening
      progress.movedAt = now
      self.progress = Array(repeating: progress, count: regions)
    }
  }
}

extension Raft.Member {
  // MARK: The leader

  /// Opens its term with an entry of its own: only then can it know what is committed (3.6.2, 6.4).
  mutating func lead(_ node: inout Node<Message>) {
    node.tally(.promotions)
    role = .leader
    leader = me
    reign = Raft.Reign(opening: log.last + 1, regions: topology.count, at: node.now)
    record(.nothing, node)
    advance(&node)
    for peer in node.peers { probe(peer, &node) }
    routeAgain(&node)
  }

  /// Logs an entry; the caller sends it.
  mutating func record(_ content: Raft.Entry.Content, _ node: Node<Message>) {
    let place = Place(term: term, index: log.last + 1)
    log.append(Raft.Entry(place: place, content: content), node.store)
  }

  /// Sends a region what it lacks, as far as the window allows: 16 batches under way.
  mutating func push(to peer: Region.ID, _ node: inout Node<Message>) {
    let window = Int64(plan.batch) * 16
    while true {
      let progress = reign.progress[peer.index]
      guard progress.mode == .replicate, progress.next <= log.last,
        progress.next - 1 - progress.matched < window
      else { return }
      if progress.next == progress.matched + 1 { reign.progress[peer.index].movedAt = node.now }
      let entries = log.entries(from: progress.next, limit: plan.batch, node.store)
      // Nothing to read where there must be something: the store has failed.
      guard !entries.isEmpty else { return }
      send(entries, after: progress.next - 1, to: peer, &node)
      reign.progress[peer.index].next += Int64(entries.count)
    }
  }

  /// Sends one append, or the state if the log does not go back that far, and waits for what comes.
  mutating func probe(_ peer: Region.ID, _ node: inout Node<Message>) {
    let next = reign.progress[peer.index].next
    reign.progress[peer.index].movedAt = node.now
    guard next > log.base.index else {
      sendState(to: peer, &node)
      return
    }
    reign.progress[peer.index].mode = .probe
    let entries = log.entries(from: next, limit: plan.batch, node.store)
    send(entries, after: next - 1, to: peer, &node)
  }

  private mutating func send(
    _ entries: [Raft.Entry], after previous: Int64, to peer: Region.ID,
    _ node: inout Node<Message>
  ) {
    let append = Message.Append(
      term: term, previous: Place(term: log.term(at: previous) ?? 0, index: previous),
      entries: entries, commit: commit, stamp: node.now,
      proof: reign.progress[peer.index].rebuild?.proof)
    node.send(.append(append), to: peer)
  }

  /// An append without entries, on what the region is known to have: it overtakes nothing.
  mutating func sendHeartbeat(to peer: Region.ID, _ node: inout Node<Message>) {
    let matched = reign.progress[peer.index].matched
    // The beginning of the log is the same everywhere.
    send([], after: log.term(at: matched) == nil ? 0 : matched, to: peer, &node)
  }

  /// Every heartbeat: retransmits to regions that do not get on, lets the others hear, and steps
  /// down if a majority has been silent for an election timeout (6.2: a leader that is cut off must
  /// not keep its clients).
  mutating func beat(_ now: Instant, _ node: inout Node<Message>) {
    if plan.checkQuorum, now - max(confirmedAt(now), reign.began) > plan.electionTimeout {
      follow(term, nil, &node)
      return
    }
    for peer in node.peers {
      let progress = reign.progress[peer.index]
      let isBehind = progress.mode != .replicate || progress.matched < log.last
      if isBehind, now - progress.movedAt >= max(plan.heartbeat, progress.roundTrip * 2) {
        if progress.mode != .snapshot { reign.progress[peer.index].next = retryIndex(progress) }
        node.tally(.retransmissions)
        probe(peer, &node)
      } else {
        sendHeartbeat(to: peer, &node)
      }
    }
    reviewSuccession(now, &node)
    reviewChanges(&node)
  }

  private func retryIndex(_ progress: Raft.Progress) -> Int64 {
    progress.mode == .replicate ? progress.matched + 1 : progress.next
  }

  mutating func acknowledge(
    _ index: Int64, _ commit: Int64, _ echo: Raft.Echo, by peer: Region.ID,
    _ node: inout Node<Message>
  ) {
    let now = node.now
    hear(peer, echo, &node)
    var progress = reign.progress[peer.index]
    progress.commit = max(progress.commit, commit)
    if index > progress.matched {
      progress.matched = min(index, log.last)
      progress.movedAt = now
    }
    // While probing only an answer to the probe, or better, ends the search.
    if progress.mode == .probe, index >= progress.next - 1 { progress.mode = .replicate }
    progress.next = max(progress.next, progress.matched + 1)
    reign.progress[peer.index] = progress
    advance(&node)
    guard role == .leader else { return }
    serveReads(now, &node)
    push(to: peer, &node)
    continueSuccession(&node)
  }

  /// A region cannot place an append: a gap, or another history.
  mutating func rewind(
    _ peer: Region.ID, _ rejected: Int64, _ hint: Int64, _ echo: Raft.Echo,
    _ node: inout Node<Message>
  ) {
    hear(peer, echo, &node)
    var progress = reign.progress[peer.index]
    guard progress.mode != .snapshot else { return }
    // Only an answer to the probe counts while probing: the rest is from before.
    let counts =
      progress.mode == .probe ? rejected == progress.next - 1 : rejected >= progress.matched
    guard counts else { return }
    // It had that once: a disk that forgot. What was committed stays so.
    if rejected <= progress.matched { progress.matched = min(progress.matched, hint) }
    progress.next = max(min(hint, rejected - 1), progress.matched) + 1
    reign.progress[peer.index] = progress
    node.tally(.retransmissions)
    probe(peer, &node)
  }

  /// Works out what is committed: what a majority holds, if it is of this term. An entry of an older
  /// term is committed with the next one of this term, and not before (3.6.2, figure 3.7).
  mutating func advance(_ node: inout Node<Message>) {
    let held = heldByMajority
    guard role == .leader, held > commit, plan.rules.commits(entryOf: log.term(at: held), in: term)
    else { return }
    commit = held
    plan.rules.apply(&self, &node)
    // The regions whose clients wait learn it now, the others by the way.
    for peer in node.peers { sendHeartbeat(to: peer, &node) }
    reviewChanges(&node)
    if !members.contains(me), log.configuration.index <= commit {
      // It has led its own removal to its end (4.2.2).
      follow(term, nil, &node)
    }
  }

  /// The last entry that a majority of the members has.
  private var heldByMajority: Int64 {
    let held = topology.ids.filter { members.contains($0) }.map { region in
      if region == me { return log.last }
      let progress = reign.progress[region.index]
      return progress.rebuild == nil ? progress.matched : 0
    }
    return held.isEmpty ? 0 : held.sorted(by: >)[held.count / 2]
  }

  /// A moment at which this region was certainly the leader: a majority answered what it sent then.
  func confirmedAt(_ now: Instant) -> Instant {
    let stamps = topology.ids.filter { members.contains($0) }.map {
      $0 == me ? now : reign.progress[$0.index].stamp ?? Raft.longAgo
    }
    return stamps.isEmpty ? now : stamps.sorted(by: >)[stamps.count / 2]
  }

  var unfinishedReign: String? {
    if commit < log.last { return "has committed \(commit) of \(log.last)" }
    if !pending.isEmpty { return "\(pending.count) requests are open" }
    if let successor = reign.successor { return "hands over to \(topology.name(of: successor))" }
    if !reign.changes.isEmpty { return "has \(reign.changes.count) changes of members to make" }
    if let preferred = plan.preferred, preferred != me, members.contains(preferred) {
      return "is to hand over to \(topology.name(of: preferred))"
    }
    for region in topology.ids where region != me {
      let known = reign.progress[region.index].commit
      if known < commit { return "\(topology.name(of: region)) knows \(known) of \(commit)" }
    }
    return nil
  }

  // MARK: The followers

  mutating func take(
    _ append: Message.Append, from sender: Region.ID, _ node: inout Node<Message>
  ) {
    guard hearLeader(append.term, sender, &node) else { return }
    guard log.holds(append.previous) else {
      let hint = log.hint(after: append.previous)
      node.send(
        .mismatch(
          term: term, rejected: append.previous.index, hint: hint, echo: echo(append.stamp)),
        to: sender)
      return
    }
    for entry in append.entries where !log.holds(entry.place) {
      if entry.place.index <= log.last {
        if entry.place.index <= applied { startOver(&node) }
        node.tally(.discarded, log.truncate(after: entry.place.index - 1, node.store))
      }
      guard entry.place.index == log.last + 1 else { break }
      log.append(entry, node.store)
    }
    let index = append.previous.index + Int64(append.entries.count)
    learn(commit: min(append.commit, index, log.last), &node)
    finishRebuilding(append.proof, node)
    node.send(
      .appended(
        term: term, index: min(index, log.last), commit: commit, echo: echo(append.stamp)),
      to: sender)
  }

  /// A message of a leader: of an older term it is refused, else its sender is the leader.
  mutating func hearLeader(
    _ other: Int64, _ sender: Region.ID, _ node: inout Node<Message>
  ) -> Bool {
    guard other >= term else {
      node.send(.stale(term: term), to: sender)
      return false
    }
    follow(other, sender, &node)
    heardAt = node.now
    standsAt = heardAt + electionTimeout(&node)
    return true
  }

  /// A leader without an entry that was carried out here: one of the two disks has forgotten. This
  /// region begins again with nothing.
  private mutating func startOver(_ node: inout Node<Message>) {
    StateRows.replace(plan.state, with: [], in: node.store)
    log.restart(after: Place(term: 0, index: 0), plan.members, node.store)
    applied = 0
    commit = 0
    remember(.applied, applied, node)
  }

  // MARK: The state machine

  mutating func learn(commit index: Int64, _ node: inout Node<Message>) {
    guard index > commit else { return }
    commit = index
    plan.rules.apply(&self, &node)
  }

  /// Carries out what is committed, and answers this region's clients. The effects and how far they
  /// go reach the disk in one transaction.
  mutating func carryOutCommitted(_ node: inout Node<Message>) {
    guard applied < commit else { return }
    while applied < commit {
      let entries = log.entries(from: applied + 1, limit: plan.batch, node.store)
      // Nothing to read where there must be something: the store has failed.
      guard !entries.isEmpty else { return }
      for entry in entries where applied < commit {
        switch entry.content {
        case .request(let request): carryOut(request, entry.place, &node)
        case .writeSet(let writeSet): certify(writeSet, entry.place, &node)
        case .record(let record):
          plan.machine?.carryOut(record, on: node.store)
          carriedOut.append(record)
        case .nothing, .configuration: break
        }
        applied = entry.place.index
      }
    }
    remember(.applied, applied, node)
    serveReadsAhead(&node)
    let retained = Int64(plan.retain)
    if applied - log.base.index >= retained * 2 {
      log.compact(through: applied - retained, node.store)
    }
  }

  /// One request, once: a second copy of it in the log changes nothing (section 6.3; a client has one
  /// request open at a time, so the number of its newest tells which are old).
  private mutating func carryOut(_ request: Request, _ place: Place, _ node: inout Node<Message>) {
    reign.proposed.remove(request.id)
    guard request.operation.isReadOnly || isNew(request.id, place, node) else {
      pending[request.id] = nil
      return
    }
    var attempt = Attempt(node.store)
    let answer = attempt.perform(request.operation)
    let version = Version(place.term, place.index)
    if answer != nil {
      for change in attempt.changes { Objects.apply(change, version, to: node.store) }
    }
    guard pending.removeValue(forKey: request.id) != nil else { return }
    let seen = attempt.changes.isEmpty ? attempt.version : version
    node.reply(to: request.id, answer.map { .ok($0, told(seen)) } ?? .fail(.conditionFailed))
  }

  /// Notes a client's newest write; false if it, or a later one, was carried out before.
  func isNew(_ id: Request.ID, _ place: Raft.Place, _ node: Node<Message>) -> Bool {
    let client = [Int64(id.client)]
    let session = node.store.get(Raft.Tables.sessions, client)
    if plan.deduplicate, let session, session[0] >= id.number { return false }
    node.store.put(Raft.Tables.sessions, client, [id.number, place.index])
    return true
  }
}
