// The few lines of raft that implementations got wrong with known results, each named, so that a
// catalogue can run the published bug beside the algorithm without a trace of it in there.

/// The decisions at which a flaw differs from raft.
protocol RaftRules: Sendable {
  /// Whether an entry of `entryTerm` that a majority holds is committed in `term`.
  func commits(entryOf entryTerm: Int64?, in term: Int64) -> Bool
  /// Whether a snapshot is to be installed by a region that knows so many entries to be committed.
  func installs(snapshotAt index: Int64, over commit: Int64) -> Bool
  /// Whether a leader may log another configuration: what is committed, where the newest
  /// configuration and the opening of the term are.
  func changesMembers(committed: Int64, configuration: Int64, opening: Int64) -> Bool
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
}

/// Raft as it should be.
struct SoundRules: RaftRules {}
