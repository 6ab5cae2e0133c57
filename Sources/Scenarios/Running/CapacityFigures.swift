// How the load of a run met the capacity of its regions: before anything broke, and at the end; with what
// the arithmetic of headroom says beside it. Measured at the doors of the tiers, in seconds of the run.

import Simulation
import Traffic

/// The app tiers of a run.
public struct CapacityFigures: Sendable {
  public let regions: [TierFigures]
  /// Between two points of each region's series.
  public let step: Duration
  /// Of the load before the first fault and the replicas there were; nil if a fault came at once.
  public let headroom: Headroom?
  /// Configuration changes, in their order.
  public let commits: [CommitFigures]
}

/// One region's tier. Times count from the first operation.
public struct TierFigures: Sendable {
  /// A part of the run.
  public struct Part: Sendable, Equatable {
    /// Requests a second that came, and that replicas could serve.
    public let arrivals: Double
    public let capacity: Double
    /// The share of their time that replicas were busy.
    public let utilisation: Double
    /// What came as a share of what could be served.
    public var load: Double { arrivals / capacity }
  }
  public let region: String
  /// Replicas at the beginning, and whenever they changed.
  public let replicas: [(at: Duration, count: Int)]
  /// Before the first fault; nil if it came at once.
  public let early: Part?
  /// In the last quarter; nil if the region was down.
  public let late: Part?
  public let served: Int
  /// Turned away at once, and when it was their turn.
  public let shed: Int
  public let expired: Int
  /// Lost in the line with their region.
  public let lost: Int
  /// Served although nobody waited any more.
  public let wasted: Int
  public let longestQueue: Int
  /// How long those served had waited for a replica.
  public let wait: LatencySummary?
  public let stockOuts: Int
  /// How often replicas that were changed by hand were put back.
  public let reverted: Int
  /// What came as a share of what could be served (nil while the region was down), and the longest line.
  public let series: [(load: Double?, queue: Int)]
}

/// A commit, and when it reached each region that it concerns.
public struct CommitFigures: Sendable, Equatable {
  public let at: Duration
  public let reached: [(region: String, after: Duration?)]

  /// From the first region that had it to the last; nil if some never had.
  public var drift: Duration? {
    let times = reached.compactMap(\.after)
    guard times.count == reached.count, let last = times.max(), let first = times.min() else {
      return nil
    }
    return last - first
  }

  public static func == (left: CommitFigures, right: CommitFigures) -> Bool {
    left.at == right.at && left.reached.elementsEqual(right.reached, by: ==)
  }
}

extension CapacityFigures {
  /// The most points of a series.
  private static let points = 120

  init(
    _ plan: CapacityPlan, _ record: [TierLog], _ topology: Topology, from start: Instant,
    to end: Instant, firstFault: Instant?
  ) {
    let seconds = Int((end - start).nanoseconds / TierLog.step.nanoseconds)
    let width = max(1, (seconds + Self.points - 1) / Self.points)
    step = TierLog.step * width
    // Whole seconds only: one in which something breaks belongs to neither part.
    let calm =
      firstFault.map { Int(($0 - start).nanoseconds / TierLog.step.nanoseconds) } ?? seconds
    regions = topology.ids.map { region in
      let log = record[region.index]
      let rules = plan.tiers[region.index]
      return TierFigures(
        region: topology.name(of: region),
        replicas: log.replicas.map { ($0.at - start, $0.count) },
        early: TierFigures.Part(log.steps.prefix(calm), rules),
        late: TierFigures.Part(log.steps.prefix(seconds).dropFirst(seconds - seconds / 4), rules),
        served: log.served, shed: log.shed, expired: log.expired, lost: log.lost,
        wasted: log.wasted, longestQueue: log.steps.map(\.longestQueue).max() ?? 0,
        wait: LatencySummary(log.waits.map(\.nanoseconds)), stockOuts: log.stockOuts,
        reverted: log.reverted.count,
        series: stride(from: 0, to: log.steps.count, by: width).map { first in
          let steps = log.steps[first..<min(first + width, log.steps.count)]
          return (TierFigures.Part(steps, rules)?.load, steps.map(\.longestQueue).max() ?? 0)
        })
    }
    let early = regions.compactMap(\.early)
    headroom =
      early.count == topology.count && topology.count > 1
      ? Headroom(offered: early.map(\.arrivals), capacity: early.map(\.capacity)) : nil
    commits = (plan.reconciled?.commits ?? []).enumerated().map { number, commit in
      let concerned = topology.ids.filter { commit.region == nil || commit.region == $0 }
      return CommitFigures(
        at: commit.at,
        reached: concerned.map { region in
          let seen = record[region.index].applied.first { $0.revision > number }
          return (topology.name(of: region), seen.map { $0.at - start - commit.at })
        })
    }
  }
}

extension TierFigures.Part {
  /// Nil if no replica was there.
  init?(_ steps: ArraySlice<TierLog.Step>, _ rules: TierRules) {
    let ready = steps.reduce(0) { $0 + $1.ready }
    guard ready > 0 else { return nil }
    let seconds = Double(steps.count) * TierLog.step.seconds
    arrivals = Double(steps.reduce(0) { $0 + $1.arrivals }) / seconds
    capacity = Double(ready) / 1e9 / rules.serviceTime.seconds / seconds
    utilisation = Double(steps.reduce(0) { $0 + $1.busy }) / Double(ready)
  }
}

/// What clients sent again.
public struct RetryFigures: Sendable, Equatable {
  /// Operations, each counted once, and requests that were sent for one again.
  public let operations: Int
  public let retries: Int
  /// Not sent again: there was no token left, or it had been sent often enough.
  public let denied: Int
  public let exhausted: Int
  /// Attempts for each operation.
  public var amplification: Double {
    operations > 0 ? Double(operations + retries) / Double(operations) : 1
  }

  init(_ retries: Retries) {
    operations = retries.requests
    self.retries = retries.retries
    denied = retries.denied
    exhausted = retries.exhausted
  }
}
