// The two halves of a failover runbook: the planned one, which may be refused and should lose nothing, and
// the forced one, whose loss is what a run measures.

/// An operator's order to take over from a primary that hands over.
public struct SwitchOver: Fault {
  public static let name = "switch-over"
  public static let summary = "An operator moves the primary to a region, as planned"
  public static let example = "{at: 15s, switch-over: eu}"
  public static let isInstant = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any], Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let region = choice.region(in: topology, &random)
    return [TimedAction(window.lowerBound, .command(.switchOver, .region(region)))]
  }
}

/// An operator's order to take over at once.
public struct FailOver: Fault {
  public static let name = "fail-over"
  public static let summary = "An operator forces a region to become the primary, whatever is lost"
  public static let example = "{at: 15s, fail-over: eu}"
  public static let isInstant = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any], Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let region = choice.region(in: topology, &random)
    return [TimedAction(window.lowerBound, .command(.failOver, .region(region)))]
  }
}
