// A region whose disk went bad has forgotten for whom it voted and what it told a leader that it holds. Others
// still rely on both: an entry may be committed because this region held it. So it does as Chandra,
// Griesemer and Redstone, "Paxos Made Live", PODC 2007, section 5.1 have it: it follows, and is sent
// everything again, but neither votes nor counts until it has seen an entry committed that was logged after
// it came back. That entry is held by a majority without this region; nobody whom it might have voted for
// before can be elected any more without having it.
//
// `rebuild-before-voting: false` leaves that out: the region is a member again with its empty log, as where
// operators delete the data of a damaged node and start it under its old name ("DeleteRebuild" in Alagappan
// et al., "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018, section 2).

import Simulation

extension Raft {
  /// What a follower says of itself with every answer.
  public struct Echo: Sendable {
    /// When the leader sent what this answers, by its own monotonic clock.
    public var stamp: Instant
    /// The number of the disk that it rebuilds its state on; 0: it is a full member.
    public var rebuilds: Int64
  }

  /// An entry that was logged after a region had begun to rebuild.
  public struct Proof: Sendable {
    /// The region's disk, by number.
    public var disk: Int64
    public var index: Int64
  }

  /// What a leader knows of a region that rebuilds.
  struct Rebuild {
    let proof: Proof
    /// When it last heard so.
    var heardAt: Instant
  }
}

extension Raft.Member {
  // MARK: The region that rebuilds

  /// At boot: which disk is to be filled again; 0: none.
  func diskToRebuild(_ node: Node<Message>) -> Int64 {
    let disk = Int64(node.disksReplaced)
    return plan.rebuildsBeforeVoting && recall(.disk, node) ?? 0 != disk ? disk : 0
  }

  /// What it says of itself to a leader.
  func echo(_ stamp: Instant) -> Raft.Echo { Raft.Echo(stamp: stamp, rebuilds: rebuilds) }

  /// It is a member again once the entry that proves it whole is committed here; on disk before it
  /// says so.
  mutating func finishRebuilding(_ proof: Raft.Proof?, _ node: Node<Message>) {
    guard rebuilds != 0, let proof, proof.disk == rebuilds, commit >= proof.index else { return }
    remember(.disk, rebuilds, node)
    rebuilds = 0
  }

  // MARK: The leader

  /// A follower has answered. While it rebuilds, and for what it may have sent before that, neither what
  /// it holds nor that it answered counts.
  mutating func hear(_ peer: Region.ID, _ echo: Raft.Echo, _ node: inout Node<Message>) {
    let now = node.now
    reign.progress[peer.index].roundTrip = now - echo.stamp
    let known = reign.progress[peer.index].rebuild
    if echo.rebuilds != 0 {
      reign.progress[peer.index].stamp = nil
      if known?.proof.disk == echo.rebuilds {
        reign.progress[peer.index].rebuild?.heardAt = now
      } else {
        let proof = Raft.Proof(disk: echo.rebuilds, index: log.last + 1)
        reign.progress[peer.index].rebuild = Raft.Rebuild(proof: proof, heardAt: now)
        add(.nothing, &node)
      }
      return
    }
    if let known {
      guard echo.stamp >= known.heardAt else { return }
      reign.progress[peer.index].rebuild = nil
    }
    let newest = reign.progress[peer.index].stamp ?? echo.stamp
    reign.progress[peer.index].stamp = max(echo.stamp, newest)
  }
}
