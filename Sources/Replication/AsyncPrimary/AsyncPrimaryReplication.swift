// The log on its way out: what a primary sends, and what counts as acknowledged.

import Histories
import Simulation

extension AsyncPrimary.Group {
  // MARK: Sending

  /// Logs what a request changes; the caller sends it.
  mutating func record(
    client: Int64, request: Int64, _ changes: [Change], origin: Place = .start, at now: Instant,
    _ node: inout Host
  ) {
    let place = Place(epoch: epoch, position: log.last + 1)
    log.append(
      AsyncPrimary.Entry(
        place: place, client: client, request: request, origin: origin, changes: changes),
      node.store)
    rules.logged(place.position, at: now, &node.random)
    if plan.copies == 0 || reign.isAlone {
      reign.acknowledged = log.last
      rememberAcknowledged(reign.acknowledged, node)
    } else if reign.waitsSince == nil {
      reign.waitsSince = now
    }
    if plan.reads == .bounded, topology.count > 1 { reign.loggedAt.append((log.last, now)) }
    compact(node)
  }

  /// Sends a follower what it lacks, as far as the window allows: 16 batches under way.
  mutating func push(to peer: Region.ID, _ node: inout Host) {
    let window = Int64(plan.batch) * 16
    while true {
      let follower = reign.followers[peer.index]
      guard !follower.isProbing, follower.next <= log.last,
        follower.next - 1 - follower.matched < window
      else { return }
      guard follower.next > log.base else {
        probe(peer, &node)
        return
      }
      if follower.next == follower.matched + 1 {
        reign.followers[peer.index].movedAt = node.now
      }
      let sent = sendEntries(from: follower.next, to: peer, &node)
      // Nothing to read where there must be something: the store has failed.
      guard sent > 0 else { return }
      reign.followers[peer.index].next += sent
    }
  }

  /// Sends one append, or a piece of the state, and waits for what the follower makes of it.
  mutating func probe(_ peer: Region.ID, _ node: inout Host) {
    reign.followers[peer.index].isProbing = true
    reign.followers[peer.index].movedAt = node.now
    if reign.followers[peer.index].snapshot != nil
      || reign.followers[peer.index].next <= log.base
    {
      sendState(to: peer, &node)
    } else {
      _ = sendEntries(from: reign.followers[peer.index].next, to: peer, &node)
    }
  }

  private mutating func sendEntries(
    from next: Int64, to peer: Region.ID, _ node: inout Host
  ) -> Int64 {
    let entries = log.entries(from: next, limit: plan.batch, node.store)
    send(entries, after: next - 1, to: peer, &node)
    return Int64(entries.count)
  }

  private mutating func send(
    _ entries: [AsyncPrimary.Entry], after previous: Int64, to peer: Region.ID,
    _ node: inout Host
  ) {
    let now = node.now
    let isSure = reign.isSettled && holdsLease(now)
    let append = Message.Append(
      epoch: epoch, previous: log.place(at: previous), entries: entries, last: log.last,
      acknowledged: reign.isSettled ? reign.acknowledged : 0, stamp: now,
      echo: isSure ? reign.followers[peer.index].clock : nil)
    send(.append(append), to: peer, &node)
  }

  /// Every heartbeat: retransmits to followers that do not get on, and lets the others hear.
  mutating func beat(_ now: Instant, _ node: inout Host) {
    reign.holdsLease = holdsLease(now)
    goOnAlone(now, &node)
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

  // MARK: Answers

  mutating func hear(_ peer: Region.ID, _ stamp: Instant, _ now: Instant) {
    let newest = max(stamp, reign.followers[peer.index].stamp ?? stamp)
    reign.followers[peer.index].stamp = newest
    reign.followers[peer.index].roundTrip = now - stamp
    reign.holdsLease = holdsLease(now)
  }

  mutating func acknowledge(
    _ appended: Message.Appended, by peer: Region.ID, _ node: inout Host
  ) {
    let now = node.now
    hear(peer, appended.stamp, now)
    var follower = reign.followers[peer.index]
    follower.clock = max(appended.clock, follower.clock ?? appended.clock)
    follower.shown = max(follower.shown, min(appended.shown, log.last))
    reign.followers[peer.index] = follower
    match(appended.position, peer, now, &node)
  }

  /// A follower's log is known to be the same up to a position.
  mutating func match(
    _ position: Int64, _ peer: Region.ID, _ now: Instant, _ node: inout Host
  ) {
    var follower = reign.followers[peer.index]
    if position > follower.matched {
      follower.matched = min(position, log.last)
      follower.movedAt = now
    }
    // While probing only an answer to the probe, or better, ends the search.
    let sought = follower.snapshot?.state.last.position ?? follower.next - 1
    if follower.isProbing, position >= sought {
      follower.isProbing = false
      follower.snapshot = nil
    }
    follower.next = max(follower.next, follower.matched + 1)
    reign.followers[peer.index] = follower
    advance(&node)
    push(to: peer, &node)
  }

  /// A follower cannot place an append: a gap, or another history.
  mutating func rewind(
    _ peer: Region.ID, _ rejected: Int64, _ hint: Int64?, _ stamp: Instant,
    _ node: inout Host
  ) {
    hear(peer, stamp, node.now)
    var follower = reign.followers[peer.index]
    // Only an answer to the probe counts while probing: the rest is from before.
    let counts =
      follower.isProbing ? rejected == follower.next - 1 : rejected >= follower.matched
    guard counts, follower.snapshot == nil else { return }
    if rejected == follower.matched, follower.next - 1 == follower.matched {
      // It had that once: a disk that forgot. What was acknowledged stays so.
      follower.matched = min(follower.matched, hint ?? 0)
    }
    follower.next = max(hint ?? 0, follower.matched) + 1
    if hint == nil { follower.snapshot = takeSnapshot(node) }
    reign.followers[peer.index] = follower
    node.tally(.retransmissions)
    probe(peer, &node)
  }

  /// Works out what is acknowledged.
  mutating func advance(_ node: inout Host) {
    var held = log.last
    if plan.copies > 0 {
      let others = node.peers.map { reign.followers[$0.index].matched }.sorted(by: >)
      held = others[plan.copies - 1]
    }
    if reign.isAlone { reign.isAlone = held < log.last }
    // Nothing counts before this epoch's own opening entry does: see the header.
    guard held >= reign.opening, held > reign.acknowledged || !reign.pending.isEmpty else { return }
    settle(through: reign.isAlone ? log.last : held, &node)
  }

  /// Has waited too long for acknowledgements.
  private mutating func goOnAlone(_ now: Instant, _ node: inout Host) {
    guard let fallback = plan.fallback, let since = reign.waitsSince, !reign.isAlone,
      now - since >= fallback
    else { return }
    reign.isAlone = true
    settle(through: log.last, &node)
  }

  /// Everything up to a position is acknowledged: answers those who waited for it.
  private mutating func settle(through position: Int64, _ node: inout Host) {
    if position > reign.acknowledged { reign.waitsSince = node.now }
    reign.acknowledged = max(reign.acknowledged, position)
    if reign.acknowledged == log.last { reign.waitsSince = nil }
    rememberAcknowledged(reign.acknowledged, node)
    let ready = reign.pending.prefix { $0.position <= reign.acknowledged }
    guard !ready.isEmpty else { return }
    reign.pending.removeFirst(ready.count)
    for waiting in ready { respond(to: waiting, &node) }
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

  /// Whether some region is so far behind that reads there are about to break the bound.
  mutating func isThrottled(_ now: Instant, _ node: Host) -> Bool {
    guard plan.reads == .bounded, topology.count > 1 else { return false }
    let slowest = node.peers.map { reign.followers[$0.index].shown }.min() ?? log.last
    reign.loggedAt.removeFirst(reign.loggedAt.prefix { $0.position <= slowest }.count)
    if log.last - slowest >= Int64(plan.maxLag) { return true }
    return reign.loggedAt.first.map { now - $0.at >= plan.maxAge } ?? false
  }
}
