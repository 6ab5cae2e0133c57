// A store's edges: failures, queries, files for other tools, threads, recordings.

import CSQLite
import Simulation
import Storage
import Synchronization
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite struct StoreTests {
  private let table = schema.tables[0]

  private func put(_ store: SQLiteStore, _ key: Int64) -> Bool {
    store.begin()
    store.put(table, [key], [key * 10, 1])
    return store.commit()
  }

  /// Breaks the disk in one way, fails a commit, crashes, and expects what was there before.
  private func failing(_ message: String, _ fault: (SimulatedDisk) -> Void) throws {
    let store = try SQLiteStore(schema)
    #expect(put(store, 1))
    store.synced()
    #expect(put(store, 2))
    fault(store.disk)
    #expect(!put(store, 3))
    let failure = try #require(store.failure)
    #expect(failure.contains(message), "\(failure)")
    #expect(store.get(table, [1]) == nil)
    #expect(store.rows(table).isEmpty)
    #expect(!put(store, 4))
    #expect(store.failure == failure)
    #expect(store.unsynced == 1)
    store.disk.remainingWrites = .max
    store.disk.failsSyncs = false
    store.disk.capacity = .max
    var random = Random(seed: 1)
    store.crash(surviving: 1, &random)
    try store.reopen()
    #expect(store.failure == nil)
    #expect(store.rows(table) == [[1, 10, 1], [2, 20, 1]])
    #expect(put(store, 5))
  }

  @Test func aFailedWrite() throws { try failing("disk I/O error") { $0.remainingWrites = 1 } }
  @Test func aFailedSync() throws { try failing("disk I/O error") { $0.failsSyncs = true } }
  @Test func aFullDisk() throws { try failing("full") { $0.capacity = 3_000 } }

  @Test func viewsCanBeQueried() throws {
    let store = try SQLiteStore(schema)
    #expect(put(store, 1))
    #expect(put(store, 2))
    #expect(
      try store.query("SELECT key, value FROM items ORDER BY key", limit: 9) == [
        ["1", "10"], ["2", "20"],
      ])
    #expect(try store.query("  WITH x AS (SELECT 1) SELECT * FROM x", limit: 9) == [["1"]])
    #expect(try store.query("SELECT * FROM items", limit: 1)?.count == 1)
    #expect(try store.query("SELECT NULL, 'a', 1.5", limit: 1) == [["NULL", "a", "1.5"]])
    #expect(try store.query("SELECT datetime('now')", limit: 1) == [["1970-01-01 00:00:00"]])
  }

  @Test(arguments: [
    ("DELETE FROM register", "only a SELECT"), ("PRAGMA journal_mode = DELETE", "only a SELECT"),
    ("ATTACH ':memory:' AS other", "only a SELECT"), ("BEGIN", "only a SELECT"),
    ("SELECT missing FROM items", "no such column: missing"), ("SELEC 1", "syntax error"),
    ("SELECT 1; DELETE FROM register", "more than one"), ("", "no statement"),
    ("WITH x AS (SELECT 1) DELETE FROM register", "only a SELECT"),
  ]) func queriesOnlyRead(sql: String, message: String) throws {
    let store = try SQLiteStore(schema)
    #expect(put(store, 1))
    let error = #expect(throws: SQLiteError.self) { try store.query(sql, limit: 1) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(store.rows(table) == [[1, 10, 1]])
    #expect(store.failure == nil)
  }

  @Test func exportedFilesOpenAnywhere() throws {
    let path = "/tmp/splitbrain-export-\(getpid()).sqlite"
    defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) } }
    let store = try SQLiteStore(schema)
    for key in 0..<500 as Range<Int64> { #expect(put(store, key)) }
    try store.export(to: path)
    #expect(put(store, 500))
    // Through SQLite's own file system, as `sqlite3 FILE` would.
    let copy = try Connection(path: path)
    #expect(try copy.rows("PRAGMA integrity_check") == [["ok"]])
    #expect(try copy.rows("PRAGMA journal_mode") == [["delete"]])
    #expect(try copy.rows("SELECT count(*), max(value) FROM items") == [["500", "4990"]])
    #expect(shell("sqlite3 \(path) 'PRAGMA integrity_check' 2>&1") == "ok\n")
    #expect(throws: SQLiteError.self) { try store.export(to: "/nowhere/file.sqlite") }
  }

  /// What a command prints; "ok" if there is no `sqlite3` to run.
  private func shell(_ command: String) -> String {
    guard system("command -v sqlite3 > /dev/null") == 0, let pipe = popen(command, "r") else {
      return "ok\n"
    }
    defer { pclose(pipe) }
    var text: [UInt8] = []
    while case let byte = fgetc(pipe), byte != EOF { text.append(UInt8(byte)) }
    return String(decoding: text, as: UTF8.self)
  }

  @Test func storesOnSeveralThreads() async throws {
    let findings = try await withThrowingTaskGroup(of: Int.self) { group in
      for seed in 0..<4 as Range<UInt64> {
        group.addTask {
          let found = try CrashTests.torment(seed: 100 + seed, crashes: 60)
          return found.wrongSurvivors + found.complaints.count
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(findings == 0)
  }

  @Test func recordingsReplay() throws {
    let recording = StatementRecording()
    let store = try SQLiteStore(schema, options: .init(checkpointPages: 20))
    store.recorder = recording
    var workload = Workload(seed: 3)
    for number in 0..<400 {
      _ = workload.batch(store)
      _ = store.commit()
      if number % 4 == 0 { store.synced() }
    }
    store.recorder = nil
    let before = recording.count
    _ = workload.batch(store)
    #expect(recording.count == before)
    let replay = try StatementReplay(recording)
    #expect(try replay.run() == before)
    #expect(before > 1_000)
    _ = store.commit()
  }
}
