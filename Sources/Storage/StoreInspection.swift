// Looking into a store from outside a run: SELECTs, the integrity check, and a file for other
// tools.

import CSQLite

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension SQLiteStore {
  /// Runs one SELECT (or WITH, or VALUES) and gives at most `limit` rows as text. Throws SQLite's
  /// message, and for anything that could write or change the connection.
  public func query(_ sql: String, limit: Int = .max) throws -> [[String]]? {
    guard failure == nil, let connection else {
      throw SQLiteError(code: SQLITE_MISUSE, message: failure ?? "the database is closed", sql: sql)
    }
    let word = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
    let statement = try connection.prepare(sql)
    // SQLite also calls ATTACH and most PRAGMAs read-only.
    guard ["SELECT", "WITH", "VALUES"].contains(word), sqlite3_stmt_readonly(statement.handle) != 0
    else {
      throw SQLiteError(code: SQLITE_READONLY, message: "only a SELECT may be run here", sql: sql)
    }
    return try statement.texts(limit: limit, connection)
  }

  /// What SQLite's integrity check complains about; empty if nothing.
  public func integrityCheck() -> [String] {
    guard let connection else { return ["the database is closed"] }
    do {
      let lines = try connection.rows("PRAGMA integrity_check").map { $0.joined(separator: " ") }
      return lines == ["ok"] ? [] : lines
    } catch {
      return ["\(error)"]
    }
  }

  /// Writes everything committed to a new file that any SQLite tool can open. The store and its
  /// disk do not change.
  public func export(to path: String) throws {
    guard let connection else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "the database is closed", sql: nil)
    }
    guard !connection.inTransaction else {
      throw SQLiteError(code: SQLITE_BUSY, message: "a transaction is open", sql: nil)
    }
    var size: Int64 = 0
    guard let bytes = sqlite3_serialize(connection.handle, "main", &size, 0) else {
      throw connection.error()
    }
    defer { sqlite3_free(bytes) }
    // The pages already include the write-ahead log's, so the copy needs none: versions 1 and 1 in
    // the header say so (SQLite's file format, section 1.3.3).
    bytes[18] = 1
    bytes[19] = 1
    try Self.write(bytes, count: Int(size), to: path)
  }

  private static func write(_ bytes: UnsafeMutablePointer<UInt8>, count: Int, to path: String)
    throws
  {
    func failed(_ what: String) -> SQLiteError {
      let reason = String(cString: strerror(errno))
      return SQLiteError(
        code: SQLITE_CANTOPEN, message: "cannot \(what) \(path): \(reason)", sql: nil)
    }
    guard let file = fopen(path, "wb") else { throw failed("create") }
    let written = fwrite(bytes, 1, count, file)
    guard fclose(file) == 0, written == count else { throw failed("write") }
  }
}
