// Runs of infrastructure tools that share a state file: take its lock, read the state, work, write the state
// back, release the lock. The backends are those of Terraform, as its code has them (internal/backend/
// remote-state: s3, azure, gcs):
//
//   backend      acquire                   release                        state write
//   s3-dynamodb  put if absent             get, compare, delete           any; its digest beside it,
//                                                                         which readers compare
//   s3-lockfile  put if absent             get, compare, delete           any
//   gcs          create if absent          delete this generation         any
//   azure-blob   take the lease            give this lease back           refused without the lease
//
// No lock lapses. Who finds it taken may force it open (`terraform force-unlock`): it is deleted, and whoever
// had it is not told. Only a state write that the store checks against the lock then does no harm.
//
// A lock is a register: 0, or the number of who holds it. A state is a register whose value says which
// write it is of; the history shows an update of it as what it wrote and what it started from.

import Checking
import Histories
import Simulation

/// `kind: state-lock`.
public struct StateLockWorkload: Workload, IntentSource {
  public static let name = "state-lock"
  public static let summary = "state files under the locks of Terraform's backends"
  public static let guarantees: [Guarantee] = [
    .mutualExclusion, .noOrphanedLocks, .noLostUpdates, .converged,
  ]

  enum Backend: String, CaseIterable, Sendable {
    case s3DynamoDB = "s3-dynamodb"
    case s3Lockfile = "s3-lockfile"
    case azureBlob = "azure-blob"
    case gcs

    /// Whether the store refuses to delete a lock that is another's by now.
    var releasesConditionally: Bool { self == .gcs || self == .azureBlob }
    /// Whether the store refuses state from who does not hold the lock.
    var isFenced: Bool { self == .azureBlob }
    /// Whether a digest tells readers that the state is not the newest.
    var hasDigest: Bool { self == .s3DynamoDB }
  }

  private let backend: Backend
  private let states: Int
  private let updates: Int
  private let patience: Int
  private let crash: Ratio
  private var holders: [Int: Holder] = [:]
  /// How often in a row each client found the lock taken.
  private var refusals: [Int: Int] = [:]
  private var lastNumber: Value = 0

  /// A client that believes to hold a lock.
  private struct Holder {
    let lock: Value
    /// The state that its next update starts from; nil: it has not read it.
    var base: Value?
    var updatesLeft: Int
  }

  public init(_ options: inout Options) {
    backend = options.choice(
      "backend", default: Backend.s3DynamoDB, "whose way of locking and of writing state")
    states = options.integer("states", default: 2, in: 1...10_000, "how many state files there are")
    updates = options.integer(
      "updates", default: 2, in: 1...1_000_000, "how often a holder writes the state")
    patience = options.integer(
      "force-unlock-after", default: 0, in: 0...1_000_000,
      "how often in a row a client finds the lock taken before it forces it; 0: it never does")
    crash = options.ratio(
      "crash", default: .never, "the share of holders that die with the lock in their hands")
  }

  public var facts: Facts { Facts(initial: 0) }

  private func state(_ lock: Key) -> Key { lock + Key(states) }
  private func digest(_ lock: Key) -> Key { lock + Key(2 * states) }

  var needs: [(name: String, operation: Operation)] {
    let fenced = StateStep.fencedWrite(lock: 0, holder: 1, state: 1, value: 1)
    return [("compare-and-set", .compareAndSet(0, expected: 0, new: 1))]
      + (backend.isFenced ? [("transactions with a condition", fenced)] : [])
  }

  func setup(_ supports: (Operation) -> Bool) -> [Operation] {
    (0..<states).map(Key.init).flatMap { lock -> [Operation] in
      [.write(lock, 0), .write(state(lock), 0)]
        + (backend.hasDigest ? [.write(digest(lock), 0)] : [])
    }
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let lock = Key(client % states)
    guard let holder = holders[client] else { return acquire(lock, client) }
    guard holder.updatesLeft > 0 else {
      holders[client] = nil
      return Intent(
        function: .release, key: lock, value: holder.lock,
        procedure: Procedure(
          StateStep(
            .release(lock, holder.lock, isConditional: backend.releasesConditionally))))
    }
    guard let base = holder.base else {
      // Now it works from what it has read; some never come back.
      if crash != .never, random.chance(crash) {
        holders[client] = nil
        return acquire(lock, client)
      }
      return Intent(
        function: .read, key: state(lock),
        procedure: Procedure(
          StateStep(.read(state(lock), digest: backend.hasDigest ? digest(lock) : nil))))
    }
    lastNumber += 1
    return Intent(
      function: .compareAndSet, key: state(lock), value: lastNumber, extra: base,
      procedure: Procedure(
        StateStep(
          .update(
            state(lock), lastNumber, fence: backend.isFenced ? (lock, holder.lock) : nil,
            digest: backend.hasDigest ? digest(lock) : nil))))
  }

  private mutating func acquire(_ lock: Key, _ client: Int) -> Intent {
    lastNumber += 1
    let isForced = patience > 0 && refusals[client, default: 0] >= patience
    return Intent(
      function: .acquire, key: lock, value: lastNumber,
      procedure: Procedure(
        StateStep(
          isForced
            ? .force(lock, lastNumber, isConditional: backend.releasesConditionally)
            : .acquire(lock, lastNumber))))
  }

  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int) {
    switch intent.function {
    case .acquire:
      refusals[client] = 0
      holders[client] = Holder(lock: intent.value, updatesLeft: updates)
    case .read: holders[client]?.base = answer.value ?? 0
    case .compareAndSet:
      holders[client]?.base = intent.value
      holders[client]?.updatesLeft -= 1
    default: break
    }
  }

  mutating func failed(_ intent: Intent, by client: Int) {
    switch intent.function {
    case .acquire: refusals[client, default: 0] += 1
    // What became of the state nobody knows, or it was refused, or it and its digest do not agree: the
    // tool stops with an error, and unlocks.
    case .compareAndSet, .read: holders[client]?.updatesLeft = 0
    default: break
    }
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    (0..<states).map(Key.init).flatMap { lock in
      [lock, state(lock)].map { key in
        Intent(
          function: .read, key: key, procedure: Procedure(.single(.read(key, .register))))
      }
    }
  }
}

/// What one of the tool's steps asks of the store, in one request or more.
private struct StateStep: Program {
  enum Kind: Sendable {
    case acquire(Key, Value)
    /// Reads who has the lock, deletes it and takes it.
    case force(Key, Value, isConditional: Bool)
    case release(Key, Value, isConditional: Bool)
    /// Reads the state, and its digest until they agree.
    case read(Key, digest: Key?)
    case update(Key, Value, fence: (lock: Key, holder: Value)?, digest: Key?)
  }

  /// How often a reader looks again when state and digest do not agree.
  private static let looks = 5

  let kind: Kind
  private var stage = 0
  private var seen: Value = 0
  private var looksLeft = StateStep.looks
  /// Whether the lock was deleted, and the current request takes it.
  private var isTaking = false

  init(_ kind: Kind) { self.kind = kind }

  /// A write that is refused unless the lock is still this holder's.
  static func fencedWrite(lock: Key, holder: Value, state: Key, value: Value) -> Operation {
    .transaction([
      .compareAndSet(lock, expected: holder, new: holder), .write(state, value),
    ])
  }

  /// What of a step came before a refusal does no harm: a lock that was deleted by force is gone rightly, and
  /// a state whose digest is missing is the next reader's trouble.
  var hasWrittenNothing: Bool {
    if case .update = kind { return stage == 0 }
    return true
  }

  func begin() -> Operation {
    switch kind {
    case .acquire(let lock, let own): .compareAndSet(lock, expected: 0, new: own)
    case .force(let lock, _, _): .read(lock, .register)
    case .release(let lock, let own, true): .compareAndSet(lock, expected: own, new: 0)
    case .release(let lock, _, false): .read(lock, .register)
    case .read(let state, _): .read(state, .register)
    case .update(let state, let value, let fence?, _):
      StateStep.fencedWrite(lock: fence.lock, holder: fence.holder, state: state, value: value)
    case .update(let state, let value, nil, _): .write(state, value)
    }
  }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    stage += 1
    let found = answer.value ?? 0
    switch (kind, stage) {
    case (.acquire(_, let own), _): return .done(.value(own))
    case (.force(let lock, let own, let isConditional), 1):
      guard found != 0 else { return take(lock, own) }
      return .ask(
        isConditional ? .compareAndSet(lock, expected: found, new: 0) : .write(lock, 0))
    case (.force(let lock, let own, _), 2) where !isTaking: return take(lock, own)
    case (.force(_, let own, _), _): return .done(.value(own))
    case (.release(let lock, let own, false), 1):
      // It compares the number itself, and then deletes whatever is there.
      return found == own ? .ask(.write(lock, 0)) : .refused
    case (.release, _): return .done(.done)
    case (.read(_, nil), _): return .done(.value(found))
    case (.read(let state, let digest?), _):
      if stage % 2 == 1 {
        seen = found
        return .ask(.read(digest, .register))
      }
      if found == seen { return .done(.value(seen)) }
      looksLeft -= 1
      return looksLeft > 0 ? .ask(.read(state, .register)) : .refused
    case (.update(_, let value, _, let digest?), 1): return .ask(.write(digest, value))
    case (.update, _): return .done(.done)
    }
  }

  private mutating func take(_ lock: Key, _ own: Value) -> Procedure.Next {
    isTaking = true
    return .ask(.compareAndSet(lock, expected: 0, new: own))
  }
}
