// The state itself on its way, to a region that needs entries which are dropped (Ongaro, "Consensus:
// Bridging Theory and Practice", chapter 5; PostgreSQL's pg_basebackup, MySQL's clone plugin). It is the
// state as of the last acknowledged entry, so that nothing in it will have to be undone. It goes piece by piece
// (Objects/StateTransfer.swift).

import Histories
import Simulation

extension AsyncPrimary {
  /// A state that a primary sends.
  struct Snapshot {
    let reigns: [Place]
    var state: StateTransfer.Outgoing<Place>
  }
}

extension AsyncPrimary.Group {
  // MARK: The primary

  func takeSnapshot(_ node: Host) -> AsyncPrimary.Snapshot {
    let position = max(log.base, min(reign.acknowledged, log.last))
    let state = log.past(before: position, node.store)
    let rows = StateRows.copy(of: AsyncPrimary.Tables.state, in: state, where: isOurs)
    return AsyncPrimary.Snapshot(
      reigns: log.reigns.filter { $0.position <= position },
      state: StateTransfer.Outgoing(rows, asOf: log.place(at: position)))
  }

  /// Whether a row belongs to this home.
  private func isOurs(_ row: Row, of table: Table) -> Bool {
    table == AsyncPrimary.Tables.reapplied ? row[0] == log.home : plan.home(of: row[0]) == home
  }

  /// Sends the next piece, or the last one again.
  mutating func sendState(to peer: Region.ID, _ node: inout Host) {
    let snapshot = reign.followers[peer.index].snapshot ?? takeSnapshot(node)
    reign.followers[peer.index].snapshot = snapshot
    let state = Message.State(
      epoch: epoch, last: snapshot.state.last, reigns: snapshot.reigns,
      piece: snapshot.state.piece(of: plan.batch), stamp: node.now)
    send(.state(state), to: peer, &node)
  }

  /// A follower has taken a piece.
  mutating func proceed(
    _ peer: Region.ID, _ position: Int64, _ rows: Int, isWhole: Bool, _ stamp: Instant,
    _ node: inout Host
  ) {
    let now = node.now
    hear(peer, stamp, now)
    guard reign.followers[peer.index].snapshot?.state.last.position == position else { return }
    if isWhole {
      reign.followers[peer.index].next = position + 1
      match(position, peer, now, &node)
    } else if reign.followers[peer.index].snapshot?.state.advance(to: rows) == true {
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
    if !isWhole, let rows = incoming.take(state.piece, asOf: state.last) {
      install(state, rows, &node)
      isWhole = true
    }
    send(
      .stateTaken(
        epoch: epoch, position: state.last.position, rows: incoming.count,
        isWhole: isWhole, stamp: state.stamp), to: sender, &node)
  }

  /// The state takes the place of what is here; entries of another history are undone first, so that
  /// they can be told from those that are in it.
  private mutating func install(
    _ state: Message.State, _ rows: [Row], _ node: inout Host
  ) {
    undo(after: log.common(with: state.reigns, until: state.last.position), &node)
    StateRows.replace(AsyncPrimary.Tables.state, with: rows, in: node.store, where: isOurs)
    log.restart(after: state.last, state.reigns, node.store)
    verified = max(verified, log.last)
    told = max(told, log.last)
    learnAcknowledged(node)
    serveReaders(&node)
  }
}
