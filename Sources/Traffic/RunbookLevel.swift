// How much of a runbook a machine does, and what that means for how long it takes and how often it goes
// wrong. The levels follow "Site Reliability Engineering" (Beyer and others), chapter 7, "The Evolution of
// Automation at Google". The figures are a model of ours (status: model): nobody publishes distributions.
// They are of a whole failover; its acting steps share the time of execution, and the errors, equally.
//
//   level       there                     detect       decide        execute          errors
//   tribal      1, no automation          10 (30) min  20 (60) min   60 (180) min      25 %
//   documented  1, no automation           5 (15) min  15 (40) min   30 (90) min       12 %
//   scripted    2, a script of its own     3 (10) min  10 (30) min   10 (30) min        6 %
//   one-button  4, ships with the system   2 (5) min    5 (15) min   2 min (7 min)      3 %
//   automatic   5, needs none              1 (2.5) min  0 (10 s)     30 s (2 min)       1 %
//
// Median and, in brackets, 95th percentile, log-normal.

import Simulation

/// A level of automation.
public enum RunbookLevel: String, CaseIterable, Sendable {
  case tribal, documented, scripted
  case oneButton = "one-button"
  case automatic

  /// Until somebody notices what no health check tells them.
  public var detect: Latency { Self.time(figures.detect) }
  /// Until somebody decides to act.
  public var decide: Latency { Self.time(figures.decide) }
  /// One of so many acting steps; all together take as long as the level says, by their medians.
  public func step(of count: Int) -> Latency {
    let (median, most) = figures.execute
    let share = Int64(max(1, count))
    return .tailed(
      median: .milliseconds(median * 1_000 / share), p95: .milliseconds(most * 1_000 / share))
  }
  /// How often one of so many acting steps is done wrongly.
  public func errors(of count: Int) -> Ratio {
    Ratio(partsPerBillion: Ratio.percent(figures.errors).partsPerBillion / Int64(max(1, count)))
  }

  /// Seconds, median and 95th percentile; per cent.
  private var figures:
    (detect: (Int64, Int64), decide: (Int64, Int64), execute: (Int64, Int64), errors: Int64)
  {
    switch self {
    case .tribal: ((600, 1_800), (1_200, 3_600), (3_600, 10_800), 25)
    case .documented: ((300, 900), (900, 2_400), (1_800, 5_400), 12)
    case .scripted: ((180, 600), (600, 1_800), (600, 1_800), 6)
    case .oneButton: ((120, 300), (300, 900), (120, 420), 3)
    case .automatic: ((60, 150), (0, 10), (30, 120), 1)
    }
  }

  private static func time(_ seconds: (Int64, Int64)) -> Latency {
    .tailed(median: .seconds(seconds.0), p95: .seconds(seconds.1))
  }
}
