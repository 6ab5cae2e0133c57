// What the author of a strategy writes: a deterministic state machine, one replica value a region.

import Histories

/// What replicas say to each other.
public protocol Payload: Sendable {
  /// A short name for traces.
  var label: String { get }
  /// Its size on the wire; what `network.bytes` adds up.
  var bytes: Int { get }
}

/// A client's request as a replica gets it.
public struct Request: Sendable, Hashable {
  /// Unique in its run; what an answer refers to.
  public struct ID: Hashable, Sendable {
    public let number: Int64
    public let client: UInt32
    @inlinable public init(number: Int64, client: UInt32) {
      self.number = number
      self.client = client
    }
  }
  public let id: ID
  public let operation: Operation

  @inlinable public init(id: ID, operation: Operation) {
    self.id = id
    self.operation = operation
  }
}

/// A timer's name: what `wake` is called with. Strategies give the numbers their meaning.
public struct TimerID: Hashable, Sendable {
  public let number: Int64
  @inlinable public init(_ number: Int64) { self.number = number }
}

/// What an operator orders a region to do.
public enum Command: Sendable, Hashable {
  /// Become the primary.
  case promote
  /// Become the primary, as planned: after a primary that hands over.
  case switchOver
  /// Become the primary at once, whatever is lost by it.
  case failOver
  /// Have a region join those that decide, or leave them.
  case addMember(Region.ID)
  case removeMember(Region.ID)
  /// Have a tablet of keys go to the shard that is so many further; each counted round.
  case moveTablet(Int, further: Int)
}

extension Command: RawRepresentable {
  // An event carries it as one number.
  public var rawValue: Int64 {
    switch self {
    case .promote: 1
    case .addMember(let region): 2 | Int64(region.raw) << 8
    case .removeMember(let region): 3 | Int64(region.raw) << 8
    case .switchOver: 4
    case .failOver: 5
    case .moveTablet(let tablet, let further): 6 | Int64(tablet) << 8 | Int64(further) << 32
    }
  }

  public init?(rawValue: Int64) {
    let region = Region.ID(Int(rawValue >> 8 & 0xff))
    switch rawValue & 0xff {
    case 1: self = .promote
    case 2: self = .addMember(region)
    case 3: self = .removeMember(region)
    case 4: self = .switchOver
    case 5: self = .failOver
    case 6:
      self = .moveTablet(Int(rawValue >> 8 & 0xff_ffff), further: Int(rawValue >> 32))
    default: return nil
    }
  }
}

/// A replica: turns one input into effects, which its node holds back until what it wrote is on
/// disk. Durable BEFORE sent is the law (Ongaro, "Consensus: Bridging Theory and Practice",
/// section 3.8; every replication protocol has such a line).
///
/// The value itself is volatile: a crash drops it, and `start` builds a new one from the store.
public protocol Replica {
  associatedtype Message: Payload

  /// The region boots: at the beginning, and after every crash.
  mutating func start(_ node: inout Node<Message>)
  /// A client asks.
  mutating func handle(_ request: Request, _ node: inout Node<Message>)
  /// A message of another region arrives: late, twice, out of order, or never.
  mutating func receive(_ message: Message, from sender: Region.ID, _ node: inout Node<Message>)
  /// A timer set by this incarnation fires.
  mutating func wake(_ timer: TimerID, _ node: inout Node<Message>)
  /// An operator orders something.
  mutating func obey(_ command: Command, _ node: inout Node<Message>)

  /// Whether it takes itself for the one primary; what a fault on `primary` aims at.
  var isPrimary: Bool { get }
  /// What it still has to do before nothing would change any more, in words; nil if nothing.
  var unfinished: String? { get }
}

extension Replica {
  @inlinable public mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {}
  @inlinable public mutating func obey(_ command: Command, _ node: inout Node<Message>) {}
  @inlinable public var isPrimary: Bool { false }
  @inlinable public var unfinished: String? { nil }
}

/// Events a strategy counts for the report.
public enum Tally: Int, Sendable, CaseIterable {
  /// A write met a concurrent one that its author had not seen.
  case conflicts
  /// A stale replica was brought up to date by a read.
  case readRepairs
  /// A write was kept for a region that did not answer.
  case hints
  /// A message was sent again.
  case retransmissions
  /// A region became primary.
  case promotions
  /// A log entry or version was thrown away in favour of another history.
  case discarded
  /// One of them was written again.
  case reapplied

  /// The name in reports.
  public var name: String { self == .readRepairs ? "read-repairs" : String(describing: self) }
}
