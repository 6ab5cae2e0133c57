// Crashes under load, with checkpoints under way: what was synced is there, of the rest exactly the
// first k commits, and SQLite finds its database whole. SPLITBRAIN_CRASHES sets how many.

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

@Suite struct CrashTests {
  static let crashes = getenv("SPLITBRAIN_CRASHES").flatMap { Int(String(cString: $0)) } ?? 10_000

  /// What a run of crashes found.
  struct Findings {
    var crashes = 0
    var wrongSurvivors = 0
    var complaints: [String] = []
    var effects = SimulatedDisk.Effects()
  }

  /// Batches, syncs and crashes over one store; the rows after every commit are remembered.
  static func torment(seed: UInt64, crashes: Int, lying: Bool = false) throws -> Findings {
    var findings = Findings()
    let store = try SQLiteStore(schema, options: .init(checkpointPages: 12))
    store.disk.losesSyncs = lying
    var workload = Workload(seed: seed)
    workload.keys = 5
    var random = Random(seed: seed, stream: "crashes")
    // The rows as of the last sync and after each commit since.
    var promised = [contents(store)]
    while findings.crashes < crashes {
      for _ in 0..<(1 + random.below(12)) {
        _ = workload.batch(store)
        if store.commit() { promised.append(contents(store)) }
        if random.below(3) == 0 {
          store.synced()
          promised.removeFirst(promised.count - 1)
        }
      }
      if random.below(4) == 0 { _ = workload.batch(store) }
      let surviving = random.below(store.unsynced + 1)
      store.crash(surviving: surviving, &random)
      try store.reopen()
      findings.crashes += 1
      let found = contents(store)
      if found != promised[surviving] { findings.wrongSurvivors += 1 }
      findings.complaints += store.integrityCheck()
      promised = [found]
      if let failure = store.failure { findings.complaints.append(failure) }
    }
    findings.effects = store.disk.effects
    return findings
  }

  @Test(arguments: 1...4) func exactlyTheFirstSurvive(seed: UInt64) throws {
    let found = try Self.torment(seed: seed, crashes: max(1, Self.crashes / 4))
    #expect(found.wrongSurvivors == 0)
    #expect(found.complaints == [])
    #expect(found.effects.bytesTorn > 0)
    #expect(found.effects.writesLost > 0)
    #expect(found.effects.syncs > 0)
  }

  /// SQLite salts its log from a generator of the whole process; nothing we report may show it.
  @Test func effectsAreReproducible() throws {
    let first = try Self.torment(seed: 77, crashes: 60)
    let second = try Self.torment(seed: 77, crashes: 60)
    #expect(first.effects == second.effects)
  }

  @Test func aLyingDiskIsNoticed() throws {
    let found = try Self.torment(seed: 9, crashes: 20, lying: true)
    #expect(found.wrongSurvivors > 0)
    #expect(found.effects.syncsLost > 0)
    // It loses commits, and never the database.
    #expect(found.complaints == [])
  }

  /// The same transaction at the same place again after each crash: old debris must not come back.
  @Test func debrisDoesNotComeBack() throws {
    let table = schema.tables[0]
    for seed in 0..<100 as Range<UInt64> {
      let store = try SQLiteStore(schema)
      var random = Random(seed: seed)
      for _ in 0..<8 {
        for value in 1...4 as ClosedRange<Int64> {
          store.begin()
          store.put(table, [value], [value, 0])
          #expect(store.commit())
        }
        let surviving = random.below(2)
        store.crash(surviving: surviving, &random)
        try store.reopen()
        let values = store.rows(table).map { $0[0] }
        #expect(values == (values.isEmpty ? [] : [1]), "seed \(seed)")
        if surviving == 1 { #expect(values == [1], "seed \(seed)") }
      }
    }
  }

  /// What survives depends on nothing but `surviving`, and the caller's stream moves equally far.
  @Test func chanceDecidesTheDebrisAlone() throws {
    var outcomes: [[[Row]]] = []
    var positions: [UInt64] = []
    for seed in 0..<30 as Range<UInt64> {
      let store = try SQLiteStore(schema, options: .init(checkpointPages: 4))
      var workload = Workload(seed: 5)
      for _ in 0..<10 {
        _ = workload.batch(store)
        _ = store.commit()
      }
      var random = Random(seed: seed)
      store.crash(surviving: 3, &random)
      try store.reopen()
      outcomes.append(contents(store))
      var untouched = Random(seed: seed)
      _ = untouched.next()
      positions.append(random.next() ^ untouched.next())
    }
    #expect(outcomes.allSatisfy { $0 == outcomes[0] })
    #expect(positions.allSatisfy { $0 == 0 })
  }

  /// A transaction too large for SQLite's cache writes to the log before it commits.
  @Test func aSpilledTransactionVanishes() throws {
    let store = try SQLiteStore(schema)
    let table = schema.tables[1]
    store.begin()
    store.put(table, [1, 1, 1], [1])
    #expect(store.commit())
    store.synced()
    let before = contents(store)
    for seed in 0..<3 as Range<UInt64> {
      let written = store.disk.effects.bytesWritten
      store.begin()
      for key in 0..<60_000 as Range<Int64> { store.put(table, [.max - key, .max, .max], [.max]) }
      #expect(store.disk.effects.bytesWritten > written)
      #expect(store.failure == nil)
      var random = Random(seed: seed)
      store.crash(surviving: 0, &random)
      try store.reopen()
      #expect(contents(store) == before)
      #expect(store.integrityCheck() == [])
    }
  }
}
