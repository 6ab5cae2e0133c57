// Anti-entropy: regions compare vectors two by two and send each other what is missing, so that
// whatever was lost, on the wire or in a crash's memory, arrives in the end.
//
//   region                      peer
//     | ask(A)  ------------------>|       A = what the region has
//     |<------- answer(B - A, B)   |       B = what the peer has
//     |   ask(A') if there is more, until there is not
//     | answer(A' - B) ----------->|       unasked, if the peer lacks something
//
// An operation is sent again only if it was here two questions ago, so that what is still on its
// way the first time counts as under way, not as missing. Every question has a number, and only the
// answer to the latest leads to another message: duplicates cannot multiply.

import Simulation

extension CRDT {
  /// What a region knows about its peers, in memory: a crash costs a few questions.
  struct Exchange: Sendable {
    /// What each peer has had for sure, nil if it has not been heard of since the boot: that both
    /// have nothing is knowledge too. Peers send what is durable, so it never shrinks.
    private var vectors: [VersionVector?]
    /// The number of the latest question to each peer.
    private var rounds: [Int64]
    /// Whose turn it is.
    private var turn = 0
    /// What the log held at the last two questions.
    var settled = VersionVector()
    var settling = VersionVector()

    init(in topology: Topology) {
      vectors = Array(repeating: nil, count: topology.count)
      rounds = Array(repeating: 0, count: topology.count)
    }

    func known(_ peer: Region.ID) -> VersionVector? { vectors[peer.index] }

    mutating func learn(_ vector: VersionVector, of peer: Region.ID) {
      var known = vectors[peer.index] ?? VersionVector()
      known.merge(vector)
      vectors[peer.index] = known
    }

    /// A number for a new question.
    mutating func begin(with peer: Region.ID) -> Int64 {
      rounds[peer.index] += 1
      return rounds[peer.index]
    }

    func isCurrent(_ round: Int64, with peer: Region.ID) -> Bool { rounds[peer.index] == round }

    /// The next peer in turn.
    mutating func next(among peers: [Region.ID]) -> Region.ID {
      turn = (turn + 1) % peers.count
      return peers[turn]
    }
  }
}

extension CRDT.Member {
  private static let askTimer = TimerID(1)

  mutating func startAntiEntropy(_ node: inout Node<CRDT.Message>) {
    exchange.settled = delivered
    exchange.settling = delivered
    guard topology.count > 1 else { return }
    // Not all at once, and not always the same pair.
    for _ in 0..<node.random.below(topology.count) { _ = exchange.next(among: node.peers) }
    node.wake(Self.askTimer, after: node.random.within(.zero...options.antiEntropy))
  }

  /// Asks the peer whose turn it is. If nothing has been delivered since the last time, all that
  /// are not known to have the same: then a quiet system is soon known to be equal, however large.
  mutating func askNext(_ node: inout Node<CRDT.Message>) {
    let isQuiet = exchange.settling == delivered
    exchange.settled = exchange.settling
    exchange.settling = delivered
    let peers = node.peers
    let unequal = isQuiet ? peers.filter { exchange.known($0) != delivered } : []
    let next = exchange.next(among: peers)
    for peer in unequal.isEmpty ? [next] : unequal { ask(peer, &node) }
    let half = options.antiEntropy / 2
    node.wake(Self.askTimer, after: half + node.random.within(.zero...options.antiEntropy))
  }

  private mutating func ask(_ peer: Region.ID, _ node: inout Node<CRDT.Message>) {
    let round = exchange.begin(with: peer)
    node.send(CRDT.Message(.ask(delivered, round: round), in: topology), to: peer)
  }

  /// A peer asks: it gets what it lacks.
  mutating func answer(
    _ theirs: VersionVector, _ round: Int64, to peer: Region.ID, _ node: inout Node<CRDT.Message>
  ) {
    exchange.learn(theirs, of: peer)
    let (entries, more) = tables.log.missing(
      from: theirs, upTo: exchange.settled, limit: options.batch, in: node.store)
    send(entries, more: more, round, to: peer, &node)
  }

  /// A peer has answered, and what it sent has been accepted: asks for more, or sends what the peer
  /// lacks.
  mutating func conclude(
    _ theirs: VersionVector, more: Bool, _ round: Int64, with peer: Region.ID,
    _ node: inout Node<CRDT.Message>
  ) {
    exchange.learn(theirs, of: peer)
    guard round == 0 || exchange.isCurrent(round, with: peer) else { return }
    if more { return ask(peer, &node) }
    guard round != 0 else { return }
    // Its question is answered; the number is used up, so that a duplicate does nothing.
    _ = exchange.begin(with: peer)
    let (entries, more) = tables.log.missing(
      from: theirs, upTo: exchange.settled, limit: options.batch, in: node.store)
    if !entries.isEmpty { send(entries, more: more, 0, to: peer, &node) }
  }

  private func send(
    _ entries: [CRDT.Entry], more: Bool, _ round: Int64, to peer: Region.ID,
    _ node: inout Node<CRDT.Message>
  ) {
    node.tally(.retransmissions, entries.count)
    let content = CRDT.Message.Content.answer(entries, delivered, more: more, round: round)
    node.send(CRDT.Message(content, in: topology), to: peer)
  }
}
