// Where clients and health checkers live. A client beside its region has a link of its own; one that
// lives at a place has a link to every region, since a name may lead it to any. A checker is one more
// client of its place: its packets travel the same links, so that a cut which clients suffer from is
// what checks see. A server that is down, paused or cut off does not answer them, and one behind an app
// tier only once that has let them in.

import Histories

extension World {
  /// Sends a health check from a place to a region. If it is answered, the driver hears its number.
  public mutating func check(_ number: Int64, from place: Int, of region: Region.ID) {
    let origin = UInt8(place + 1)
    let arrivals = network.send(64, over: uplink(from: origin, to: region.index), at: now)
    for arrival in [arrivals.first, arrivals.second] {
      guard let arrival else { continue }
      queue.schedule(
        Event(.check, node: region.raw, peer: origin, payload: number), at: arrival.nanoseconds)
    }
  }

  mutating func arrive(check number: Int64, from origin: UInt8, at region: Int) {
    guard admits(region, arrivingOver: uplink(from: origin, to: region)) else { return }
    if door == nil {
      answer(check: number, to: origin, from: region)
    } else {
      knock(.check(number, origin: origin), at: region)
    }
  }

  /// A check gets into the server, which answers it if it is not paused.
  mutating func answer(check number: Int64, to origin: UInt8, from region: Int) {
    guard !servers[region].isPaused else {
      faults.countPaused(region)
      return
    }
    let arrivals = network.send(64, over: downlink(from: region, to: origin), at: now)
    for arrival in [arrivals.first, arrivals.second] {
      guard let arrival else { continue }
      queue.schedule(
        Event(.checked, node: UInt8(region), peer: origin, payload: number),
        at: arrival.nanoseconds)
    }
  }

  /// The way to a region from where somebody lives: a place plus one, or 0 for beside the region.
  func uplink(from origin: UInt8, to region: Int) -> Link.ID {
    origin == 0
      ? network.uplink(of: region) : network.uplink(from: Int(origin) - 1, to: region)
  }

  /// The way back.
  func downlink(from region: Int, to origin: UInt8) -> Link.ID {
    origin == 0
      ? network.downlink(of: region) : network.downlink(from: region, to: Int(origin) - 1)
  }

  /// Remembers where a client lives: answers go there.
  mutating func note(_ client: UInt32, livesAt origin: UInt8) {
    let place = Int(client)
    while clientPlaces.count <= place { clientPlaces.append(0) }
    clientPlaces[place] = origin
  }
}
