// A set in which an insert wins over a concurrent remove: each insert leaves a dot (who, which
// operation), and a remove takes away only the dots that its author had seen.
//
// Bieniusa, Zawirski, Preguica, Shapiro, Baquero, Balegas and Duarte, "An optimized conflict-free
// replicated set", on the optimized OR-set: the version vector stands for all tombstones, and an
// insert replaces the dots of its element that it has seen, so that a set takes at most one dot for
// each region and element. Here delivery is causal, so a dot taken away can never arrive later:
// inserting an element again makes a new dot, and no old one comes back to life.

import Histories
import Simulation

extension CRDT {
  /// Sets as dots; an element is in as long as it has one.
  struct ORSet: Sendable {
    let table: Table

    init(_ ordinal: Int) {
      table = Table(ordinal, "dots", key: ["key", "element", "origin", "sequence"], columns: [])
    }

    func apply(insert: Entry, to store: any Store) {
      removeSeen(by: insert, from: store)
      store.put(
        table, [Int64(insert.key), insert.value, Int64(insert.origin.raw), insert.sequence], [])
    }

    func apply(remove: Entry, to store: any Store) { removeSeen(by: remove, from: store) }

    /// The elements in ascending order.
    func read(_ key: Key, in store: any Store) -> Answer {
      var elements: [Value] = []
      for row in store.rows(table, prefix: [Int64(key)]) where row[1] != elements.last {
        elements.append(row[1])
      }
      return .values(elements)
    }

    private func removeSeen(by entry: Entry, from store: any Store) {
      for row in store.rows(table, prefix: [Int64(entry.key), entry.value])
      where entry.seen.includes(row[3], of: Region.ID(Int(row[2]))) {
        store.delete(table, row)
      }
    }
  }
}
