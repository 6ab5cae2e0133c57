// The log of a region: the operations it has delivered, its own and the others', by origin and number;
// what anti-entropy sends from. What every region includes is cut off, for nobody will ask for it.
//
// With causal delivery the log holds of each origin an interval without gaps, and it is closed under
// causality: what an operation in it had seen is in it, or was cut off.

import Histories
import Simulation

extension CRDT {
  /// Operations by (origin, sequence).
  struct OperationLog: Sendable {
    let table: Table
    let topology: Topology

    /// How many columns there are for what only an operation's author knew.
    private let width: Int

    init(_ ordinal: Int, detail width: Int, in topology: Topology) {
      self.topology = topology
      self.width = width
      let seen = topology.ids.map { "seen_\($0.raw)" }
      let detail = ["details"] + (0..<width).map { "detail_\($0)" }
      table = Table(
        ordinal, "operations", key: ["origin", "sequence"],
        columns: ["kind", "key", "value", "wall", "logical"] + seen + detail)
    }

    func has(_ entry: Entry, in store: any Store) -> Bool {
      has(entry.origin, entry.sequence, in: store)
    }

    func has(_ origin: Region.ID, _ sequence: Int64, in store: any Store) -> Bool {
      store.get(table, [Int64(origin.raw), sequence]) != nil
    }

    /// Cuts off what every region includes.
    func compact(_ stable: VersionVector, in store: any Store) {
      for origin in topology.ids {
        for row in store.rows(table, prefix: [Int64(origin.raw)]).prefix(while: {
          $0[1] <= stable[origin]
        }) {
          store.delete(table, [row[0], row[1]])
        }
      }
    }

    func append(_ entry: Entry, to store: any Store) {
      store.put(
        table, [Int64(entry.origin.raw), entry.sequence],
        [
          entry.kind.rawValue, Int64(entry.key), entry.value, entry.timestamp.wall,
          entry.timestamp.logical,
        ] + entry.seen.components(topology.count) + [Int64(entry.detail.count)] + entry.detail
          + Array(repeating: 0, count: width - entry.detail.count))
    }

    /// The first operations that are part of `mine` and not of `theirs`, in causal order, so that
    /// whoever has `theirs` can deliver each of them: a batch in any other order could consist of
    /// operations that all wait for one outside it, and then asking again would bring the same.
    func missing(
      from theirs: VersionVector, upTo mine: VersionVector, limit: Int, isCausal: Bool,
      in store: any Store
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
          while entries.count < limit, let next = queues[place].first,
            !isCausal || reached.includes(next.seen)
          {
            queues[place].removeFirst()
            reached[next.origin] = next.sequence
            entries.append(next)
          }
        }
      } while entries.count > before && entries.count < limit
      return (entries, entries.count == limit && !reached.includes(mine))
    }

    private func entry(_ row: Row) -> Entry? {
      guard let kind = Kind(rawValue: row[2]) else { return nil }
      let detail = row[(7 + topology.count)...]
      return Entry(
        origin: Region.ID(Int(row[0])), sequence: row[1], kind: kind,
        key: Key(truncatingIfNeeded: row[3]), value: row[4],
        timestamp: HybridClock.Timestamp(wall: row[5], logical: row[6]),
        seen: VersionVector(row[7..<(7 + topology.count)]),
        detail: Array(detail.dropFirst().prefix(Int(detail.first ?? 0))))
    }
  }
}
