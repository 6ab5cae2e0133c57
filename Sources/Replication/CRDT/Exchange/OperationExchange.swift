// Exchange by operations: each is sent to all as soon as it is durable; what is lost on the wire or in a
// crash's memory, anti-entropy brings: regions compare vectors two by two and send each other what is
// missing.
//
//   region                      peer
//     | ask(A)  ------------------>|       A = what the region has
//     |<------- answer(B - A, B)   |       B = what the peer has
//     |   ask(A') if there is more, until there is not
//     | answer(A' - B) ----------->|       unasked, if the peer lacks something
//
// An operation is sent again only if it was here two ticks ago, so that what is still on its way the
// first time counts as under way, not as missing. Every question has a number, and only the answer to
// the latest leads to another message: duplicates cannot multiply.
//
// Delivery is causal, or weaker as an option: in any order, but each once (the log tells what has come);
// or at least once, applied whenever it comes, as where nobody keeps track.

import Simulation

extension CRDT {
  /// What is promised of the delivery of operations.
  enum Delivery: String, CaseIterable, Sendable {
    case causal
    case anyOrder = "any-order"
    case atLeastOnce = "at-least-once"
  }
}

extension CRDT.Member {
  mutating func askPeers(_ isQuiet: Bool, _ node: inout Node<CRDT.Message>) {
    guard options.resync else { return }
    for peer in peersToTell(isQuiet, &node) { ask(peer, &node) }
  }

  private mutating func ask(_ peer: Region.ID, _ node: inout Node<CRDT.Message>) {
    let round = peers.begin(with: peer)
    node.send(CRDT.Message(.ask(included, round: round), in: topology), to: peer)
  }

  /// A peer asks: it gets what it lacks.
  mutating func answer(
    _ theirs: VersionVector, _ round: Int64, to peer: Region.ID, _ node: inout Node<CRDT.Message>
  ) {
    peers.learn(theirs, of: peer)
    let (entries, more) = missing(from: theirs, node.store)
    send(entries, more: more, round, to: peer, &node)
  }

  /// A peer has answered, and what it sent has been accepted: asks for more, or sends what the peer
  /// lacks.
  mutating func conclude(
    _ theirs: VersionVector, more: Bool, _ round: Int64, with peer: Region.ID,
    _ node: inout Node<CRDT.Message>
  ) {
    peers.learn(theirs, of: peer)
    guard round == 0 || peers.isCurrent(round, with: peer) else { return }
    if more { return ask(peer, &node) }
    guard round != 0 else { return }
    // Its question is answered; the number is used up, so that a duplicate does nothing.
    _ = peers.begin(with: peer)
    let (entries, more) = missing(from: theirs, node.store)
    if !entries.isEmpty { send(entries, more: more, 0, to: peer, &node) }
  }

  private func missing(
    from theirs: VersionVector, _ store: any Store
  ) -> (entries: [CRDT.Entry], more: Bool) {
    log.missing(
      from: theirs, upTo: peers.settled, limit: options.batch,
      isCausal: options.delivery == .causal, in: store)
  }

  private func send(
    _ entries: [CRDT.Entry], more: Bool, _ round: Int64, to peer: Region.ID,
    _ node: inout Node<CRDT.Message>
  ) {
    node.tally(.retransmissions, entries.count)
    let content = CRDT.Message.Content.answer(entries, included, more: more, round: round)
    node.send(CRDT.Message(content, in: topology), to: peer)
  }

  // MARK: Delivery

  /// Takes operations that peers sent, and delivers what can be.
  mutating func accept(_ entries: [CRDT.Entry], _ node: inout Node<CRDT.Message>) {
    for entry in entries {
      switch options.delivery {
      case .causal:
        guard !included.includes(entry.sequence, of: entry.origin) else { continue }
        buffer.add(entry)
        while let next = buffer.next(after: included) {
          buffer.remove(next.sequence, of: next.origin)
          deliver(next, &node)
        }
      case .anyOrder:
        if included.includes(entry.sequence, of: entry.origin) || log.has(entry, in: node.store) {
          continue
        }
        deliver(entry, &node)
      case .atLeastOnce:
        deliver(entry, &node)
      }
    }
  }

  private mutating func deliver(_ entry: CRDT.Entry, _ node: inout Node<CRDT.Message>) {
    if apply(entry, &node) { node.tally(.conflicts) }
    if capture.publishes(entry, delivered: region) {
      originate(entry.kind, entry.key, entry.value, &node)
    }
  }

  /// How far an origin's operations are here without gaps, now that one more is.
  func reach(of entry: CRDT.Entry, in store: any Store) -> Int64 {
    if options.delivery == .causal { return entry.sequence }
    var reached = included[entry.origin]
    while log.has(entry.origin, reached + 1, in: store) { reached += 1 }
    return reached
  }
}
