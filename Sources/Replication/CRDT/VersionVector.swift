// How much of each region's history a region has: the causal past, as one number a region.
//
// Parker et al., "Detection of Mutual Inconsistency in Distributed Systems", the section on version
// vectors. They are ordered only partially, so a vector is not `Comparable`: `<` would have to lie
// about concurrent ones. A component that is absent is zero, everywhere.

import Simulation

/// How two causal histories stand to each other.
public enum CausalRelation: Sendable, Hashable {
  /// Both hold the same.
  case equal
  /// The first is part of the second.
  case before
  /// The second is part of the first.
  case after
  /// Each has something that the other lacks.
  case concurrent
}

/// For each region, how many of its operations are included: always its first ones, without gaps.
public struct VersionVector: Sendable, Hashable {
  /// By region, without zeros at the end, so that equal vectors have equal arrays and hashes.
  private var counts: [Int64] = []

  /// Nothing included.
  public init() {}

  /// From one number a region.
  public init(_ counts: some Sequence<Int64>) {
    self.counts = Array(counts)
    trim()
  }

  /// How many operations of a region are included.
  public subscript(region: Region.ID) -> Int64 {
    get { region.index < counts.count ? counts[region.index] : 0 }
    set {
      while counts.count <= region.index { counts.append(0) }
      counts[region.index] = newValue
      trim()
    }
  }

  /// Whether an operation is included.
  public func includes(_ sequence: Int64, of origin: Region.ID) -> Bool { sequence <= self[origin] }

  /// Whether all that `other` includes is included.
  public func includes(_ other: VersionVector) -> Bool {
    // Without zeros at the end, a longer vector has something that a shorter one lacks.
    guard other.counts.count <= counts.count else { return false }
    return other.counts.indices.allSatisfy { other.counts[$0] <= counts[$0] }
  }

  /// How this history stands to another.
  public func relation(to other: VersionVector) -> CausalRelation {
    switch (includes(other), other.includes(self)) {
    case (true, true): .equal
    case (false, true): .before
    case (true, false): .after
    case (false, false): .concurrent
    }
  }

  /// Includes what `other` includes as well.
  public mutating func merge(_ other: VersionVector) {
    while counts.count < other.counts.count { counts.append(0) }
    for place in other.counts.indices { counts[place] = max(counts[place], other.counts[place]) }
  }

  /// Keeps what `other` includes as well.
  public mutating func meet(_ other: VersionVector) {
    counts = zip(counts, other.counts).map { min($0, $1) }
    trim()
  }

  /// One number for each of so many regions.
  public func components(_ regions: Int) -> [Int64] {
    (0..<regions).map { $0 < counts.count ? counts[$0] : 0 }
  }

  private mutating func trim() {
    while counts.last == 0 { counts.removeLast() }
  }
}
