// Changes to a store that the store does not get: another state of the same database to read from, made
// of the difference alone. A past state is the present one with the newest changes taken back.

import Simulation

/// A store seen through changes of its own.
final class Overlay: Store {
  private let base: any Store
  /// By table and key: the columns that a row has here, nil if it is not there.
  private var rows: [Place: Row?] = [:]

  private struct Place: Hashable {
    let table: Int
    let key: Row
  }

  init(_ base: any Store) { self.base = base }

  func get(_ table: Table, _ key: Row) -> Row? {
    if let own = rows[Place(table: table.ordinal, key: key)] { return own }
    return base.get(table, key)
  }

  func put(_ table: Table, _ key: Row, _ columns: Row) {
    rows[Place(table: table.ordinal, key: key)] = .some(columns)
  }

  func delete(_ table: Table, _ key: Row) {
    rows[Place(table: table.ordinal, key: key)] = .some(nil)
  }

  func rows(
    _ table: Table, prefix: Row, from: Int64, limit: Int, backwards: Bool
  ) -> [Row] {
    // Keys are unique, so the order in which the dictionary gives them is sorted away.
    let own = rows.filter { place, _ in
      place.table == table.ordinal && place.key.starts(with: prefix)
        && (place.key.count == prefix.count || place.key[prefix.count] >= from)
    }
    if own.isEmpty {
      return base.rows(table, prefix: prefix, from: from, limit: limit, backwards: backwards)
    }
    let hidden = Set(own.keys.map(\.key))
    var found = base.rows(table, prefix: prefix, from: from, limit: .max, backwards: false)
      .filter { !hidden.contains(Array($0.prefix(table.key.count))) }
    for (place, columns) in own {
      if let columns { found.append(place.key + columns) }
    }
    found.sort { $0.lexicographicallyPrecedes($1) }
    return Array((backwards ? found.reversed() : found).prefix(limit))
  }
}
