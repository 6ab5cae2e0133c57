// A register that keeps the write with the greatest timestamp.
//
// Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types",
// section 3.2.1 (LWW-Register, op-based). Taking a maximum over a total order is
// commutative, associative and idempotent, so any delivery order gives the same register. What the
// maximum means depends on the clock alone: with wall clocks a later write can be the smaller one,
// and then it is gone, although its client was told that it succeeded.

import Histories
import Simulation

extension CRDT {
  /// Registers with one value each.
  struct LastWriterRegister: Sendable {
    let table: Table

    init(_ ordinal: Int) {
      table = Table(
        ordinal, "registers", key: ["key"],
        columns: ["value", "wall", "logical", "origin", "sequence"])
    }

    /// Applies a write; true if it met a write that its author had not seen.
    ///
    /// The other direction need not be asked: what is here was delivered first, so its author had
    /// not seen this one either, or this one would have been delivered before it.
    func apply(_ write: Entry, to store: any Store) -> Bool {
      let current = store.get(table, [Int64(write.key)])
      if current.map({ write.version > version(of: $0) }) ?? true {
        store.put(
          table, [Int64(write.key)],
          [
            write.value, write.timestamp.wall, write.timestamp.logical, Int64(write.origin.raw),
            write.sequence,
          ])
      }
      guard let current else { return false }
      return !write.seen.includes(current[4], of: Region.ID(Int(current[3])))
    }

    func read(_ key: Key, in store: any Store) -> (answer: Answer, version: Version) {
      guard let row = store.get(table, [Int64(key)]) else { return (.value(nil), .initial) }
      return (.value(row[0]), version(of: row))
    }

    private func version(of row: Row) -> Version { CRDT.version(row[1], row[2], Int(row[3])) }
  }
}
