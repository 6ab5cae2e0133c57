// How long until a network has heard that an anycast prefix is no longer announced somewhere. 80 % of
// networks have within 10 s ("An Empirical Characterization of Anycast Convergence Time", ANRW 2024);
// the last ones need minutes ("On the Use of Anycast in DNS", Sarat, Pappas and Terzis; Labovitz et al.,
// "Delayed Internet Routing Convergence", 30 to 180 s). The first figure is measured; the shape between
// the points is our model.

import Simulation

/// The spread of a route change.
enum Convergence {
  /// Shares of networks in parts per thousand, and the time by which they have converged.
  static let points: [(perMille: Int64, by: Duration)] = [
    (0, .zero), (800, .seconds(10)), (950, .seconds(30)), (990, .seconds(90)),
    (1_000, .seconds(180)),
  ]

  /// One network's time.
  static func draw(_ random: inout Random) -> Duration {
    let point = Int64(random.below(1_000_000))
    var low = points[0]
    for high in points.dropFirst() {
      if point < high.perMille * 1_000 {
        let share = point - low.perMille * 1_000
        let width = (high.perMille - low.perMille) * 1_000
        let span = (high.by - low.by).nanoseconds / width
        return low.by + Duration(nanoseconds: span * share)
      }
      low = high
    }
    return low.by
  }
}
