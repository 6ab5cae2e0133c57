// Rates of the store against the C interface below it. Only figures, no expectations: run it in
// release, on a quiet machine, with SPLITBRAIN_RATES=1.

import CSQLite
import Simulation
import Storage
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite(.serialized) struct RateTests {
  static let wanted = getenv("SPLITBRAIN_RATES") != nil
  private static let commits = 300_000
  private static let keys = 1_000

  /// Seconds of this thread's processor time.
  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    try body()
    return now() - start
  }

  private func report(_ what: String, _ count: Int, _ seconds: Double) {
    print("rate: \(what): \(Int(Double(count) / seconds)) per second")
  }

  /// One upsert per commit, over a thousand rows.
  private func load(_ store: some DurableStore, commits: Int = Self.commits) {
    let table = schema.tables[0]
    for number in 0..<commits {
      store.begin()
      store.put(table, [Int64(number &* 7_919 % Self.keys)], [Int64(number), 1])
      _ = store.commit()
      store.synced()
    }
  }

  private func read(_ store: some DurableStore) {
    let table = schema.tables[0]
    var sum: Int64 = 0
    for number in 0..<Self.commits {
      sum &+= store.get(table, [Int64(number &* 7_919 % Self.keys)])?[0] ?? 0
    }
    #expect(sum != 0)
  }

  @Test(.enabled(if: Self.wanted)) func rates() throws {
    let memory = MemoryStore(schema)
    report("commits, MemoryStore", Self.commits, Self.seconds { load(memory) })
    for _ in 0..<3 {
      let store = try SQLiteStore(schema)
      report("commits, SQLiteStore", Self.commits, Self.seconds { load(store) })
      report("reads, SQLiteStore", Self.commits, Self.seconds { read(store) })

      let recording = StatementRecording()
      let recorded = try SQLiteStore(schema)
      recorded.recorder = recording
      load(recorded)
      let replay = try StatementReplay(recording)
      var statements = 0
      let replayed = try Self.seconds { statements = try replay.run() }
      #expect(statements == 3 * Self.commits)
      report("commits, C API, same disk", Self.commits, replayed)
      try plainMemory()
    }
    var random = Random(seed: 1)
    let store = try SQLiteStore(schema)
    load(store, commits: 5_000)
    let crashes = 2_000
    let time = try Self.seconds {
      for _ in 0..<crashes {
        load(store, commits: 10)
        store.crash(surviving: 0, &random)
        try store.reopen()
      }
    }
    report("crashes with recovery, ten commits each", crashes, time)
  }

  /// The same upserts and reads on a database in SQLite's own memory.
  private func plainMemory() throws {
    let database = try Connection(path: ":memory:")
    try database.execute("CREATE TABLE register (key INTEGER PRIMARY KEY, value, region)")
    let begin = try database.prepare("BEGIN")
    let commit = try database.prepare("COMMIT")
    let upsert = try database.prepare("INSERT OR REPLACE INTO register VALUES (?, ?, ?)")
    let get = try database.prepare("SELECT value, region FROM register WHERE key = ?")
    report(
      "commits, C API, :memory:", Self.commits,
      Self.seconds {
        for number in 0..<Self.commits {
          _ = begin.step()
          begin.reset()
          upsert.bind(Int64(number &* 7_919 % Self.keys), at: 1)
          upsert.bind(Int64(number), at: 2)
          upsert.bind(1, at: 3)
          _ = upsert.step()
          upsert.reset()
          _ = commit.step()
          commit.reset()
        }
      })
    var sum: Int64 = 0
    report(
      "reads, C API, :memory:", Self.commits,
      Self.seconds {
        for number in 0..<Self.commits {
          get.bind(Int64(number &* 7_919 % Self.keys), at: 1)
          if get.step() == SQLITE_ROW { sum &+= get.integer(0) &+ get.integer(1) }
          get.reset()
        }
      })
    #expect(sum != 0)
  }
}
