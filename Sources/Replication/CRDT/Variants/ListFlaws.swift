// Lists that are wrong on purpose.

import Histories
import Simulation

extension CRDT {
  /// Where an element stands that comes again after it was removed is left undefined: a region that
  /// still has its tombstone revives it in its old place, others put it at the end (CRDT-Redis issue 1).
  struct UndefinedReadd: ReplicatedType {
    let right: ReplicatedList

    var tables: [Table] { right.tables }

    func prepare(_ entry: inout Entry, on rows: Rows) -> Refusal? {
      right.prepare(&entry, on: rows)
    }

    func effect(_ entry: Entry, on rows: inout Rows) -> Bool {
      let old = rows.all(right.table, [Int64(entry.key)]).first {
        entry.kind == .append && $0[3] == entry.value && Removal.isIn($0)
      }
      guard let old else { return right.effect(entry, on: &rows) }
      rows.put(right.table, Array(old.prefix(3)), Array(old[3..<7]) + Removal.none)
      return false
    }

    func collect(_ obsolete: Obsolescence, in store: any Store) {
      right.collect(obsolete, in: store)
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row {
      right.join(table, mine, theirs)
    }

    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      right.read(key, in: store)
    }
  }

  /// A list in the order of its integration: a new element belongs after its parent, and after all that
  /// was inserted there at once and goes first. The scan for these does not stop at the right boundary,
  /// where the elements begin that its author had not put it before, so the place depends on what had
  /// arrived (ygo issues 65 and 68; the right origin is that of Nicolaescu et al., "Near Real-Time
  /// Peer-to-Peer Shared Editing on Extensible Data Types", section 4, YATA).
  struct UnboundedScan: ReplicatedType {
    private let table: Table

    var tables: [Table] { [table] }

    init(_ ordinal: Int) {
      table = Table(
        ordinal, "nodes", key: ["key", "place"],
        columns: ["element", "rank", "origin", "sequence"] + Removal.columns)
    }

    func prepare(_ entry: inout Entry, on rows: Rows) -> Refusal? {
      let nodes = rows.all(table, [Int64(entry.key)])
      let last = nodes.last { !Removal.isIn($0) }
      entry.detail =
        [nodes.reduce(0) { max($0, $1[3]) } + 1] + (last.map { [$0[4], $0[5]] } ?? [0, 0])
      return nil
    }

    func effect(_ entry: Entry, on rows: inout Rows) -> Bool {
      let key = Int64(entry.key)
      let nodes = rows.all(table, [key])
      if entry.kind == .remove {
        for node in nodes where node[2] == entry.value && !Removal.isIn(node) {
          rows.put(table, Array(node.prefix(2)), Array(node[2..<6]) + Removal.by(entry))
        }
        return false
      }
      let (rank, parent) = (entry.detail[0], Array(entry.detail[1...]))
      let first = nodes.firstIndex { Array($0[4..<6]) == parent }.map { $0 + 1 } ?? 0
      let goesFirst = nodes[first...].lastIndex {
        ($0[3], $0[4]) > (rank, Int64(entry.origin.raw))
      }
      let place = goesFirst.map { $0 + 1 } ?? first
      for node in nodes[place...].reversed() {
        rows.put(table, [key, node[1] + 1], Array(node[2...]))
      }
      let node = [entry.value, rank, Int64(entry.origin.raw), entry.sequence]
      rows.put(table, [key, Int64(place)], node + Removal.none)
      return false
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row { Removal.join(mine, theirs) }

    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      let nodes = store.rows(table, prefix: [Int64(key)]).filter { !Removal.isIn($0) }
      return (.values(nodes.map { $0[2] }), nil)
    }
  }
}
