// What is replicated: cells. A register is one cell; a set has one for each element that was ever in
// it, since a removal must leave something behind that is newer than the insert.
//
// A cell's content is a write: a value with a version. Two designs say which of two writes replaces the
// other (`conflicts`):
// - last writer wins: the one with the higher version, always one of the two;
// - siblings: the one whose author had seen the other, so that perhaps none does. Versions are then dots
//   (the coordinator and its count) and `seen` is the causal past: a dotted version vector (Preguica,
//   Baquero, Almeida, Fonte and Goncalves, "Dotted Version Vectors: Logical Clocks for Optimistic
//   Replication", 2010).

import Histories
import Simulation

/// What a cell is: the whole register of a key, or one element of its set.
enum CellType: Int64, Sendable {
  case register = 0
  case element = 1
}

/// Which cell.
struct CellName: Hashable, Sendable {
  var type: CellType
  var key: Key
  /// 0 for a register.
  var element: Value

  static func register(_ key: Key) -> CellName { CellName(type: .register, key: key, element: 0) }

  /// Cells spread over ranges of hashed names: which place among all 2^64.
  var hash: UInt64 {
    var digest = Digest()
    digest.mix([type.rawValue, Int64(key), element])
    return digest.short
  }
}

/// A write of a cell: a register's value; 1 or 0 for an element that is in or out.
struct Cell: Hashable, Sendable {
  var name: CellName
  var value: Value
  var version: Version
  /// Siblings: the dots that its author had seen. Consensus: by region, the last operation that the
  /// value includes. Otherwise nothing.
  var seen = VersionVector()

  /// Whether a copy of `other` has no place beside this one.
  func replaces(_ other: Cell, _ conflicts: Conflicts) -> Bool {
    switch conflicts {
    case .lastWriterWins: version > other.version
    case .siblings: other.isDot(in: seen)
    }
  }

  /// Whether a causal past includes this write.
  func isDot(in past: VersionVector) -> Bool { past.includes(version.major, of: writer) }

  /// The region whose dot it is.
  var writer: Region.ID { Region.ID(Int(version.minor)) }

  /// What whoever has seen this write has seen.
  var past: VersionVector {
    var past = seen
    past[writer] = max(past[writer], version.major)
    return past
  }

  /// For Merkle trees: equal for equal writes, and else hardly ever.
  var hash: UInt64 {
    var digest = Digest()
    digest.mix([
      name.type.rawValue, Int64(name.key), name.element, value, version.major, version.minor,
    ])
    return digest.short
  }
}

/// What becomes of two writes of one cell.
enum Conflicts: String, CaseIterable, Sendable {
  case lastWriterWins = "last-writer-wins"
  case siblings
}

/// Cells in a message.
public struct CellList: Sendable, CustomStringConvertible {
  let list: [Cell]
  init(_ list: [Cell]) { self.list = list }

  public var description: String {
    list.map { cell in
      let element = cell.name.type == .element ? "/\(cell.name.element)" : ""
      return "\(cell.name.key)\(element)=\(cell.value)@\(cell.version.major)"
    }.joined(separator: " ")
  }

  var bytes: Int { 40 * list.count }
}

/// What coordinators gather from several regions: the writes that none of them replaces, and who has
/// which. Sorted by element, so that whole sets are gathered fast.
struct Gathering: Sendable {
  let conflicts: Conflicts
  private(set) var cells: [Cell] = []
  /// For each cell the regions that are known to have it, a bit each.
  private(set) var holders: [UInt64] = []

  init(_ conflicts: Conflicts, _ cells: [Cell] = []) {
    self.conflicts = conflicts
    self.cells = cells
    holders = Array(repeating: 0, count: cells.count)
  }

  /// A region has this write.
  mutating func note(_ cell: Cell, from region: Region.ID) {
    let bit = region.bit
    var place = firstPlace(of: cell.name.element)
    while place < cells.count, cells[place].name.element == cell.name.element {
      if cells[place].version == cell.version {
        holders[place] |= bit
        return
      }
      if cells[place].replaces(cell, conflicts) { return }
      if cell.replaces(cells[place], conflicts) {
        cells.remove(at: place)
        holders.remove(at: place)
      } else {
        place += 1
      }
    }
    cells.insert(cell, at: place)
    holders.insert(bit, at: place)
  }

  /// The cells for whose holders a condition holds.
  func cells(where condition: (UInt64) -> Bool) -> [Cell] {
    cells.indices.filter { condition(holders[$0]) }.map { cells[$0] }
  }

  private func firstPlace(of element: Value) -> Int {
    var low = 0
    var high = cells.count
    while low < high {
      let middle = (low + high) / 2
      if cells[middle].name.element < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Region.ID {
  /// This region in a set of regions.
  var bit: UInt64 { 1 << UInt64(raw) }
}
