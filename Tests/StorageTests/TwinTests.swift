// The same batches in memory and in SQLite: the same answers and the same rows after each step.

import Simulation
import Storage
import Testing

@Suite struct TwinTests {
  /// What may happen after a batch.
  private func step(_ store: some DurableStore, _ workload: inout Workload) throws -> [[Row]] {
    var seen = workload.batch(store)
    let fate = workload.random.below(20)
    if fate > 0 { seen.append([[store.commit() ? 1 : 0]]) }
    seen.append([[Int64(store.unsynced)]])
    if fate < 2 {
      // Zero: with the transaction still open.
      let surviving = workload.random.below(store.unsynced + 1)
      var debris = Random(seed: workload.random.next())
      store.crash(surviving: surviving, &debris)
      try store.reopen()
    } else if fate < 8 {
      store.synced()
    }
    #expect(store.failure == nil)
    return seen
  }

  @Test(arguments: 1...6) func identicalRows(seed: UInt64) throws {
    let memory = MemoryStore(schema)
    let sqlite = try SQLiteStore(schema, options: .init(checkpointPages: 8))
    var first = Workload(seed: seed)
    var second = Workload(seed: seed)
    for number in 0..<2_000 {
      let expected = try step(memory, &first)
      let found = try step(sqlite, &second)
      let same = expected == found && contents(memory) == contents(sqlite)
      #expect(same, "seed \(seed), step \(number)")
      guard same else { return }
    }
    #expect(sqlite.integrityCheck() == [])
    #expect(first.random.next() == second.random.next())
  }

  /// A bit flips on a disk: both find it damaged, and both begin again with nothing.
  @Test(arguments: 1...20) func rot(seed: UInt64) throws {
    let table = schema.tables[0]
    func lose(_ store: some DurableStore) throws -> [[Row]] {
      for key in 0..<Int64(40) {
        store.begin()
        store.put(table, [key], [key, Int64(seed)])
        _ = store.commit()
      }
      store.synced()
      var random = Random(seed: seed)
      store.crash(surviving: 0, &random)
      store.rot(&random)
      #expect(throws: DamagedDisk.self) { try store.reopen() }
      try store.replaceDisk()
      #expect(store.rows(table).isEmpty && store.unsynced == 0 && store.failure == nil)
      store.begin()
      store.put(table, [1], [2, 3])
      _ = store.commit()
      store.synced()
      store.crash(surviving: 0, &random)
      try store.reopen()
      return contents(store)
    }
    let sqlite = try SQLiteStore(schema)
    #expect(try lose(sqlite) == lose(MemoryStore(schema)))
    #expect(sqlite.integrityCheck() == [])
  }

  @Test func extremes() throws {
    let sqlite = try SQLiteStore(schema)
    let memory = MemoryStore(schema)
    func body(_ store: some DurableStore) -> [[Row]] {
      let table = schema.tables[0]
      store.begin()
      for key in [Int64.min, -1, 0, 1, .max] { store.put(table, [key], [.min, .max]) }
      #expect(store.commit())
      store.begin()
      store.delete(table, [7])
      #expect(!store.commit())
      store.begin()
      store.put(table, [1], [.min, .max])
      #expect(store.commit())
      #expect(store.last(table) == [.max, .min, .max])
      #expect(store.get(schema.tables[3], [1]) == nil)
      return contents(store) + [
        store.rows(table, from: 0, limit: 2), store.rows(table, prefix: [0]),
      ]
    }
    #expect(body(sqlite) == body(memory))
  }
}
