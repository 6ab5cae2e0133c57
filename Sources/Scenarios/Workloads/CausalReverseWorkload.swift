// Inserts of values into sets that are far apart, one after the other, and reads of them all at once: who sees
// an insert must see every insert that had been acknowledged before it was called. After Jepsen's workload for
// CockroachDB (jepsen.tests.causal-reverse): transactions on different keys that no lock and no shard
// brings in order, but time.

import Checking
import Histories
import Simulation

/// `kind: causal-reverse`.
public struct CausalReverseWorkload: Workload, IntentSource {
  public static let name = "causal-reverse"
  public static let summary = "inserts into one of several sets, reads of all of them at once"
  public static let guarantees: [Guarantee] = [.causalReverse]

  private let sets: Int
  private let mix: Mix
  private var lastValue: Value = 0

  public init(_ options: inout Options) {
    sets = options.integer("sets", default: 6, in: 2...1_000, "over how many sets values go")
    mix = Mix(&options, [("insert", 60), ("read", 40)])
  }

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    guard mix.draw(&random) == "insert" else { return read(supports) }
    lastValue += 1
    let key = Key(random.below(sets))
    // The history takes all sets for one: what clients see is their union.
    return Intent(
      function: .insert, key: 0, value: lastValue,
      procedure: Procedure(.single(.insert(key, lastValue))))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] { [read(supports)] }

  private func read(_ supports: (Operation) -> Bool) -> Intent {
    .ofSets((0..<sets).map { Key($0) }, under: 0, supports)
  }
}
