// Between the clients and their director: what it wants done in the world is done, what happens there
// it is told. A director knows no world, so that each of its rules can be tested by itself.

import Simulation
import Traffic

extension Clients {
  /// Alarms of this client's number are the director's.
  static var directorsAlarms: UInt32 { .max }
  /// How long a client waits to be told that a name leads nowhere. A round trip to a resolver that
  /// asks name servers itself: our model.
  static var lookup: Duration { .milliseconds(50) }

  /// Lets health checks begin.
  func startDirector(_ world: inout World) {
    director?.start(at: world.now)
    carryOut(&world)
  }

  func wakeDirector(_ token: Int64, _ world: inout World) {
    director?.wake(token, at: world.now)
    carryOut(&world)
  }

  func hear(checkNumbered number: Int64, _ world: inout World) {
    director?.answered(check: number, at: world.now)
    carryOut(&world)
  }

  func divert(_ diversion: Diversion, by fault: Int, begins: Bool, _ world: inout World) {
    director?.divert(diversion, by: fault, begins: begins, at: world.now)
    carryOut(&world)
  }

  private func carryOut(_ world: inout World) {
    guard let effects = director?.effects, !effects.isEmpty else { return }
    director?.effects.removeAll(keepingCapacity: true)
    for effect in effects {
      switch effect {
      case .check(let number, let place, let region):
        world.check(number, from: place, of: region)
      case .wake(let token, let instant):
        world.setAlarm(Self.directorsAlarms, token, at: instant)
      case .count(let fault): world.countEffect(ofFault: fault)
      }
    }
  }
}
