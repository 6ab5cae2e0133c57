// How a region becomes the primary and ceases to be: polls, votes, leases, orders, and promotion
// without all that when fencing is off.

import Histories
import Simulation

extension AsyncPrimary {
  /// An election this region stands in.
  struct Candidacy {
    var epoch: Int64 = 0
    var ballot = Ballot.poll
    /// Who said yes, a bit each.
    var votes: UInt64 = 0
    /// When the vote began.
    var since = Instant.zero
    /// Only to succeed a primary that hands over.
    var isPlanned = false
  }
}

extension AsyncPrimary.Group {
  typealias Message = AsyncPrimary.Message
  typealias Ballot = AsyncPrimary.Ballot
  typealias Place = AsyncPrimary.Place

  // MARK: Standing

  /// Stands, or takes over, if the time has come.
  mutating func consider(_ now: Instant, _ node: inout Host) {
    guard role == .follower, now >= standsAt else { return }
    switch plan.failover {
    case .none: return
    case .manual: guard plan.fencing, owner(of: epoch) == me else { return }
    case .automatic: break
    }
    standsAt = now + plan.heartbeat + spread(&node)
    if plan.fencing { poll(&node) } else { promote(&node) }
  }

  /// Asks who would vote. Binds nobody, so a region that was cut off deposes no healthy primary
  /// when it comes back (Ongaro, section 9.6, pre-vote).
  mutating func poll(_ node: inout Host, planned: Bool = false) {
    role = .candidate
    hearsPrimary = false
    candidacy.isPlanned = planned
    candidacy.epoch = nextEpoch(after: max(promised, rumoured))
    candidacy.ballot = .poll
    candidacy.since = node.now
    candidacy.votes = 0
    if !objects(to: question, of: me, candidacy.since) { candidacy.votes = bit(me) }
    broadcast(.ask(question), &node)
    countVotes(&node)
  }

  /// Every heartbeat: asks again what may have been lost.
  mutating func canvass(_ now: Instant, _ node: inout Host) {
    if candidacy.ballot == .poll {
      // A switch-over does not stand in the way of an election, should the primary be gone.
      let isPlanned = candidacy.isPlanned && !(plan.failover == .automatic && now >= standsAt)
      poll(&node, planned: isPlanned)
    } else if now - candidacy.since > plan.lease {
      abandonCandidacy(&node)
    } else {
      node.tally(.retransmissions)
      broadcast(.ask(question), &node)
    }
  }

  private var question: Message.Ask {
    Message.Ask(
      epoch: candidacy.epoch, ballot: candidacy.ballot, last: log.end, ordered: ordered,
      released: released)
  }

  private func bit(_ region: Region.ID) -> UInt64 { 1 << UInt64(region.raw) }

  mutating func count(
    from voter: Region.ID, _ epoch: Int64, _ ballot: Ballot, _ resigned: Int64,
    _ node: inout Host
  ) {
    let news = resigned > released
    released = max(released, resigned)
    guard role == .candidate, candidacy.epoch == epoch, candidacy.ballot == ballot else { return }
    if news, !plan.fencing {
      promote(&node)
    } else if news {
      // Those who said no for the old primary's sake will now say yes.
      poll(&node, planned: candidacy.isPlanned)
    } else {
      candidacy.votes |= bit(voter)
      countVotes(&node)
    }
  }

  private mutating func countVotes(_ node: inout Host) {
    guard candidacy.votes.nonzeroBitCount >= topology.majority else { return }
    if candidacy.isPlanned, released < ordered { return }
    if candidacy.ballot == .poll {
      // Its own vote is bound by the lease that it granted like any other's.
      let now = node.now
      guard !objects(to: question, of: me, now) else { return }
      promise(candidacy.epoch, node)
      candidacy.ballot = .vote
      candidacy.since = now
      candidacy.votes = bit(me)
      broadcast(.ask(question), &node)
      guard topology.majority == 1 else { return }
    }
    node.tally(.promotions)
    beginReign(candidacy.epoch, &node)
  }

  mutating func abandonCandidacy(_ node: inout Host) {
    role = .follower
    standsAt = node.now + spread(&node)
  }

  // MARK: Voting

  /// Whether a vote, or saying so in a poll, would be wrong.
  func objects(to ask: Message.Ask, of candidate: Region.ID, _ now: Instant) -> Bool {
    if ask.ballot == .poll ? ask.epoch <= promised : ask.epoch < promised { return true }
    if ask.last < log.end { return true }
    if role == .primary { return holdsLease(now) }
    // The last primary itself may come back at any time, and one that resigned has no lease.
    if owner(of: epoch) == candidate || epoch <= ask.released { return false }
    return now - heardAt < patience
  }

  mutating func judge(
    _ ask: Message.Ask, of candidate: Region.ID, _ node: inout Host
  ) {
    guard plan.failover != .none else { return }
    let now = node.now
    guard plan.fencing else {
      handOver(to: ask, of: candidate, now, &node)
      return
    }
    var resigned = ask.ordered != 0 && resigned >= ask.ordered ? resigned : 0
    if objects(to: ask, of: candidate, now) {
      guard role == .primary, ask.ordered >= epoch, ask.epoch > promised, yields(to: ask, now)
      else {
        let known = max(promised, rumoured)
        let refusal = Message.refused(epoch: ask.epoch, ballot: ask.ballot, promised: known)
        send(refusal, to: candidate, &node)
        return
      }
      resigned = epoch
      self.resigned = epoch
      stepDown(&node)
      standsAt = now + patience + spread(&node)
    }
    if ask.ballot == .vote {
      promise(ask.epoch, node)
      if role == .primary { stepDown(&node) }
      role = .follower
      standsAt = now + patience + spread(&node)
    }
    send(.granted(epoch: ask.epoch, ballot: ask.ballot, resigned: resigned), to: candidate, &node)
  }

  mutating func promise(_ epoch: Int64, _ node: Host) {
    guard epoch > promised else { return }
    promised = epoch
    remember(.promised, promised, node)
  }

  // MARK: Taking over

  /// Without fencing: is the primary because it says so.
  mutating func promote(_ node: inout Host) {
    guard role != .primary else { return }
    node.tally(.promotions)
    beginReign(nextEpoch(after: max(promised, rumoured)), &node)
  }

  /// Opens an epoch of its own with an empty entry.
  mutating func beginReign(_ epoch: Int64, _ node: inout Host) {
    if role == .primary { stepDown(&node) }
    adopt(epoch, node)
    primary = me
    role = .primary
    let position = log.last + 1
    reign = AsyncPrimary.Reign(
      opening: position, next: position, regions: topology.count, at: node.now)
    record(client: 0, request: 0, [Change(.nothing)], at: node.now, &node)
    for peer in node.peers { probe(peer, &node) }
    reign.holdsLease = holdsLease(node.now)
  }

  /// Without fencing: still believes, after a restart, in its own epoch.
  mutating func resumeReign(_ node: inout Host) {
    primary = me
    role = .primary
    reign = AsyncPrimary.Reign(
      opening: log.opening(of: epoch), next: log.last + 1, regions: topology.count, at: node.now)
    advance(&node)
    for peer in node.peers { probe(peer, &node) }
  }

  /// Stops being the primary. Its pending writes stay open: nobody can say what becomes of them.
  mutating func stepDown(_ node: inout Host) {
    role = .follower
    primary = nil
    hearsPrimary = false
    verified = 0
    target = 0
    told = 0
    for waiting in reign.pending where waiting.isRead {
      respond(to: waiting.request, .fail(.notServing), waiting.origin, &node)
    }
    acknowledged = max(acknowledged, min(reign.acknowledged, log.last))
    reign = AsyncPrimary.Reign()
  }

  /// Makes an epoch the one it belongs to.
  mutating func adopt(_ epoch: Int64, _ node: Host) {
    promise(epoch, node)
    if epoch != self.epoch || !epochIsStored {
      epochIsStored = true
      self.epoch = epoch
      remember(.epoch, epoch, node)
      verified = 0
      target = 0
      told = 0
    }
    if ordered != 0, ordered < epoch {
      ordered = 0
      remember(.ordered, 0, node)
    }
  }

  /// Hears, as the primary of an epoch, that a higher one was promised.
  mutating func learn(ofEpoch newer: Int64, _ node: inout Host) {
    rumoured = max(rumoured, newer)
    guard role == .primary, newer > epoch else { return }
    if plan.failover == .none || (!plan.fencing && owner(of: newer) == me) {
      // Only a disk that forgot gets here.
      beginReign(nextEpoch(after: newer), &node)
    } else if plan.fencing {
      stepDown(&node)
      standsAt = node.now + spread(&node)
    } else {
      stepDown(&node)
      adopt(newer, node)
      primary = owner(of: newer)
      heardAt = node.now
      standsAt = heardAt + patience + spread(&node)
    }
  }
}
