// Clients that send again what nobody answered. Each operation appends a number of its own to a list, so
// that an effect that came twice shows; where there are no lists it adds one to a counter.
//
// With an idempotence key the store refuses what it has done already: the key is a counter that can be taken
// from 0 to -1 once, in the same transaction as the effect. Where there are no transactions the effect
// itself must be idempotent: an insert into a set.

import Checking
import Histories
import Simulation

/// `kind: retry`.
public struct RetryWorkload: Workload, IntentSource {
  public static let name = "retry"
  public static let summary =
    "operations that are sent again after a timeout, with or without a key"
  public static let guarantees: [Guarantee] = [.exactlyOnce, .noDirtyReads, .converged]

  private var keys: KeyChooser
  private let isIdempotent: Bool
  private let attempts: Int
  private let mix: Mix
  private var lastOperation: Value = 0

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 3)
    isIdempotent = options.flag(
      "idempotence-key", default: false, "whether the store can tell a retry from a new operation")
    attempts = options.integer(
      "attempts", default: 4, in: 1...100, "how often a client sends an operation at most")
    mix = Mix(&options, [("apply", 80), ("read", 20)])
  }

  public var facts: Facts { Facts() }

  private enum Effect { case guarded, insert, append, increment }

  private func effect(_ supports: (Operation) -> Bool) -> Effect {
    let guarded = Operation.transaction([.increment(0, by: -1, floor: -1), .append(0, 1)])
    if isIdempotent { return supports(guarded) ? .guarded : .insert }
    return supports(.append(0, 1)) ? .append : .increment
  }

  var needs: [(name: String, operation: Operation)] {
    isIdempotent ? [] : [("counters or lists", .increment(0, by: 1, floor: nil))]
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    guard mix.draw(&random) == "apply" else { return read(keys.draw(&random), supports) }
    let key = keys.drawToChange(&random)
    lastOperation += 1
    let effect = effect(supports)
    let operation: Operation =
      switch effect {
      // Keys of idempotence come after those of lists.
      case .guarded:
        .transaction([
          .increment(Key(keys.count) + Key(lastOperation), by: -1, floor: -1),
          .append(key, lastOperation),
        ])
      case .insert: .insert(key, lastOperation)
      case .append: .append(key, lastOperation)
      case .increment: .increment(key, by: 1, floor: nil)
      }
    return Intent(
      function: effect == .increment ? .increment : .append, key: key,
      value: effect == .increment ? 1 : lastOperation,
      procedure: Procedure(
        Persistent(operation, isGuarded: effect == .guarded, retriesLeft: attempts - 1)))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0, supports) }
  }

  private func read(_ key: Key, _ supports: (Operation) -> Bool) -> Intent {
    let type: DataType =
      switch effect(supports) {
      case .guarded, .append: .list
      case .insert: .set
      case .increment: .counter
      }
    return Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, type))))
  }
}

/// Sends an operation until somebody answers.
private struct Persistent: Program {
  let operation: Operation
  let isGuarded: Bool
  private var retriesLeft: Int
  private var hasRetried = false

  init(_ operation: Operation, isGuarded: Bool, retriesLeft: Int) {
    self.operation = operation
    self.isGuarded = isGuarded
    self.retriesLeft = retriesLeft
  }

  /// An earlier attempt may have.
  var hasWrittenNothing: Bool { !hasRetried }

  func begin() -> Operation { operation }

  mutating func advance(_ answer: Answer) -> Procedure.Next { .done(.done) }

  mutating func retry() -> Operation? {
    guard retriesLeft > 0 else { return nil }
    retriesLeft -= 1
    hasRetried = true
    return operation
  }

  /// That the key has been used: an earlier attempt did it.
  func meaningOfFailedCondition() -> Answer? { isGuarded && hasRetried ? .done : nil }
}
