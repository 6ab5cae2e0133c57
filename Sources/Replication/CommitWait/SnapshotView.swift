// The database as of a timestamp, for reads that take no locks (Corbett et al., "Spanner", sections
// 4.1.4 and 4.2.2). It shows the tables of objects of all shards as a store would have had them then,
// so that `Attempt` reads the past as it reads the present.

import Histories
import Simulation

extension CommitWait {
  final class SnapshotView: Store {
    private let shelves: [Key: Shelf]
    private let timestamp: Int64

    /// - Parameters:
    ///   - shelves: That of the shard which has the key, for each key that is read.
    ///   - timestamp: Every shard that is read must be safe up to it.
    init(_ shelves: [Key: Shelf], at timestamp: Int64) {
      self.shelves = shelves
      self.timestamp = timestamp
    }

    private func shelf(_ key: Int64) -> Shelf {
      guard let shelf = shelves[Key(key)] else { preconditionFailure("nobody asked for \(key)") }
      return shelf
    }

    func get(_ table: Table, _ key: Row) -> Row? {
      let shelf = shelf(key[0])
      // Version columns come last, timestamp and then 0, in all of these tables.
      guard let row = shelf.get(table, key) else { return nil }
      if row[row.count - 2] <= timestamp { return row }
      let isRegister = table.ordinal == Objects.registers.ordinal
      guard let past = newest(key[0], in: shelf, where: { ($0 == .put) == isRegister }) else {
        return nil
      }
      return isRegister ? [past[4], -past[1], 0] : [-past[1], 0]
    }

    func rows(
      _ table: Table, prefix: Row, from: Int64, limit: Int, backwards: Bool
    ) -> [Row] {
      let shelf = shelf(prefix[0])
      let now = shelf.rows(table, prefix: prefix, from: from, limit: limit, backwards: backwards)
      guard table.ordinal == Objects.members.ordinal else {
        // Lists only grow.
        return now.filter { $0[3] <= timestamp }
      }
      if let changed = shelf.get(Objects.sets, prefix), changed[0] <= timestamp { return now }
      return elements(of: prefix[0], in: shelf)
    }

    /// The elements that a set had, from all its versions.
    private func elements(of key: Int64, in shelf: Shelf) -> [Row] {
      var elements: [Int64: Int64] = [:]
      for row in shelf.rows(Tables.versions, prefix: [key], from: -timestamp).reversed() {
        switch Change.Kind(rawValue: row[3]) {
        case .insert: elements[row[4]] = -row[1]
        case .remove: elements[row[4]] = nil
        case .put, .append, .nothing, nil: break
        }
      }
      return elements.map { [key, $0.key, $0.value, 0] }.sorted { $0[1] < $1[1] }
    }

    /// The newest version of a key then, of those kinds.
    private func newest(
      _ key: Int64, in shelf: Shelf, where matches: (Change.Kind) -> Bool
    ) -> Row? {
      func fits(_ row: Row) -> Bool { Change.Kind(rawValue: row[3]).map(matches) ?? false }
      let first = shelf.rows(Tables.versions, prefix: [key], from: -timestamp, limit: 1).first
      guard let first, !fits(first) else { return first }
      return shelf.rows(Tables.versions, prefix: [key], from: -timestamp).first(where: fits)
    }

    func put(_ table: Table, _ key: Row, _ columns: Row) {
      preconditionFailure("nobody changes the past")
    }
    func delete(_ table: Table, _ key: Row) { preconditionFailure("nobody changes the past") }
  }
}
