// An operator changes who decides: orders a region to have another one (or itself) join or leave the
// voters of a replicated log. What comes of it is the strategy's business; most know no such order.

/// An operator's order that a region join those that vote.
public struct MemberJoin: Fault {
  public static let name = "add-member"
  public static let summary = "An operator orders that a region become a voting member"
  public static let example = "{at: 15s, add-member: eu, via: us}"
  public static let isInstant = true

  let order: MemberOrder

  public init(_ options: inout Options) {
    order = MemberOrder(&options, Self.name, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    order.actions(in: window, on: topology, &random, &tags) { .addMember($0) }
  }
}

/// An operator's order that a region leave those that vote.
public struct MemberRemoval: Fault {
  public static let name = "remove-member"
  public static let summary = "An operator orders that a region be a voting member no more"
  public static let example = "{at: 10s, remove-member: eu}"
  public static let isInstant = true

  let order: MemberOrder

  public init(_ options: inout Options) {
    order = MemberOrder(&options, Self.name, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    order.actions(in: window, on: topology, &random, &tags) { .removeMember($0) }
  }
}

/// Whom an order is about, and who gets it.
struct MemberOrder: Sendable {
  let choice: RegionChoice
  /// nil: whoever takes itself for the primary.
  let via: Region.ID?

  init(_ options: inout Options, _ name: String, _ summary: String) {
    choice = options.regions(name, or: [.any], summary)
    let about = "the region that gets the order; otherwise the primary"
    via = options.setting("via", "a region", about).flatMap { options.region($0) }
  }

  func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags,
    _ command: (Region.ID) -> Command
  ) -> [TimedAction] {
    let region = choice.region(in: topology, &random)
    let target = via.map { Target.region($0) } ?? .primary(remember: tags.fresh())
    return [TimedAction(window.lowerBound, .command(command(region), target))]
  }
}
