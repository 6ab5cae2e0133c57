// Lists to which everybody appends, and from which everybody may remove. Regions must agree on the order as
// well as on the elements. With a small pool of elements they come again after they were removed, and then
// the question is where.

import Checking
import Histories
import Simulation

/// `kind: list`.
public struct ListWorkload: Workload, IntentSource {
  public static let name = "list"
  public static let summary = "appends to lists, removes where lists can shrink (crdt), whole reads"
  public static let guarantees: [Guarantee] = [.converged]

  private var keys: KeyChooser
  private let pool: Int
  private let mix: Mix
  private var lastElement: Value = 0

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 3)
    pool = options.integer(
      "elements", default: 0, in: 0...1_000_000,
      "from how many elements clients choose; 0: each append has a new one")
    mix = Mix(&options, [("append", 70), ("remove", 0), ("read", 30)])
    if mix.has("remove"), pool == 0 {
      options.reject("mix", "mix: remove needs elements above 0, to choose from")
    }
  }

  public var facts: Facts { Facts() }

  var needs: [(name: String, operation: Operation)] {
    [("append", .append(0, 1))] + (mix.has("remove") ? [("remove", .remove(0, 1))] : [])
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let choice = mix.draw(&random)
    guard choice != "read" else { return read(keys.draw(&random)) }
    let key = keys.drawToChange(&random)
    lastElement += 1
    let element = pool > 0 ? Value(random.below(pool)) : lastElement
    return Intent(
      function: choice == "append" ? .append : .remove, key: key, value: element,
      procedure: Procedure(
        .single(choice == "append" ? .append(key, element) : .remove(key, element))))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0) }
  }

  private func read(_ key: Key) -> Intent {
    Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, .list))))
  }
}
