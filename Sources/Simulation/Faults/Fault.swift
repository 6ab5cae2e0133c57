// What breaks things. A fault says what it does in one window of time as a list of primitive
// actions: a pure function of the window, the topology and its own stream of chance. So a fault can
// be tested against a golden list, printed, and left out by the shrinker without moving any other
// fault. Adding one: a file here, and a line in `Faults.all`.

/// A kind of fault with its settings.
public protocol Fault: Sendable {
  /// The key that names it in a scenario's `faults`.
  static var name: String { get }
  /// One line for `splitbrain list faults` and the schema.
  static var summary: String { get }
  /// An entry as one would write it.
  static var example: String { get }
  /// Whether it is over at once, so that `for` means nothing.
  static var isInstant: Bool { get }
  /// Whether it only means something where clients are directed by a `traffic` section.
  static var needsTraffic: Bool { get }
  /// Whether health checks of a region may come out otherwise by it: what a failover goes back to.
  static var concernsChecks: Bool { get }

  /// Reads its entry: the key named like the fault, and what belongs to it. When it happens is read
  /// by someone else. Says what is wrong through `options`.
  init(_ options: inout Options)

  /// What happens while the fault is active, and what undoes it at the window's end.
  ///
  /// - Parameters:
  ///   - random: The stream of this occurrence alone.
  ///   - tags: Gives numbers that are unique in the run.
  func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction]
}

extension Fault {
  public static var isInstant: Bool { false }
  public static var needsTraffic: Bool { false }
  public static var concernsChecks: Bool { false }
}

/// Every kind of fault there is.
public enum Faults {
  public static let all: [any Fault.Type] = [
    Partition.self, Isolation.self, MajoritiesRing.self, Bridge.self, OneWayCut.self,
    Flapping.self, CutClients.self, Crash.self, BitRot.self, Pause.self, ClockStep.self,
    ClockDrift.self,
    PacketLoss.self, PacketDuplication.self, PacketDelay.self, Promotion.self,
    SwitchOver.self, FailOver.self, MemberJoin.self, MemberRemoval.self, TabletMove.self,
    Outage.self,
    LyingHealthCheck.self, RouteAway.self,
    StalePlan.self, NameServersDown.self,
  ]
}

/// Hands out the numbers under which rules are removed and primaries remembered.
public struct Tags: Sendable {
  private var next: Int

  /// Numbers from `first` on.
  public init(from first: Int = 1) { next = first }

  /// A number that this value has not given before.
  public mutating func fresh() -> Int {
    defer { next += 1 }
    return next
  }
}

extension Topology {
  /// The link from one region to another, as `Network.link(from:to:)` numbers it.
  func link(from sender: Region.ID, to receiver: Region.ID) -> Link.ID {
    Link.ID(sender.index * count + receiver.index)
  }

  /// All links between different regions.
  var regionLinks: [Link.ID] {
    ids.flatMap { from in ids.filter { $0 != from }.map { link(from: from, to: $0) } }
  }

  /// The links that lead from one group into another, both ways and in order.
  func links(across groups: [[Region.ID]]) -> [Link.ID] {
    var links: [Link.ID] = []
    for (place, group) in groups.enumerated() {
      for (other, far) in groups.enumerated() where other != place {
        for region in group { links += far.map { link(from: region, to: $0) } }
      }
    }
    return links.sorted { $0.index < $1.index }
  }
}

extension Range<Instant> {
  /// A packet rule for this long.
  func install(_ rule: any PacketRule, on wire: Wire, _ tags: inout Tags) -> [TimedAction] {
    let tag = tags.fresh()
    return [
      TimedAction(lowerBound, .install(rule, on: wire, tag: tag)),
      TimedAction(upperBound, .remove(tag: tag)),
    ]
  }

  /// Something that happens this long to how clients find a region.
  func divert(_ diversion: Diversion) -> [TimedAction] {
    [
      TimedAction(lowerBound, .divert(diversion)),
      TimedAction(upperBound, .endDiversion(diversion)),
    ]
  }

  /// Something done to each target at the beginning and undone at the end.
  func act(
    on aims: [Aim], _ begin: (Target) -> FaultAction, _ end: (Target) -> FaultAction
  ) -> [TimedAction] {
    aims.map { TimedAction(lowerBound, begin($0.target)) }
      + aims.map { TimedAction(upperBound, end($0.undo)) }
  }
}
