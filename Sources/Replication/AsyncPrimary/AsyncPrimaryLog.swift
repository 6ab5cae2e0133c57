// A region's log of one home and the items it makes. Every entry is applied when it is written, together
// with what is needed to take it back: the row before, so that a suffix that the primary does not have
// can be undone in reverse order, and reads can be given the state as it was before the newest entries.
// Entries up to `base` have been dropped; their effects are the state.

import Histories
import Simulation

extension AsyncPrimary {
  /// The log of one home in one region.
  struct Log {
    let home: Int64
    /// Entries up to here are dropped.
    private(set) var base: Int64 = 0
    /// The last position; 0 if there is none.
    private(set) var last: Int64 = 0
    /// Where each epoch began, ascending, from the very first.
    private(set) var reigns: [Place] = []

    init(home: Int64) { self.home = home }

    /// The log as the store has it.
    init(home: Int64, _ store: any Store) {
      self.home = home
      base = store.get(Tables.meta, [home, Meta.base.rawValue])?[0] ?? 0
      last = store.last(Tables.log, prefix: [home])?[1] ?? base
      reigns = store.rows(Tables.reigns, prefix: [home]).map {
        Place(epoch: $0[2], position: $0[1])
      }
    }

    /// Where it ends.
    var end: Place { place(at: last) }

    /// A position with its epoch.
    func place(at position: Int64) -> Place {
      Place(epoch: epoch(at: position), position: position)
    }

    /// The epoch that wrote a position; 0 for 0 and for positions the log has not.
    func epoch(at position: Int64) -> Int64 {
      guard position <= last else { return 0 }
      return reigns.last { $0.position <= position }?.epoch ?? 0
    }

    /// Where an epoch began; behind the end if it is not in the log.
    func opening(of epoch: Int64) -> Int64 {
      reigns.last { $0.epoch == epoch }?.position ?? last + 1
    }

    /// Whether the log has, or had, exactly this entry, and so all before it.
    func holds(_ place: Place) -> Bool {
      place.position <= last && epoch(at: place.position) == place.epoch
    }

    /// Up to where it is the same as a log with these reigns that ends at `end`.
    func common(with reigns: [Place], until end: Int64) -> Int64 {
      var position = min(last, end)
      while position > 0 {
        let theirs = reigns.last { $0.position <= position }
        let ours = self.reigns.last { $0.position <= position }
        if theirs?.epoch == ours?.epoch { return position }
        position = max(theirs?.position ?? 1, ours?.position ?? 1) - 1
      }
      return 0
    }

    /// Where to look next for the common prefix when `holds` said no: before all of the epoch
    /// that is in the way, so that a search takes one round for an epoch, not one for an entry
    /// (Ongaro, section 3.5, the optimization at its end). Nil: before what was dropped, where a
    /// search makes no sense.
    func hint(after refused: Place) -> Int64? {
      guard refused.position <= last else { return last }
      guard refused.position > base else { return nil }
      let run = reigns.last { $0.position <= refused.position }
      return max(base, (run?.position ?? 1) - 1)
    }

    /// Writes an entry behind the last and applies it.
    mutating func append(_ entry: Entry, _ store: any Store) {
      let place = entry.place
      if place.epoch != reigns.last?.epoch {
        reigns.append(place)
        store.put(Tables.reigns, [home, place.position], [place.epoch])
      }
      last = place.position
      let version = Version(place.epoch, place.position)
      for (number, change) in entry.changes.enumerated() {
        let before = Objects.apply(change, version, to: store)
        store.put(
          Tables.log, [home, place.position, Int64(number)],
          [
            place.epoch, change.kind.rawValue, change.key, change.value, before.existed ? 1 : 0,
            change.kind == .put ? before.value : before.changed.minor, before.version.minor,
            entry.client, entry.request, entry.origin.epoch, entry.origin.position,
          ])
      }
      guard entry.origin != .start else { return }
      store.put(
        Tables.reapplied, [home, entry.origin.epoch, entry.origin.position], [place.position])
    }

    /// Takes back everything behind a position, newest first; gives the number of requests undone.
    /// `keep` gets to see every row before it goes.
    mutating func undo(
      after position: Int64, _ store: any Store, keep: (Logged) -> Void
    ) -> Int {
      var undone = 0
      while last > max(position, base) {
        for logged in rows(at: last, store).reversed() {
          keep(logged)
          revert(logged, store)
          store.delete(Tables.log, [home, last, logged.step])
          guard logged.step == 0, logged.request != 0 else { continue }
          undone += 1
          if logged.origin != .start {
            store.delete(Tables.reapplied, [home, logged.origin.epoch, logged.origin.position])
          }
        }
        last -= 1
      }
      while let reign = reigns.last, reign.position > last {
        reigns.removeLast()
        store.delete(Tables.reigns, [home, reign.position])
      }
      return undone
    }

    /// Drops the entries up to a position.
    mutating func compact(through position: Int64, _ store: any Store) {
      guard position > base else { return }
      for row in store.rows(Tables.log, prefix: [home], from: base) {
        if row[1] > position { break }
        store.delete(Tables.log, [home, row[1], row[2]])
      }
      base = position
      store.put(Tables.meta, [home, Meta.base.rawValue], [base])
    }

    /// Begins anew behind a place whose state has been installed.
    mutating func restart(after place: Place, _ reigns: [Place], _ store: any Store) {
      for row in store.rows(Tables.log, prefix: [home]) {
        store.delete(Tables.log, [home, row[1], row[2]])
      }
      for row in store.rows(Tables.reigns, prefix: [home]) {
        store.delete(Tables.reigns, [home, row[1]])
      }
      for reign in reigns { store.put(Tables.reigns, [home, reign.position], [reign.epoch]) }
      self.reigns = reigns
      base = place.position
      last = place.position
      store.put(Tables.meta, [home, Meta.base.rawValue], [base])
    }

    /// Entries from a position on: as many as `limit` rows hold, but at least one if there is one.
    func entries(from position: Int64, limit: Int, _ store: any Store) -> [Entry] {
      var rows = store.rows(Tables.log, prefix: [home], from: position, limit: limit)
      if rows.count == limit, let cut = rows.last?[1] {
        // The last entry may go on beyond the limit.
        rows.removeAll { $0[1] == cut }
        if rows.isEmpty { rows = store.rows(Tables.log, prefix: [home, position]) }
      }
      var entries: [Entry] = []
      for row in rows {
        guard let logged = Logged(row) else { continue }
        if let open = entries.indices.last, entries[open].place == logged.place {
          entries[open].changes.append(logged.change)
        } else {
          entries.append(
            Entry(
              place: logged.place, client: logged.client, request: logged.request,
              origin: logged.origin, changes: [logged.change]))
        }
      }
      return entries
    }

    /// The state before the entries behind a position, or before those of them that are `hidden`.
    func past(
      before position: Int64, _ store: any Store, hidden: (Logged) -> Bool = { _ in true }
    ) -> any Store {
      guard position < last else { return store }
      let overlay = Overlay(store)
      var newest = last
      while newest > max(position, base) {
        for logged in rows(at: newest, store).reversed() where hidden(logged) {
          revert(logged, overlay)
        }
        newest -= 1
      }
      return overlay
    }

    /// The changes of an entry.
    func rows(at position: Int64, _ store: any Store) -> [Logged] {
      store.rows(Tables.log, prefix: [home, position]).compactMap { Logged($0) }
    }

    private func revert(_ logged: Logged, _ store: any Store) {
      var before = Objects.Displaced()
      before.existed = logged.existed
      before.version = Version(epoch(at: logged.before), logged.before)
      if logged.change.kind == .put {
        before.value = logged.previous
      } else {
        before.changed = Version(epoch(at: logged.previous), logged.previous)
      }
      Objects.revert(logged.change, before, in: store)
    }
  }

  /// One change as the log has it, with what it displaced.
  struct Logged {
    let place: Place
    let step: Int64
    let change: Change
    let existed: Bool
    let previous: Int64
    let before: Int64
    let client: Int64
    let request: Int64
    let origin: Place

    init?(_ row: Row) {
      guard let kind = Change.Kind(rawValue: row[4]) else { return nil }
      place = Place(epoch: row[3], position: row[1])
      step = row[2]
      change = Change(kind, key: row[5], value: row[6])
      existed = row[7] == 1
      previous = row[8]
      before = row[9]
      client = row[10]
      request = row[11]
      origin = Place(epoch: row[12], position: row[13])
    }
  }
}
