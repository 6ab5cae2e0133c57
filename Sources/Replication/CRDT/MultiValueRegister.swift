// A register that keeps every write that no other has seen: concurrent writes become siblings, and
// the next write that has seen them replaces them.
//
// Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types",
// section 3.2.2 (MV-Register), here op-based: a write takes away exactly the siblings that its
// dependency vector includes. Causal delivery makes tombstones unnecessary: a write that replaced
// another cannot be delivered before it.

import Histories
import Simulation

extension CRDT {
  /// Registers with one value for each write that has not been overwritten.
  struct MultiValueRegister: Sendable {
    let table: Table

    init(_ ordinal: Int) {
      table = Table(ordinal, "siblings", key: ["key", "origin", "sequence"], columns: ["value"])
    }

    /// Applies a write; true if it met a write that its author had not seen.
    func apply(_ write: Entry, to store: any Store) -> Bool {
      var remain = false
      for row in store.rows(table, prefix: [Int64(write.key)]) {
        if write.seen.includes(row[2], of: Region.ID(Int(row[1]))) {
          store.delete(table, Array(row.prefix(3)))
        } else {
          remain = true
        }
      }
      store.put(
        table, [Int64(write.key), Int64(write.origin.raw), write.sequence], [write.value])
      return remain
    }

    func read(_ key: Key, in store: any Store) -> Answer {
      let values = store.rows(table, prefix: [Int64(key)]).map { $0[3] }
      return values.count > 1 ? .values(values.sorted()) : .value(values.first)
    }
  }
}
