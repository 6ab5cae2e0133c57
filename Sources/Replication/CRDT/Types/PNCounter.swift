// A counter that can go up and down: the sum of what each region has added, less what each has
// taken away.
//
// Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types",
// section 3.1.1 (op-based Counter) and 3.1.3 (PN-Counter). As an operation an increment is an addition,
// to be delivered exactly once; as a state a region's sums only grow, so the greater of two copies is
// the later. There is no floor: no region knows what the others are taking at this moment.

import Histories
import Simulation

extension CRDT {
  /// Counters, one row for each region that has changed them.
  struct PNCounter: ReplicatedType {
    let table: Table

    var tables: [Table] { [table] }

    init(_ ordinal: Int) {
      table = Table(ordinal, "counters", key: ["key", "origin"], columns: ["added", "removed"])
    }

    func effect(_ increment: Entry, on rows: inout Rows) -> Bool {
      add(increment.value, to: [Int64(increment.key), Int64(increment.origin.raw)], on: &rows)
      return false
    }

    /// Adds to the sums of one row.
    func add(_ amount: Value, to key: Row, on rows: inout Rows) {
      var sums = rows.get(table, key) ?? [0, 0]
      if amount >= 0 {
        sums[0] &+= amount
      } else {
        sums[1] &-= amount
      }
      rows.put(table, key, sums)
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row {
      zip(mine, theirs).map { max($0, $1) }
    }

    /// The sum; nothing if nobody has ever added.
    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      let rows = store.rows(table, prefix: [Int64(key)])
      return (.value(rows.isEmpty ? nil : rows.reduce(0) { $0 &+ $1[2] &- $1[3] }), nil)
    }
  }
}
