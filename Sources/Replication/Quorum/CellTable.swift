// Cells as rows of a region's database. One row a cell where the last writer wins; a row for each
// sibling where siblings stay. `cells` holds what a region keeps as a home, `hints` what it keeps for
// other regions: the same rows behind the number of the region that they are for.

import Histories
import Simulation

/// A table of cells.
struct CellTable: Sendable {
  let table: Table
  private let conflicts: Conflicts
  /// How many regions `seen` has columns for.
  private let regions: Int
  /// Key columns before the cell's own.
  private let prefixes: Int
  /// Columns after the cell's own.
  private let extras: Int

  /// - Parameter tracksPasts: Whether rows have `seen` columns.
  init(
    _ ordinal: Int, _ name: String, prefix: [String] = [], extra: [String] = [],
    _ conflicts: Conflicts, tracksPasts: Bool, in topology: Topology
  ) {
    self.conflicts = conflicts
    regions = tracksPasts ? topology.count : 0
    prefixes = prefix.count
    extras = extra.count
    let seen = (0..<regions).map { "seen_\($0)" }
    let key = prefix + ["type", "key", "element"]
    let version = ["major", "minor"]
    table =
      conflicts == .siblings
      ? Table(ordinal, name, key: key + version, columns: ["value"] + seen + extra)
      : Table(ordinal, name, key: key, columns: ["value"] + version + seen + extra)
  }

  /// The writes of one cell, or with `element` nil of all cells of the key's set.
  func cells(
    _ type: CellType, _ key: Key, _ element: Value?, prefix: Row = [], in store: any Store
  ) -> [Cell] {
    let set = prefix + [type.rawValue, Int64(key)]
    guard let element else { return store.rows(table, prefix: set).map(cell) }
    let name = set + [element]
    guard conflicts == .lastWriterWins else {
      return store.rows(table, prefix: name).map(cell)
    }
    return store.get(table, name).map { [cell(name + $0)] } ?? []
  }

  /// Every write in the table.
  func all(in store: any Store) -> [Cell] { store.rows(table).map(cell) }

  /// Keeps a write unless one is there that replaces it; takes away those that it replaces.
  ///
  /// - Returns: What was taken away, or nil if the write was not kept.
  @discardableResult
  func keep(
    _ cell: Cell, prefix: Row = [], extra: Row = [], in store: any Store
  ) -> [Cell]? {
    let name = cell.name
    let old = cells(name.type, name.key, name.element, prefix: prefix, in: store)
    if old.contains(where: { $0.version == cell.version || $0.replaces(cell, conflicts) }) {
      return nil
    }
    let replaced = old.filter { cell.replaces($0, conflicts) }
    if conflicts == .siblings {
      for old in replaced { store.delete(table, key(old, prefix)) }
    }
    store.put(table, key(cell, prefix), columns(cell) + extra)
    return replaced
  }

  /// A row's key.
  func key(_ cell: Cell, _ prefix: Row = []) -> Row {
    let name = prefix + [cell.name.type.rawValue, Int64(cell.name.key), cell.name.element]
    return conflicts == .siblings ? name + [cell.version.major, cell.version.minor] : name
  }

  private func columns(_ cell: Cell) -> Row {
    let seen = regions > 0 ? cell.seen.components(regions) : []
    let version = [cell.version.major, cell.version.minor]
    return conflicts == .siblings ? [cell.value] + seen : [cell.value] + version + seen
  }

  /// The cell of a whole row.
  func cell(_ row: Row) -> Cell {
    let own = row[prefixes..<(row.count - extras)]
    let first = own.startIndex
    let name = CellName(
      type: CellType(rawValue: own[first]) ?? .register,
      key: Key(truncatingIfNeeded: own[first + 1]), element: own[first + 2])
    let version: Version
    let value: Value
    if conflicts == .siblings {
      version = Version(own[first + 3], own[first + 4])
      value = own[first + 5]
    } else {
      value = own[first + 3]
      version = Version(own[first + 4], own[first + 5])
    }
    return Cell(
      name: name, value: value, version: version, seen: VersionVector(own[(first + 6)...]))
  }
}

/// The tables of a region.
struct QuorumTables: Sendable {
  /// What this region keeps as a home.
  let cells: CellTable
  /// What it keeps for others: by region, with the hint's number and when it was made.
  let hints: CellTable
  /// By name: 0 is the number of boots.
  let meta = Table(2, "meta", key: ["name"], columns: ["value"])
  /// The number of each client's last update, so that a request that arrives twice acts once.
  let requests = Table(3, "requests", key: ["client"], columns: ["number"])
  /// Consensus on each register: what was promised and what accepted.
  let ballots: Table

  init(_ strategy: Quorum, in topology: Topology) {
    let tracksPasts = strategy.conflicts == .siblings || strategy.hasConsensus
    cells = CellTable(0, "cells", strategy.conflicts, tracksPasts: tracksPasts, in: topology)
    hints = CellTable(
      1, "hints", prefix: ["region"], extra: ["number", "made"], strategy.conflicts,
      tracksPasts: tracksPasts, in: topology)
    ballots = Table(
      4, "ballots", key: ["key"],
      columns: ["promised_major", "promised_minor", "accepted_major", "accepted_minor", "value"]
        + topology.ids.map { "seen_\($0.raw)" })
  }

  func schema(hasConsensus: Bool) -> Schema {
    Schema(
      tables: [cells.table, hints.table, meta, requests] + (hasConsensus ? [ballots] : []),
      views: [
        Schema.View("items", "SELECT key, value FROM cells WHERE type = 0"),
        Schema.View(
          "elements", "SELECT DISTINCT key, element FROM cells WHERE type = 1 AND value = 1"),
      ])
  }
}
