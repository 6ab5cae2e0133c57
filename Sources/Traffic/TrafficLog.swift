// What happened to records and verdicts, and whom each request was sent to: from this the report's
// timeline of a failover is made.

import Simulation

/// Something that happened on the way from a fault to a record.
public struct TrafficEvent: Sendable, Equatable {
  public enum What: Sendable, Equatable {
    /// Checks, or an operator, changed the verdict on a region.
    case verdict(Region.ID, healthy: Bool)
    /// Name servers, edges or routes say so from now on.
    case record(Region.ID, healthy: Bool)
    /// An older plan was applied over a newer one.
    case planWentBack(from: Int, to: Int)
    /// The record's plan was removed: it names no region any more.
    case recordEmptied
  }
  public let at: Instant
  public let what: What
}

/// One request and the region it was for.
public struct Asking: Sendable {
  public let at: Instant
  public let client: UInt32
  /// Nil: no region was to be found.
  public let region: Region.ID?
}

/// Things that a director wants done in the world.
public enum TrafficEffect: Sendable, Equatable {
  /// Send a health check.
  case check(Int64, from: Int, of: Region.ID)
  /// Call `wake` with this number then.
  case wake(Int64, at: Instant)
  /// A fault has had an effect.
  case count(fault: Int)
}
