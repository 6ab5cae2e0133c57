// The regions of a run, by number and by name.

/// A region of a run.
public enum Region {
  /// A region's number: its place in `Topology.regions`.
  public struct ID: Hashable, Comparable, Sendable {
    public let raw: UInt8
    @inlinable public init(_ index: Int) { raw = UInt8(truncatingIfNeeded: index) }
    @inlinable public var index: Int { Int(raw) }
    @inlinable public static func < (left: ID, right: ID) -> Bool { left.raw < right.raw }
  }
}

/// Which regions there are.
public struct Topology: Sendable, Hashable {
  /// More regions than this are refused: sets of regions are 64-bit masks.
  public static let most = 64

  /// Their names, each once.
  public let regions: [String]

  public init(_ regions: [String]) {
    precondition(regions.count <= Topology.most, "at most \(Topology.most) regions")
    self.regions = regions
  }

  /// How many regions.
  public var count: Int { regions.count }
  /// How many make a majority.
  public var majority: Int { regions.count / 2 + 1 }
  /// Every region's number, ascending.
  public var ids: [Region.ID] { regions.indices.map { Region.ID($0) } }

  /// A region's name.
  public func name(of region: Region.ID) -> String { regions[region.index] }
  /// The region with that name.
  public func region(named name: String) -> Region.ID? {
    regions.firstIndex(of: name).map { Region.ID($0) }
  }
}
