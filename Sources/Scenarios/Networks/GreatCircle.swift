// How far two points of the Earth are apart, and how long light in glass takes between them.
//
// Only additions, products, quotients and square roots, which every machine rounds alike: the sine and
// arc tangent of a mathematical library differ in the last bit between machines, and a run must not.

import Simulation

/// A point of the Earth in ten-thousandths of a degree.
struct Coordinates: Hashable, Sendable {
  let north: Int64
  let east: Int64

  /// The mean radius.
  private static let radius = 6_371_008.8

  /// The great circle to another point, in metres (the haversine formula).
  func metres(to other: Coordinates) -> Int64 {
    let (here, there) = (Self.radians(north), Self.radians(other.north))
    let half = Self.sine(Self.radians(other.north - north) / 2)
    var across = abs(other.east - east)
    if across > 1_800_000 { across = 3_600_000 - across }
    let around = Self.sine(Self.radians(across) / 2)
    let chord = half * half + Self.cosine(here) * Self.cosine(there) * around * around
    let share = min(1, max(0, chord))
    // The angle whose half has this sine and cosine.
    let angle = 2 * Self.angle(sine: share.squareRoot(), cosine: (1 - share).squareRoot())
    return Int64((angle * Self.radius).rounded())
  }

  /// The way to another point: light in glass covers 200 km a millisecond, and cables are longer than
  /// great circles. The factor 1.7 is the median over all pairs of the measured matrices (AWS 1.75,
  /// Azure 1.71, Google 1.67; half of the pairs between 1.5 and 2.2).
  func way(to other: Coordinates) -> Duration {
    Duration(nanoseconds: metres(to: other) * 5 * 17 / 10)
  }

  private static func radians(_ tenThousandths: Int64) -> Double {
    Double(tenThousandths) / 1_800_000 * 3.141592653589793
  }

  /// Taylor's series; exact to the last bits between -pi/2 and pi/2.
  private static func sine(_ x: Double) -> Double {
    var term = x
    var sum = x
    for n in stride(from: 2.0, through: 24, by: 2) {
      term = -term * x * x / (n * (n + 1))
      sum += term
    }
    return sum
  }

  private static func cosine(_ x: Double) -> Double {
    let half = sine(x / 2)
    return 1 - 2 * half * half
  }

  /// The angle from 0 to pi/2 with this sine and cosine: halved until the series is short.
  private static func angle(sine: Double, cosine: Double) -> Double {
    var tangent = sine / (1 + cosine)
    var factor = 2.0
    for _ in 0..<3 {
      tangent /= 1 + (1 + tangent * tangent).squareRoot()
      factor *= 2
    }
    var power = tangent
    var sum = tangent
    for n in stride(from: 3.0, through: 31, by: 2) {
      power = -power * tangent * tangent
      sum += power / n
    }
    return factor * sum
  }
}
