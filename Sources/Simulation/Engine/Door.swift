// What stands before the regions' servers and has only so much room: an app tier. A request that has
// come over the wire, or a health check, waits at the door until it is let in or turned away. A world
// without a door lets everybody in at once, and its events are what they were.
//
// The world knows who waits only by name; what a tier does with them is the door's own affair
// (Sources/Traffic/AppTier.swift).

import Histories

/// Somebody at a region's door.
public enum Visitor: Sendable, Hashable {
  /// A client's request; the slot is where the world keeps it.
  case request(Request.ID, slot: Int)
  /// A health check.
  case check(Int64, origin: UInt8)
}

/// Decides who gets into a server, and when. Whoever knocks must be let in, turned away or forgotten once.
public protocol Door: AnyObject {
  /// Somebody has reached a region that is up.
  func knocked(_ visitor: Visitor, at region: Region.ID, _ world: inout World)
  /// An alarm set by `World.setDoorAlarm` goes off.
  func alarm(_ token: Int64, at region: Region.ID, _ world: inout World)
  /// A region has stopped. Whoever waited there is gone with it: to be forgotten.
  func crashed(_ region: Region.ID, _ world: inout World)
  /// A region has started, for the first time or again.
  func booted(_ region: Region.ID, _ world: inout World)
  /// An operator orders so many replicas.
  func scale(_ region: Region.ID, to replicas: Int, _ world: inout World)
  /// How many replicas of a region can serve.
  func replicas(of region: Region.ID) -> Int
}

extension World {
  mutating func knock(_ visitor: Visitor, at region: Int) {
    door?.knocked(visitor, at: Region.ID(region), &self)
  }

  /// Somebody who knocked gets into the region's server.
  public mutating func letIn(_ visitor: Visitor, to region: Region.ID) {
    switch visitor {
    case .request(_, let slot): enter(request: slot, at: region.index)
    case .check(let number, let origin):
      answer(check: number, to: origin, from: region.index)
    }
  }

  /// Somebody who knocked is told that there is no room; a health check then has failed, which its
  /// checker learns from silence.
  public mutating func turnAway(_ visitor: Visitor, from region: Region.ID) {
    guard case .request(let id, let slot) = visitor else { return }
    requests.discard(slot)
    answer(id, .fail(.overloaded), from: region.index)
  }

  /// Somebody who knocked never gets in, and nobody tells.
  public mutating func forget(_ visitor: Visitor) {
    if case .request(_, let slot) = visitor { requests.discard(slot) }
  }

  /// Has the door's `alarm` called.
  public mutating func setDoorAlarm(_ token: Int64, at region: Region.ID, at instant: Instant) {
    queue.schedule(Event(.door, node: region.raw, payload: token), at: instant.nanoseconds)
  }

  /// An operator orders so many replicas for a region's app tier. It has them once they have started, and
  /// found a machine. Nothing happens in a world without app tiers.
  public mutating func scale(_ region: Region.ID, to replicas: Int) {
    door?.scale(region, to: replicas, &self)
  }

  /// How many replicas of a region's app tier can serve; 0 in a world without app tiers.
  public func replicas(of region: Region.ID) -> Int { door?.replicas(of: region) ?? 0 }
}
