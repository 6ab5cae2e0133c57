// The log of a region: every operation it has delivered, its own and the others', by origin and
// number. It is the only state that recovery needs, and what anti-entropy sends from.
//
// Of each origin the log holds a prefix without gaps, and it is closed under causality: what an
// operation in it had seen is in it. So the last number of each origin describes all of it.

import Histories
import Simulation

extension CRDT {
  /// Operations by (origin, sequence).
  struct OperationLog: Sendable {
    let table: Table
    let topology: Topology

    init(_ ordinal: Int, in topology: Topology) {
      self.topology = topology
      let seen = topology.ids.map { "seen_\($0.raw)" }
      table = Table(
        ordinal, "operations", key: ["origin", "sequence"],
        columns: ["kind", "key", "value", "wall", "logical"] + seen)
    }

    func append(_ entry: Entry, to store: any Store) {
      store.put(
        table, [Int64(entry.origin.raw), entry.sequence],
        [
          entry.kind.rawValue, Int64(entry.key), entry.value, entry.timestamp.wall,
          entry.timestamp.logical,
        ] + entry.seen.components(topology.count))
    }

    /// The last operation of each region that has any.
    func last(in store: any Store) -> [Entry] {
      topology.ids.compactMap { origin in
        store.last(table, prefix: [Int64(origin.raw)]).flatMap(entry)
      }
    }

    /// The first operations that are part of `mine` and not of `theirs`, in causal order, so that
    /// whoever has `theirs` can deliver each of them: a batch in any other order could consist of
    /// operations that all wait for one outside it, and then asking again would bring the same.
    func missing(
      from theirs: VersionVector, upTo mine: VersionVector, limit: Int, in store: any Store
    ) -> (entries: [Entry], more: Bool) {
      var queues = topology.ids.map { origin -> ArraySlice<Entry> in
        let gap = mine[origin] - theirs[origin]
        guard gap > 0 else { return [] }
        let rows = store.rows(
          table, prefix: [Int64(origin.raw)], from: theirs[origin] + 1,
          limit: min(limit, Int(clamping: gap)))
        return rows.compactMap(entry)[...]
      }
      var reached = theirs
      var entries: [Entry] = []
      var before: Int
      repeat {
        before = entries.count
        for place in queues.indices {
          while entries.count < limit, let next = queues[place].first, reached.includes(next.seen) {
            queues[place].removeFirst()
            reached[next.origin] = next.sequence
            entries.append(next)
          }
        }
      } while entries.count > before && entries.count < limit
      return (entries, entries.count == limit && !reached.includes(mine))
    }

    private func entry(_ row: Row) -> Entry? {
      guard row.count == 7 + topology.count, let kind = Kind(rawValue: row[2]) else { return nil }
      return Entry(
        origin: Region.ID(Int(row[0])), sequence: row[1], kind: kind,
        key: Key(truncatingIfNeeded: row[3]), value: row[4],
        timestamp: HybridClock.Timestamp(wall: row[5], logical: row[6]),
        seen: VersionVector(row[7...]))
    }
  }
}
