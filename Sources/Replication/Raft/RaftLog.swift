// The log of one region in its database, and what a region knows of it by heart: where each term
// began and which configurations it holds. The entries up to `base` are gone: what they came to is
// in the tables of the state machine, in the same database, so that compaction deletes rows and
// nothing else (Ongaro, "Consensus: Bridging Theory and Practice", section 5.2, snapshotting
// disk-based state machines).

import Histories
import Simulation

extension Raft {
  /// What each region stores.
  enum Tables {
    static let log = Table(
      4, "log", key: ["position", "step"],
      columns: ["term", "code", "key", "value", "extra", "client", "number"])
    /// The newest request of each client that was carried out, and by which entry (section 6.3).
    static let sessions = Table(5, "sessions", key: ["client"], columns: ["number", "position"])
    static let meta = Table(6, "meta", key: ["name"], columns: ["value"])

    /// What entries are applied to, and snapshots are made of.
    static let state = Objects.tables + [sessions]

    static let schema = Schema(
      tables: Objects.tables + [log, sessions, meta],
      views: Objects.views + [
        Schema.View(
          "raft",
          """
          SELECT CASE name WHEN 1 THEN 'term' WHEN 2 THEN 'voted for' WHEN 3 THEN 'applied' \
          WHEN 4 THEN 'base index' WHEN 5 THEN 'base term' WHEN 6 THEN 'base members' \
          WHEN 7 THEN 'disk' END \
          AS name, value FROM meta
          """)
      ])
  }

  /// The names in `meta`.
  enum Meta: Int64 {
    case term = 1
    /// The region voted for in `term`; -1 for none.
    case vote = 2
    /// The last entry that the state machine has carried out.
    case applied = 3
    /// The last entry that is no longer in the log, and the configuration as of it.
    case baseIndex = 4
    case baseTerm = 5
    case baseMembers = 6
    /// The number of the disk that holds all that the region ever promised; 0: the first.
    case disk = 7
  }

  /// A configuration and the entry that made it.
  struct Configuration: Hashable {
    var index: Int64
    var members: Members
  }

  struct Log {
    /// The last entry that was compacted away; everything up to it is committed.
    private(set) var base = Place(term: 0, index: 0)
    /// The index of the last entry.
    private(set) var last: Int64 = 0
    /// Where each term in the log begins, ascending.
    private var terms: [Place] = []
    /// Never empty: the one as of `base`, and all later ones.
    private var configurations: [Configuration]

    /// An empty log of a region that has not booted.
    init(_ members: Members) { configurations = [Configuration(index: 0, members: members)] }

    /// The log as a store has it; with `members` if it knows of no others.
    init(_ store: any Store, _ members: Members) {
      self.init(members)
      func recall(_ name: Meta) -> Int64? { store.get(Tables.meta, [name.rawValue])?[0] }
      base = Place(term: recall(.baseTerm) ?? 0, index: recall(.baseIndex) ?? 0)
      if let mask = recall(.baseMembers) {
        configurations = [
          Configuration(index: base.index, members: Members(mask: UInt64(bitPattern: mask)))
        ]
      }
      last = base.index
      for row in store.rows(Tables.log) where row[1] == 0 {
        last = row[0]
        if row[2] != terms.last?.term { terms.append(Place(term: row[2], index: row[0])) }
        if row[3] == Code.configuration.rawValue {
          let members = Members(mask: UInt64(bitPattern: row[5]))
          configurations.append(Configuration(index: row[0], members: members))
        }
      }
    }

    /// Where it ends.
    var end: Place { Place(term: term(at: last) ?? 0, index: last) }

    /// The newest configuration, committed or not: the one that counts (section 4.1).
    var configuration: Configuration { configurations[configurations.count - 1] }

    /// The configuration as of an entry.
    func configuration(at index: Int64) -> Configuration {
      configurations.last { $0.index <= index } ?? configurations[0]
    }

    /// The term of an entry; nil where the log has none, before `base` and behind its end.
    func term(at index: Int64) -> Int64? {
      if index == base.index { return base.term }
      guard index > base.index, index <= last else { return nil }
      return terms.last { $0.index <= index }?.term
    }

    /// Whether the log has exactly this entry, and so all before it. What is compacted was committed:
    /// no leader can have another.
    func holds(_ place: Place) -> Bool {
      place.index < base.index || term(at: place.index) == place.term
    }

    /// Where to look next for the common prefix when `holds` said no: before all of the term that is
    /// in the way, one round for a term, not one for an entry (section 3.5, at its end).
    func hint(after refused: Place) -> Int64 {
      guard refused.index <= last else { return last }
      let run = terms.last { $0.index <= refused.index }
      return max((run?.index ?? 1) - 1, base.index)
    }

    /// Writes an entry behind the last.
    mutating func append(_ entry: Entry, _ store: any Store) {
      last = entry.place.index
      if entry.place.term != terms.last?.term { terms.append(entry.place) }
      if case .configuration(let members) = entry.content {
        configurations.append(Configuration(index: last, members: members))
      }
      for (step, columns) in entry.rows.enumerated() {
        store.put(Tables.log, [last, Int64(step)], columns)
      }
    }

    /// Deletes everything behind an entry; gives how many entries that were.
    mutating func truncate(after index: Int64, _ store: any Store) -> Int {
      let count = max(0, Int(last - index))
      while last > index {
        deleteEntry(last, store)
        last -= 1
      }
      while let term = terms.last, term.index > last { terms.removeLast() }
      while configuration.index > last, configurations.count > 1 { configurations.removeLast() }
      return count
    }

    /// Deletes the entries up to one that has been applied.
    mutating func compact(through index: Int64, _ store: any Store) {
      guard index > base.index, let term = term(at: index) else { return }
      let members = configuration(at: index).members
      for entry in (base.index + 1)...index { deleteEntry(entry, store) }
      let later = configurations.filter { $0.index > index }
      rebase(Place(term: term, index: index), members, store)
      configurations += later
      let running = terms.last { $0.index <= index + 1 }
      terms.removeAll { $0.index <= index + 1 }
      if index < last, let running {
        terms.insert(Place(term: running.term, index: index + 1), at: 0)
      }
    }

    /// Throws all of it away: the state is now that after the entry at `place`.
    mutating func restart(after place: Place, _ members: Members, _ store: any Store) {
      for row in store.rows(Tables.log) { store.delete(Tables.log, [row[0], row[1]]) }
      terms = []
      last = place.index
      rebase(place, members, store)
    }

    private mutating func rebase(_ place: Place, _ members: Members, _ store: any Store) {
      base = place
      configurations = [Configuration(index: place.index, members: members)]
      store.put(Tables.meta, [Meta.baseIndex.rawValue], [place.index])
      store.put(Tables.meta, [Meta.baseTerm.rawValue], [place.term])
      store.put(Tables.meta, [Meta.baseMembers.rawValue], [Int64(bitPattern: members.mask)])
    }

    private func deleteEntry(_ index: Int64, _ store: any Store) {
      for row in store.rows(Tables.log, prefix: [index]) {
        store.delete(Tables.log, [row[0], row[1]])
      }
    }

    /// Entries from an index on: as many as `limit` rows hold, but at least one if there is one.
    func entries(from index: Int64, limit: Int, _ store: any Store) -> [Entry] {
      var rows = store.rows(Tables.log, from: index, limit: limit)
      if rows.count == limit, let cut = rows.last?[0] {
        // The last entry may go on beyond the limit.
        rows.removeAll { $0[0] == cut }
        if rows.isEmpty { rows = store.rows(Tables.log, prefix: [index]) }
      }
      var entries: [Entry] = []
      var begin = 0
      for place in rows.indices where place + 1 == rows.count || rows[place + 1][1] == 0 {
        guard let entry = Entry(rows: Array(rows[begin...place])) else { break }
        entries.append(entry)
        begin = place + 1
      }
      return entries
    }
  }
}
