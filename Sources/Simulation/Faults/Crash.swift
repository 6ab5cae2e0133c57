// A server stops as if its power failed: what was not on disk is gone, requests in hand are never
// answered. At the window's end it boots, recovers its database and starts a new replica from it.

/// Servers lose power and come back.
public struct Crash: Fault {
  public static let name = "crash"
  public static let summary = "A region's server loses power; `for` is how long it is down"
  public static let example = "{every: 5s, for: 2s, crash: any}"
  public static let concernsChecks = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(
      Self.name, or: [.any, .all, .primary, .minority], many: true, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.act(
      on: choice.aims(in: topology, &random, &tags), { .crash($0) }, { .restart($0) })
  }
}
