// What a shard keeps in each region: the objects as they are now, every version of them by timestamp
// (Corbett et al., "Spanner", section 2.1: a multi-version database), transactions that are prepared,
// what came of others, and its log. Each shard has tables of its own, told apart by its number; a
// `Shelf` shows one shard's to code that knows of no other.

import Histories
import Simulation

extension CommitWait {
  enum Tables {
    /// What changed a key when: newest first, as both numbers count down from 0.
    static let versions = Table(
      7, "versions", key: ["key", "age", "back"], columns: ["kind", "value"])
    /// The steps of transactions that are prepared and not decided, as far as anybody knows here.
    static let prepared = Table(
      8, "prepared", key: ["number", "step"],
      columns: ["client", "timestamp", "coordinator", "code", "key", "value", "extra"])
    /// What came of transactions: the timestamp, or 0 and why not.
    static let outcomes = Table(9, "outcomes", key: ["number"], columns: ["timestamp", "reason"])
    /// How far timestamps have come: 0, the newest in the log; 1, the newest that changed anything.
    static let clock = Table(10, "clock", key: ["name"], columns: ["timestamp"])
    /// When tablets left this shard or came to it, where they are since, and whether what was here of
    /// them is gone.
    static let moves = Table(
      11, "moves", key: ["tablet", "timestamp"], columns: ["shard", "cleared"])

    /// What there is of keys: what a tablet consists of.
    static let ofKeys = Objects.tables + [versions]

    /// What records are carried out on, and snapshots are made of.
    static let state = Objects.tables + [versions, prepared, outcomes, clock, moves]
    /// All that a shard has.
    static let all = Objects.tables + [Raft.Tables.log, Raft.Tables.meta] + state.suffix(5)

    /// The tables of one shard among those of all.
    static func tables(of shard: Int) -> [Table] {
      all.enumerated().map { place, table in
        Table(
          shard * all.count + place, "\(table.name)_\(shard)", key: table.key,
          columns: table.columns)
      }
    }

    static func schema(shards: Int) -> Schema {
      func union(_ columns: String, _ table: Table) -> String {
        (0..<shards).map { "SELECT \(columns) FROM \(table.name)_\($0)" }
          .joined(separator: " UNION ALL ")
      }
      return Schema(
        tables: (0..<shards).flatMap(tables),
        views: [
          Schema.View("items", union("key, value", Objects.registers)),
          Schema.View("elements", union("key, element", Objects.members)),
        ])
    }
  }

  /// One shard's tables, as a store that has no others.
  final class Shelf: Store {
    private let store: any Store
    /// By the ordinal that the shard knows.
    private let tables: [Table?]

    init(_ store: any Store, shard: Int) {
      self.store = store
      var tables = [Table?](repeating: nil, count: 12)
      for (own, outer) in zip(Tables.all, Tables.tables(of: shard)) { tables[own.ordinal] = outer }
      self.tables = tables
    }

    private func outer(_ table: Table) -> Table {
      guard let outer = tables[table.ordinal] else {
        preconditionFailure("a shard has no table \(table.name)")
      }
      return outer
    }

    func get(_ table: Table, _ key: Row) -> Row? { store.get(outer(table), key) }
    func put(_ table: Table, _ key: Row, _ columns: Row) { store.put(outer(table), key, columns) }
    func delete(_ table: Table, _ key: Row) { store.delete(outer(table), key) }
    func rows(
      _ table: Table, prefix: Row, from: Int64, limit: Int, backwards: Bool
    ) -> [Row] {
      store.rows(outer(table), prefix: prefix, from: from, limit: limit, backwards: backwards)
    }
  }
}
