// What a checker says about a history. Three values, worst wins: a guarantee holds, is violated, or
// nobody can tell. Whoever judged nothing, or ran out of budget, can not tell: that rule lives here,
// in one initialiser, so that no checker can pass a history by not looking at it.

/// Whether a guarantee held.
public enum Validity: String, Sendable, Comparable, CaseIterable {
  case holds, unknown, violated

  public static func < (left: Validity, right: Validity) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .holds: 0
    case .unknown: 1
    case .violated: 2
    }
  }
}

/// One thing that should not have happened, with the fewest operations that show it.
public struct Anomaly: Sendable, Equatable {
  /// A stable name: "stale-read", "lost-write".
  public var name: String
  /// The history rows of the witness.
  public var rows: [Int]
  /// One sentence a step, rendered from the rows.
  public var explanation: [String]
  /// Where the argument is a chain of operations that must come one before the other: its links.
  public var links: [Link]

  /// One operation must come before another.
  public struct Link: Sendable, Equatable {
    /// History rows.
    public var before: Int
    public var after: Int
    /// Why, in a word: ww, wr, rw, process, realtime.
    public var reason: String

    public init(before: Int, after: Int, reason: String) {
      self.before = before
      self.after = after
      self.reason = reason
    }
  }

  public init(name: String, rows: [Int], explanation: [String], links: [Link] = []) {
    self.name = name
    self.rows = rows
    self.explanation = explanation
    self.links = links
  }
}

/// A figure that goes with a verdict: how many elements were lost, how long the slowest took.
public struct Count: Sendable, Equatable {
  /// A stable name: "lost", "stable-latency-p50". Latencies are in ticks of the history.
  public let name: String
  public let value: Int64

  public init(_ name: String, _ value: Int) {
    self.name = name
    self.value = Int64(value)
  }

  public init(_ name: String, _ value: Int64) {
    self.name = name
    self.value = value
  }
}

/// What one checker says about one history.
public struct Verdict: Sendable, Equatable {
  /// How many anomalies a verdict keeps with their witnesses; the rest are only counted.
  public static let keptAnomalies = 10

  /// The name of the checker.
  public var checker: String
  public var validity: Validity
  /// How many facts were compared: reads, pairs, elements. Each checker says which.
  public var judged: Int
  /// The first anomalies, at most `keptAnomalies`.
  public var anomalies: [Anomaly]
  /// How many there were in all.
  public var anomalyCount: Int
  /// One line.
  public var explanation: String
  /// Figures, for checkers that count; `explanation` has them in words.
  public var counts: [Count]

  /// A verdict from what was found. An anomaly makes it violated; else `unknown`, the reason why the
  /// search was not complete, makes it unknown; else having judged nothing does; else it holds.
  public init(
    checker: String, judged: Int, anomalies: [Anomaly], anomalyCount: Int? = nil,
    unknown: String? = nil, summary: String = "", counts: [Count] = []
  ) {
    self.checker = checker
    self.judged = judged
    self.counts = counts
    self.anomalies = Array(anomalies.prefix(Verdict.keptAnomalies))
    self.anomalyCount = max(anomalyCount ?? 0, anomalies.count)
    if let first = anomalies.first {
      validity = .violated
      let others = self.anomalyCount > 1 ? " and \(self.anomalyCount - 1) more" : ""
      let figures = counts.isEmpty || summary.isEmpty ? "" : "; in all \(summary)"
      explanation = "\(first.name)\(others): \(first.explanation.last ?? summary)\(figures)"
    } else if let unknown {
      validity = .unknown
      explanation = unknown
    } else if judged == 0 {
      validity = .unknown
      explanation = summary.isEmpty ? "judged nothing" : "judged nothing: \(summary)"
    } else {
      validity = .holds
      explanation = summary
    }
  }
}

extension Verdict {
  /// The same, but nothing is said to hold, for a reason that lies outside the checker.
  func doubted(because reason: String) -> Verdict {
    guard validity == .holds else { return self }
    return Verdict(
      checker: checker, judged: judged, anomalies: [], unknown: reason, counts: counts)
  }
}

/// Gathers anomalies: keeps the first few, counts all, and renders only those it keeps.
struct Findings {
  private(set) var kept: [Anomaly] = []
  private(set) var count = 0

  mutating func add(_ make: @autoclosure () -> Anomaly) {
    if kept.count < Verdict.keptAnomalies { kept.append(make()) }
    count += 1
  }

  func verdict(
    _ checker: String, judged: Int, unknown: String? = nil, summary: String = "",
    counts: [Count] = []
  ) -> Verdict {
    Verdict(
      checker: checker, judged: judged, anomalies: kept, anomalyCount: count, unknown: unknown,
      summary: summary, counts: counts)
  }
}
