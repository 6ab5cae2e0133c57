// An operator orders a region to become the primary, wisely or not: half of a failover runbook. People take
// time to notice, to decide and to type, and sometimes very much: a log-normal delay.

/// An operator's order to a region to take over.
public protocol OperatorOrder: Fault {
  /// What the region is told to do.
  static var command: Command { get }
  var order: OrderToRegion { get }
  init(_ order: OrderToRegion)
}

/// Which region is ordered, and how long the operator takes.
public struct OrderToRegion: Sendable {
  let choice: RegionChoice
  /// How long it takes until the order is given.
  let takes: Latency
}

extension OperatorOrder {
  public static var isInstant: Bool { true }

  public init(_ options: inout Options) {
    let choice = options.regions(Self.name, or: [.any], Self.summary)
    let takes =
      options.setting(
        "takes", "time of an operator",
        "how long the operator takes, drawn for each seed: {median: 20m, p95: 1h}"
      ).map { [topology = options.topology, problems = options.problems] in
        var section = Options($0, topology: topology, problems: problems)
        return OrderToRegion.time(&section)
      } ?? .constant(.zero)
    self.init(OrderToRegion(choice: choice, takes: takes))
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let region = order.choice.region(in: topology, &random)
    let delay = order.takes == .constant(.zero) ? .zero : order.takes.draw(&random)
    return [TimedAction(window.lowerBound + delay, .command(Self.command, .region(region)))]
  }
}

extension OrderToRegion {
  /// Reads `{median: 20m, p95: 1h}`.
  public static func time(_ options: inout Options) -> Latency {
    let median = options.duration("median", default: .zero, "half of all times it takes no longer")
    let most = options.duration("p95", default: median, "19 of 20 times it takes no longer")
    options.finish()
    if most < median { options.reject("p95", "p95: \(most) is less than the median, \(median)") }
    return .tailed(median: median, p95: most)
  }
}

/// An operator's order to take over.
public struct Promotion: OperatorOrder {
  public static let name = "promote"
  public static let summary =
    "An operator orders a region to become the primary; `takes` is how long, from `at` on"
  public static let example = "{at: 15s, promote: eu}"
  public static let command = Command.promote
  public let order: OrderToRegion
  public init(_ order: OrderToRegion) { self.order = order }
}
