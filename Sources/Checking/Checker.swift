// What a checker is, what it is told besides the history, how much work it may do, and the list of
// all checkers. To add one: write its file, add one line to `Checkers.all`.

import Histories

/// How much work a checker may do. Steps and bytes, not time, so that a verdict is the same on every
/// machine.
public struct Budget: Sendable {
  /// Steps of a search; checkers that need no search ignore it.
  public var steps: Int
  /// What a search may remember, in bytes, by its own count.
  public var bytes: Int
  /// Asked every few thousand steps whether to give up: for people who wait, not for CI.
  public var deadline: (@Sendable () -> Bool)?

  public init(
    steps: Int = 20_000_000, bytes: Int = 1 << 30, deadline: (@Sendable () -> Bool)? = nil
  ) {
    self.steps = steps
    self.bytes = bytes
    self.deadline = deadline
  }

  /// Whether the person who waits has waited long enough.
  var isLate: Bool { deadline?() == true }

  /// Searches parts that can be judged apart, all of them with few steps first and then those that gave up
  /// with more, so that a hard part does not hide what is easily found in another. One violated part
  /// ends it: then the rest of its round is still judged.
  mutating func inRounds(_ count: Int, _ search: (Int, inout Budget) -> Validity) {
    var open = Array(0..<count)
    var allowance = count > 1 ? 10_000 : steps
    var isViolated = false
    while !open.isEmpty, !isViolated {
      open.removeAll { part in
        var share = self
        share.steps = min(steps, allowance)
        let granted = share.steps
        let found = search(part, &share)
        steps -= granted - max(0, share.steps)
        isViolated = isViolated || found == .violated
        return found != .unknown
      }
      if steps <= 0 || isLate || allowance >= steps { break }
      allowance *= 10
    }
  }
}

/// What a workload knows and a history does not say.
public struct Facts: Sendable, Equatable {
  /// How many accounts a bank has; 0: whatever the widest read covers.
  public var accounts: Int
  /// The sum of all balances of a bank; nil: all complete reads must agree.
  public var total: Value?
  /// Whether a balance may be below zero.
  public var allowsNegative: Bool
  /// What a register holds before the first write; nil: nothing. An empty read means the same.
  public var initial: Value?
  /// What a counter holds before the first increment.
  public var counterStart: Value
  /// Whether a failed compare-and-set tells that the register did not hold the expected value.
  /// By default it only means that nothing happened.
  public var failedCompareAndSetObserves: Bool
  /// Whether a read that returned nothing says nothing (Knossos), or says that the register was
  /// never written (Porcupine; the default).
  public var emptyReadsSayNothing: Bool
  /// What may be assumed about the order of a register's versions, for transactions.
  public var versionAssumptions: VersionAssumptions
  /// How stale reads may be, for bounded staleness.
  public var maxStaleness: StalenessBound?
  /// How many permits a semaphore has.
  public var permits: Int

  public init(
    accounts: Int = 0, total: Value? = nil, allowsNegative: Bool = false, initial: Value? = nil,
    counterStart: Value = 0, failedCompareAndSetObserves: Bool = false,
    emptyReadsSayNothing: Bool = false, versionAssumptions: VersionAssumptions = [],
    maxStaleness: StalenessBound? = nil, permits: Int = 2
  ) {
    self.accounts = accounts
    self.total = total
    self.allowsNegative = allowsNegative
    self.initial = initial
    self.counterStart = counterStart
    self.failedCompareAndSetObserves = failedCompareAndSetObserves
    self.emptyReadsSayNothing = emptyReadsSayNothing
    self.versionAssumptions = versionAssumptions
    self.maxStaleness = maxStaleness
    self.permits = permits
  }
}

/// Judges one guarantee on any history. Checkers are deterministic: the same history, facts and
/// budget give the same verdict on every machine.
public protocol Checker: Sendable {
  /// The name in scenarios and reports: "linearizable".
  static var name: String { get }
  /// Other names that mean the same.
  static var aliases: [String] { get }
  /// One line for lists.
  static var summary: String { get }
  init()
  /// Judges a history.
  func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict
}

extension Checker {
  public static var aliases: [String] { [] }

  /// Judges a history with nothing known besides it and the default budget.
  public func check(_ history: History) -> Verdict { check(history, Facts(), Budget()) }
}

/// All checkers.
public enum Checkers {
  public static let all: [any Checker.Type] = [
    Linearizable.self, ReadYourWrites.self, MonotonicReads.self, MonotonicWrites.self,
    WritesFollowReads.self, SessionGuarantees.self, SequentialConsistency.self,
    ConsistentPrefix.self, CausalMemory.self, CausalConvergence.self, WeakCausalConsistency.self,
    PipelinedRAM.self, BoundedStaleness.self, Converged.self, NoLostWrites.self,
    SetChecker.self, CounterChecker.self, BankChecker.self, CausalConsistency.self,
    ReadAtomic.self, ReadCommitted.self, LinearizableBag.self, LinearizableSet.self,
    LinearizableCounter.self, SetFull.self, CounterBounds.self, TotalQueue.self, UniqueIDs.self,
    Uniqueness.self, Stock.self, ReferentialIntegrity.self,
    IndexConsistency.self, MutualExclusion.self, NoOrphanedLocks.self, Fencing.self,
    ExactlyOnce.self, NoDirtyReads.self, LongFork.self, CausalReverse.self, Monotonic.self,
    PredicateSkew.self, OwnerAwareMutex.self, ReentrantMutex.self, AcquiredPermits.self,
    NoLostUpdates.self,
  ]

  /// The checker with this name or alias.
  public static func named(_ name: String) -> (any Checker.Type)? {
    all.first { $0.name == name || $0.aliases.contains(name) }
  }
}
