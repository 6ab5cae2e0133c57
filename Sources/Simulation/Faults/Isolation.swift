// One region cannot reach the others nor be reached, yet its clients still talk to it: the case in
// which a primary that does not know it has been replaced goes on acknowledging.

/// Regions cut from all others.
public struct Isolation: Fault {
  public static let name = "isolate"
  public static let summary = "Cuts a region from all others; its clients still reach it"
  public static let example = "{at: 10s, for: 20s, isolate: primary}"

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any, .primary], Self.summary)
    options.needs(2, Self.name)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    choice.aims(in: topology, &random, &tags).flatMap {
      window.install(Cut(), on: .around($0.target), &tags)
    }
  }
}
