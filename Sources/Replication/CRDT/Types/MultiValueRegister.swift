// A register that keeps every write that no other has seen: concurrent writes become siblings, and
// the next write that has seen them replaces them.
//
// Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types",
// section 3.2.2 (MV-Register). A write takes away exactly the siblings that its dependency vector
// includes, and leaves tombstones of them, which tell regions that hear of the state alone.

import Histories
import Simulation

extension CRDT {
  /// Registers with one value for each write that has not been overwritten.
  struct MultiValueRegister: ReplicatedType {
    let table: Table

    var tables: [Table] { [table] }

    init(_ ordinal: Int) {
      table = Table(
        ordinal, "siblings", key: ["key", "origin", "sequence"],
        columns: ["value"] + Removal.columns)
    }

    func effect(_ write: Entry, on rows: inout Rows) -> Bool {
      var remain = false
      for row in rows.all(table, [Int64(write.key)]) where !Removal.isIn(row) {
        if write.seen.includes(row[2], of: Region.ID(Int(row[1]))) {
          rows.put(table, Array(row.prefix(3)), [row[3]] + Removal.by(write))
        } else {
          remain = true
        }
      }
      let key = [Int64(write.key), Int64(write.origin.raw), write.sequence]
      rows.put(table, key, [write.value] + Removal.none)
      return remain
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row { Removal.join(mine, theirs) }

    func maker(_ table: Table, _ key: Row) -> Dot? { Dot(Region.ID(Int(key[1])), key[2]) }

    func collect(_ obsolete: Obsolescence, in store: any Store) {
      for row in store.rows(table) {
        if let removal = Removal(row), obsolete.covers(removal) {
          store.delete(table, Array(row.prefix(3)))
        }
      }
    }

    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      let rows = store.rows(table, prefix: [Int64(key)]).filter { !Removal.isIn($0) }
      let values = rows.map { $0[3] }.sorted()
      return (values.count > 1 ? .values(values) : .value(values.first), nil)
    }
  }
}
