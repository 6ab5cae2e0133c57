// Sets of elements that are inserted once each, so that every loss and every resurrection shows. A
// client removes what it inserted itself: an element that its own region must know of. (Removing what
// the region has not seen yet removes nothing in an observed-remove set, by definition.)

import Checking
import Histories
import Simulation

/// `kind: set`.
public struct SetWorkload: Workload, IntentSource {
  public static let name = "set"
  public static let summary = "inserts of unique elements, removes of known ones, whole reads"
  public static let guarantees: [Guarantee] = [
    .converged, .noLostWrites, .set, .setFull, .noDirtyReads,
  ]

  private var keys: KeyChooser
  private let mix: Mix
  private var lastElement: Value = 0
  /// Each client's acknowledged inserts that it has not removed: what its removes choose from.
  private var present: [Int: [(key: Key, element: Value)]] = [:]

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 3)
    mix = Mix(&options, [("insert", 70), ("remove", 10), ("read", 20)])
  }

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    switch mix.draw(&random) {
    case "read":
      return read(keys.draw(&random))
    case "remove":
      guard var own = present[client], !own.isEmpty else { return read(keys.draw(&random)) }
      let (key, element) = own.remove(at: random.below(own.count))
      present[client] = own
      return Intent(
        function: .remove, key: key, value: element,
        procedure: Procedure(.single(.remove(key, element))))
    default:
      let key = keys.drawToChange(&random)
      lastElement += 1
      return Intent(
        function: .insert, key: key, value: lastElement,
        procedure: Procedure(.single(.insert(key, lastElement))))
    }
  }

  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int) {
    guard intent.function == .insert else { return }
    present[client, default: []].append((intent.key, intent.value))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0) }
  }

  private func read(_ key: Key) -> Intent {
    Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, .set))))
  }
}
