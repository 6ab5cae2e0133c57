// The `expect` and `invariants` of a scenario: what must come out, both ways. What should break and
// does not, fails too.

import Histories
import Simulation

/// What a run measures, as far as a scenario can expect it.
public enum Measure: String, Sendable, Hashable, CaseIterable {
  /// From the first fault's harm until writes succeed again.
  case rto
  /// How far back the lost writes reach.
  case rpo
  /// The share of requests that were answered.
  case availability
  /// The share of those in the last quarter of the run: whether the system has found its way back.
  case finalAvailability = "final-availability"
  /// What came in the last quarter as a share of what could be served, in the region where it is largest.
  case finalLoad = "final-load"
  /// The longest line before any region's replicas.
  case queueDepth = "queue-depth"
  /// Requests that an app tier turned away, at once or when it was their turn.
  case shed
  /// Requests that an app tier served although nobody waited for the answer any more.
  case wasted
  /// Requests that clients sent again.
  case retries
  /// How long a client was without service, on average over all clients.
  case errorTime = "error-time"
  /// From the fault behind the first failover until every client that honours records had moved.
  case failoverTime = "failover-time"
  /// From the fault that called for the runbook until its last step of the way there was verified.
  case runbookTime = "runbook-time"
  /// Steps of the runbook that were not verified, whatever the reason.
  case unverifiedSteps = "unverified-steps"
  /// How often an older record plan was applied over a newer one.
  case recordRegressions = "record-regressions"
  /// Successful operations a second of simulated time.
  case throughput
  case lostAcknowledgedWrites = "lost-acknowledged-writes"
  case conflicts
  /// Reads that were refused: what they found did not fit together, as a state and its digest.
  case refusedReads = "refused-reads"
  /// Latency over all operations.
  case p50, p95, p99, max
  case readP99 = "read-p99"
  case writeP99 = "write-p99"
  /// The 99th percentile of how old the values read were.
  case staleness
  /// The 99th percentile of how many newer writes reads missed.
  case versionStaleness = "version-staleness"
  /// The share of reads that returned what had been replaced.
  case staleReads = "stale-reads"

  /// What its amounts count.
  public enum Unit: Sendable, Hashable {
    /// Nanoseconds.
    case time
    /// Parts per billion.
    case share
    /// Parts per billion, and there may be more than all.
    case load
    case count
    /// A thousandth of one a second.
    case rate
  }

  public var unit: Unit {
    switch self {
    case .rto, .rpo, .errorTime, .failoverTime, .runbookTime, .p50, .p95, .p99, .max, .readP99,
      .writeP99,
      .staleness:
      .time
    case .availability, .finalAvailability, .staleReads: .share
    case .finalLoad: .load
    case .throughput: .rate
    case .lostAcknowledgedWrites, .conflicts, .refusedReads, .versionStaleness, .recordRegressions,
      .unverifiedSteps, .queueDepth, .shed, .wasted, .retries:
      .count
    }
  }
}

/// One line of `expect`.
public struct Expectation: Sendable, Hashable {
  /// What a guarantee must turn out to be.
  public enum Wanted: String, Sendable, Hashable, CaseIterable { case holds, violated, unknown }

  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    // The longer ones first, since they are tried in this order.
    case atMost = "<="
    case atLeast = ">="
    case equal = "=="
    case different = "!="
    case less = "<"
    case more = ">"

    /// Whether an amount is as wanted.
    public func holds(_ amount: Int64, _ limit: Int64) -> Bool {
      switch self {
      case .atMost: amount <= limit
      case .atLeast: amount >= limit
      case .equal: amount == limit
      case .different: amount != limit
      case .less: amount < limit
      case .more: amount > limit
      }
    }
  }

  public enum Subject: Sendable, Hashable {
    case guarantee(Guarantee, Wanted)
    /// The limit is in the measure's unit.
    case measure(Measure, Comparison, limit: Int64)
  }

  /// As the scenario names it.
  public let name: String
  /// As the scenario has it: "holds", "< 30s".
  public let text: String
  public let subject: Subject
  public let mark: Mark

  /// All names that `expect` knows.
  static let names = Guarantee.allCases.map(\.rawValue) + Measure.allCases.map(\.rawValue)

  /// Reads `expect`.
  static func list(_ setting: Setting, _ problems: Problems) -> [Expectation] {
    guard case .map(let entries) = setting.content else {
      problems.report(
        setting.mark, "expect: expected a map such as {converged: holds}, found \(setting.kind)")
      return []
    }
    return entries.compactMap { Expectation($0, problems) }
  }

  private init?(_ entry: Setting.Entry, _ problems: Problems) {
    guard case .scalar(let text, _) = entry.value.content else {
      problems.report(
        entry.value.mark, "\(entry.name): expected one value, found \(entry.value.kind)")
      return nil
    }
    name = entry.name
    self.text = text
    mark = entry.mark
    if let guarantee = Guarantee(rawValue: entry.name) {
      guard let wanted = Wanted(rawValue: text) else {
        let names = Wanted.allCases.map(\.rawValue)
        problems.report(
          entry.value.mark, unknownName(text, "verdict on \(entry.name)", among: names))
        return nil
      }
      subject = .guarantee(guarantee, wanted)
    } else if let measure = Measure(rawValue: entry.name) {
      guard let (comparison, limit) = Self.limit(measure, text, entry.value.mark, problems) else {
        return nil
      }
      subject = .measure(measure, comparison, limit: limit)
    } else {
      problems.report(
        entry.mark, unknownName(entry.name, "guarantee or measure", among: Self.names))
      return nil
    }
  }

  /// "< 30s" as a comparison and an amount.
  private static func limit(
    _ measure: Measure, _ text: String, _ mark: Mark, _ problems: Problems
  ) -> (Comparison, Int64)? {
    let name = measure.rawValue
    guard let comparison = Comparison.allCases.first(where: { text.hasPrefix($0.rawValue) }) else {
      let example =
        switch measure.unit {
        case .time: "\"< 30s\""
        case .share: "\">= 99%\""
        case .load: "\"< 100%\""
        case .count: "\"== 0\""
        case .rate: "\"> 100/s\""
        }
      problems.report(mark, "\(name): expected a comparison such as \(example), found '\(text)'")
      return nil
    }
    let rest = text.dropFirst(comparison.rawValue.count).drop { $0 == " " }
    let amount = Setting(.scalar(String(rest), quoted: false), mark: mark)
    let limit: Int64?
    switch measure.unit {
    case .time: limit = Quantity.duration(amount, name, problems)?.nanoseconds
    case .share: limit = Quantity.ratio(amount, name, problems)?.partsPerBillion
    case .load: limit = Quantity.signedRatio(amount, name, problems)?.partsPerBillion
    case .rate:
      limit = Quantity.rate(amount, name, problems).map { 1_000_000_000_000 / $0.nanoseconds }
    case .count:
      limit = Int64(rest).flatMap { $0 >= 0 ? $0 : nil }
      if limit == nil {
        problems.report(mark, "\(name): expected a count such as 0, found '\(rest)'")
      }
    }
    return limit.map { (comparison, $0) }
  }
}

/// A query that runs on each region's database at the end.
public struct Invariant: Sendable, Hashable {
  /// How many rows it may give.
  public enum Rows: String, Sendable, Hashable, CaseIterable { case none, some }

  public let name: String
  public let sql: String
  public let expect: Rows
  public let mark: Mark

  /// Reads `invariants`.
  static func list(
    _ setting: Setting, topology: Topology, _ problems: Problems
  ) -> [Invariant] {
    guard case .list(let entries) = setting.content else {
      problems.report(setting.mark, "invariants: expected a list, found \(setting.kind)")
      return []
    }
    return entries.enumerated().map { number, entry in
      var options = Options(entry, topology: topology, problems: problems)
      return Invariant(&options, number: number + 1)
    }
  }

  /// Reads an entry.
  init(_ options: inout Options, number: Int) {
    mark = options.mark
    name = options.text("name", default: nil, "its name in reports") ?? "invariant \(number)"
    sql = options.text("sql", default: nil, "a query, run on each region's database") ?? ""
    expect = options.choice("expect", default: .none, "whether it may give rows")
    options.finish()
    if sql.isEmpty { options.reject("sql", "an invariant needs sql: a query") }
  }
}
