// Rows and a secondary index on them, kept in two sets: whoever adds or removes a row adds or removes its
// entry, whoever looks something up reads both. In one transaction where the strategy has them and the
// database keeps its index with the row; or the entry afterwards, as where an index is an application's own
// table, or is built from a stream of changes (DynamoDB's global secondary indexes, Couchbase's).

import Checking
import Histories
import Simulation

/// `kind: index`.
public struct IndexWorkload: Workload, IntentSource {
  public static let name = "index"
  public static let summary = "rows and a secondary index on them in another set; reads of both"
  public static let guarantees: [Guarantee] = [.indexConsistency, .converged]

  /// When the index is changed.
  enum Upkeep: String, CaseIterable, Sendable {
    /// In the row's own transaction.
    case together
    /// In a request of its own.
    case afterwards
  }

  private var keys: KeyChooser
  private let upkeep: Upkeep
  private let mix: Mix
  private var lastRow: Value = 0
  /// Rows that a client was told are there, for it to remove again.
  private var own: [Int: [(table: Key, row: Value)]] = [:]

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 4)
    upkeep = options.choice(
      "upkeep", default: Upkeep.together,
      "whether the index is changed in the row's transaction or after it")
    mix = Mix(&options, [("insert", 45), ("remove", 15), ("read", 40)])
  }

  public var facts: Facts { Facts() }

  private func rows(of table: Key) -> Key { 2 * table }
  private func index(of table: Key) -> Key { 2 * table + 1 }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    switch mix.draw(&random) {
    case "read": return read(keys.draw(&random), supports)
    case "remove":
      if let (table, row) = own[client]?.popLast() {
        return change(.remove, table, row, supports) { .remove($0, $1) }
      }
      return insert(supports, &random)
    default: return insert(supports, &random)
    }
  }

  private mutating func insert(
    _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    lastRow += 1
    return change(.insert, keys.drawToChange(&random), lastRow, supports) { .insert($0, $1) }
  }

  private func change(
    _ function: Function, _ table: Key, _ row: Value, _ supports: (Operation) -> Bool,
    _ step: (Key, Value) -> Operation
  ) -> Intent {
    let steps = [step(rows(of: table), row), step(index(of: table), -row)]
    let whole = Operation.transaction(steps)
    return Intent(
      function: function, key: table, list: [row, -row],
      procedure: Procedure(
        upkeep == .together && supports(whole) ? .single(whole) : .eachStep(steps)))
  }

  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int) {
    guard intent.function == .insert, let row = intent.list.first else { return }
    own[client, default: []].append((intent.key, row))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0, supports) }
  }

  private func read(_ table: Key, _ supports: (Operation) -> Bool) -> Intent {
    .ofSets([rows(of: table), index(of: table)], under: table, supports)
  }
}
