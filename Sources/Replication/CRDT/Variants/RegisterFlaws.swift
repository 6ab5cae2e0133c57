// Last-writer-wins registers that are wrong on purpose.

import Histories
import Simulation

extension CRDT {
  /// Compares clock readings alone, and keeps what it has if they are equal: `local.time >= remote.time`.
  /// Two regions that wrote at one reading keep a value each, for the join is not commutative (Truxify
  /// issue 13091).
  struct KeepsLocalOnTie: ReplicatedType {
    let right: LastWriterRegister

    var tables: [Table] { right.tables }

    func effect(_ write: Entry, on rows: inout Rows) -> Bool {
      let key = [Int64(write.key)]
      guard let current = rows.get(right.table, key) else { return right.effect(write, on: &rows) }
      let isLater = write.seen.includes(current[4], of: Region.ID(Int(current[3])))
      if isLater ? write.timestamp.wall >= current[1] : write.timestamp.wall > current[1] {
        rows.put(
          right.table, key,
          [
            write.value, write.timestamp.wall, write.timestamp.logical, Int64(write.origin.raw),
            write.sequence,
          ])
      }
      return !isLater
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row {
      mine[1] >= theirs[1] ? mine : theirs
    }

    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      right.read(key, in: store)
    }
  }

  /// A logical clock that nobody ever advances: each write has the same time, so that no region ever
  /// takes over another's (sphere-sdk issue 356).
  struct StoppedClock: Stamping {
    let latest: HybridClock.Timestamp? = nil

    func stamp(_ reading: Instant, sequence: Int64) -> HybridClock.Timestamp {
      HybridClock.Timestamp(wall: 0, logical: 0)
    }

    func merge(_ heard: HybridClock.Timestamp) {}
  }

  /// Compaction writes each row again under the time at which the row was born. A write that was made
  /// before the newest one and arrives after the compaction then wins over it (yugabyte-db issue 32545).
  struct BirthStamps: ReplicatedType {
    let right: LastWriterRegister
    private let births: Table

    init(right: LastWriterRegister) {
      self.right = right
      births = Table(
        right.table.ordinal + 1, "births", key: ["key"], columns: ["wall", "logical"])
    }

    var tables: [Table] { right.tables + [births] }

    func effect(_ write: Entry, on rows: inout Rows) -> Bool {
      let key = [Int64(write.key)]
      if rows.get(births, key) == nil {
        rows.put(births, key, [write.timestamp.wall, write.timestamp.logical])
      }
      return right.effect(write, on: &rows)
    }

    func collect(_ obsolete: Obsolescence, in store: any Store) {
      for birth in store.rows(births) {
        guard let row = store.get(right.table, [birth[0]]) else { continue }
        store.put(right.table, [birth[0]], [row[0], birth[1], birth[2], row[3], row[4]])
      }
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row {
      right.join(table, mine, theirs)
    }

    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      right.read(key, in: store)
    }
  }
}
