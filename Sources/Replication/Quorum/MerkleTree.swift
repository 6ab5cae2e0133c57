// A hash tree over the cells of a range of keys (DeCandia et al., "Dynamo", section 4.7: "each node
// maintains a separate Merkle tree for each key range it hosts"; Merkle, "A Digital Signature Based on a
// Conventional Encryption Function"). Two regions find what they differ in by comparing hashes level by
// level, and exchange no more than the leaves that differ.
//
// A leaf stands for a part of the space of hashed names, and is the exclusive or of the hashes of the
// cells in it: so a write changes it in constant time, and the order of writes does not matter. It is
// kept in memory, and made anew from the table at boot.

import Simulation

/// One range's tree: a root, and below it `fanOut` times as many places on each level.
struct MerkleTree: Sendable {
  static let fanOut = 8
  /// The level of the leaves; the root is level 0.
  static let depth = 2
  static let leafCount = 64

  private var leaves = [UInt64](repeating: 0, count: Self.leafCount)

  /// The leaf that a cell belongs to.
  static func leaf(of name: CellName) -> Int { Int(name.hash >> 58) }

  /// A write came or went.
  mutating func toggle(_ cell: Cell) { leaves[Self.leaf(of: cell.name)] ^= cell.hash }

  var root: UInt64 { hash(0, 0) }

  /// The hash of a place; places of a level count from 0.
  func hash(_ level: Int, _ place: Int) -> UInt64 {
    if level == Self.depth { return leaves[place] }
    var digest = Digest()
    for child in Self.children(of: place) {
      digest.mix(Int64(bitPattern: hash(level + 1, child)))
    }
    return digest.short
  }

  /// The places below one.
  static func children(of place: Int) -> Range<Int> {
    place * fanOut..<(place + 1) * fanOut
  }

  /// The hashes of some places of a level.
  func comparison(_ range: Int, _ level: Int, _ places: [Int]) -> MerkleComparison {
    MerkleComparison(
      range: range, level: level, places: places, hashes: places.map { hash(level, $0) })
  }
}

/// Hashes of one region, for another to compare with its own.
struct MerkleComparison: Sendable {
  let range: Int
  let level: Int
  let places: [Int]
  let hashes: [UInt64]

  /// The places whose hashes differ from a tree's.
  func differences(from tree: MerkleTree) -> [Int] {
    zip(places, hashes).filter { tree.hash(level, $0) != $1 }.map(\.0)
  }
}
