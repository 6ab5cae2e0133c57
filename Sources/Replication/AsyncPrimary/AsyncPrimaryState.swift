// The state itself on its way, to a region that needs entries which are dropped (Ongaro, "Consensus:
// Bridging Theory and Practice", chapter 5; PostgreSQL's pg_basebackup, MySQL's clone plugin). It is the
// state as of the last acknowledged entry, so that nothing in it will have to be undone. A region keeps the
// pieces in memory and installs them in one transaction.

import Histories
import Simulation

extension AsyncPrimary {
  /// A state that a primary sends.
  struct Snapshot {
    let last: Place
    let reigns: [Place]
    let rows: [Row]
    /// How many rows the other has.
    var received = 0
  }

  /// A state that comes in.
  struct Incoming {
    let last: Place
    var rows: [Row] = []
  }
}

extension AsyncPrimary.Group {
  // MARK: The primary

  func takeSnapshot(_ node: Host) -> AsyncPrimary.Snapshot {
    let position = max(log.base, min(reign.acknowledged, log.last))
    let state = log.past(before: position, node.store)
    let rows = StateRows.copy(of: AsyncPrimary.Tables.state, in: state, where: isOurs)
    return AsyncPrimary.Snapshot(
      last: log.place(at: position), reigns: log.reigns.filter { $0.position <= position },
      rows: rows)
  }

  /// Whether a row belongs to this home.
  private func isOurs(_ row: Row, of table: Table) -> Bool {
    table == AsyncPrimary.Tables.reapplied ? row[0] == log.home : plan.home(of: row[0]) == home
  }

  /// Sends the next piece, or the last one again.
  mutating func sendState(to peer: Region.ID, _ node: inout Host) {
    let snapshot = reign.followers[peer.index].snapshot ?? takeSnapshot(node)
    reign.followers[peer.index].snapshot = snapshot
    let rows = snapshot.rows.dropFirst(snapshot.received).prefix(plan.batch)
    let state = Message.State(
      epoch: epoch, last: snapshot.last, reigns: snapshot.reigns, offset: snapshot.received,
      rows: Array(rows), isLast: rows.endIndex == snapshot.rows.endIndex, stamp: node.now)
    send(.state(state), to: peer, &node)
  }

  /// A follower has taken a piece.
  mutating func proceed(
    _ peer: Region.ID, _ position: Int64, _ rows: Int, isWhole: Bool, _ stamp: Instant,
    _ node: inout Host
  ) {
    let now = node.now
    hear(peer, stamp, now)
    guard let snapshot = reign.followers[peer.index].snapshot,
      snapshot.last.position == position
    else { return }
    if isWhole {
      reign.followers[peer.index].next = position + 1
      match(position, peer, now, &node)
    } else if rows > snapshot.received || rows == 0 {
      reign.followers[peer.index].snapshot?.received = rows
      reign.followers[peer.index].movedAt = now
      sendState(to: peer, &node)
    }
  }

  // MARK: The follower

  mutating func take(
    _ state: Message.State, from sender: Region.ID, _ node: inout Host
  ) {
    guard follow(sender, epoch: state.epoch, &node) else { return }
    var isWhole = log.holds(state.last)
    if !isWhole {
      if incoming?.last != state.last { incoming = AsyncPrimary.Incoming(last: state.last) }
      if incoming?.rows.count == state.offset {
        incoming?.rows += state.rows
        if state.isLast {
          install(state, &node)
          isWhole = true
        }
      }
    }
    send(
      .stateTaken(
        epoch: epoch, position: state.last.position, rows: incoming?.rows.count ?? 0,
        isWhole: isWhole, stamp: state.stamp), to: sender, &node)
  }

  /// The state takes the place of what is here; entries of another history are undone first, so that
  /// they can be told from those that are in it.
  private mutating func install(_ state: Message.State, _ node: inout Host) {
    undo(after: log.common(with: state.reigns, until: state.last.position), &node)
    StateRows.replace(
      AsyncPrimary.Tables.state, with: incoming?.rows ?? [], in: node.store, where: isOurs)
    incoming = nil
    log.restart(after: state.last, state.reigns, node.store)
    verified = max(verified, log.last)
    told = max(told, log.last)
    learnAcknowledged(node)
    serveReaders(&node)
  }
}
