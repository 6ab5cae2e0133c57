// State that travels whole: the rows of some tables, each led by its table's number, so that a region which
// has missed too much can take over what another has.

import Simulation

/// The rows of tables, for a snapshot.
enum StateRows {
  /// Copies those of the tables' rows that belong to it.
  static func copy(
    of tables: [Table], in store: any Store, where belongs: (Row, Table) -> Bool = { _, _ in true }
  ) -> [Row] {
    tables.flatMap { table in
      store.rows(table).filter { belongs($0, table) }.map { [Int64(table.ordinal)] + $0 }
    }
  }

  /// Puts copied rows in the place of those that belong to it.
  static func replace(
    _ tables: [Table], with rows: [Row], in store: any Store,
    where belongs: (Row, Table) -> Bool = { _, _ in true }
  ) {
    for table in tables {
      for row in store.rows(table) where belongs(row, table) {
        store.delete(table, Array(row.prefix(table.key.count)))
      }
    }
    put(rows, of: tables, in: store)
  }

  /// Adds copied rows to what is there.
  static func put(_ rows: [Row], of tables: [Table], in store: any Store) {
    for row in rows {
      guard let table = tables.first(where: { Int64($0.ordinal) == row[0] }) else { continue }
      let key = Array(row.dropFirst().prefix(table.key.count))
      store.put(table, key, Array(row.dropFirst(1 + table.key.count)))
    }
  }

  /// Copied rows that were written one after the other; a number that is no table's ends them.
  static func split(_ numbers: Row, of tables: [Table]) -> [Row] {
    var rows: [Row] = []
    var start = 0
    while start < numbers.count,
      let table = tables.first(where: { Int64($0.ordinal) == numbers[start] })
    {
      let end = start + 1 + table.key.count + table.columns.count
      guard end <= numbers.count else { break }
      rows.append(Array(numbers[start..<end]))
      start = end
    }
    return rows
  }
}
