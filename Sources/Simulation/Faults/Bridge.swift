// Two halves that can reach each other only through one region, which reaches everybody: neither a
// partition nor a whole network, and not transitive.

/// Two halves joined by one region.
public struct Bridge: Fault {
  public static let name = "bridge"
  public static let summary = "Two halves, joined only through one region"
  public static let example = "{at: 10s, for: 20s, bridge: any}"

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(Self.name, or: [.any], Self.summary)
    options.needs(3, Self.name)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let bridge = choice.region(in: topology, &random)
    let others = random.shuffled(topology.ids.filter { $0 != bridge })
    let half = others.count / 2
    let halves = [Array(others.prefix(half)), Array(others.dropFirst(half))]
    return window.install(Cut(), on: .links(topology.links(across: halves)), &tags)
  }
}
