// How a provider decides whether a region is healthy: checkers in different sites each probe it at
// their own times, each forms an opinion by a threshold, and the share of healthy opinions decides
// ("How Amazon Route 53 determines whether a health check is healthy": more than 18 % of checkers).
//
// An interval runs from one check's start to the next one's, and a time-out is shorter than it, so that
// a checker has one check under way at most. After a fault that begins at phase p of a checker's
// interval I, its K-th failure is known at p + (K - 1) I + time-out: detection is an order statistic of
// the phases. `detection` gives it for the middle of the draws; tests hold runs against it.

import Simulation

/// The rules of health checking.
public struct HealthPolicy: Sendable, Hashable {
  /// How one checker forms its opinion.
  public enum Rule: Sendable, Hashable {
    /// So many failures in a row make it unhealthy, so many successes in a row healthy again.
    case consecutive(unhealthy: Int, healthy: Int)
    /// Healthy while at least `needed` of the last `size` checks succeeded (Azure Front Door).
    case sample(size: Int, needed: Int)
  }
  /// What is answered when no region is healthy.
  public enum AllDown: String, Sendable, Hashable, CaseIterable {
    /// As if all were healthy.
    case open
    /// Nothing.
    case closed
  }
  /// What a checker thinks before it knows.
  public enum Start: String, Sendable, Hashable, CaseIterable { case healthy, unhealthy }

  /// The most checkers of one region.
  public static let mostCheckers = 1_000

  public var interval: Duration
  public var timeout: Duration
  public var rule: Rule
  /// Checkers for each region, at the scenario's places in turn.
  public var checkers: Int
  /// A region is healthy while MORE than this share of its checkers find it so.
  public var healthyShare: Ratio
  public var start: Start
  public var allDown: AllDown
  /// From a changed verdict to where it counts: name servers, edges.
  public var propagation: Duration
  /// The same for a region that has become healthy again.
  public var recovery: Duration

  public init(
    interval: Duration, timeout: Duration, rule: Rule, checkers: Int, healthyShare: Ratio,
    start: Start = .healthy, allDown: AllDown = .open, propagation: Duration,
    recovery: Duration? = nil
  ) {
    self.interval = interval
    self.timeout = timeout
    self.rule = rule
    self.checkers = checkers
    self.healthyShare = healthyShare
    self.start = start
    self.allDown = allDown
    self.propagation = propagation
    self.recovery = recovery ?? propagation
  }

  /// How many failures in a row make a healthy checker think otherwise.
  public var failuresNeeded: Int {
    switch rule {
    case .consecutive(let unhealthy, _): unhealthy
    case .sample(let size, let needed): size - needed + 1
    }
  }

  /// How many checkers have to find a region unhealthy before it is.
  public var checkersNeeded: Int {
    (1...checkers).first { !isHealthy(healthy: checkers - $0) } ?? checkers
  }

  /// Whether so many healthy checkers make a region healthy.
  public func isHealthy(healthy: Int) -> Bool {
    Int64(healthy) * 1_000_000_000 > healthyShare.partsPerBillion * Int64(checkers)
  }

  /// From a fault to the verdict: the mean over the checkers' phases, packets' ways left out. Of n
  /// phases the m-th smallest is on average at m / (n + 1) of the interval.
  public var meanDetection: Duration {
    interval * checkersNeeded / (checkers + 1) + interval * (failuresNeeded - 1) + timeout
  }

  /// The longest that it can be.
  public var longestDetection: Duration { interval * failuresNeeded + timeout }
}

/// What one checker thinks of one region.
struct Opinion: Sendable {
  private(set) var isHealthy: Bool
  /// Results in a row that say otherwise.
  private var against = 0
  /// The last results, the oldest first, for a sampling rule.
  private var sample: [Bool] = []

  init(_ start: HealthPolicy.Start) { isHealthy = start == .healthy }

  /// Takes in the result of a check.
  mutating func take(_ success: Bool, _ rule: HealthPolicy.Rule) {
    switch rule {
    case .consecutive(let unhealthy, let healthy):
      against = success == isHealthy ? 0 : against + 1
      guard against >= (isHealthy ? unhealthy : healthy) else { return }
      isHealthy.toggle()
      against = 0
    case .sample(let size, let needed):
      // Until there are enough results, those that are missing count as it started.
      if sample.isEmpty { sample = Array(repeating: isHealthy, count: size) }
      sample.removeFirst()
      sample.append(success)
      isHealthy = sample.count { $0 } >= needed
    }
  }
}
