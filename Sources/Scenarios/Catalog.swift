// Everything that can be plugged in, each named once. A type that is not listed here does not exist
// for scenarios, `splitbrain list` or the conformance suite; a Tidy test finds what was forgotten.

import Checking
import Replication
import Simulation

/// What there is.
public enum Catalog {
  /// Replication strategies: the `strategy: {kind: ...}` of a scenario.
  public static let strategies: [any Strategy.Type] = [
    AsyncPrimary.self, CRDT.self, Quorum.self, Raft.self, Chain.self,
    Certification.self, CommitWait.self,
  ]

  /// The same, as scenarios are loaded with.
  public static let strategyCatalog = StrategyCatalog(strategies)

  /// Workloads: the `workload: {kind: ...}` of a scenario.
  public static let workloads: [any Workload.Type] = [
    RegisterWorkload.self, CounterWorkload.self, SetWorkload.self, SharedSetWorkload.self,
    ListWorkload.self, BankWorkload.self, ListAppendWorkload.self, ReadWriteRegisterWorkload.self,
    HermitageWorkload.self,
    UniqueIDsWorkload.self, UniquenessWorkload.self, StockWorkload.self, OrdersWorkload.self,
    IndexWorkload.self, CausalReverseWorkload.self, LongForkWorkload.self, MonotonicWorkload.self,
    PredicateSkewWorkload.self, QueueWorkload.self, LockWorkload.self,
    StateLockWorkload.self,
    RetryWorkload.self,
  ]
}
