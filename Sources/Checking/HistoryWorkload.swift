// Which checkers say something about a history, and what its strongest model is: what
// `splitbrain check` does with a history from anywhere.

import Histories

/// What kind of objects a history is about.
public enum HistoryWorkload: String, Sendable, CaseIterable {
  case register
  case casRegister = "cas-register"
  case set, counter, bank
  case listAppend = "list-append"
  case readWriteRegister = "rw-register"
  /// The same, for the three weak levels alone, by algorithms made for millions of events.
  case transactions
  /// Transactions of reads and writes of registers, judged in real time.
  case multiRegister = "multi-register"
  case mutex, queue
  /// Locks that only their holder may release.
  case ownerAwareMutex = "owner-aware-mutex"
  /// Locks that their holder may acquire again.
  case reentrantMutex = "reentrant-mutex"
  /// Semaphores.
  case acquiredPermits = "acquired-permits"
  case semaphore
  case fifoQueue = "fifo-queue"
  /// Strings, with get, put and append.
  case keyValue = "kv"
  case setFull = "set-full"
  case uniqueIDs = "unique-ids"
  /// Names that many claim by compare-and-set.
  case uniqueness
  /// Counters that must not go below zero.
  case stock
  /// Inserts of several elements, the first of which refers to the others.
  case orders
  /// Rows and the index on them, changed and read together.
  case index
  /// Locks with fencing tokens, and writes guarded by them.
  case lock
  /// Lists to which each operation appends a value of its own.
  case ledger
  /// Keys that are written once each, and reads of several at once.
  case longFork = "long-fork"
  /// Inserts, and reads of all that was inserted.
  case causalReverse = "causal-reverse"
  /// Counters that only go up.
  case monotonic
  /// Inserts that may only succeed where nothing is.
  case g2

  /// Whether it is about transactions, which models of isolation judge.
  public var isTransactional: Bool { self == .listAppend || self == .readWriteRegister }

  /// The models that can be decided, strongest first; the first is what `check` judges by default.
  public var models: [String] {
    switch self {
    case .register, .casRegister:
      RegisterModel.all.map(\.name) + ["no-dirty-reads"]
    case .set, .setFull:
      (self == .set ? ["set", "set-full"] : ["set-full", "set"])
        + ["no-lost-writes", "no-dirty-reads", "converged"]
    case .counter: ["counter", "counter-bounds", "converged"]
    case .bank: ["bank"]
    case .listAppend, .readWriteRegister: IsolationModel.all.map(\.name)
    case .keyValue, .multiRegister: ["linearizable"]
    case .mutex: ["linearizable", "mutual-exclusion"]
    case .ownerAwareMutex: ["owner-aware-mutex", "linearizable", "mutual-exclusion"]
    case .reentrantMutex: ["reentrant-mutex", "mutual-exclusion"]
    case .acquiredPermits, .semaphore: ["acquired-permits"]
    case .fifoQueue: ["linearizable", "linearizable-queue", "total-queue"]
    case .queue: ["linearizable-queue", "total-queue"]
    case .uniqueIDs: ["unique-ids"]
    case .uniqueness: ["uniqueness", "linearizable"]
    case .stock: ["stock", "counter"]
    case .orders: ["referential-integrity"]
    case .index: ["index-consistency"]
    case .lock: ["fencing", "mutual-exclusion"]
    case .ledger: ["exactly-once", "no-dirty-reads"]
    case .longFork: ["long-fork"]
    case .causalReverse: ["causal-reverse", "set"]
    case .monotonic: ["monotonic", "counter"]
    case .g2: ["g2"]
    case .transactions: ["causal", "read-atomic", "read-committed"]
    }
  }
}

/// The verdicts of several models on one history.
public struct HistoryVerdict: Sendable {
  public let workload: HistoryWorkload
  public let verdicts: [Verdict]
  /// Which models are ruled out; nil if there is no lattice of models, or only one was judged.
  public let boundary: IsolationBoundary?
  /// Whether nothing is left to find that could rule out more.
  private let isComplete: Bool

  /// The worst of all: every model asked for must hold.
  public var validity: Validity { verdicts.map(\.validity).max() ?? .unknown }

  /// The first in the workload's order that holds, if one was judged that does. Where models form a lattice,
  /// all that hold and follow from no other that does, with commas between.
  public var strongest: String? {
    if let boundary {
      guard isComplete, verdicts.contains(where: { $0.judged > 0 }) else { return nil }
      return boundary.strongest.isEmpty ? nil : boundary.strongest.joined(separator: ",")
    }
    return workload.models.first { model in
      verdicts.contains { $0.checker == model && $0.validity == .holds }
    }
  }

  /// Judges a history by the named models, which must exist.
  /// - Parameter doubt: why none of them can be said to hold, if there is a reason beside them.
  public init(
    _ history: History, _ workload: HistoryWorkload, models: [String], _ facts: Facts,
    _ budget: Budget, doubt: String? = nil
  ) {
    if let doubt {
      let sure = HistoryVerdict(history, workload, models: models, facts, budget)
      self.workload = workload
      (verdicts, boundary, isComplete) = (
        sure.verdicts.map { $0.doubted(because: doubt) }, sure.boundary, false
      )
      return
    }
    self.workload = workload
    guard workload.isTransactional else {
      if workload == .register || workload == .casRegister, models.count > 1 {
        let lattice = RegisterLattice(history, models, facts, budget)
        verdicts = lattice.verdicts.map { verdict in
          verdict.withWitnessesTried(history, budget) { part in
            Checkers.named(verdict.checker)?.init().check(part, facts, budget) ?? verdict
          }
        }
        (boundary, isComplete) = (lattice.boundary, true)
        return
      }
      boundary = nil
      isComplete = true
      verdicts = models.compactMap { Checkers.named($0)?.init().judge(history, facts, budget) }
      return
    }
    let analysis = IsolationAnalysis(history, facts, budget)
    boundary = analysis.boundary
    isComplete = analysis.isComplete
    verdicts = models.compactMap(IsolationModel.named).map {
      analysis.verdict($0, on: history, facts, budget)
    }
  }

  /// Verdicts of unknown on all models, because of the time limit.
  public init(tooLateFor models: [String], _ workload: HistoryWorkload) {
    self.workload = workload
    boundary = nil
    isComplete = false
    verdicts = models.map {
      Verdict(checker: $0, judged: 0, anomalies: [], unknown: "time limit reached: nothing proven")
    }
  }
}
