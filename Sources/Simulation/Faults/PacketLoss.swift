// Packets between regions get lost, independently of each other, on top of what a link loses
// anyway.

/// Lost packets.
public struct PacketLoss: Fault {
  public static let name = "lose"
  public static let summary = "Loses a share of the packets between regions"
  public static let example = "{at: 10s, for: 20s, lose: 5%, between: [us, eu]}"

  let share: Ratio
  let links: LinkChoice

  public init(_ options: inout Options) {
    share = options.share(Self.name, Self.summary)
    links = options.between()
    options.needs(2, Self.name)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.install(Lose(share), on: links.wire(in: topology), &tags)
  }
}

extension Options {
  /// A share that is more than nothing.
  mutating func share(_ name: String, default fallback: Ratio = .percent(10), _ about: String)
    -> Ratio
  {
    let share = ratio(name, default: fallback, about)
    if share == .never { reject(name, "\(name): a share of nothing has no effect") }
    return share
  }
}
