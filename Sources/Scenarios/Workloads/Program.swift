// Programs of clients that take several requests, for workloads whose steps depend on what was read: the
// code that a user writes around a store that does not do the whole in one.

import Histories

/// What a client does in several requests; a value, copied with its intent.
protocol Program: Sendable {
  /// The first request.
  func begin() -> Operation
  /// Takes the answer to the current request.
  mutating func advance(_ answer: Answer) -> Procedure.Next
  /// Whether a refusal of the current request means that nothing has happened at all.
  var hasWrittenNothing: Bool { get }
  /// What to ask when nobody told how the current request ended; nil: give up.
  mutating func retry() -> Operation?
  /// What a condition that failed means, if the program knows better than its caller.
  func meaningOfFailedCondition() -> Answer?
}

extension Program {
  mutating func retry() -> Operation? { nil }
  func meaningOfFailedCondition() -> Answer? { nil }
}

extension Answer {
  /// The value of a register or counter; nil if it was never written.
  var value: Value? { if case .value(let value) = self { value } else { nil } }

  var isList: Bool { if case .values = self { true } else { false } }

  /// The elements of a set or list.
  var elements: [Value] { if case .values(let values) = self { values } else { [] } }
}

/// Reads a register or counter, computes, and changes it in a second request.
struct ReadThenChange: Program {
  /// What to do with what was read, 0 if nothing was.
  enum Change: Sendable {
    /// Sells: refused if there is not enough.
    case take(Value, type: DataType)
    /// Claims: refused if somebody has it.
    case claim(Value)
    /// Draws the next number, by compare-and-set or a plain write.
    case next(isAtomic: Bool)
  }
  let key: Key
  let change: Change
  private var seen: Value = 0
  private var stage = 0

  init(_ key: Key, _ change: Change) {
    self.key = key
    self.change = change
  }

  var hasWrittenNothing: Bool { true }

  func begin() -> Operation {
    if case .take(_, let type) = change { return .read(key, type) }
    return .read(key, .register)
  }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    stage += 1
    if stage == 1 {
      // Of siblings a client takes the greatest.
      seen = answer.value ?? answer.elements.last ?? 0
      switch change {
      case .take(let amount, let type):
        guard seen >= amount else { return .refused }
        return .ask(
          type == .counter
            ? .increment(key, by: -amount, floor: nil) : .write(key, seen - amount))
      case .claim(let user): return seen == 0 ? .ask(.write(key, user)) : .refused
      case .next(let isAtomic):
        return .ask(
          isAtomic
            ? .compareAndSet(key, expected: seen, new: seen + 1) : .write(key, seen + 1))
      }
    }
    if case .next = change { return .done(.value(seen + 1)) }
    return .done(.done)
  }
}
