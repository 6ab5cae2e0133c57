// One of the processes that apply record plans stalls between looking whether its plan is still the
// newest and applying it: "Summary of the Amazon DynamoDB Service Disruption in the Northern Virginia
// (US-EAST-1) Region", 2025. When it goes on, its plan is old.

/// An enactor of record plans that is held up.
public struct StalePlan: Fault {
  public static let name = "stale-plan"
  public static let summary = "Holds up one enactor of record plans between its check and its write"
  public static let example = "{at: 10s, for: 20s, stale-plan: true}"
  public static let needsTraffic = true

  public init(_ options: inout Options) {
    let isMeant = options.flag(Self.name, default: true, Self.summary)
    if !isMeant { options.reject(Self.name, "stale-plan: false is no fault; leave it out") }
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] { window.divert(.heldUpPlan) }
}
