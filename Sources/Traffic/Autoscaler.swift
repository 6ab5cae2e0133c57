// How the number of replicas follows the load: the horizontal pod autoscaler's algorithm with its delays.
// It looks at a metric that is as old as the metrics server lets it be, cannot see more than that all
// replicas are busy (so that an overload of ten is met in steps), and forgets peaks only after a while.
//
// Kubernetes documentation, "Horizontal Pod Autoscaling", Algorithm details and Default behavior: desired =
// ceil(current x metric / target), nothing within a tolerance of 10 %; every 15 s; up by at most the larger
// of 100 % and 4 pods in 15 s, without stabilization; down to the highest advice of the last 300 s. Replicas
// that are not ready count as idle. The metrics server scrapes every 15 s (cluster-autoscaler FAQ).

import Simulation

/// How replicas follow the load.
public struct AutoscalerRules: Sendable, Hashable {
  /// Share of their time that replicas are to be busy.
  public var target = Ratio.percent(60)
  public var least: Int
  public var most: Int
  public var interval = Duration.seconds(15)
  /// How often the metric is renewed; it is an average over as long.
  public var metrics = Duration.seconds(15)
  public var tolerance = Ratio.percent(10)
  /// How long the highest advice is remembered before there may be fewer.
  public var stabilisation = Duration.seconds(300)

  public init(least: Int, most: Int) {
    self.least = least
    self.most = most
  }
}

/// Decides how many replicas there should be.
struct Autoscaler: Sendable {
  private(set) var rules: AutoscalerRules
  private var seen: (busyTime: Int64, at: Instant)?
  /// The last metric: how many replicas were busy on average, in thousandths.
  private(set) var busy: Int64?
  private var advice: [(at: Instant, replicas: Int)] = []

  init(_ rules: AutoscalerRules) { self.rules = rules }

  /// The metric is renewed.
  mutating func measure(busyTime: Int64, at now: Instant) {
    if let seen, now > seen.at {
      busy = (busyTime - seen.busyTime) * 1_000 / (now - seen.at).nanoseconds
    }
    seen = (busyTime, now)
  }

  /// There are to be no fewer from now on.
  mutating func demand(atLeast count: Int) {
    rules.least = count
    rules.most = max(rules.most, count)
  }

  /// There was nothing to measure: the region is down.
  mutating func forget() {
    seen = nil
    busy = nil
  }

  /// So many replicas instead of the present ones; nil: as they are.
  mutating func decide(current: Int, at now: Instant) -> Int? {
    guard let busy else { return nil }
    // Both sides in billionths of a replica.
    let used = busy * 1_000_000
    let meant = Int64(current) * rules.target.partsPerBillion
    let slack = meant / 1_000_000 * rules.tolerance.partsPerBillion / 1_000
    let target = rules.target.partsPerBillion
    let exact = abs(used - meant) <= slack ? current : Int((used + target - 1) / target)
    let needed = min(max(exact, rules.least), rules.most)
    // Whoever begins to watch takes what is there for his first advice.
    if advice.isEmpty { advice = [(now, current)] }
    advice.removeAll { now - $0.at > rules.stabilisation }
    advice.append((now, needed))
    if needed > current { return min(needed, max(current * 2, current + 4)) }
    let highest = advice.map(\.replicas).max() ?? needed
    return highest < current ? highest : nil
  }
}
