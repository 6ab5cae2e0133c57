// The names of what can be promised and checked. A strategy promises some, a scenario expects some,
// a checker decides each; these raw values are the words in scenarios, reports and `--model`.

/// A property that a run either has or has not.
public enum Guarantee: String, Sendable, Hashable, CaseIterable, Comparable {
  case linearizable
  case readYourWrites = "read-your-writes"
  case monotonicReads = "monotonic-reads"
  case monotonicWrites = "monotonic-writes"
  case writesFollowReads = "writes-follow-reads"
  case sequential
  case consistentPrefix = "consistent-prefix"
  case causalMemory = "causal-memory"
  case causalConvergence = "causal-convergence"
  case weakCausal = "weak-causal"
  case pram
  /// No read is older than the strategy's bound, by time and by writes.
  case boundedStaleness = "bounded-staleness"
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
  /// What is known to be in a set stays there.
  case setFull = "set-full"
  /// No read of a counter is stale.
  case counterBounds = "counter-bounds"
  /// No read sees what failed or was undone.
  case noDirtyReads = "no-dirty-reads"
  /// What was enqueued is dequeued, once.
  case totalQueue = "total-queue"
  /// No identifier is drawn twice.
  case uniqueIDs = "unique-ids"
  /// A name that many claim is given to one.
  case uniqueness
  /// No more is sold than there was.
  case stock
  /// What refers is never seen without what it refers to.
  case referentialIntegrity = "referential-integrity"
  /// An index says what its rows say.
  case indexConsistency = "index-consistency"
  /// Who sees a write sees what had returned before it was called.
  case causalReverse = "causal-reverse"
  /// Readers agree on the order of writes.
  case longFork = "long-fork"
  /// A counter that only goes up is never seen to go down.
  case monotonic
  /// Of two that insert where they saw nothing, one sees the other.
  case g2
  /// No two hold a lock at once.
  case mutualExclusion = "mutual-exclusion"
  /// No lock is still taken that was given back.
  case noOrphanedLocks = "no-orphaned-locks"
  /// Fencing tokens grow, and old ones are refused.
  case fencing
  /// No two updates start from the same value.
  case noLostUpdates = "no-lost-updates"
  /// Each operation takes effect once, however often it was sent.
  case exactlyOnce = "exactly-once"

  /// What depends on how an application uses a strategy: no strategy promises these by itself, though some
  /// come with a model that it promises.
  public static let ofApplications: Set<Guarantee> = [
    .totalQueue, .uniqueIDs, .uniqueness, .stock, .referentialIntegrity, .indexConsistency,
    .causalReverse, .longFork, .monotonic, .g2, .mutualExclusion, .noOrphanedLocks, .fencing,
    .noLostUpdates, .exactlyOnce,
  ]

  /// What one copy of the data that does one thing at a time keeps; a bound needs a number besides.
  public static let ofOneCopy =
    Set(allCases).subtracting(ofApplications).subtracting([.boundedStaleness])

  /// What nobody has who does not see what he wrote before.
  public static let ofOwnWrites: Set<Guarantee> = [
    .readYourWrites, .sequential, .causalMemory, .causalConvergence, .weakCausal, .pram,
    .strongSessionSerializable, .strongSessionSnapshotIsolation,
  ]

  /// What orders the writes of different keys.
  public static let acrossKeys: Set<Guarantee> = [
    .sequential, .consistentPrefix, .causalMemory, .causalConvergence, .weakCausal, .pram,
    .monotonicWrites, .writesFollowReads,
  ]

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

  /// Promises with what comes with them: workloads that look for one anomaly ask in particular what these
  /// models say in general.
  public static func withConsequences(of promises: Set<Guarantee>) -> Set<Guarantee> {
    let consequences: [(Guarantee, [Guarantee])] = [
      (.strictSerializable, [.causalReverse, .monotonic]), (.serializable, [.g2]),
      (.snapshotIsolation, [.longFork]),
    ]
    return consequences.reduce(promises) { all, rule in
      promises.contains(rule.0) ? all.union(rule.1) : all
    }
  }

  /// Orders of register operations between linearizable and the session guarantees. They cost more than others
  /// to judge, so that a run does only where they are promised or expected.
  public static let orders: [Guarantee] = [
    .sequential, .consistentPrefix, .causalMemory, .causalConvergence, .weakCausal, .pram,
  ]

  /// All that say something about transactions alone.
  public static let isolation: [Guarantee] = [
    .strictSerializable, .strongSessionSerializable, .serializable,
    .strongSessionSnapshotIsolation, .snapshotIsolation, .parallelSnapshotIsolation,
    .repeatableRead, .readAtomic, .monotonicAtomicView, .readCommitted, .readUncommitted,
  ]

  /// What is said of the order in which one client does and sees things. `set` is among them, since a
  /// client removes what it inserted itself, which its region must know of by then.
  public static let ofSessions: Set<Guarantee> = Set(orders).union([
    .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads, .set,
    .strongSessionSerializable, .strongSessionSnapshotIsolation,
  ])

  /// What is left of a strategy's promises for clients that go from one region to another. A strategy
  /// promises a session to clients that stay: what they wrote and saw is in their region. Only where
  /// it is linearizable do all regions show the same moment, and moving makes no difference.
  public static func toMovingClients(_ promises: Set<Guarantee>) -> Set<Guarantee> {
    promises.contains(.linearizable) ? promises : promises.subtracting(ofSessions)
  }

  public static func < (left: Guarantee, right: Guarantee) -> Bool {
    left.rawValue < right.rawValue
  }
}
