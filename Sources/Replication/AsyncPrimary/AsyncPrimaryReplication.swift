// The log on its way: what a primary sends, what followers take, and what counts as acknowledged.

import Histories
import Simulation

extension AsyncPrimary {
  /// What a primary knows about a follower.
  struct Follower {
    /// Up to where it has acknowledged the log, in this epoch.
    var matched: Int64 = 0
    /// What to send next.
    var next: Int64 = 1
    /// Looking for the common prefix: one append at a time.
    var isProbing = true
    /// When the newest append that it answered was sent.
    var stamp: Instant?
    var roundTrip = Duration.zero
    /// When it last got on, or was last sent something that must get it on.
    var movedAt = Instant.zero
  }

  /// A request waits until a position is acknowledged.
  struct Waiting {
    var position: Int64
    var request: Request.ID
    /// Who forwarded it.
    var origin: Region.ID?
    var outcome: Outcome
    var isRead: Bool
  }

  /// What a primary has in mind during one epoch.
  struct Reign {
    /// The position of the epoch's opening entry.
    var opening: Int64 = 0
    var acknowledged: Int64 = 0
    var followers: [Follower] = []
    /// By position.
    var pending: [Waiting] = []
    /// As of the last look; only for `unfinished`.
    var holdsLease = false
    /// Takes no writes until then, so that a candidate can catch up.
    var yieldsUntil = Instant.zero

    init() {}

    init(opening: Int64, next: Int64, regions: Int, at now: Instant) {
      self.opening = opening
      var follower = Follower()
      follower.next = next
      follower.movedAt = now
      followers = Array(repeating: follower, count: regions)
    }

    func unfinished(last: Int64, _ topology: Topology, except me: Region.ID) -> String? {
      if !holdsLease { return "has no lease" }
      if !pending.isEmpty { return "\(pending.count) requests wait for acknowledgements" }
      for region in topology.ids where region != me && followers[region.index].matched < last {
        let held = followers[region.index].matched
        return "\(topology.name(of: region)) has acknowledged \(held) of \(last)"
      }
      return nil
    }
  }
}

extension AsyncPrimary.Member {
  // MARK: The primary

  /// Logs what a request changes; the caller sends it.
  mutating func record(
    client: Int64, request: Int64, _ changes: [Change], _ node: Node<Message>
  ) {
    let place = Place(epoch: epoch, position: log.last + 1)
    log.append(
      AsyncPrimary.Entry(place: place, client: client, request: request, changes: changes),
      node.store)
    if othersNeeded == 0 { reign.acknowledged = log.last }
  }

  /// Sends a follower what it lacks, as far as the window allows: 16 batches under way.
  mutating func push(to peer: Region.ID, _ node: inout Node<Message>) {
    let window = Int64(plan.batch) * 16
    while true {
      let follower = reign.followers[peer.index]
      guard !follower.isProbing, follower.next <= log.last,
        follower.next - 1 - follower.matched < window
      else { return }
      if follower.next == follower.matched + 1 {
        reign.followers[peer.index].movedAt = node.now
      }
      let sent = sendEntries(from: follower.next, to: peer, &node)
      // Nothing to read where there must be something: the store has failed.
      guard sent > 0 else { return }
      reign.followers[peer.index].next += sent
    }
  }

  /// Sends one append and waits for what the follower makes of it.
  mutating func probe(_ peer: Region.ID, _ node: inout Node<Message>) {
    reign.followers[peer.index].isProbing = true
    reign.followers[peer.index].movedAt = node.now
    _ = sendEntries(from: reign.followers[peer.index].next, to: peer, &node)
  }

  private mutating func sendEntries(
    from next: Int64, to peer: Region.ID, _ node: inout Node<Message>
  ) -> Int64 {
    let entries = log.entries(from: next, limit: plan.batch, node.store)
    send(entries, after: next - 1, to: peer, &node)
    return Int64(entries.count)
  }

  private mutating func send(
    _ entries: [AsyncPrimary.Entry], after previous: Int64, to peer: Region.ID,
    _ node: inout Node<Message>
  ) {
    let append = Message.Append(
      epoch: epoch, previous: Place(epoch: log.epoch(at: previous), position: previous),
      entries: entries, last: log.last, stamp: node.now)
    node.send(.append(append), to: peer)
  }

  /// Every heartbeat: retransmits to followers that do not get on, and lets the others hear.
  mutating func beat(_ now: Instant, _ node: inout Node<Message>) {
    reign.holdsLease = holdsLease(now)
    for peer in node.peers {
      let follower = reign.followers[peer.index]
      let overdue = now - follower.movedAt >= max(plan.heartbeat, follower.roundTrip * 2)
      if overdue, follower.isProbing || follower.matched < log.last {
        if !follower.isProbing { reign.followers[peer.index].next = follower.matched + 1 }
        node.tally(.retransmissions)
        probe(peer, &node)
      } else if follower.isProbing || follower.matched < log.last {
        // A heartbeat must not overtake what is under way: it only says what is known.
        send([], after: follower.matched, to: peer, &node)
      } else {
        send([], after: log.last, to: peer, &node)
      }
    }
  }

  private mutating func hear(_ peer: Region.ID, _ stamp: Instant, _ now: Instant) {
    let newest = max(stamp, reign.followers[peer.index].stamp ?? stamp)
    reign.followers[peer.index].stamp = newest
    reign.followers[peer.index].roundTrip = now - stamp
    reign.holdsLease = holdsLease(now)
  }

  mutating func acknowledge(
    _ position: Int64, _ stamp: Instant, by peer: Region.ID, _ node: inout Node<Message>
  ) {
    let now = node.now
    hear(peer, stamp, now)
    var follower = reign.followers[peer.index]
    if position > follower.matched {
      follower.matched = min(position, log.last)
      follower.movedAt = now
    }
    // While probing only an answer to the probe, or better, ends the search.
    if follower.isProbing, position >= follower.next - 1 { follower.isProbing = false }
    follower.next = max(follower.next, follower.matched + 1)
    reign.followers[peer.index] = follower
    advance(&node)
    push(to: peer, &node)
  }

  /// A follower cannot place an append: a gap, or another history.
  mutating func rewind(
    _ peer: Region.ID, _ rejected: Int64, _ hint: Int64, _ stamp: Instant,
    _ node: inout Node<Message>
  ) {
    hear(peer, stamp, node.now)
    var follower = reign.followers[peer.index]
    // Only an answer to the probe counts while probing: the rest is from before.
    let counts =
      follower.isProbing ? rejected == follower.next - 1 : rejected >= follower.matched
    guard counts else { return }
    if rejected == follower.matched, follower.next - 1 == follower.matched {
      // It had that once: a disk that forgot. What was acknowledged stays so.
      follower.matched = min(follower.matched, hint)
    }
    follower.next = max(hint, follower.matched) + 1
    reign.followers[peer.index] = follower
    node.tally(.retransmissions)
    probe(peer, &node)
  }

  /// Works out what is acknowledged, and answers those who waited for it.
  mutating func advance(_ node: inout Node<Message>) {
    var held = log.last
    if othersNeeded > 0 {
      let others = node.peers.map { reign.followers[$0.index].matched }
      held = (plan.acknowledge == .one ? others.max() : others.min()) ?? log.last
    }
    // Nothing counts before this epoch's own opening entry does: see the header.
    guard held >= reign.opening, held > reign.acknowledged || !reign.pending.isEmpty else { return }
    reign.acknowledged = max(reign.acknowledged, held)
    let ready = reign.pending.prefix { $0.position <= reign.acknowledged }
    guard !ready.isEmpty else { return }
    reign.pending.removeFirst(ready.count)
    for waiting in ready { respond(to: waiting.request, waiting.outcome, waiting.origin, &node) }
  }

  /// Whether a majority has answered appends sent within the lease.
  func holdsLease(_ now: Instant) -> Bool {
    guard plan.fencing, plan.failover != .none else { return true }
    var fresh = 1
    for follower in reign.followers {
      if let stamp = follower.stamp, now - stamp < plan.lease { fresh += 1 }
    }
    return fresh >= topology.majority
  }

  // MARK: The followers

  mutating func take(
    _ append: Message.Append, from sender: Region.ID, _ node: inout Node<Message>
  ) {
    guard append.epoch >= promised else {
      node.send(.stale(promised: promised), to: sender)
      return
    }
    if role == .primary { stepDown(&node) }
    role = .follower
    adopt(append.epoch, node)
    primary = sender
    hearsPrimary = true
    heardAt = node.now
    standsAt = heardAt + patience + spread(&node)
    target = max(target, append.last)

    guard log.holds(append.previous) else {
      node.send(
        .mismatch(
          epoch: epoch, rejected: append.previous.position, hint: log.hint(after: append.previous),
          stamp: append.stamp), to: sender)
      return
    }
    for entry in append.entries where !log.holds(entry.place) {
      if entry.place.position <= log.last {
        node.tally(.discarded, log.undo(after: entry.place.position - 1, node.store))
      }
      log.append(entry, node.store)
    }
    let position = append.previous.position + Int64(append.entries.count)
    verified = max(verified, position)
    node.send(
      .appended(epoch: epoch, position: position, stamp: append.stamp), to: sender)
  }
}
