// Counters. Where the strategy has no increment, clients read and write back: what a user of a
// plain register store would do, and what loses updates.

import Checking
import Histories
import Simulation

/// `kind: counter`.
public struct CounterWorkload: Workload, IntentSource {
  public static let name = "counter"
  public static let summary = "increments and decrements; read-and-write-back where there are none"
  public static let guarantees: [Guarantee] = [.converged, .counter, .counterBounds]

  private var keys: KeyChooser
  private let mix: Mix

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 3)
    mix = Mix(&options, [("read", 30), ("add", 60), ("subtract", 10)])
  }

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let choice = mix.draw(&random)
    guard choice != "read" else { return .readOfCounter(keys.draw(&random), supports) }
    let key = keys.drawToChange(&random)
    let amount = Value(1 + random.below(5)) * (choice == "add" ? 1 : -1)
    return .increment(key, by: amount, supports)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { .readOfCounter($0, supports) }
  }
}
