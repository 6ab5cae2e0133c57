// A register that keeps the write with the greatest timestamp; as a map, with one timestamp for each
// field or one for each row.
//
// Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types",
// section 3.2.1 (LWW-Register). Taking a maximum over a total order is commutative, associative and
// idempotent, so any delivery order gives the same register. What the maximum means depends on the
// clock alone: with wall clocks a later write can be the smaller one, and then it is gone, although
// its client was told that it succeeded.
//
// The conflict unit. A key is a field, and `fieldsPerRow` keys in a row make a record. By field, a write
// sets its own key. By row, as in DynamoDB's global tables, what is replicated is the whole record as
// its author saw it, under one timestamp: of two writes to two fields of a record, made at once in two
// regions, one is lost.

import Histories
import Simulation

extension CRDT {
  /// Registers with one value each.
  struct LastWriterRegister: ReplicatedType {
    let table: Table
    /// How many keys share a timestamp; 1: each has its own.
    let fieldsPerRow: Int

    var tables: [Table] { [table] }

    init(_ ordinal: Int, fieldsPerRow: Int = 1) {
      table = Table(
        ordinal, "registers", key: ["key"],
        columns: ["value", "wall", "logical", "origin", "sequence"])
      self.fieldsPerRow = fieldsPerRow
    }

    /// The other fields of the record as they are here: key and value in turn.
    func prepare(_ entry: inout Entry, on rows: Rows) -> Refusal? {
      guard fieldsPerRow > 1 else { return nil }
      let first = entry.key - entry.key % Key(fieldsPerRow)
      for key in first..<(first + Key(fieldsPerRow)) where key != entry.key {
        guard let row = rows.get(table, [Int64(key)]) else { continue }
        entry.detail += [Int64(key), row[0]]
      }
      return nil
    }

    func effect(_ write: Entry, on rows: inout Rows) -> Bool {
      var isConflict = put(Int64(write.key), write.value, write, on: &rows)
      for place in stride(from: 0, to: write.detail.count - 1, by: 2) {
        let (key, value) = (write.detail[place], write.detail[place + 1])
        if put(key, value, write, on: &rows) { isConflict = true }
      }
      return isConflict
    }

    /// Whether it met a write that its author had not seen. The other direction need not be asked: what
    /// is here was delivered first, so its author had not seen this one either.
    private func put(_ key: Int64, _ value: Value, _ write: Entry, on rows: inout Rows) -> Bool {
      let new = [
        value, write.timestamp.wall, write.timestamp.logical, Int64(write.origin.raw),
        write.sequence,
      ]
      guard let current = rows.get(table, [key]) else {
        rows.put(table, [key], new)
        return false
      }
      if join(table, current, new) != current { rows.put(table, [key], new) }
      return !write.seen.includes(current[4], of: Region.ID(Int(current[3])))
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row {
      version(mine) < version(theirs) ? theirs : mine
    }

    /// A record's timestamp is not one of the field's own writes, so by row no version is told.
    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      let row = store.get(table, [Int64(key)])
      guard fieldsPerRow == 1 else { return (.value(row?[0]), nil) }
      return (.value(row?[0]), row.map(version) ?? .initial)
    }

    private func version(_ row: Row) -> Version { CRDT.version(row[1], row[2], Int(row[3])) }
  }
}
