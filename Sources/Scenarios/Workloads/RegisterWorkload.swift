// Registers: blind writes of values that never repeat, reads, and compare-and-set where the
// strategy has it. Unique values let a checker tell which write every read saw.
//
// An update is what somebody does who opens a form, changes it and saves it at his next turn, if nobody
// has saved in between (an `If-Match` of HTTP, a conditional put): a read, then a compare-and-set. Where
// there was nothing yet, or siblings to merge, it is a read and a write.

import Checking
import Histories
import Simulation

/// `kind: register`.
public struct RegisterWorkload: Workload, IntentSource {
  public static let name = "register"
  public static let summary =
    "reads, writes (unique values), compare-and-set and updates of single keys"
  public static let guarantees: [Guarantee] =
    [.linearizable] + Guarantee.orders + [
      .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads, .converged,
      .noLostWrites, .noLostUpdates, .noDirtyReads, .boundedStaleness,
    ]

  private var keys: KeyChooser
  private let mix: Mix
  private var lastValue: Value = 0
  /// What each client last saw in each key: the expected values of its compare-and-sets.
  private var seen: [Int: Value] = [:]
  /// The key that each client has read to update it, and what it read if that was one value.
  private var opened: [Int: (key: Key, base: Value?)] = [:]

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 10)
    mix = Mix(&options, [("read", 50), ("write", 50), ("cas", 0), ("update", 0)])
  }

  public var facts: Facts { Facts() }

  var needs: [(name: String, operation: Operation)] {
    mix.has("cas") || mix.has("update") ? [("cas", .compareAndSet(0, expected: 0, new: 1))] : []
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    if let form = opened.removeValue(forKey: client) {
      return form.base.map { change(form.key, from: $0) } ?? write(form.key)
    }
    switch mix.draw(&random) {
    case "write": return write(keys.drawToChange(&random))
    case "cas":
      let key = keys.drawToChange(&random)
      return seen[slot(client, key)].map { change(key, from: $0) } ?? read(key)
    case "update":
      let key = keys.drawToChange(&random)
      opened[client] = (key, nil)
      return read(key)
    default: return read(keys.draw(&random))
    }
  }

  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int) {
    guard case .value(let value?) = answer else { return }
    seen[slot(client, intent.key)] = value
    opened[client]?.base = value
  }

  /// A form that could not be opened is not saved.
  mutating func failed(_ intent: Intent, by client: Int) { opened[client] = nil }

  private mutating func write(_ key: Key) -> Intent {
    lastValue += 1
    return Intent(
      function: .write, key: key, value: lastValue,
      procedure: Procedure(.single(.write(key, lastValue))))
  }

  private mutating func change(_ key: Key, from expected: Value) -> Intent {
    lastValue += 1
    return Intent(
      function: .compareAndSet, key: key, value: lastValue, extra: expected,
      procedure: Procedure(
        .single(.compareAndSet(key, expected: expected, new: lastValue))))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { read($0) }
  }

  private func read(_ key: Key) -> Intent {
    Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, .register))))
  }

  private func slot(_ client: Int, _ key: Key) -> Int { client * keys.count + Int(key) }
}
