// Counters that only go up, and reads of them: whoever reads later must not see less, be it another client in
// another region. After Jepsen's workload for FaunaDB (jepsen.faunadb.monotonic; Kingsbury, "Jepsen: FaunaDB
// 2.5.4", 2019).

import Checking
import Histories
import Simulation

/// `kind: monotonic`.
public struct MonotonicWorkload: Workload, IntentSource {
  public static let name = "monotonic"
  public static let summary = "increments of counters that only go up, and reads of them"
  public static let guarantees: [Guarantee] = [.monotonic, .counter, .converged]

  private var keys: KeyChooser
  private let mix: Mix

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 2)
    mix = Mix(&options, [("add", 40), ("read", 60)])
  }

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    mix.draw(&random) == "add"
      ? .increment(keys.drawToChange(&random), by: 1, supports)
      : .readOfCounter(keys.draw(&random), supports)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { .readOfCounter($0, supports) }
  }
}
