// A counter that does not go below zero, although no region asks another before it subtracts: what is
// there is shared out as rights, and a region subtracts only what it has the rights to.
//
// Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants",
// section 3 (the bounded counter, after the escrow method of O'Neil, 1986). The matrix R of the paper
// is here a PN counter's sums (the diagonal: what a region added is its own to take) and the transfers
// between regions (the rest); the vector U is what each has taken.
//
//   rights of i = added(i) + received by i - given by i - taken by i     only i makes it smaller
//   value       = sum of rights                                          so it is never negative
//
// A region without the rights refuses. If others have them, it asks the richest for some, which gives
// half of what it has, at least what was asked if it can: the client may try again.
// A decrement without a floor takes what is not its own: then the sum may go below, as it asked.

import Histories
import Simulation

extension CRDT {
  /// Counters with escrow.
  struct BoundedCounter: ReplicatedType {
    let sums: PNCounter
    /// What one region has given to another, ever.
    let transfers: Table

    var tables: [Table] { [sums.table, transfers] }

    init(_ ordinal: Int) {
      sums = PNCounter(ordinal)
      transfers = Table(
        ordinal + 1, "transfers", key: ["key", "giver", "receiver"], columns: ["amount"])
    }

    func prepare(_ entry: inout Entry, on rows: Rows) -> Refusal? {
      guard entry.kind == .boundedIncrement, entry.value < 0 else { return nil }
      let needed = 0 - entry.value
      if rights(of: entry.origin, entry.key, in: rows.store) >= needed { return nil }
      guard case (.value(let sum?), _) = sums.read(entry.key, in: rows.store), sum >= needed else {
        return .conditionFailed
      }
      return .notServing
    }

    func effect(_ entry: Entry, on rows: inout Rows) -> Bool {
      guard entry.kind == .transfer else { return sums.effect(entry, on: &rows) }
      let key = [Int64(entry.key), Int64(entry.origin.raw), entry.detail[0]]
      let given = rows.get(transfers, key)?[0] ?? 0
      rows.put(transfers, key, [given &+ entry.value])
      return false
    }

    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row {
      zip(mine, theirs).map { max($0, $1) }
    }

    func read(_ key: Key, in store: any Store) -> (Answer, Version?) {
      sums.read(key, in: store)
    }

    /// What a region may take.
    func rights(of region: Region.ID, _ key: Key, in store: any Store) -> Value {
      let own = store.get(sums.table, [Int64(key), Int64(region.raw)]) ?? [0, 0]
      var rights = own[0] &- own[1]
      for row in store.rows(transfers, prefix: [Int64(key)]) {
        if row[1] == Int64(region.raw) { rights &-= row[3] }
        if row[2] == Int64(region.raw) { rights &+= row[3] }
      }
      return rights
    }

    /// The region with the most rights besides one's own, as far as is known here.
    func richest(_ key: Key, among peers: [Region.ID], in store: any Store) -> Region.ID? {
      let rich = peers.map { ($0, rights(of: $0, key, in: store)) }.filter { $0.1 > 0 }
      return rich.max { ($0.1, $1.0) < ($1.1, $0.0) }?.0
    }

    /// How much of its rights a region gives to another that lacks so many; 0 if it has none.
    func gift(_ lacking: Value, from region: Region.ID, _ key: Key, in store: any Store) -> Value {
      let own = rights(of: region, key, in: store)
      return own > 0 ? min(own, max(lacking, own / 2)) : 0
    }
  }
}
