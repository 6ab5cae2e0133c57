// A director without a world: regions that answer checks or do not, and time that jumps from one of
// its alarms to the next.

import Simulation
import Testing

@testable import Traffic

struct Lab {
  var director: Director
  private var agenda: [(at: Instant, order: Int, what: What)] = []
  private var order = 0
  private(set) var now = Instant.zero
  private(set) var counted: [Int] = []

  private enum What {
    case wake(Int64)
    case answer(Int64)
  }

  /// How far one is from the other: all alike, the first region a little nearer.
  static func geography(places: Int, regions: Int) -> Geography {
    Geography(
      own: Array(repeating: Region.ID(0), count: places),
      ways: Array(
        repeating: (0..<regions).map { .milliseconds(Int64(10 + $0)) }, count: places),
      metres: [], resolvers: Array(0..<places))
  }

  static func routing(
    _ policy: RoutingPolicy, regions: Int = 2, health: HealthPolicy = Provider.custom.health
  ) -> Routing {
    Routing(
      policy: policy, order: (0..<regions).map { Region.ID($0) }, regions: regions, health: health,
      geography: geography(places: 1, regions: regions))
  }

  init(_ routing: Routing, clients: Int = 1, seed: UInt64 = 1) {
    director = Director(
      routing, regions: routing.weights.count,
      clientsAt: (0..<clients).map { $0 % routing.geography.own.count }, seed: seed)
    director.start(at: .zero)
  }

  /// Runs to an instant; a region answers checks after 10 ms if it is up when they are sent.
  mutating func run(until end: Instant, isUp: (Region.ID, Instant) -> Bool = { _, _ in true }) {
    takeEffects(isUp)
    while let next = agenda.indices.min(by: { precedes(agenda[$0], agenda[$1]) }),
      agenda[next].at <= end
    {
      let (at, _, what) = agenda.remove(at: next)
      now = at
      switch what {
      case .wake(let token): director.wake(token, at: at)
      case .answer(let number): director.answered(check: number, at: at)
      }
      takeEffects(isUp)
    }
    now = end
  }

  private func precedes(
    _ left: (at: Instant, order: Int, what: What), _ right: (at: Instant, order: Int, what: What)
  ) -> Bool { left.at == right.at ? left.order < right.order : left.at < right.at }

  private mutating func takeEffects(_ isUp: (Region.ID, Instant) -> Bool) {
    for effect in director.effects {
      order += 1
      switch effect {
      case .wake(let token, let at): agenda.append((at, order, .wake(token)))
      case .check(let number, _, let region):
        guard isUp(region, now) else { continue }
        agenda.append((now + .milliseconds(10), order, .answer(number)))
      case .count(let fault): counted.append(fault)
      }
    }
    director.effects = []
  }
}

extension Instant {
  static func seconds(_ count: Int64) -> Instant { .zero + .seconds(count) }
}
