// Exchange by deltas: a region sends what has changed since what its peer has acknowledged, joined into
// one small state, and the peer joins it with its own.
//
//   region                               peer
//     | delta(rows changed in (a, c], V, c) ->|    a = the last change the peer acknowledged
//     |<------------- acknowledge(V', c)      |    once the join is durable
//
// Almeida, Shoker and Baquero, "Delta State Replicated Data Types", section 6, algorithm 2 (causally
// consistent delta-CRDT anti-entropy): state and change number c are durable, the buffer D and the
// acknowledgements A are not. A peer whose acknowledgement is older than the buffer, as after a crash,
// gets the whole state. Since a delta begins at or before what the peer has joined, whoever has joined it
// includes all that the sender did: joins take place under causal consistency (the paper's definition 5).
//
// D is kept as the names of the rows that each change touched: the join of an interval of deltas is then
// what those rows hold now, since each row only grows.

import Simulation

extension CRDT {
  /// The buffer of deltas and the acknowledgements.
  struct Changes: Sendable {
    /// The number of the last change; durable in the context.
    private(set) var number: Int64
    /// Which rows each change touched, in ascending order of changes, without gaps from `first` on.
    private var touched: [(number: Int64, row: RowID)] = []
    /// What came up to here is not in the buffer.
    private var forgotten: Int64
    /// The last change that each peer has acknowledged.
    private var acknowledged: [Int64]

    init(in topology: Topology, after number: Int64 = 0) {
      self.number = number
      forgotten = number
      acknowledged = Array(repeating: 0, count: topology.count)
    }

    mutating func note(_ rows: [RowID]) {
      number += 1
      for row in rows { touched.append((number, row)) }
    }

    /// Forgets what every peer has acknowledged.
    mutating func acknowledge(_ upTo: Int64, by peer: Region.ID, among peers: [Region.ID]) {
      acknowledged[peer.index] = max(acknowledged[peer.index], min(upTo, number))
      let least = peers.map { acknowledged[$0.index] }.min() ?? number
      guard least > forgotten else { return }
      forgotten = least
      touched.removeAll { $0.number <= least }
    }

    /// The rows that a peer may lack, each once; nil if it may lack any.
    func missing(by peer: Region.ID) -> [RowID]? {
      let last = acknowledged[peer.index]
      guard last >= forgotten else { return nil }
      var rows: [RowID] = []
      for row in touched.lazy.filter({ $0.number > last }).map(\.row).sorted()
      where row != rows.last {
        rows.append(row)
      }
      return rows
    }
  }
}

extension CRDT.Member {
  mutating func sendDeltas(_ isQuiet: Bool, _ node: inout Node<CRDT.Message>) {
    for peer in peersToTell(isQuiet, &node) {
      let rows = changes.missing(by: peer)
      let content: CRDT.Snapshot =
        rows.map { snapshot(of: $0, in: node.store) } ?? snapshot(in: node.store)
      node.send(CRDT.Message(.delta(content, upTo: changes.number), in: topology), to: peer)
    }
  }

  mutating func acceptDelta(
    _ delta: CRDT.Snapshot, upTo number: Int64, from peer: Region.ID,
    _ node: inout Node<CRDT.Message>
  ) {
    merge(delta, from: peer, &node)
    node.send(CRDT.Message(.acknowledge(included, upTo: number), in: topology), to: peer)
  }

  mutating func acceptAcknowledgement(
    _ vector: VersionVector, upTo number: Int64, from peer: Region.ID,
    _ node: inout Node<CRDT.Message>
  ) {
    peers.learn(vector, of: peer)
    changes.acknowledge(number, by: peer, among: node.peers)
  }

  private func snapshot(of rows: [CRDT.RowID], in store: any Store) -> CRDT.Snapshot {
    let items = rows.compactMap { row in
      store.get(types.tables[row.table], row.key).map {
        CRDT.Snapshot.Item(table: row.table, row: row.key + $0)
      }
    }
    return CRDT.Snapshot(items: items, includes: included, clock: clock.latest)
  }
}
