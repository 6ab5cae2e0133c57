// Exchange by states: a region sends all that it has, and its peer takes the least upper bound of that
// and its own. Nothing has to arrive, in any order or only once: any later state makes up for it.
//
// Shapiro, Preguica, Baquero and Zawirski, "Conflict-free Replicated Data Types", section 2.1 (CvRDT). It
// costs bandwidth in proportion to the state. A peer that is known to include everything gets the vector
// alone: the join with a state it includes would change nothing.

import Simulation

extension CRDT {
  /// What to do with the state of a peer.
  enum Reception: Sendable {
    case join
    /// Drop what is here in favour of it.
    case adopt
    case ignore
  }

  /// How states of peers are received.
  protocol MergePolicy: Sendable {
    mutating func receive(
      from peer: Region.ID, by region: Region.ID, at now: Instant, in topology: Topology
    ) -> Reception
  }

  /// The least upper bound, always.
  struct Join: MergePolicy {
    func receive(
      from peer: Region.ID, by region: Region.ID, at now: Instant, in topology: Topology
    ) -> Reception { .join }
  }
}

extension CRDT.Member {
  mutating func sendStates(_ isQuiet: Bool, _ node: inout Node<CRDT.Message>) {
    let whole = snapshot(in: node.store)
    for peer in peersToTell(isQuiet, &node) {
      let hasAll = peers.known(peer)?.includes(included) ?? false
      let content =
        hasAll
        ? CRDT.Snapshot(items: [], includes: included, clock: clock.latest) : whole
      node.send(CRDT.Message(.state(content), in: topology), to: peer)
    }
  }

  mutating func acceptState(
    _ state: CRDT.Snapshot, from peer: Region.ID, _ node: inout Node<CRDT.Message>
  ) {
    switch policy.receive(from: peer, by: region, at: node.now, in: topology) {
    case .join: merge(state, from: peer, &node)
    case .ignore: return
    case .adopt:
      for table in types.tables {
        for row in node.store.rows(table) {
          node.store.delete(table, Array(row.prefix(table.key.count)))
          node.tally(.discarded)
        }
      }
      // Own numbers are never used twice, whatever else is given up.
      let own = included[region]
      included = VersionVector()
      included[region] = own
      adopt(state, from: peer, &node)
    }
  }

  /// All rows.
  func snapshot(in store: any Store) -> CRDT.Snapshot {
    let items = types.tables.flatMap { table in
      store.rows(table).map { CRDT.Snapshot.Item(table: table.ordinal, row: $0) }
    }
    return CRDT.Snapshot(items: items, includes: included, clock: clock.latest)
  }

  /// Joins a state or a delta with what is here.
  mutating func merge(
    _ snapshot: CRDT.Snapshot, from peer: Region.ID, _ node: inout Node<CRDT.Message>
  ) {
    peers.learn(snapshot.includes, of: peer)
    guard !included.includes(snapshot.includes) else { return }
    var rows = CRDT.Rows(node.store)
    let conflicts = types.merge(
      snapshot.items, snapshot.includes, into: &rows, including: included)
    if conflicts > 0 { node.tally(.conflicts, conflicts) }
    take(snapshot, touching: rows.touched, &node)
  }

  private mutating func adopt(
    _ state: CRDT.Snapshot, from peer: Region.ID, _ node: inout Node<CRDT.Message>
  ) {
    peers.learn(state.includes, of: peer)
    var rows = CRDT.Rows(node.store)
    for item in state.items {
      let table = types.tables[item.table]
      let width = table.key.count
      rows.put(table, Array(item.row.prefix(width)), Array(item.row.dropFirst(width)))
    }
    take(state, touching: rows.touched, &node)
  }

  /// Notes durably that a snapshot is included.
  private mutating func take(
    _ snapshot: CRDT.Snapshot, touching rows: [CRDT.RowID], _ node: inout Node<CRDT.Message>
  ) {
    if let heard = snapshot.clock { clock.merge(heard) }
    changes.note(rows)
    let before = included
    included.merge(snapshot.includes)
    for origin in topology.ids where included[origin] != before[origin] {
      note(origin, node.store)
    }
  }
}
