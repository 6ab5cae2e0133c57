// The state itself on its way, to regions that need entries which are gone (Ongaro, "Consensus:
// Bridging Theory and Practice", chapter 5, InstallSnapshot, figure 5.3). The tables of the state
// machine are the snapshot; a leader copies their rows at one moment and sends them piece by piece. A
// region keeps the pieces in memory and installs them in one transaction: a crash half way through
// leaves what was there before.

import Histories
import Simulation

extension Raft {
  /// A snapshot that a leader sends.
  struct Snapshot {
    let last: Place
    let members: Members
    let rows: [Row]
    /// How many rows the other has.
    var received = 0
  }

  /// A snapshot that comes in.
  struct Incoming {
    let last: Place
    var rows: [Row] = []
  }
}

extension Raft.Member {
  // MARK: The leader

  /// Sends the next piece, or the last one again.
  mutating func sendState(to peer: Region.ID, _ node: inout Node<Message>) {
    let snapshot = reign.progress[peer.index].snapshot ?? takeSnapshot(node)
    reign.progress[peer.index].snapshot = snapshot
    reign.progress[peer.index].mode = .snapshot
    let rows = snapshot.rows.dropFirst(snapshot.received).prefix(plan.snapshotRows)
    let install = Message.Install(
      term: term, last: snapshot.last, members: snapshot.members, offset: snapshot.received,
      rows: Array(rows), isLast: rows.endIndex == snapshot.rows.endIndex, stamp: node.now)
    node.send(.installSnapshot(install), to: peer)
  }

  private func takeSnapshot(_ node: Node<Message>) -> Raft.Snapshot {
    Raft.Snapshot(
      last: Place(term: log.term(at: applied) ?? 0, index: applied),
      members: log.configuration(at: applied).members,
      rows: StateRows.copy(of: plan.state, in: node.store))
  }

  /// A region has taken a piece.
  mutating func proceed(
    _ peer: Region.ID, _ index: Int64, _ rows: Int, isWhole: Bool, _ echo: Raft.Echo,
    _ node: inout Node<Message>
  ) {
    let now = node.now
    hear(peer, echo, &node)
    serveReads(now, &node)
    guard let snapshot = reign.progress[peer.index].snapshot, snapshot.last.index == index else {
      return
    }
    if isWhole {
      reign.progress[peer.index].snapshot = nil
      reign.progress[peer.index].mode = .probe
      reign.progress[peer.index].matched = max(reign.progress[peer.index].matched, index)
      reign.progress[peer.index].next = reign.progress[peer.index].matched + 1
      advance(&node)
      if role == .leader { probe(peer, &node) }
    } else if rows > snapshot.received || rows == 0 {
      reign.progress[peer.index].snapshot?.received = rows
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
    if !isWhole {
      if incoming?.last != install.last { incoming = Raft.Incoming(last: install.last) }
      if incoming?.rows.count == install.offset {
        incoming?.rows += install.rows
        if install.isLast {
          replaceState(after: install.last, install.members, &node)
          isWhole = true
        }
      }
    }
    node.send(
      .installed(
        term: term, index: install.last.index, rows: incoming?.rows.count ?? 0, isWhole: isWhole,
        echo: echo(install.stamp)), to: sender)
  }

  /// The snapshot is there: it takes the place of the state, and of the log but for what follows on it.
  private mutating func replaceState(
    after last: Place, _ members: Members, _ node: inout Node<Message>
  ) {
    StateRows.replace(plan.state, with: incoming?.rows ?? [], in: node.store)
    incoming = nil
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
