// The variants of a scenario in one table: what one looks at first.

import Checking
import Scenarios

/// Runs of one scenario and seed beside each other.
public enum SideBySide {
  /// A table with one row a run; empty for a single run.
  public static func text(_ runs: [Run]) -> String {
    guard runs.count > 1, let first = runs.first else { return "" }
    let head = [
      first.scenario, "outcome", "broken", "lost writes", "stale reads", "availability", "RTO",
      "read p99", "write p99",
    ]
    let rows = [head] + runs.map(row)
    return TextTable.lines(rows).map { "  \($0)\n" }.joined()
  }

  private static func row(_ run: Run) -> [String] {
    let measures = run.measures
    let broken = run.checks.filter { $0.verdict.validity == .violated }.map(\.name)
    let outcome =
      switch run.verdict {
      case .holds: "as expected"
      case .violated: "NOT as expected"
      case .unknown: "unknown"
      }
    let writes = measures.latencies.first { $0.name != "read" }?.summary
    let reads = measures.latencies.first { $0.name == "read" }?.summary
    let rto = measures.recovery.rtoSeconds.map { $0.isFinite ? "\(fixed($0, 1)) s" : "never" }
    return [
      run.variant ?? run.strategy, outcome,
      broken.isEmpty ? "nothing" : broken.joined(separator: ", "),
      grouped(measures.lostAcknowledgedWrites),
      measures.staleness.judged > 0 ? grouped(measures.staleness.stale) : "-",
      percent(measures.availability), rto ?? "-", p99(reads), p99(writes),
    ]
  }

  private static func p99(_ summary: LatencySummary?) -> String {
    summary.map { milliseconds($0.p99) } ?? "-"
  }
}
