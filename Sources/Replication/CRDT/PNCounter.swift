// A counter that can go up and down: the sum of what each region has added, less what each has
// taken away.
//
// Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types",
// section 3.1.1 (op-based Counter) and 3.1.3 (PN-Counter). Additions commute; the log delivers each
// exactly once, so a row for each origin is not needed for correctness. It shows who added what.
// There is no floor: no region knows what the others are taking at this moment.

import Histories
import Simulation

extension CRDT {
  /// Counters, one row for each region that has changed them.
  struct PNCounter: Sendable {
    let table: Table

    init(_ ordinal: Int) {
      table = Table(ordinal, "counters", key: ["key", "origin"], columns: ["added", "removed"])
    }

    func apply(_ increment: Entry, to store: any Store) {
      let key = [Int64(increment.key), Int64(increment.origin.raw)]
      var sums = store.get(table, key) ?? [0, 0]
      if increment.value >= 0 {
        sums[0] &+= increment.value
      } else {
        sums[1] &-= increment.value
      }
      store.put(table, key, sums)
    }

    /// The sum; nothing if nobody has ever added.
    func read(_ key: Key, in store: any Store) -> Answer {
      let rows = store.rows(table, prefix: [Int64(key)])
      return .value(rows.isEmpty ? nil : rows.reduce(0) { $0 &+ $1[2] &- $1[3] })
    }
  }
}
