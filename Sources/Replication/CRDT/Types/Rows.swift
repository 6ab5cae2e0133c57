// The replicated state of a region is a set of rows, and each row is a small lattice of its own: two
// copies of a row have a least upper bound, which its data type knows. So a state is the product of
// its rows, a delta is a state with few rows, and merging either is one join for each row.
//
// That makes every mutator a delta-mutator: the rows that an operation touched are the smallest state
// whose join with the state before gives the state after (Almeida, Shoker and Baquero, "Delta State
// Replicated Data Types", section 4.1, and section 4.3 on decompositions into irreducibles).

import Simulation

/// An update's name: who made it, and which of its updates it is, from 1.
public struct Dot: Sendable, Hashable, Comparable {
  public let origin: Region.ID
  public let sequence: Int64

  public init(_ origin: Region.ID, _ sequence: Int64) {
    self.origin = origin
    self.sequence = sequence
  }

  public static func < (left: Dot, right: Dot) -> Bool {
    left.sequence != right.sequence
      ? left.sequence < right.sequence : left.origin < right.origin
  }
}

extension CRDT {
  /// A replicated row's name.
  struct RowID: Sendable, Hashable, Comparable {
    /// The table's ordinal.
    let table: Int
    let key: Row

    static func < (left: RowID, right: RowID) -> Bool {
      left.table != right.table
        ? left.table < right.table : left.key.lexicographicallyPrecedes(right.key)
    }
  }

  /// The replicated rows of a region, and which of them have been changed through this value.
  struct Rows {
    let store: any Store
    private(set) var touched: [RowID] = []

    init(_ store: any Store) { self.store = store }

    func get(_ table: Table, _ key: Row) -> Row? { store.get(table, key) }

    /// Whole rows whose first key columns are `prefix`, in key order.
    func all(_ table: Table, _ prefix: Row) -> [Row] { store.rows(table, prefix: prefix) }

    mutating func put(_ table: Table, _ key: Row, _ columns: Row) {
      store.put(table, key, columns)
      touched.append(RowID(table: table.ordinal, key: key))
    }
  }

  /// Who took away what a row stands for. A row with a removal is a tombstone: it tells other regions
  /// that the row is gone, until all of them know.
  struct Removal {
    /// The last columns of every table whose rows can be taken away; no removal has sequence 0.
    static let columns = ["removed_sequence", "removed_by", "removed_at"]
    static let none: Row = [0, 0, 0]

    let dot: Dot
    /// The wall-clock reading of the removal, in nanoseconds.
    let wall: Int64

    /// The removal in the last columns of a row, if there is one.
    init?(_ row: some RandomAccessCollection<Int64>) {
      let last = Array(row.suffix(3))
      guard last[0] > 0 else { return nil }
      dot = Dot(Region.ID(Int(last[1])), last[0])
      wall = last[2]
    }

    /// The last columns of a row that an update takes away.
    static func by(_ entry: Entry) -> Row {
      [entry.sequence, Int64(entry.origin.raw), entry.timestamp.wall]
    }

    static func isIn(_ row: some RandomAccessCollection<Int64>) -> Bool {
      row[row.index(row.endIndex, offsetBy: -3)] > 0
    }

    /// Of two copies of a row that differ in the last columns alone: not removed is least, and of two
    /// removals the greater dot counts, since any of them says the same.
    static func join(_ mine: Row, _ theirs: Row) -> Row {
      let (left, right) = (mine.suffix(3), theirs.suffix(3))
      return left.lexicographicallyPrecedes(right) ? theirs : mine
    }
  }

  /// Which removals every region knows of, or is taken to know of.
  struct Obsolescence {
    /// What every region includes.
    let stable: VersionVector
    /// Removals before this wall-clock reading count as known everywhere; nil to be certain.
    let before: Int64?

    func covers(_ dot: Dot, at wall: Int64) -> Bool {
      if let before { return wall < before }
      return stable.includes(dot.sequence, of: dot.origin)
    }

    func covers(_ removal: Removal) -> Bool { covers(removal.dot, at: removal.wall) }
  }
}
