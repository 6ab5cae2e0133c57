// A region's log and the items it makes. Every entry is applied when it is written, together with
// what is needed to take it back: the row before, so that a suffix that the primary does not have
// can be undone in reverse order. The log is kept whole; nothing here compacts it.
//
// `reigns` says where each epoch began, as a PostgreSQL timeline history file does: a short list
// that answers "which epoch wrote this position" without reading the log.

import Histories
import Simulation

extension AsyncPrimary {
  /// What each region stores.
  enum Tables {
    /// `previous`: the value before, or for a set the position that last changed it (0: none).
    /// `before`: the position that wrote the row before, if `hadPrevious`.
    static let log = Table(
      4, "log", key: ["position", "step"],
      columns: [
        "epoch", "kind", "key", "value", "hadPrevious", "previous", "before", "client", "request",
      ])
    static let reigns = Table(5, "reigns", key: ["position"], columns: ["epoch"])
    /// Every writing request that was ever taken in here, with its log position; 0 if it was
    /// refused, handed on or undone.
    static let requests = Table(6, "requests", key: ["client", "number"], columns: ["position"])
    static let meta = Table(7, "meta", key: ["name"], columns: ["value"])

    static let schema = Schema(
      tables: Objects.tables + [log, reigns, requests, meta],
      views: Objects.views + [
        Schema.View(
          "state",
          """
          SELECT CASE name WHEN 1 THEN 'epoch' WHEN 2 THEN 'promised' WHEN 3 THEN 'ordered' END \
          AS name, value FROM meta
          """)
      ])
  }

  /// The names in `meta`.
  enum Meta: Int64 {
    /// The highest epoch whose primary this region has followed, or been.
    case epoch = 1
    /// No message of an epoch below this one counts any more.
    case promised = 2
    /// The epoch in which an operator ordered this region to become the primary; 0 if none did.
    case ordered = 3
  }

  /// The log of one region.
  struct Log {
    /// The last position; 0 if there is none.
    private(set) var last: Int64 = 0
    /// Where each epoch in the log began, ascending.
    private var reigns: [Place] = []

    init() {}

    /// The log as the store has it.
    init(_ store: any Store) {
      last = store.last(Tables.log)?[0] ?? 0
      reigns = store.rows(Tables.reigns).map { Place(epoch: $0[1], position: $0[0]) }
    }

    /// Where it ends.
    var end: Place { Place(epoch: epoch(at: last), position: last) }

    /// The epoch that wrote a position; 0 for 0 and for positions the log has not.
    func epoch(at position: Int64) -> Int64 {
      guard position <= last else { return 0 }
      return reigns.last { $0.position <= position }?.epoch ?? 0
    }

    /// Where an epoch began; behind the end if it is not in the log.
    func opening(of epoch: Int64) -> Int64 {
      reigns.last { $0.epoch == epoch }?.position ?? last + 1
    }

    /// Whether the log has exactly this entry, and so all before it.
    func holds(_ place: Place) -> Bool {
      place.position <= last && epoch(at: place.position) == place.epoch
    }

    /// Where to look next for the common prefix when `holds` said no: before all of the epoch
    /// that is in the way, so that a search takes one round for an epoch, not one for an entry
    /// (Ongaro, section 3.5, the optimization at its end).
    func hint(after refused: Place) -> Int64 {
      guard refused.position <= last else { return last }
      let run = reigns.last { $0.position <= refused.position }
      return (run?.position ?? 1) - 1
    }

    /// Writes an entry behind the last and applies it.
    mutating func append(_ entry: Entry, _ store: any Store) {
      let place = entry.place
      if place.epoch != reigns.last?.epoch {
        reigns.append(place)
        store.put(Tables.reigns, [place.position], [place.epoch])
      }
      last = place.position
      let version = Version(place.epoch, place.position)
      for (number, change) in entry.changes.enumerated() {
        let before = Objects.apply(change, version, to: store)
        store.put(
          Tables.log, [place.position, Int64(number)],
          [
            place.epoch, change.kind.rawValue, change.key, change.value, before.existed ? 1 : 0,
            change.kind == .put ? before.value : before.changed.minor, before.version.minor,
            entry.client, entry.request,
          ])
      }
    }

    /// Takes back everything behind a position, newest first; gives the number of requests undone.
    mutating func undo(after position: Int64, _ store: any Store) -> Int {
      var undone = 0
      while last > position {
        for row in store.rows(Tables.log, prefix: [last]).reversed() {
          revert(row, store)
          store.delete(Tables.log, [row[0], row[1]])
          guard row[1] == 0, row[10] != 0 else { continue }
          undone += 1
          if store.get(Tables.requests, [row[9], row[10]]) == [last] {
            store.put(Tables.requests, [row[9], row[10]], [0])
          }
        }
        last -= 1
      }
      while let reign = reigns.last, reign.position > last {
        reigns.removeLast()
        store.delete(Tables.reigns, [reign.position])
      }
      return undone
    }

    /// Entries from a position on: as many as `limit` rows hold, but at least one if there is one.
    func entries(from position: Int64, limit: Int, _ store: any Store) -> [Entry] {
      var rows = store.rows(Tables.log, from: position, limit: limit)
      if rows.count == limit, let cut = rows.last?[0] {
        // The last entry may go on beyond the limit.
        rows.removeAll { $0[0] == cut }
        if rows.isEmpty { rows = store.rows(Tables.log, prefix: [position]) }
      }
      var entries: [Entry] = []
      for row in rows {
        guard let change = change(in: row) else { continue }
        if let open = entries.indices.last, entries[open].place.position == row[0] {
          entries[open].changes.append(change)
        } else {
          entries.append(
            Entry(
              place: Place(epoch: row[2], position: row[0]), client: row[9], request: row[10],
              changes: [change]))
        }
      }
      return entries
    }

    private func change(in row: Row) -> Change? {
      Change.Kind(rawValue: row[3]).map { Change($0, key: row[4], value: row[5]) }
    }

    private func revert(_ row: Row, _ store: any Store) {
      guard let change = change(in: row) else { return }
      var before = Objects.Displaced()
      before.existed = row[6] == 1
      before.version = Version(epoch(at: row[8]), row[8])
      if change.kind == .put {
        before.value = row[7]
      } else {
        before.changed = Version(epoch(at: row[7]), row[7])
      }
      Objects.revert(change, before, in: store)
    }
  }
}
