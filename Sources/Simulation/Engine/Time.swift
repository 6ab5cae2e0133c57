// Simulated time: whole nanoseconds, so that every machine computes the same instants.

/// A point in simulated time: nanoseconds since the run began.
public struct Instant: Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  // Constants are computed, not stored: a global of a library is looked up behind a lock.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// When the run begins.
  @inlinable public static var zero: Instant { Instant(nanoseconds: 0) }
  /// After everything.
  @inlinable public static var never: Instant { Instant(nanoseconds: .max) }

  @inlinable public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
  @inlinable public static func + (left: Instant, right: Duration) -> Instant {
    Instant(nanoseconds: left.nanoseconds &+ right.nanoseconds)
  }
  @inlinable public static func - (left: Instant, right: Instant) -> Duration {
    Duration(nanoseconds: left.nanoseconds &- right.nanoseconds)
  }
  @inlinable public static func - (left: Instant, right: Duration) -> Instant {
    Instant(nanoseconds: left.nanoseconds &- right.nanoseconds)
  }
}

/// A length of simulated time. Shadows Swift's 128-bit `Duration` on purpose: an event loop that
/// adds two of them for every message wants one register.
public struct Duration: Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  @inlinable public static var zero: Duration { Duration(nanoseconds: 0) }
  public static func nanoseconds(_ count: Int64) -> Duration { Duration(nanoseconds: count) }
  public static func microseconds(_ count: Int64) -> Duration {
    Duration(nanoseconds: count * 1_000)
  }
  public static func milliseconds(_ count: Int64) -> Duration {
    Duration(nanoseconds: count * 1_000_000)
  }
  public static func seconds(_ count: Int64) -> Duration {
    Duration(nanoseconds: count * 1_000_000_000)
  }

  @inlinable public static func < (left: Duration, right: Duration) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
  @inlinable public static func + (left: Duration, right: Duration) -> Duration {
    Duration(nanoseconds: left.nanoseconds &+ right.nanoseconds)
  }
  @inlinable public static func - (left: Duration, right: Duration) -> Duration {
    Duration(nanoseconds: left.nanoseconds &- right.nanoseconds)
  }
  @inlinable public static func * (left: Duration, right: Int) -> Duration {
    Duration(nanoseconds: left.nanoseconds &* Int64(right))
  }
  @inlinable public static func / (left: Duration, right: Int) -> Duration {
    Duration(nanoseconds: left.nanoseconds / Int64(right))
  }

  /// So many times as long, rounded down; the longest there is if that is too long. Neither may be negative.
  public func scaled(by factor: Ratio) -> Duration {
    let product = UInt64(nanoseconds).multipliedFullWidth(by: UInt64(factor.partsPerBillion))
    guard product.high < 500_000_000 else { return Duration(nanoseconds: .max) }
    return Duration(
      nanoseconds: Int64(UInt64(1_000_000_000).dividingFullWidth(product).quotient))
  }

  /// In seconds, for reports only: a run never computes with it.
  public var seconds: Double { Double(nanoseconds) / 1e9 }
  /// In milliseconds, for reports only.
  public var milliseconds: Double { Double(nanoseconds) / 1e6 }
}

extension Duration: CustomStringConvertible {
  /// The shortest exact form with one unit: "250ms", "1500us", "20s".
  public var description: String {
    for (unit, size) in [
      ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
      ("ms", 1_000_000), ("us", 1_000),
    ] as [(String, Int64)]
    where nanoseconds != 0 && nanoseconds % size == 0 {
      return "\(nanoseconds / size)\(unit)"
    }
    return nanoseconds == 0 ? "0s" : "\(nanoseconds)ns"
  }
}

extension Instant: CustomStringConvertible {
  /// Seconds with microseconds: "12.500000s".
  public var description: String {
    let fraction = String(nanoseconds / 1_000 % 1_000_000)
    return "\(nanoseconds / 1_000_000_000)."
      + String(repeating: "0", count: 6 - fraction.count) + fraction + "s"
  }
}

/// A fraction in parts per billion: probabilities and clock drift, without floating point.
public struct Ratio: Hashable, Comparable, Sendable {
  public var partsPerBillion: Int64

  public init(partsPerBillion: Int64) { self.partsPerBillion = partsPerBillion }
  public static var never: Ratio { Ratio(partsPerBillion: 0) }
  public static var always: Ratio { Ratio(partsPerBillion: 1_000_000_000) }
  public static func percent(_ count: Int64) -> Ratio { Ratio(partsPerBillion: count * 10_000_000) }
  public static func < (left: Ratio, right: Ratio) -> Bool {
    left.partsPerBillion < right.partsPerBillion
  }
}
