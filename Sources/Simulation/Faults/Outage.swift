// A whole region is gone: its server has lost power, and nobody reaches what stands there, clients and
// health checkers least of all. The failure that a second region is paid for.

/// A region's power and its links to clients fail together.
public struct Outage: Fault {
  public static let name = "outage"
  public static let summary =
    "A whole region fails: its server loses power, clients cannot reach it"
  public static let example = "{at: 10s, for: 20s, outage: us}"
  public static let concernsChecks = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any, .primary], many: true, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    // The primary is no longer known once it is down: its links go by the number it is remembered
    // under.
    choice.aims(in: topology, &random, &tags).flatMap { aim in
      window.act(on: [aim], { .crash($0) }, { .restart($0) })
        + window.install(Cut(), on: .clients(of: aim.undo), &tags)
    }
  }
}
