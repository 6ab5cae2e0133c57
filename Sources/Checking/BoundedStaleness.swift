// Bounded staleness: no read returns a value that was replaced longer ago, or by more writes, than a bound allows.
// Terry, "Replicated Data Consistency Explained Through Baseball", 2013, section 3; by versions it is k-staleness of
// Bailis, Venkataraman, Franklin, Hellerstein and Stoica, "Probabilistically Bounded Staleness for Practical Partial
// Quorums", 2012, and Azure Cosmos DB offers both. Staleness.swift says what is newer, and measures.

import Histories

/// How stale a read may be.
public enum StalenessBound: Sendable, Equatable {
  /// So many ticks of the history's clock.
  case ticks(Int64)
  /// So many newer writes.
  case versions(Int64)

  private static let units: [(name: String, perSecond: Int64, seconds: Int64)] = [
    ("ns", 1_000_000_000, 1), ("us", 1_000_000, 1), ("ms", 1_000, 1), ("s", 1, 1), ("m", 1, 60),
    ("h", 1, 3_600),
  ]

  /// Reads "5s", "250ms", "10 versions" or "1000 ticks"; nil for anything else.
  /// - Parameter ticksPerSecond: of the history; 0, unknown, is taken for nanoseconds.
  public init?(_ text: String, ticksPerSecond: Int64) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let amount = Int64(digits) else { return nil }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    switch unit {
    case "version", "versions":
      self = .versions(amount)
      return
    case "tick", "ticks":
      self = .ticks(amount)
      return
    default: break
    }
    guard let found = StalenessBound.units.first(where: { $0.name == unit }) else { return nil }
    let rate = ticksPerSecond > 0 ? ticksPerSecond : 1_000_000_000
    let (ticks, overflow) = amount.multipliedReportingOverflow(by: rate * found.seconds)
    guard !overflow else { return nil }
    self = .ticks(ticks / found.perSecond)
  }
}

/// No read is staler than the bound in `Facts.maxStaleness`.
public struct BoundedStaleness: Checker {
  public static let name = "bounded-staleness"
  public static let summary = "no read is staler than a bound (--max-staleness)"
  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    guard let bound = facts.maxStaleness else {
      return Verdict(
        checker: Self.name, judged: 0, anomalies: [], unknown: "no bound given (--max-staleness)")
    }
    let staleness = Staleness(history, facts)
    var findings = Findings()
    for place in staleness.rows.indices {
      let isBeyond =
        switch bound {
        case .ticks(let most): staleness.ages[place] > most
        case .versions(let most): staleness.lags[place] > most
        }
      if isBeyond { findings.add(anomaly(history, facts, bound, staleness, place)) }
    }
    let judged = staleness.judged
    let figures =
      judged == 0
      ? "no read could be judged"
      : "\(findings.count) of \(count(judged, "read")) (\(percent(findings.count, of: judged))) "
        + "beyond the bound, \(staleness.stale) (\(percent(staleness.stale, of: judged))) stale; at "
        + "worst \(history.duration(staleness.age.worst)) and \(count(Int(staleness.lag.worst), "version"))"
    return findings.verdict(
      Self.name, judged: judged, summary: figures,
      counts: judged == 0
        ? []
        : [
          Count("reads", judged), Count("beyond-bound", findings.count),
          Count("stale", staleness.stale), Count("worst-versions", staleness.lag.worst),
          Count("worst-age", staleness.age.worst),
        ])
  }

  private func anomaly(
    _ history: History, _ facts: Facts, _ bound: StalenessBound, _ staleness: Staleness,
    _ place: Int
  ) -> Anomaly {
    let read = staleness.rows[place]
    let newer = newerWrites(history, facts, read)
    // Of a bound in time the first that replaced the value shows all, of one in versions one too many do.
    let shown =
      switch bound {
      case .ticks: Array(newer.rows.prefix(1))
      case .versions(let most): Array(newer.rows.prefix(Int(clamping: most &+ 1)))
      }
    let rows = ((newer.seen.map { [$0] } ?? []) + shown + [read]).sorted()
    let lag = count(Int(staleness.lags[place]), "newer write")
    return Anomaly(
      name: "stale-read", rows: rows.map(history.origin),
      explanation: rows.map(history.story) + [
        "\(lag) had returned before row \(history.origin(of: read)) was called, the first "
          + "\(history.duration(staleness.ages[place])) before"
      ])
  }

  /// The write that a read saw, and the newer ones in the order of their returns.
  private func newerWrites(
    _ history: History, _ facts: Facts, _ read: Int
  ) -> (seen: Int?, rows: [Int]) {
    let writes = (0..<history.count).filter {
      history.keys[$0] == history.keys[read] && history.completions[$0] != .fail
        && history.writtenValue(of: $0) != nil
    }
    var seen: Int?
    if case .value(let value) = history.seen(by: read) {
      seen = writes.first { history.values[$0] == value }
    }
    let version = history.version(of: read) ?? seen.flatMap { history.version(of: $0) } ?? .initial
    let newer = writes.filter { write in
      guard history.completions[write] == .ok, history.returns[write] < history.calls[read] else {
        return false
      }
      if history.hasVersions { return history.version(of: write).map { $0 > version } ?? false }
      return seen.map { history.end(of: $0) < history.calls[write] } ?? true
    }
    return (seen, newer.sorted { (history.returns[$0], $0) < (history.returns[$1], $1) })
  }
}
