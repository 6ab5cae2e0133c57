// The state itself on its way, to regions that need entries which are gone (Ongaro, "Consensus:
// Bridging Theory and Practice", chapter 5, InstallSnapshot, figure 5.3). The tables of the state
// machine are the snapshot; a leader copies their rows at one moment and sends them piece by piece
// (Objects/StateTransfer.swift).

import Histories
import Simulation

extension Raft {
  /// A snapshot that a leader sends.
  struct Snapshot {
    let members: Members
    var state: StateTransfer.Outgoing<Place>
  }
}

extension Raft.Member {
  // MARK: The leader

  /// Sends the next piece, or the last one again.
  mutating func sendState(to peer: Region.ID, _ node: inout Node<Message>) {
    let snapshot = reign.progress[peer.index].snapshot ?? takeSnapshot(node)
    reign.progress[peer.index].snapshot = snapshot
    reign.progress[peer.index].mode = .snapshot
    let install = Message.Install(
      term: term, last: snapshot.state.last, members: snapshot.members,
      piece: snapshot.state.piece(of: plan.snapshotRows), stamp: node.now)
    node.send(.installSnapshot(install), to: peer)
  }

  private func takeSnapshot(_ node: Node<Message>) -> Raft.Snapshot {
    Raft.Snapshot(
      members: log.configuration(at: applied).members,
      state: StateTransfer.Outgoing(
        StateRows.copy(of: plan.state, in: node.store),
        asOf: Place(term: log.term(at: applied) ?? 0, index: applied)))
  }

  /// A region has taken a piece.
  mutating func proceed(
    _ peer: Region.ID, _ index: Int64, _ rows: Int, isWhole: Bool, _ echo: Raft.Echo,
    _ node: inout Node<Message>
  ) {
    let now = node.now
    hear(peer, echo, &node)
    serveReads(now, &node)
    guard reign.progress[peer.index].snapshot?.state.last.index == index else { return }
    if isWhole {
      reign.progress[peer.index].snapshot = nil
      reign.progress[peer.index].mode = .probe
      reign.progress[peer.index].matched = max(reign.progress[peer.index].matched, index)
      reign.progress[peer.index].next = reign.progress[peer.index].matched + 1
      advance(&node)
      if role == .leader { probe(peer, &node) }
    } else if reign.progress[peer.index].snapshot?.state.advance(to: rows) == true {
      reign.progress[peer.index].movedAt = now
      sendState(to: peer, &node)
    }
  }

  // MARK: The others

  mutating func take(
    _ install: Message.Install, from sender: Region.ID, _ node: inout Node<Message>
  ) {
    guard hearLeader(install.term, sender, &node) else { return }
    var isWhole = !plan.rules.installs(snapshotAt: install.last.index, over: commit)
    if !isWhole, let rows = incoming.take(install.piece, asOf: install.last) {
      replaceState(with: rows, after: install.last, install.members, &node)
      isWhole = true
    }
    node.send(
      .installed(
        term: term, index: install.last.index, rows: incoming.count, isWhole: isWhole,
        echo: echo(install.stamp)), to: sender)
  }

  /// The snapshot is there: it takes the place of the state, and of the log but for what follows on it.
  private mutating func replaceState(
    with rows: [Row], after last: Place, _ members: Members, _ node: inout Node<Message>
  ) {
    StateRows.replace(plan.state, with: rows, in: node.store)
    if log.term(at: last.index) == last.term {
      log.compact(through: last.index, node.store)
    } else {
      log.restart(after: last, members, node.store)
    }
    commit = last.index
    applied = last.index
    remember(.applied, applied, node)
    serveReadsAhead(&node)
  }
}
