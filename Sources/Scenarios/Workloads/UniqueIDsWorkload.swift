// Identifiers from a sequence: the next number of a counter. One transaction where the strategy has them;
// else compare-and-set; else what a user would write: increment and then read where there are counters, or
// read and write back the next number, both of which hand out the same twice.

import Checking
import Histories
import Simulation

/// `kind: unique-ids`.
public struct UniqueIDsWorkload: Workload, IntentSource {
  public static let name = "unique-ids"
  public static let summary = "draws of identifiers from sequences"
  public static let guarantees: [Guarantee] = [.uniqueIDs, .converged]

  private var keys: KeyChooser

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 1)
  }

  public var facts: Facts { Facts() }

  private func hasCounters(_ supports: (Operation) -> Bool) -> Bool {
    supports(.increment(0, by: 1, floor: nil))
  }

  /// Increment and read at once.
  private func atomic(_ key: Key) -> Operation {
    .transaction([.increment(key, by: 1, floor: nil), .read(key, .counter)])
  }

  func setup(_ supports: (Operation) -> Bool) -> [Operation] {
    // Compare-and-set needs a number to compare with.
    guard !supports(atomic(0)), supports(.compareAndSet(0, expected: 0, new: 1)) else { return [] }
    return (0..<keys.count).map { .write(Key($0), 0) }
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let key = keys.drawToChange(&random)
    let procedure: Procedure
    if supports(atomic(key)) {
      procedure = Procedure(IncrementAndRead(key, isAtomic: true))
    } else if supports(.compareAndSet(key, expected: 0, new: 1)) {
      procedure = Procedure(ReadThenChange(key, .next(isAtomic: true)))
    } else if hasCounters(supports) {
      procedure = Procedure(IncrementAndRead(key, isAtomic: false))
    } else {
      procedure = Procedure(ReadThenChange(key, .next(isAtomic: false)))
    }
    return Intent(function: .generate, key: key, procedure: procedure)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { key in
      let type: DataType = hasCounters(supports) ? .counter : .register
      return Intent(function: .read, key: key, procedure: Procedure(.single(.read(key, type))))
    }
  }
}

/// Increments a counter and takes what it reads for its own number.
private struct IncrementAndRead: Program {
  let key: Key
  let isAtomic: Bool
  private var hasIncremented = false

  init(_ key: Key, isAtomic: Bool) {
    self.key = key
    self.isAtomic = isAtomic
  }

  var hasWrittenNothing: Bool { !hasIncremented }

  func begin() -> Operation {
    let increment = Operation.increment(key, by: 1, floor: nil)
    return isAtomic ? .transaction([increment, .read(key, .counter)]) : increment
  }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    if case .steps(let steps) = answer { return .done(.value(steps.last?.value)) }
    guard hasIncremented else {
      hasIncremented = true
      return .ask(.read(key, .counter))
    }
    return .done(.value(answer.value))
  }
}
