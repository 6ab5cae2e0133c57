// Every SQL statement a store can run, numbered: the text is written once, and neither a read nor a
// write builds a string. A statement keeps its number across crashes, so a recording can name it.

import Simulation

/// The statements of a schema.
struct StatementTexts {
  static let begin = 0
  static let commit = 1
  static let rollback = 2

  /// What creates the tables and views.
  let setup: [String]
  private(set) var texts = ["BEGIN", "COMMIT", "ROLLBACK"]
  /// The number of each table's first statement: get, upsert, delete, then the scans.
  private(set) var bases: [Int] = []

  init(_ schema: Schema) {
    setup =
      schema.tables.map(Self.create)
      + schema.views.map { "CREATE VIEW \(Self.quoted($0.name)) AS \($0.select)" }
    for table in schema.tables {
      precondition(!table.key.isEmpty, "table \(table.name) has no key")
      bases.append(texts.count)
      let name = Self.quoted(table.name)
      let matches = table.key.map { "\(Self.quoted($0)) = ?" }.joined(separator: " AND ")
      let columns = table.columns.isEmpty ? "1" : Self.list(table.columns)
      let places = Array(repeating: "?", count: table.key.count + table.columns.count)
      texts.append("SELECT \(columns) FROM \(name) WHERE \(matches)")
      texts.append("INSERT OR REPLACE INTO \(name) VALUES (\(places.joined(separator: ", ")))")
      texts.append("DELETE FROM \(name) WHERE \(matches)")
      for prefix in 0...table.key.count {
        texts.append(Self.scan(table, prefix: prefix, order: "ASC"))
        texts.append(Self.scan(table, prefix: prefix, order: "DESC"))
      }
    }
  }

  func get(_ table: Table) -> Int { bases[table.ordinal] }
  func upsert(_ table: Table) -> Int { bases[table.ordinal] + 1 }
  func delete(_ table: Table) -> Int { bases[table.ordinal] + 2 }
  func scan(_ table: Table, prefix: Int, backwards: Bool) -> Int {
    bases[table.ordinal] + 3 + 2 * prefix + (backwards ? 1 : 0)
  }

  /// A table with one key column is SQLite's own row tree; others are trees over their key.
  private static func create(_ table: Table) -> String {
    let name = quoted(table.name)
    if table.key.count == 1 {
      let others = table.columns.map { ", \(quoted($0)) INTEGER NOT NULL" }.joined()
      return "CREATE TABLE \(name) (\(quoted(table.key[0])) INTEGER NOT NULL PRIMARY KEY\(others))"
    }
    let columns = (table.key + table.columns).map { "\(quoted($0)) INTEGER NOT NULL, " }.joined()
    return "CREATE TABLE \(name) (\(columns)PRIMARY KEY (\(list(table.key)))) WITHOUT ROWID"
  }

  /// Whole rows whose first key columns are given, from a value of the next one.
  private static func scan(_ table: Table, prefix: Int, order: String) -> String {
    var matches = table.key.prefix(prefix).map { "\(quoted($0)) = ?" }
    if prefix < table.key.count { matches.append("\(quoted(table.key[prefix])) >= ?") }
    let sorted = table.key.map { "\(quoted($0)) \(order)" }.joined(separator: ", ")
    return "SELECT \(list(table.key + table.columns)) FROM \(quoted(table.name))"
      + " WHERE \(matches.joined(separator: " AND ")) ORDER BY \(sorted) LIMIT ?"
  }

  private static func list(_ names: [String]) -> String {
    names.map(quoted).joined(separator: ", ")
  }

  private static func quoted(_ name: String) -> String { "\"\(name)\"" }
}
