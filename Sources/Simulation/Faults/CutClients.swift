// A region that its clients cannot reach although the other regions can: from inside all is well.

/// Clients cut from their region.
public struct CutClients: Fault {
  public static let name = "cut-clients"
  public static let summary = "Cuts a region's clients from it; the other regions still reach it"
  public static let example = "{at: 10s, for: 20s, cut-clients: us}"
  public static let concernsChecks = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(
      Self.name, or: [.any, .all, .primary, .minority], many: true, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    choice.aims(in: topology, &random, &tags).flatMap {
      window.install(Cut(), on: .clients(of: $0.target), &tags)
    }
  }
}
