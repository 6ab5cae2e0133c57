// The name servers do not answer. Who has a record in a cache goes on; a resolver that serves stale
// records (RFC 8767, "Serving Stale Data to Improve DNS Resiliency") goes on longer.

/// Name servers that do not answer.
public struct NameServersDown: Fault {
  public static let name = "name-servers-down"
  public static let summary = "The name servers do not answer: only caches still know a region"
  public static let example = "{at: 10s, for: 60s, name-servers-down: true}"
  public static let needsTraffic = true

  public init(_ options: inout Options) {
    let isMeant = options.flag(Self.name, default: true, Self.summary)
    if !isMeant {
      options.reject(Self.name, "name-servers-down: false is no fault; leave it out")
    }
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] { window.divert(.deafNameServers) }
}
