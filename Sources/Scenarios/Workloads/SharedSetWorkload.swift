// A set of few elements that everybody inserts and removes, whoever inserted them: so an insert and a
// remove of the same element meet, and which of them prevails shows. Where inserts win, no insert that was
// acknowledged after all removes were over is ever missing; where removes win, one can be.

import Checking
import Histories
import Simulation

/// `kind: shared-set`.
public struct SharedSetWorkload: Workload, IntentSource {
  public static let name = "shared-set"
  public static let summary =
    "inserts and removes of the same few elements by everybody, whole reads"
  public static let guarantees: [Guarantee] = [.converged, .noLostWrites]

  private var keys: KeyChooser
  private let pool: Int
  private let mix: Mix

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 2)
    pool = options.integer("elements", default: 20, in: 1...1_000_000, "how many elements")
    mix = Mix(&options, [("insert", 40), ("remove", 40), ("read", 20)])
  }

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let choice = mix.draw(&random)
    guard choice != "read" else { return read(keys.draw(&random)) }
    let key = keys.drawToChange(&random)
    let element = Value(random.below(pool))
    return Intent(
      function: choice == "insert" ? .insert : .remove, key: key, value: element,
      procedure: Procedure(
        .single(choice == "insert" ? .insert(key, element) : .remove(key, element))))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0) }
  }

  private func read(_ key: Key) -> Intent {
    Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, .set))))
  }
}
