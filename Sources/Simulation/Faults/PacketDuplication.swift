// Packets arrive twice, the copy later than the original and perhaps after what was sent next.

/// Packets that arrive twice.
public struct PacketDuplication: Fault {
  public static let name = "duplicate"
  public static let summary = "Delivers a share of the packets between regions twice"
  public static let example = "{at: 10s, for: 20s, duplicate: 10%, within: 100ms}"

  let share: Ratio
  let within: Duration
  let links: LinkChoice

  public init(_ options: inout Options) {
    share = options.share(Self.name, Self.summary)
    within = options.duration(
      "within", default: .milliseconds(100), "how much later the copy arrives, at most")
    links = options.between()
    options.needs(2, Self.name)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.install(Duplicate(share, within: within), on: links.wire(in: topology), &tags)
  }
}
