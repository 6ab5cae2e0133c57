// A clock that stays near the wall clock and never contradicts causality.
//
// Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks", section 3 (HLC: Hybrid
// Logical Clocks): a timestamp is the largest wall-clock reading heard of, and a counter that
// orders what happens while that reading does not grow. If e happened before f, then e's timestamp
// is smaller.
//
// One simplification: the paper stamps the receipt of a message too. Nothing here asks when an
// operation was received, so `merge` only raises the clock, and the next `tick` goes above it.

import Simulation

/// A hybrid logical clock.
public struct HybridClock: Sendable {
  /// A moment on a hybrid clock. The order is total among those of one clock; a tie between two
  /// clocks is broken by whose they are.
  public struct Timestamp: Sendable, Hashable, Comparable {
    /// The largest wall-clock reading heard of, in nanoseconds.
    public let wall: Int64
    /// How many earlier moments have the same reading.
    public let logical: Int64

    public init(wall: Int64, logical: Int64) {
      self.wall = wall
      self.logical = logical
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
      left.wall != right.wall ? left.wall < right.wall : left.logical < right.logical
    }
  }

  /// The largest timestamp given or heard of; nil before the first.
  public private(set) var latest: Timestamp?

  /// A clock that has heard of nothing.
  public init() {}

  /// A timestamp for something that happens now, above all that were given or heard of.
  public mutating func tick(_ wallClock: Instant) -> Timestamp {
    let wall = wallClock.nanoseconds
    var next = Timestamp(wall: wall, logical: 0)
    if let latest, latest.wall >= wall {
      next = Timestamp(wall: latest.wall, logical: latest.logical + 1)
    }
    latest = next
    return next
  }

  /// Hears of a timestamp: later ones will be above it.
  public mutating func merge(_ heard: Timestamp) {
    latest = latest.map { max($0, heard) } ?? heard
  }
}

extension CRDT {
  /// Where the timestamps of writes come from.
  protocol Stamping: Sendable {
    /// A timestamp for an update made now, the region's `sequence`-th.
    mutating func stamp(_ reading: Instant, sequence: Int64) -> HybridClock.Timestamp
    /// Hears of a timestamp.
    mutating func merge(_ heard: HybridClock.Timestamp)
    /// The largest timestamp heard of or given, nil before the first.
    var latest: HybridClock.Timestamp? { get }
  }

  /// Takes the wall clock as it is. The logical part only makes two updates at one reading differ.
  struct WallClock: Stamping {
    let latest: HybridClock.Timestamp? = nil

    func stamp(_ reading: Instant, sequence: Int64) -> HybridClock.Timestamp {
      HybridClock.Timestamp(wall: reading.nanoseconds, logical: sequence)
    }

    func merge(_ heard: HybridClock.Timestamp) {}
  }
}

extension HybridClock: CRDT.Stamping {
  mutating func stamp(_ reading: Instant, sequence: Int64) -> Timestamp { tick(reading) }
}
