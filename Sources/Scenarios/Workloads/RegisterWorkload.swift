// Registers: blind writes of values that never repeat, reads, and compare-and-set where the
// strategy has it. Unique values let a checker tell which write every read saw.

import Checking
import Histories
import Simulation

/// `kind: register`.
public struct RegisterWorkload: Workload, IntentSource {
  public static let name = "register"
  public static let summary = "reads, writes (unique values) and compare-and-set of single keys"
  public static let guarantees: [Guarantee] =
    [.linearizable] + Guarantee.orders + [
      .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads, .converged,
      .noLostWrites, .noDirtyReads, .boundedStaleness,
    ]

  private var keys: KeyChooser
  private let mix: Mix
  private var lastValue: Value = 0
  /// What each client last saw in each key: the expected values of its compare-and-sets.
  private var seen: [Int: Value] = [:]

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 10)
    mix = Mix(&options, [("read", 50), ("write", 50), ("cas", 0)])
  }

  public var facts: Facts { Facts() }

  var needs: [(name: String, operation: Operation)] {
    mix.has("cas") ? [("cas", .compareAndSet(0, expected: 0, new: 1))] : []
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    switch mix.draw(&random) {
    case "write":
      let key = keys.drawToChange(&random)
      lastValue += 1
      return Intent(
        function: .write, key: key, value: lastValue,
        procedure: Procedure(.single(.write(key, lastValue))))
    case "cas":
      let key = keys.drawToChange(&random)
      guard let expected = seen[slot(client, key)] else { return read(key) }
      lastValue += 1
      let operation = Operation.compareAndSet(key, expected: expected, new: lastValue)
      return Intent(
        function: .compareAndSet, key: key, value: lastValue, extra: expected,
        procedure: Procedure(.single(operation)))
    default:
      return read(keys.draw(&random))
    }
  }

  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int) {
    if case .value(let value?) = answer { seen[slot(client, intent.key)] = value }
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0) }
  }

  private func read(_ key: Key) -> Intent {
    Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, .register))))
  }

  private func slot(_ client: Int, _ key: Key) -> Int { client * keys.count + Int(key) }
}
