// A region's clock: what its server believes the time to be. True time passes at drift around it.

/// Two readings a server has: a wall clock that can be set, and a monotonic one that cannot. Both
/// run at the same wrong speed.
public struct Clock: Sendable {
  private var anchor = Instant.zero
  private var wall: Duration
  private var monotonic = Duration.zero
  private(set) public var drift: Ratio
  /// The speed error it has by itself; faults add to it.
  private let ownDrift: Ratio

  public init(offset: Duration = .zero, drift: Ratio = .never) {
    wall = offset
    self.drift = drift
    ownDrift = drift
  }

  /// Wall-clock reading at a true instant.
  public func wall(at now: Instant) -> Instant { .zero + wall + local(now - anchor) }

  /// Monotonic reading at a true instant.
  public func monotonic(at now: Instant) -> Instant { .zero + monotonic + local(now - anchor) }

  /// How much true time passes while this clock counts `duration`.
  public func trueTime(of duration: Duration) -> Duration {
    drift == .never
      ? duration : Duration(nanoseconds: duration.nanoseconds - scaled(duration.nanoseconds))
  }

  /// Sets the wall clock forward or back.
  public mutating func step(by offset: Duration) { wall = wall + offset }

  /// From now on it runs so much faster or slower than by itself.
  public mutating func addDrift(_ drift: Ratio, at now: Instant) {
    let passed = local(now - anchor)
    wall = wall + passed
    monotonic = monotonic + passed
    anchor = now
    self.drift = Ratio(partsPerBillion: ownDrift.partsPerBillion + drift.partsPerBillion)
  }

  /// The same clock set right at a true instant, its monotonic reading going on.
  func corrected(at now: Instant) -> Clock {
    var clock = self
    clock.monotonic = monotonic(at: now) - .zero
    clock.wall = now - .zero
    clock.anchor = now
    clock.drift = .never
    return clock
  }

  private func local(_ duration: Duration) -> Duration {
    drift == .never
      ? duration : Duration(nanoseconds: duration.nanoseconds + scaled(duration.nanoseconds))
  }

  /// The excess over `nanoseconds`, computed in microseconds so that it cannot overflow.
  private func scaled(_ nanoseconds: Int64) -> Int64 {
    nanoseconds / 1_000 * drift.partsPerBillion / 1_000_000
  }
}
