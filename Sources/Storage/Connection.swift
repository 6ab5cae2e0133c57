// SQLite's C interface behind two small types: a connection and a prepared statement.
//
// Nothing more: no queue, no records, no observation. A statement is prepared once and stepped many
// times, and everything a run does goes through integers. Used by one thread at a time.

import CSQLite

/// What SQLite answered instead of success.
public struct SQLiteError: Error, Sendable, CustomStringConvertible {
  public let code: Int32
  public let message: String
  /// The statement, if it was one.
  public let sql: String?

  public var description: String {
    let origin = sql.map { " in: \($0)" } ?? ""
    return "\(message) (SQLite error \(code))\(origin)"
  }
}

/// An open database.
public final class Connection {
  let handle: OpaquePointer
  private var cache: [String: Statement] = [:]

  /// Opens or creates a database; with `vfs` in that file system instead of the machine's.
  public init(path: String, vfs: String? = nil) throws {
    guard SimulatedVFS.ready else {
      throw SQLiteError(code: SQLITE_ERROR, message: "SQLite does not initialise", sql: nil)
    }
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &opened, flags, vfs)
    guard let opened, code == SQLITE_OK else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw SQLiteError(code: code, message: message, sql: nil)
    }
    sqlite3_extended_result_codes(opened, 1)
    handle = opened
  }

  /// Statements still held by others keep SQLite's half of the connection alive until they go.
  deinit {
    cache.removeAll()
    sqlite3_close_v2(handle)
  }

  /// The latest error.
  public func error(sql: String? = nil) -> SQLiteError {
    SQLiteError(
      code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)),
      sql: sql)
  }

  /// Runs statements that give no rows, separated by semicolons.
  public func execute(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error(sql: sql) }
  }

  /// Prepares the one statement of a text.
  public func prepare(_ sql: String) throws -> Statement {
    func misuse(_ message: String) -> SQLiteError {
      SQLiteError(code: SQLITE_MISUSE, message: message, sql: sql)
    }
    return try sql.withCString { text in
      var prepared: OpaquePointer?
      var rest: UnsafePointer<CChar>?
      let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
      let code = sqlite3_prepare_v3(handle, text, -1, flags, &prepared, &rest)
      guard code == SQLITE_OK else { throw error(sql: sql) }
      guard let prepared else { throw misuse("there is no statement") }
      let statement = Statement(prepared)
      if let rest, !String(cString: rest).allSatisfy({ $0.isWhitespace || $0 == ";" }) {
        throw misuse("there is more than one statement")
      }
      return statement
    }
  }

  /// The statement for a text, prepared when it is first asked for.
  public func cached(_ sql: String) throws -> Statement {
    if let known = cache[sql] { return known }
    let statement = try prepare(sql)
    cache[sql] = statement
    return statement
  }

  /// Runs one statement with integers bound and gives its rows as text; NULL reads "NULL".
  public func rows(_ sql: String, _ bindings: [Int64] = [], limit: Int = .max) throws -> [[String]]
  {
    let statement = try prepare(sql)
    statement.bind(bindings)
    return try statement.texts(limit: limit, self)
  }

  /// How many rows the last INSERT, UPDATE or DELETE changed.
  public var changes: Int { Int(sqlite3_changes(handle)) }
  /// Whether a transaction is open.
  public var inTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
}

/// A prepared statement. Its places count from one, its columns from zero, as in SQLite.
public final class Statement {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { sqlite3_finalize(handle) }

  /// Binds a whole number.
  @inline(__always) public func bind(_ value: Int64, at place: Int32) {
    sqlite3_bind_int64(handle, place, value)
  }

  /// Binds a text.
  public func bind(_ value: String, at place: Int32) {
    // SQLite's SQLITE_TRANSIENT: it copies the text before the call returns.
    sqlite3_bind_text(handle, place, value, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
  }

  /// Binds whole numbers to the places from `start`.
  @inline(__always) public func bind(_ values: [Int64], from start: Int32 = 1) {
    var place = start
    for value in values {
      sqlite3_bind_int64(handle, place, value)
      place += 1
    }
  }

  /// The next row: SQLITE_ROW, SQLITE_DONE or an error.
  @inline(__always) public func step() -> Int32 { sqlite3_step(handle) }
  /// Ends the rows; the bindings stay.
  @inline(__always) public func reset() { sqlite3_reset(handle) }

  /// Steps to the end and resets. SQLITE_OK, or the error.
  @inline(__always) func run() -> Int32 {
    var code = sqlite3_step(handle)
    while code == SQLITE_ROW { code = sqlite3_step(handle) }
    sqlite3_reset(handle)
    return code == SQLITE_DONE ? SQLITE_OK : code
  }

  /// Runs a statement that gives no rows.
  public func execute(_ connection: Connection) throws {
    guard run() == SQLITE_OK else {
      throw connection.error(sql: String(cString: sqlite3_sql(handle)))
    }
  }

  @inline(__always) public func integer(_ column: Int32) -> Int64 {
    sqlite3_column_int64(handle, column)
  }

  /// A column as text; NULL reads "NULL".
  public func text(_ column: Int32) -> String {
    guard let text = sqlite3_column_text(handle, column) else { return "NULL" }
    return String(cString: text)
  }

  /// The first `count` columns of the present row, all whole numbers.
  @inline(__always) func integers(_ count: Int) -> [Int64] {
    var row = [Int64](repeating: 0, count: count)
    for column in 0..<count { row[column] = sqlite3_column_int64(handle, Int32(column)) }
    return row
  }

  /// At most `limit` rows as text.
  func texts(limit: Int, _ connection: Connection) throws -> [[String]] {
    defer { reset() }
    let columns = sqlite3_column_count(handle)
    var result: [[String]] = []
    while result.count < limit {
      let code = step()
      if code == SQLITE_DONE { break }
      guard code == SQLITE_ROW else {
        throw connection.error(sql: String(cString: sqlite3_sql(handle)))
      }
      result.append((0..<columns).map(text))
    }
    return result
  }
}
