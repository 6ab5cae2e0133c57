// A list to which every region appends: each element knows the one that its author saw last, and comes
// after it; what was appended after the same element at once in several regions is ordered by rank.
//
// Roh, Jeon, Kim and Lee, "Replicated abstract data types: Building blocks for collaborative
// applications", section 4 (RGA), in its form as a tree of timestamps: an element's parent is the element
// it was inserted after, a node's children are read in descending order of (rank, origin), and the list is
// the tree read depth first. A rank is above all ranks that the author had seen (a Lamport clock of the
// list), so elements that one author appends stay together. The order is a function of the set of nodes
// alone, so nothing about it depends on how they arrived.
//
// A removed element stays as a tombstone, since others may hang on it. It can be forgotten once every
// region includes its removal, for then nobody appends to it any more, and once nothing hangs on it.

import Histories
import Simulation

extension CRDT {
  /// Lists as trees of nodes.
  struct ReplicatedList: ReplicatedType {
    let table: Table

    var tables: [Table] { [table] }

    init(_ ordinal: Int) {
      table = Table(
        ordinal, "nodes", key: ["key", "origin", "sequence"],
        columns: ["element", "rank", "parent_origin", "parent_sequence"] + Removal.columns)
    }

    /// An append gets its rank and its parent: the last element of the list as it is here.
    func prepare(_ entry: inout Entry, on rows: Rows) -> Refusal? {
      guard entry.kind == .append else { return nil }
      let nodes = rows.all(table, [Int64(entry.key)])
      let rank = nodes.reduce(0) { max($0, $1[4]) } + 1
      let last = inOrder(nodes).last { !Removal.isIn($0) }
      entry.detail = [rank] + (last.map { [$0[1], $0[2]] } ?? [0, 0])
      return nil
    }

    func effect(_ entry: Entry, on rows: inout Rows) -> Bool {
      if entry.kind == .append {
        let node = [Int64(entry.key), Int64(entry.origin.raw), entry.sequence]
        rows.put(table, node, [entry.value] + entry.detail.prefix(3) + Removal.none)
        return false
      }
      for row in rows.all(table, [Int64(entry.key)])
      where row[3] == entry.value && !Removal.isIn(row)
        && entry.seen.includes(row[2], of: Region.ID(Int(row[1])))
      {
        rows.put(table, Array(row.prefix(3)), Array(row[3..<7]) + Removal.by(entry))
      }
      return false
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row { Removal.join(mine, theirs) }

    func maker(_ table: Table, _ key: Row) -> Dot? { Dot(Region.ID(Int(key[1])), key[2]) }

    /// Forgets tombstones on which nothing hangs, the youngest first.
    func collect(_ obsolete: Obsolescence, in store: any Store) {
      let nodes = store.rows(table)
      var children: [Row: Int] = [:]
      for node in nodes { children[parent(of: node), default: 0] += 1 }
      for node in nodes.sorted(by: { $0[4] > $1[4] }) {
        let name = Array(node.prefix(3))
        guard let removal = Removal(node), obsolete.covers(removal), children[name] ?? 0 == 0
        else { continue }
        store.delete(table, name)
        children[parent(of: node), default: 0] -= 1
      }
    }

    /// The elements in their order.
    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      let nodes = inOrder(store.rows(table, prefix: [Int64(key)]))
      return (.values(nodes.filter { !Removal.isIn($0) }.map { $0[3] }), nil)
    }

    private func parent(of node: Row) -> Row { [node[0], node[5], node[6]] }

    /// The nodes of one list, depth first, tombstones among them; without those whose parent is not here.
    func inOrder(_ nodes: [Row]) -> [Row] {
      guard let key = nodes.first?[0] else { return [] }
      // Ascending, so that the greatest child is the last one put on the stack.
      let ascending = nodes.sorted { ($0[4], $0[1], $0[2]) < ($1[4], $1[1], $1[2]) }
      var children: [Row: [Row]] = [:]
      for node in ascending { children[parent(of: node), default: []].append(node) }
      var stack = children[[key, 0, 0]] ?? []
      var order: [Row] = []
      while let node = stack.popLast() {
        order.append(node)
        stack += children[Array(node.prefix(3))] ?? []
      }
      return order
    }
  }
}
