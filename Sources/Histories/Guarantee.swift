// The names of what can be promised and checked. A strategy promises some, a scenario expects some,
// a checker decides each; these raw values are the words in scenarios, reports and `--model`.

/// A property that a run either has or has not.
public enum Guarantee: String, Sendable, Hashable, CaseIterable, Comparable {
  case linearizable
  case readYourWrites = "read-your-writes"
  case monotonicReads = "monotonic-reads"
  case monotonicWrites = "monotonic-writes"
  case writesFollowReads = "writes-follow-reads"
  /// All regions end with the same, written, values.
  case converged
  /// No acknowledged write is missing at the end.
  case noLostWrites = "no-lost-writes"
  /// No element lost, resurrected or invented.
  case set
  /// Every increment counted exactly once.
  case counter
  /// Money is neither made nor destroyed.
  case bank

  // Isolation of transactions, strongest first.
  case strictSerializable = "strict-serializable"
  case strongSessionSerializable = "strong-session-serializable"
  case serializable
  case strongSessionSnapshotIsolation = "strong-session-snapshot-isolation"
  case snapshotIsolation = "snapshot-isolation"
  case parallelSnapshotIsolation = "parallel-snapshot-isolation"
  case repeatableRead = "repeatable-read"
  case readAtomic = "read-atomic"
  case monotonicAtomicView = "monotonic-atomic-view"
  case readCommitted = "read-committed"
  case readUncommitted = "read-uncommitted"

  /// All that say something about transactions alone.
  public static let isolation: [Guarantee] = [
    .strictSerializable, .strongSessionSerializable, .serializable,
    .strongSessionSnapshotIsolation, .snapshotIsolation, .parallelSnapshotIsolation,
    .repeatableRead, .readAtomic, .monotonicAtomicView, .readCommitted, .readUncommitted,
  ]

  public static func < (left: Guarantee, right: Guarantee) -> Bool {
    left.rawValue < right.rawValue
  }
}
