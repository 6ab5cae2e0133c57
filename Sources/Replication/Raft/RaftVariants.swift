// Raft with one thing done as somebody once did it: published bugs, and what operators may order
// against the algorithm. For the catalogue of known bugs, and for tests that must notice.

import Simulation

extension Raft {
  /// The algorithm, or one of its published mistakes.
  public enum Variant: String, Sendable, CaseIterable {
    case sound
    /// Ongaro, section 3.6.2, figure 3.7: the mistake that the commitment rule is there for.
    case commitByCounting = "commit-by-counting"
    /// Redis-Raft (Kingsbury, "Jepsen: Redis-Raft 1b3fbf6", 2020): a snapshot replaces newer data.
    case snapshotOverNewer = "snapshot-over-newer"
    /// Raft as first published, before "bug in single-server membership changes" (raft-dev, 2015).
    case earlyMemberChange = "early-member-change"
    /// MongoDB's `rs.reconfig` with `force: true`, etcd's `--force-new-cluster`, Consul's `peers.json`.
    case forcedMemberChange = "forced-member-change"
    /// etcd 3.5.0 to 3.5.2 ("v3.5 data inconsistency postmortem", 2022).
    case indexBeforeEffects = "index-before-effects"

    var rules: any RaftRules {
      switch self {
      case .sound: SoundRules()
      case .commitByCounting: CommitByCounting()
      case .snapshotOverNewer: SnapshotOverNewer()
      case .earlyMemberChange: EarlyMemberChange()
      case .forcedMemberChange: ForcedMemberChange()
      case .indexBeforeEffects: IndexBeforeEffects()
      }
    }
  }
}

/// Takes an entry of any term for committed once a majority holds it; a leader with a later term in
/// its log can still overwrite it.
private struct CommitByCounting: RaftRules {
  func commits(entryOf entryTerm: Int64?, in term: Int64) -> Bool { true }
}

/// Installs a snapshot that arrives late or twice over what came after it.
private struct SnapshotOverNewer: RaftRules {
  func installs(snapshotAt index: Int64, over commit: Int64) -> Bool { true }
}

/// Waits for the change before, but not for an entry of its own term: a leader may so begin a second
/// change beside one of an earlier leader that it has never seen.
private struct EarlyMemberChange: RaftRules {
  func changesMembers(committed: Int64, configuration: Int64, opening: Int64) -> Bool {
    committed >= configuration
  }
}

/// The region that got the order makes the new configuration by itself, and stands in it: quorums
/// are counted in its own view, whatever the others think.
private struct ForcedMemberChange: RaftRules {
  func order(
    _ change: Raft.MemberChange, _ member: inout Raft.Member, _ node: inout Node<Raft.Message>
  ) {
    let changed = change.applied(to: member.members)
    guard changed.count > 0, changed != member.members else { return }
    member.follow(member.term + 1, nil, &node)
    member.record(.configuration(changed), node)
    member.stand(&node)
  }
}

/// Says first how far it has got, and has the effects in a later transaction (etcd writes its database
/// every 100 ms): a crash in between leaves them out, in this region alone.
private struct IndexBeforeEffects: RaftRules {
  private static let effects = TimerID(3)

  func apply(_ member: inout Raft.Member, _ node: inout Node<Raft.Message>) {
    guard member.applied < member.commit else { return }
    member.remember(.applied, member.commit, node)
    node.wake(Self.effects, after: .milliseconds(100))
  }

  func wake(
    _ timer: TimerID, _ member: inout Raft.Member, _ node: inout Node<Raft.Message>
  ) {
    if timer == Self.effects { member.carryOutCommitted(&node) }
  }
}
