// A line before some replicas, first come first served: each replica takes the next one when it is done.
// The number of replicas may change; one that is no longer wanted finishes what it has.

import Simulation

/// Who waits, and who is being served.
struct ServiceDesk: Sendable {
  /// Somebody in the line.
  struct Place: Sendable {
    let visitor: Visitor
    let since: Instant
  }

  /// The line; those before `first` have left it.
  private var line: [Place] = []
  private var first = 0
  /// Under numbers of their own, since an alarm may come for somebody who is gone.
  private var inService: [(number: Int64, place: Place)] = []
  private var services: Int64 = 0

  var waiting: Int { line.count - first }
  var busy: Int { inService.count }
  var isEmpty: Bool { waiting == 0 && inService.isEmpty }

  mutating func queue(_ visitor: Visitor, at now: Instant) {
    line.append(Place(visitor: visitor, since: now))
  }

  /// The next in the line leaves it.
  mutating func next() -> Place? {
    guard first < line.count else { return nil }
    defer {
      first += 1
      if first > 1_000, first * 2 > line.count {
        line.removeFirst(first)
        first = 0
      }
    }
    return line[first]
  }

  /// A replica begins to serve somebody: the service's number.
  mutating func begin(_ place: Place) -> Int64 {
    services += 1
    inService.append((services, place))
    return services
  }

  /// A service ends; nil if it was cut short.
  mutating func end(_ number: Int64) -> Visitor? {
    guard let index = inService.firstIndex(where: { $0.number == number }) else { return nil }
    return inService.remove(at: index).place.visitor
  }

  /// Everybody is gone; in the order in which they came.
  mutating func clear() -> [Visitor] {
    let gone = inService.map(\.place.visitor) + line[first...].map(\.visitor)
    inService = []
    line = []
    first = 0
    return gone
  }
}
