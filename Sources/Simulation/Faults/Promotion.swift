// An operator orders a region to become the primary, wisely or not: half of a failover runbook.

/// An operator's order to take over.
public struct Promotion: Fault {
  public static let name = "promote"
  public static let summary = "An operator orders a region to become the primary"
  public static let example = "{at: 15s, promote: eu}"
  public static let isInstant = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any], Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let region = choice.region(in: topology, &random)
    return [TimedAction(window.lowerBound, .command(.promote, .region(region)))]
  }
}
