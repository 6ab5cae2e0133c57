// Health checks that report what is not so: a probe page that answers while the service behind it is
// dead, or a check that fails although all is well. The first delays a failover for as long as it
// lasts, the second causes one.

/// Health checks of a region that lie.
public struct LyingHealthCheck: Fault {
  public static let name = "health-check-lies"
  public static let summary =
    "Health checks of a region report what `says` says, whatever they find"
  public static let example = "{at: 10s, for: 60s, health-check-lies: us, says: healthy}"
  public static let needsTraffic = true
  public static let concernsChecks = true

  /// What they report.
  public enum Report: String, Sendable, CaseIterable { case healthy, unhealthy }

  let choice: RegionChoice
  let report: Report

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any, .all], Self.summary)
    report = options.choice("says", default: .healthy, "what the checks report")
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let regions =
      choice == .word(.all) ? topology.ids : [choice.region(in: topology, &random)]
    return regions.flatMap { window.divert(.lyingChecks($0, healthy: report == .healthy)) }
  }
}
