// Transactions of a few reads and writes over a few keys, for models of isolation. Over lists every write
// appends a unique element, so that a read tells the whole order of its key's writes (Kingsbury and Alvaro,
// "Elle", 2020, section 3); over registers every written value is unique, and the true order is known from
// the strategy, or searched.
//
// Where the strategy has no transactions, clients do what its users do: one step after another.

import Checking
import Histories
import Simulation

/// What both kinds share: how many steps, over which keys.
struct TransactionDraw: Sendable {
  private let keys: Int
  private let mostSteps: Int
  private let writesPerKey: Int
  private let mix: Mix
  /// The active keys, and how often each was written.
  private var active: [(key: Key, writes: Int)]
  private(set) var lastValue: Value = 0

  init(_ options: inout Options, writesPerKey usual: Int) {
    keys = options.integer("keys", default: 5, in: 1...10_000, "how many keys are in use at a time")
    mostSteps = options.integer(
      "max-steps", default: 4, in: 1...64, "the most steps of a transaction")
    writesPerKey = options.integer(
      "writes-per-key", default: usual, in: 1...1_000_000,
      "after so many writes a fresh key takes the place of a key")
    mix = Mix(&options, [("read", 50), ("write", 50)])
    active = (0..<keys).map { (Key($0), 0) }
  }

  /// Every key that was ever in use.
  var allKeys: ClosedRange<Key> { 0...(active.map(\.key).max() ?? 0) }

  /// The steps of a transaction.
  mutating func draw(
    _ random: inout Random, read: (Key) -> Operation, write: (Key, Value) -> Operation
  ) -> [Operation] {
    (0..<(1 + random.below(mostSteps))).map { _ in
      let place = random.below(active.count)
      let key = active[place].key
      guard mix.draw(&random) == "write" else { return read(key) }
      lastValue += 1
      active[place].writes += 1
      if active[place].writes == writesPerKey { active[place] = (allKeys.upperBound + 1, 0) }
      return write(key, lastValue)
    }
  }
}

/// `kind: list-append`.
public struct ListAppendWorkload: Workload, IntentSource {
  public static let name = "list-append"
  public static let summary = "transactions that read lists and append unique elements to them"
  public static let guarantees: [Guarantee] =
    Guarantee.isolation + [.converged, .noLostWrites]

  private var transactions: TransactionDraw

  public init(_ options: inout Options) {
    transactions = TransactionDraw(&options, writesPerKey: 64)
  }

  public var facts: Facts { Facts() }

  var needs: [(name: String, operation: Operation)] {
    [("append", .append(0, 1)), ("reads of lists", .read(0, .list))]
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let steps = transactions.draw(&random, read: { .read($0, .list) }, write: { .append($0, $1) })
    return .transaction(steps, supports)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    transactions.allKeys.map { .transaction([.read($0, .list)], supports) }
  }
}

/// `kind: rw-register`.
public struct ReadWriteRegisterWorkload: Workload, IntentSource {
  public static let name = "rw-register"
  public static let summary = "transactions that read and write registers, with unique values"
  public static let guarantees: [Guarantee] =
    Guarantee.isolation + [.converged, .noLostWrites]

  private var transactions: TransactionDraw

  public init(_ options: inout Options) {
    transactions = TransactionDraw(&options, writesPerKey: 1_000_000)
  }

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let steps = transactions.draw(
      &random, read: { .read($0, .register) }, write: { .write($0, $1) })
    return .transaction(steps, supports)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    transactions.allKeys.map { .transaction([.read($0, .register)], supports) }
  }
}
