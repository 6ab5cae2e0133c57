// A set in which an insert and a remove of the same element, neither of which has seen the other, are
// decided by policy: the insert wins, or the remove does.
//
// Each insert leaves a dot (who, which update), and takes away the dots of its element that it has seen,
// so that a set has at most one for each region and element (Bieniusa et al., "An optimized conflict-free
// replicated set"). A remove takes away the dots that its author had seen. With remove-wins it leaves a
// dot of its own, which shuts the element out until an insert that has seen it takes it away: an element
// is in if it has an insert's dot and no remove's (Baquero, Almeida and Shoker, "Pure Operation-Based
// Replicated Data Types", section 5, the add-wins and remove-wins sets).
//
// What is taken away stays as a tombstone. For an add-wins set that hears operations in causal order
// tombstones are of no use; states and deltas need them, to tell a region that it is to forget an element.

import Histories
import Simulation

extension CRDT {
  /// Which of a concurrent insert and remove of one element prevails.
  enum SetPolicy: String, CaseIterable, Sendable {
    case addWins = "add-wins"
    case removeWins = "remove-wins"
  }

  /// Sets as dots.
  struct ObservedSet: ReplicatedType {
    let table: Table
    let policy: SetPolicy
    /// Whether removes that win are forgotten in the end. An insert that was made where a remove is
    /// forgotten takes it away elsewhere by what it has seen, which an operation says and its row does not.
    let forgetsRemoves: Bool

    var tables: [Table] { [table] }

    init(_ ordinal: Int, _ policy: SetPolicy, forgetsRemoves: Bool) {
      self.forgetsRemoves = forgetsRemoves
      table = Table(
        ordinal, "dots", key: ["key", "element", "origin", "sequence"],
        columns: ["is_remove", "made_at"] + Removal.columns)
      self.policy = policy
    }

    func effect(_ entry: Entry, on rows: inout Rows) -> Bool {
      for row in rows.all(table, [Int64(entry.key), entry.value])
      where !Removal.isIn(row) && entry.seen.includes(row[3], of: Region.ID(Int(row[2]))) {
        rows.put(table, Array(row.prefix(4)), [row[4], row[5]] + Removal.by(entry))
      }
      let isRemove = entry.kind == .remove
      if !isRemove || policy == .removeWins {
        let dot = [Int64(entry.key), entry.value, Int64(entry.origin.raw), entry.sequence]
        rows.put(table, dot, [isRemove ? 1 : 0, entry.timestamp.wall] + Removal.none)
      }
      return false
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row { Removal.join(mine, theirs) }

    func maker(_ table: Table, _ key: Row) -> Dot? { Dot(Region.ID(Int(key[2])), key[3]) }

    /// Forgets tombstones, and removes that every region includes: each insert to come has seen them. The
    /// inserts that such a remove shuts out are those that have not, and go with it.
    func collect(_ obsolete: Obsolescence, in store: any Store) {
      var group: [Row] = []
      for row in store.rows(table) {
        if let first = group.first, first[0] != row[0] || first[1] != row[1] {
          collect(obsolete, element: group, in: store)
          group.removeAll(keepingCapacity: true)
        }
        group.append(row)
      }
      collect(obsolete, element: group, in: store)
    }

    private func collect(_ obsolete: Obsolescence, element: [Row], in store: any Store) {
      func isSettled(_ row: Row) -> Bool {
        forgetsRemoves && obsolete.covers(Dot(Region.ID(Int(row[2])), row[3]), at: row[5])
      }
      let isShutForGood = element.contains {
        $0[4] == 1 && !Removal.isIn($0) && isSettled($0)
      }
      for row in element {
        let isForgotten =
          Removal(row).map(obsolete.covers) ?? (row[4] == 1 ? isSettled(row) : isShutForGood)
        if isForgotten { store.delete(table, Array(row.prefix(4))) }
      }
    }

    /// The elements in ascending order.
    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      var elements: [Value] = []
      var shut: Value?
      for row in store.rows(table, prefix: [Int64(key)]) where !Removal.isIn(row) {
        if row[4] == 1 {
          shut = row[1]
          if elements.last == row[1] { elements.removeLast() }
        } else if row[1] != shut, row[1] != elements.last {
          elements.append(row[1])
        }
      }
      return (.values(elements), nil)
    }
  }
}
