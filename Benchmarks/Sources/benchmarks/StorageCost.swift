// What a store costs above SQLite: commits and reads through `SQLiteStore`, the same statements
// prepared and run through the plain C interface on the same kind of disk, and the same in
// `:memory:`, which writes no log and syncs nothing.

import Simulation
import Storage

enum StorageCost {
  private static let table = Table(0, "items", key: ["key"], columns: ["value", "version"])
  private static let schema = Schema(tables: [table], views: [])
  private static let rows = 10_000

  /// What is measured, one after the other on one database that `fill` has filled.
  private enum Phase: CaseIterable {
    case fill, commitsOfOne, commitsOfTen, reads

    var name: String {
      switch self {
      case .fill: "fill"
      case .commitsOfOne: "commits of 1 row "
      case .commitsOfTen: "commits of 10 rows"
      case .reads: "reads of 1 row"
      }
    }

    /// Commits, or reads.
    var count: Int {
      switch self {
      case .fill: 1
      case .commitsOfOne: 50_000
      case .commitsOfTen: 10_000
      case .reads: 200_000
      }
    }

    func run(on store: SQLiteStore) {
      switch self {
      case .fill: commit(store) { for key in 0..<rows { put(store, Int64(key)) } }
      case .commitsOfOne:
        for number in 0..<count { commit(store) { put(store, key(number)) } }
      case .commitsOfTen:
        for number in 0..<count {
          commit(store) { for row in 0..<10 { put(store, key(number * 10 + row)) } }
        }
      case .reads:
        var found = 0
        for number in 0..<count where store.get(table, [key(number)]) != nil { found += 1 }
        precondition(found == count, "a row is missing")
      }
    }

    private func commit(_ store: SQLiteStore, _ body: () -> Void) {
      store.begin()
      body()
      _ = store.commit()
      store.synced()
    }

    private func put(_ store: SQLiteStore, _ key: Int64) { store.put(table, [key], [key * 3, 1]) }

    /// Keys in an order that favours nobody: a step coprime to their number.
    private func key(_ number: Int) -> Int64 { Int64(number * 7_919 % rows) }
  }

  static func run() throws {
    let recordings = try record()
    var store = Fastest()
    var plain = Fastest()
    var memory = Fastest()
    for _ in 0..<3 {
      store.add(try timeStore())
      plain.add(try time(recordings, on: .simulatedDisk))
      memory.add(try time(recordings, on: .memory))
    }
    print("storage: \(rows) rows of 3 columns, per CPU s, best of 3; ratio: our time to theirs")
    for (place, phase) in Phase.allCases.enumerated() where phase != .fill {
      let count = Double(phase.count)
      print("  \(phase.name)")
      print("    SQLiteStore     \(fixed(count / store.seconds[place] / 1e3, 0)) k/s")
      for (name, other) in [("C, same disk ", plain), ("C, :memory:  ", memory)] {
        let rate = fixed(count / other.seconds[place] / 1e3, 0)
        let ratio = fixed(store.seconds[place] / other.seconds[place], 2)
        print("    \(name)   \(rate) k/s, ratio \(ratio)")
      }
    }
  }

  private static func timeStore() throws -> [Double] {
    let store = try SQLiteStore(schema)
    return Phase.allCases.map { phase in timed { phase.run(on: store) } }
  }

  /// The statements of each phase.
  private static func record() throws -> [StatementRecording] {
    let store = try SQLiteStore(schema)
    return Phase.allCases.map { phase in
      let recording = StatementRecording()
      store.recorder = recording
      phase.run(on: store)
      return recording
    }
  }

  private static func time(
    _ recordings: [StatementRecording], on medium: StatementReplay.Medium
  ) throws -> [Double] {
    let replay = try StatementReplay(recordings[0], on: medium)
    return try recordings.map { recording in try timed { try replay.run(recording) } }
  }
}
