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
    guard choice != "read" else { return read(keys.draw(&random), supports) }
    let key = keys.drawToChange(&random)
    let amount = Value(1 + random.below(5)) * (choice == "add" ? 1 : -1)
    let increment = Operation.increment(key, by: amount, floor: nil)
    return Intent(
      function: .increment, key: key, value: amount,
      procedure: Procedure(
        supports(increment) ? .single(increment) : .readAndAdd(key, amount)))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0, supports) }
  }

  private func read(_ key: Key, _ supports: (Operation) -> Bool) -> Intent {
    let hasCounters = supports(.increment(key, by: 1, floor: nil))
    let operation = Operation.read(key, hasCounters ? .counter : .register)
    return Intent(function: .read, key: key, procedure: Procedure(.single(operation)))
  }
}
