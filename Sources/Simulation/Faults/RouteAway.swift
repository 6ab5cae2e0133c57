// An operator takes a region out of the records by hand, whatever health checks say: a routing control
// that is switched off, or a weight set to nothing. Clients follow as their caches let them.

/// An operator's order that clients be sent elsewhere.
public struct RouteAway: Fault {
  public static let name = "route-away"
  public static let summary = "An operator takes a region out of the records, whatever checks say"
  public static let example = "{at: 15s, route-away: us}"
  public static let needsTraffic = true
  public static let concernsChecks = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any], Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.divert(.away(from: choice.region(in: topology, &random)))
  }
}
