// The few decisions of raft that implementations got wrong with known results, or that their operators
// override. The right answers are here and are the only ones the algorithm has; RaftVariants.swift has
// the others, so that a catalogue can run a published bug without a trace of it in the algorithm.

import Simulation

/// What a variant of raft does its own way.
protocol RaftRules: Sendable {
  /// Whether an entry of `entryTerm` that a majority holds is committed in `term`.
  func commits(entryOf entryTerm: Int64?, in term: Int64) -> Bool
  /// Whether a snapshot is to be installed by a region that knows so many entries to be committed.
  func installs(snapshotAt index: Int64, over commit: Int64) -> Bool
  /// Whether a leader may log another configuration: what is committed, and where the newest
  /// configuration and the opening of the term are.
  func changesMembers(committed: Int64, configuration: Int64, opening: Int64) -> Bool
  /// An operator told this region of a change.
  func order(
    _ change: Raft.MemberChange, _ member: inout Raft.Member, _ node: inout Node<Raft.Message>)
  /// There is more to carry out.
  func apply(_ member: inout Raft.Member, _ node: inout Node<Raft.Message>)
  /// A timer of the variant's own.
  func wake(
    _ timer: TimerID, _ member: inout Raft.Member, _ node: inout Node<Raft.Message>)
}

extension RaftRules {
  // Section 3.6.2.
  func commits(entryOf entryTerm: Int64?, in term: Int64) -> Bool { entryTerm == term }

  // Figure 5.3: what is older than what is here is refused.
  func installs(snapshotAt index: Int64, over commit: Int64) -> Bool { index > commit }

  // Section 4.1, and the correction of 2015.
  func changesMembers(committed: Int64, configuration: Int64, opening: Int64) -> Bool {
    committed >= configuration && committed >= opening
  }

  // Section 4.1: a change is an entry like any other.
  func order(
    _ change: Raft.MemberChange, _ member: inout Raft.Member, _ node: inout Node<Raft.Message>
  ) {
    member.bringToLeader(change, &node)
  }

  // Section 3.8: how far the state machine has got is part of its state.
  func apply(_ member: inout Raft.Member, _ node: inout Node<Raft.Message>) {
    member.carryOutCommitted(&node)
  }

  func wake(
    _ timer: TimerID, _ member: inout Raft.Member, _ node: inout Node<Raft.Message>
  ) {}
}

/// Raft as it should be.
struct SoundRules: RaftRules {}
