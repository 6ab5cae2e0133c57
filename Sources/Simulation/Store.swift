// A region's database as a replica sees it: tables of whole numbers. Real SQLite implements it in
// Storage; `MemoryStore` implements it here, and both must give the same run to the byte.
//
// Everything a replica stores is an integer (keys, values, timestamps, regions), so a row reads the
// same in `sqlite3` as in the strategy's source, and no encoding stands between them.
//
// Calls do not throw: a store that fails remembers its first failure, answers reads with nothing,
// and its node stops instead of releasing what it computed. That is what a careful server does when
// a disk fails (Rebello et al., "Can Applications Recover from fsync Failures?", section 6).

/// A table: its primary key's columns, then the others. All hold integers.
public struct Table: Sendable, Hashable {
  /// Its place in `Schema.tables`.
  public let ordinal: Int
  public let name: String
  public let key: [String]
  public let columns: [String]

  public init(_ ordinal: Int, _ name: String, key: [String], columns: [String]) {
    self.ordinal = ordinal
    self.name = name
    self.key = key
    self.columns = columns
  }
}

/// What a strategy stores.
public struct Schema: Sendable {
  public let tables: [Table]
  /// Views over the tables, for people and for the SQL invariants of a scenario. Every strategy
  /// offers `items(key, value)`; those with sets `elements(key, element)`.
  public let views: [View]

  /// A named SELECT.
  public struct View: Sendable {
    public let name: String
    public let select: String
    public init(_ name: String, _ select: String) {
      self.name = name
      self.select = select
    }
  }

  public init(tables: [Table], views: [View]) {
    for (place, table) in tables.enumerated() {
      precondition(table.ordinal == place, "table \(table.name) has ordinal \(table.ordinal)")
    }
    self.tables = tables
    self.views = views
  }
}

/// A row: the key's columns, then the others.
public typealias Row = [Int64]

/// What a replica may do with its region's database. Every call happens inside the transaction of
/// the current batch of inputs.
public protocol Store: AnyObject {
  /// The columns after the key of one row, or nil.
  func get(_ table: Table, _ key: Row) -> Row?
  /// Inserts or replaces one row.
  func put(_ table: Table, _ key: Row, _ columns: Row)
  /// Deletes one row if it is there.
  func delete(_ table: Table, _ key: Row)
  /// Whole rows in key order whose first key columns equal `prefix` and whose next key column is at
  /// least `from`; the last of them first if `backwards`.
  func rows(_ table: Table, prefix: Row, from: Int64, limit: Int, backwards: Bool) -> [Row]
}

extension Store {
  /// All rows of a table in key order.
  public func rows(_ table: Table) -> [Row] {
    rows(table, prefix: [], from: .min, limit: .max, backwards: false)
  }

  /// All rows whose first key columns equal `prefix`, in key order.
  public func rows(_ table: Table, prefix: Row) -> [Row] {
    rows(table, prefix: prefix, from: .min, limit: .max, backwards: false)
  }

  /// At most `limit` rows with the prefix, beginning where the next key column is `from`.
  public func rows(_ table: Table, prefix: Row = [], from: Int64, limit: Int = .max) -> [Row] {
    rows(table, prefix: prefix, from: from, limit: limit, backwards: false)
  }

  /// The last row with the prefix.
  public func last(_ table: Table, prefix: Row = []) -> Row? {
    rows(table, prefix: prefix, from: .min, limit: 1, backwards: true).first
  }
}

/// A disk that does not give back what was written to it.
public struct DamagedDisk: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// A region's database as the world sees it: transactions, and a disk that can lose what was not
/// synced. All commits are ordered; a crash keeps a prefix of those not yet synced.
public protocol DurableStore: Store {
  /// Opens a transaction.
  func begin()
  /// Commits it. True if it wrote anything, so that the disk must sync before its outputs leave.
  func commit() -> Bool
  /// Everything committed up to now has reached the disk for good.
  func synced()
  /// How many commits the disk has not yet synced.
  var unsynced: Int { get }
  /// The machine stops: an open transaction is gone, and of the unsynced commits the first
  /// `surviving` remain. `random` decides what half-written state the disk is left in; it must not
  /// change what survives. The store is unusable until `reopen`.
  func crash(surviving: Int, _ random: inout Random)
  /// One bit of the disk flips while the machine is off. `random` decides which; whatever it is, what
  /// the file system's checksums find next is a damaged disk.
  func rot(_ random: inout Random)
  /// Opens it again after a crash, recovering as a real database does. Throws `DamagedDisk` if the
  /// disk has rotted, something else if it cannot.
  func reopen() throws
  /// Opens an empty database on a new disk, in place of a damaged one.
  func replaceDisk() throws
  /// The first failure of the database or its disk since it was opened, if any.
  var failure: String? { get }
  /// The rows of a SELECT, as text, for the SQL invariants of a scenario; nil if this store has no SQL.
  func query(_ sql: String, limit: Int) throws -> [[String]]?
}
