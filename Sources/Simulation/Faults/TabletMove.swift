// An operator, or whatever balances the load, has keys move from one shard to another: routine, and while
// clients read and write them. What comes of it is the strategy's business; most have no shards.

/// An operator's order that a tablet of keys move to another shard.
public struct TabletMove: Fault {
  public static let name = "move-tablet"
  public static let summary =
    "An operator orders that a tablet, a part of the keys, move to another shard (commit-wait)"
  public static let example = "{every: 2s, move-tablet: any}"
  public static let isInstant = true

  /// nil: drawn each time.
  let tablet: Int?

  public init(_ options: inout Options) {
    let about = "which tablet: any, or its number"
    let setting = options.setting(Self.name, "any or a number", about)
    guard let setting, case .scalar(let text, _) = setting.content else {
      if let setting {
        options.reject(Self.name, "\(Self.name): expected \(about), found \(setting.kind)")
      }
      tablet = nil
      return
    }
    tablet = Int(text).flatMap { (0..<65_536).contains($0) ? $0 : nil }
    if tablet == nil, text != "any" {
      options.reject(Self.name, "\(Self.name): expected \(about), found '\(text)'")
    }
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let drawn = random.below(65_536)
    let order = Command.moveTablet(tablet ?? drawn, further: 1 + random.below(65_535))
    return [TimedAction(window.lowerBound, .command(order, .region(random.pick(topology.ids))))]
  }
}
