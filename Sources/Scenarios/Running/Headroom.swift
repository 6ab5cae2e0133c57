// Whether what is left can carry what was there: the arithmetic of losing a region. Of N equal regions
// each may be busy for (N - f) / N of its time if f of them are to be lost without overload: 50 % of two,
// 67 % of three, 75 % of four. Where regions differ the loss of the largest one counts. Reports print this
// beside what was measured.

/// The load of some regions, and what they can carry, both in requests a second.
public struct Headroom: Sendable, Equatable {
  public let offered: [Double]
  public let capacity: [Double]

  public init(offered: [Double], capacity: [Double]) {
    self.offered = offered
    self.capacity = capacity
  }

  /// The load of those that are left of equal regions, as a share of what they can carry.
  public static func survivors(utilisation: Double, regions: Int, lost: Int = 1) -> Double {
    lost < regions ? utilisation * Double(regions) / Double(regions - lost) : .infinity
  }

  /// How busy each of some equal regions may be.
  public static func mostUtilisation(regions: Int, lost: Int = 1) -> Double {
    Double(regions - lost) / Double(regions)
  }

  /// The load of the others together if one region is lost and all that it was asked goes to them.
  public func load(without region: Int) -> Double {
    let left = capacity.reduce(0, +) - capacity[region]
    return left > 0 ? offered.reduce(0, +) / left : .infinity
  }

  /// The region whose loss is worst.
  public var worst: Int? {
    capacity.indices.max { (load(without: $0), $1) < (load(without: $1), $0) }
  }
}
