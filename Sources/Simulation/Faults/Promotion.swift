// An operator orders a region to become the primary, wisely or not: half of a failover runbook. People take
// time to notice, to decide and to type, and sometimes very much: a log-normal delay.

/// An operator's order to take over.
public struct Promotion: Fault {
  public static let name = "promote"
  public static let summary =
    "An operator orders a region to become the primary; `takes` is how long, from `at` on"
  public static let example = "{at: 15s, promote: eu}"
  public static let isInstant = true

  let choice: RegionChoice
  /// How long it takes until the order is given.
  let takes: Latency

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any], Self.summary)
    takes =
      options.setting(
        "takes", "time of an operator",
        "how long the operator takes, drawn for each seed: {median: 20m, p95: 1h}"
      ).map { [topology = options.topology, problems = options.problems] in
        var section = Options($0, topology: topology, problems: problems)
        return Self.time(&section)
      } ?? .constant(.zero)
  }

  /// Reads `{median: 20m, p95: 1h}`.
  public static func time(_ options: inout Options) -> Latency {
    let median = options.duration("median", default: .zero, "half of all times it takes no longer")
    let most = options.duration("p95", default: median, "19 of 20 times it takes no longer")
    options.finish()
    if most < median { options.reject("p95", "p95: \(most) is less than the median, \(median)") }
    // In the tail's shape the 95th percentile lies half as far from the median as the 99th.
    return .tailed(median: median, p99: median + max(.zero, most - median) * 2)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let region = choice.region(in: topology, &random)
    let at = window.lowerBound + (takes == .constant(.zero) ? .zero : takes.draw(&random))
    return [TimedAction(at, .command(.promote, .region(region)))]
  }
}
