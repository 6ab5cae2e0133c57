// Faults on the wire: rules that look at each packet of a link and speak first or pass.

/// What becomes of a packet.
public enum Fate: Sendable, Hashable {
  /// This rule has nothing to say.
  case pass
  case drop
  case delay(Duration)
  /// A second copy arrives so much later than the first.
  case duplicate(after: Duration)
}

/// One packet on its way.
public struct Packet: Sendable {
  public let link: Link.ID
  public let sentAt: Instant
  public let bytes: Int
}

/// A rule about packets; the first installed rule that does not pass decides.
public protocol PacketRule: Sendable {
  /// Whether it is a cut: then packets in flight are lost too.
  var isCut: Bool { get }
  mutating func judge(_ packet: Packet, _ random: inout Random) -> Fate
}

/// Drops everything: a partition.
public struct Cut: PacketRule {
  public init() {}
  public var isCut: Bool { true }
  public func judge(_ packet: Packet, _ random: inout Random) -> Fate { .drop }
}

/// Drops some packets.
public struct Lose: PacketRule {
  public let share: Ratio
  public init(_ share: Ratio) { self.share = share }
  public var isCut: Bool { false }
  public func judge(_ packet: Packet, _ random: inout Random) -> Fate {
    random.chance(share) ? .drop : .pass
  }
}

/// Delivers some packets twice, the copy up to `within` later.
public struct Duplicate: PacketRule {
  public let share: Ratio
  public let within: Duration
  public init(_ share: Ratio, within: Duration) {
    self.share = share
    self.within = within
  }
  public var isCut: Bool { false }
  public func judge(_ packet: Packet, _ random: inout Random) -> Fate {
    random.chance(share) ? .duplicate(after: random.within(.zero...within)) : .pass
  }
}

/// Delays some packets by a random time, so that later ones overtake them.
public struct Delay: PacketRule {
  public let share: Ratio
  public let by: ClosedRange<Duration>
  public init(_ share: Ratio, by: ClosedRange<Duration>) {
    self.share = share
    self.by = by
  }
  public var isCut: Bool { false }
  public func judge(_ packet: Packet, _ random: inout Random) -> Fate {
    random.chance(share) ? .delay(random.within(by)) : .pass
  }
}
