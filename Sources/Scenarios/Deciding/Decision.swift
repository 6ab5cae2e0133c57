// Which candidate to choose. Those that meet every requirement with every seed are ranked: the cheapest
// first, then the least p99, then the least p99 of writes, by medians over the seeds; what has no figure comes
// last. A candidate that breaks one is out, and the first seed that shows it is named. A candidate of which
// something cannot be said is neither.

import Checking

/// A candidate's standing on one requirement.
public struct Finding: Sendable, Hashable {
  public let requirement: Requirement
  /// Holds: kept with every seed. Violated: broken with some. Unknown: not measured with some.
  public let verdict: Validity
  /// The first seed that broke it, or left it unknown; nil if it holds or there are no runs.
  public let seed: UInt64?
  /// Why it is unknown.
  public let obstacle: String?
  /// Runs that kept it.
  public let kept: Int

  init(_ requirement: Requirement, _ samples: [Sample]) {
    self.requirement = requirement
    let verdicts = samples.map { requirement.judge($0) }
    kept = verdicts.count { $0 == .holds }
    let worst: Validity =
      verdicts.contains(.violated)
      ? .violated : verdicts.contains(.unknown) || verdicts.isEmpty ? .unknown : .holds
    verdict = worst
    let place = worst == .holds ? nil : verdicts.firstIndex(of: worst)
    seed = place.map { samples[$0].seed }
    obstacle =
      worst != .unknown
      ? nil : place.map { requirement.obstacle(samples[$0]) } ?? "there were no runs"
  }
}

/// Candidates judged by requirements.
public struct Decision: Sendable {
  /// A candidate with its findings.
  public struct Entry: Sendable {
    public let candidate: Candidate
    public let findings: [Finding]

    /// Violated if any requirement is, else unknown if any is.
    public var verdict: Validity {
      let verdicts = findings.map(\.verdict)
      return verdicts.contains(.violated)
        ? .violated : verdicts.contains(.unknown) ? .unknown : .holds
    }
  }

  /// Those that pass, best first.
  public let ranking: [Entry]
  /// Those that do not, in the file's order.
  public let ruledOut: [Entry]
  /// Those of which it cannot be said.
  public let open: [Entry]
  /// All, in the file's order.
  public let entries: [Entry]

  /// The best that passes.
  public var winner: Candidate? { ranking.first?.candidate }

  /// Judges candidates, each by the requirements of its scenario.
  public init(_ candidates: [Candidate]) {
    entries = candidates.map { candidate in
      let requirements = candidate.scenario.requirements
      return Entry(
        candidate: candidate,
        findings: requirements.map { Finding($0, candidate.samples) })
    }
    ranking = entries.filter { $0.verdict == .holds }.enumerated().sorted { left, right in
      let order = Self.order(left.element.candidate, right.element.candidate)
      return order == 0 ? left.offset < right.offset : order < 0
    }.map(\.element)
    ruledOut = entries.filter { $0.verdict == .violated }
    open = entries.filter { $0.verdict == .unknown }
  }

  /// What candidates that pass are ranked by, in this order.
  public static let order: [Figure.Quantity] = [.dollars, .p99, .writeP99]

  /// Below zero if the first is better.
  private static func order(_ left: Candidate, _ right: Candidate) -> Int {
    for quantity in order {
      let a = left.spread(quantity).median ?? .infinity
      let b = right.spread(quantity).median ?? .infinity
      if a != b { return a < b ? -1 : 1 }
    }
    return 0
  }
}
