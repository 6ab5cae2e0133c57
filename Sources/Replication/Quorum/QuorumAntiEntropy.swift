// Anti-entropy: what neither reads nor hints repair. Every so often a region sends a peer the roots of
// the ranges that both hold; where they differ the two descend, a level a message, to the leaves that
// differ, and exchange the cells in those (DeCandia et al., "Dynamo", section 4.7). No step is
// remembered: a lost message ends the exchange, and the next one begins at the root again.

import Histories
import Simulation

/// A region's trees, and what it knows of others'.
struct AntiEntropy: Sendable {
  /// By range; nil where this region is no home.
  fileprivate(set) var trees: [MerkleTree?]
  /// The last root at which this region and another were alike.
  private var alike: [Comparand: UInt64] = [:]
  /// Whose turn it was.
  fileprivate var last = 0

  private struct Comparand: Hashable {
    let range: Int
    let peer: Region.ID
  }

  init(ranges: [Bool]) { trees = ranges.map { $0 ? MerkleTree() : nil } }

  mutating func note(_ range: Int, _ root: UInt64, alikeAt peer: Region.ID) {
    alike[Comparand(range: range, peer: peer)] = root
  }

  func isAlike(_ range: Int, _ peer: Region.ID) -> Bool {
    guard let tree = trees[range] else { return true }
    return alike[Comparand(range: range, peer: peer)] == tree.root
  }
}

extension QuorumReplica {
  private var comparesTrees: Bool { strategy.antiEntropyEvery > .zero }

  /// The ranges that both regions hold.
  private func shared(with peer: Region.ID) -> [Int] {
    plans.indices.filter { antiEntropy.trees[$0] != nil && plans[$0].homes.contains(peer) }
  }

  var notKnownAlike: String? {
    guard comparesTrees else { return nil }
    let unlike = topology.ids.filter { peer in
      peer != region && shared(with: peer).contains { !antiEntropy.isAlike($0, peer) }
    }
    guard !unlike.isEmpty else { return nil }
    let names = unlike.map { topology.name(of: $0) }.joined(separator: ", ")
    return "not known to be alike: \(names)"
  }

  mutating func startAntiEntropy(_ node: inout Node<QuorumMessage>) {
    guard comparesTrees else { return }
    for cell in tables.cells.all(in: node.store) { noteForAntiEntropy(cell, []) }
    node.wake(TimerID(Timer.antiEntropy), after: strategy.antiEntropyEvery)
  }

  /// The table has changed.
  mutating func noteForAntiEntropy(_ cell: Cell, _ replaced: [Cell]) {
    guard comparesTrees else { return }
    let range = strategy.placement.range(of: cell.name.key)
    antiEntropy.trees[range]?.toggle(cell)
    for old in replaced { antiEntropy.trees[range]?.toggle(old) }
  }

  /// Begins with the next peer that is not known to be alike; if all are, with the next.
  mutating func compareWithNext(_ node: inout Node<QuorumMessage>) {
    defer { node.wake(TimerID(Timer.antiEntropy), after: strategy.antiEntropyEvery) }
    let order = (1...topology.count).map { Region.ID((antiEntropy.last + $0) % topology.count) }
    let peers = order.filter { $0 != region && !shared(with: $0).isEmpty }
    let unlike = peers.first { peer in
      shared(with: peer).contains { !antiEntropy.isAlike($0, peer) }
    }
    guard let peer = unlike ?? peers.first else { return }
    antiEntropy.last = peer.index
    for range in shared(with: peer) {
      guard let tree = antiEntropy.trees[range] else { continue }
      node.send(.init(.hashes(tree.comparison(range, 0, [0]))), to: peer)
    }
  }

  /// A peer has sent hashes: answers with those of the next level where they differ.
  mutating func compare(
    _ theirs: MerkleComparison, with peer: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    guard let tree = antiEntropy.trees[theirs.range] else { return }
    let range = theirs.range
    let different = theirs.differences(from: tree)
    if different.isEmpty {
      guard theirs.level == 0 else { return }
      antiEntropy.note(range, tree.root, alikeAt: peer)
      node.send(.init(.alike(range: range, root: tree.root)), to: peer)
    } else if theirs.level < MerkleTree.depth {
      let below = different.flatMap(MerkleTree.children)
      node.send(.init(.hashes(tree.comparison(range, theirs.level + 1, below))), to: peer)
    } else {
      let cells = self.cells(range, different, node.store)
      node.send(.init(.leaves(range: range, different, CellList(cells), isReply: false)), to: peer)
    }
  }

  /// A peer has sent its leaves: keeps what is new, and answers with what the peer lacks.
  mutating func exchange(
    _ range: Int, _ leaves: [Int], _ theirs: [Cell], isReply: Bool, with peer: Region.ID,
    _ node: inout Node<QuorumMessage>
  ) {
    keep(theirs, standingIn: nil, &node)
    guard !isReply else { return }
    let known = Set(theirs)
    let lacking = cells(range, leaves, node.store).filter { !known.contains($0) }
    node.send(.init(.leaves(range: range, leaves, CellList(lacking), isReply: true)), to: peer)
  }

  /// The cells of some leaves.
  private func cells(_ range: Int, _ leaves: [Int], _ store: any Store) -> [Cell] {
    let wanted = leaves.reduce(0 as UInt64) { $0 | 1 << UInt64($1) }
    return tables.cells.all(in: store).filter {
      strategy.placement.range(of: $0.name.key) == range
        && wanted & (1 << UInt64(MerkleTree.leaf(of: $0.name))) != 0
    }
  }
}
