// What a client meant and heard, as a history's columns hold it: one integer, or a range of the pool.

import Histories
import Simulation

extension History {
  /// What the history's value columns hold for an operation without an answer.
  mutating func columns(asking intent: Intent) -> (Shape, Int64, Int64) {
    switch intent.function {
    case .read: return (.none, 0, 0)
    case .transaction:
      let (value, extra) = store(steps: intent.steps.map { Step(asking: $0) })
      return (.steps, value, extra)
    case .dequeue, .generate, .acquire: return (.none, 0, 0)
    default:
      guard !intent.list.isEmpty else { return (.scalar, intent.value, intent.extra) }
      let (value, extra) = store(intent.list)
      return (.list, value, extra)
    }
  }

  /// The same for an answer; nil if it tells nothing new.
  mutating func columns(of answer: Answer, _ intent: Intent) -> (Shape, Int64, Int64)? {
    if intent.function == .transaction, case .steps(let answers) = answer {
      let steps = zip(intent.steps, answers).map { step(asking: $0, answer: $1) }
      let (value, extra) = store(steps: steps)
      return (.steps, value, extra)
    }
    switch intent.function {
    case .read, .dequeue, .generate, .acquire: break
    default: return nil
    }
    switch answer {
    case .done, .value(nil): return (.none, 0, 0)
    case .value(let value?): return (.scalar, value, 0)
    case .values(let values):
      let (value, extra) = store(values)
      return (.list, value, extra)
    case .steps(let steps) where steps.contains(where: \.isList):
      let (value, extra) = store(steps.flatMap(\.elements))
      return (.list, value, extra)
    case .steps(let steps):
      var balances: [Int64] = []
      for (account, step) in steps.enumerated() {
        balances.append(Int64(account))
        if case .value(let balance) = step { balances.append(balance ?? 0) }
      }
      let (value, extra) = store(balances)
      return (.map, value, extra)
    }
  }

  /// A step of a transaction with what it read.
  private mutating func step(asking operation: Operation, answer: Answer) -> Step {
    var step = Step(asking: operation)
    guard step.function == .read else { return step }
    switch answer {
    case .value(let value?): (step.shape, step.value) = (.scalar, value)
    case .values(let values):
      step.shape = .list
      (step.value, step.extra) = store(values)
    default: break
    }
    return step
  }
}

extension Step {
  /// A step as it is asked, before anything was read.
  fileprivate init(asking operation: Operation) {
    switch operation {
    case .read(let key, _): self.init(function: .read, key: key, shape: .none, value: 0)
    case .write(let key, let value):
      self.init(function: .write, key: key, shape: .scalar, value: value)
    case .append(let key, let value):
      self.init(function: .append, key: key, shape: .scalar, value: value)
    case .compareAndSet(let key, let expected, let new):
      self.init(function: .compareAndSet, key: key, shape: .scalar, value: new, extra: expected)
    case .increment(let key, let amount, _):
      self.init(function: .increment, key: key, shape: .scalar, value: amount)
    case .insert(let key, let value):
      self.init(function: .insert, key: key, shape: .scalar, value: value)
    case .remove(let key, let value):
      self.init(function: .remove, key: key, shape: .scalar, value: value)
    case .transaction: self.init(function: .transaction, key: 0, shape: .none, value: 0)
    }
  }
}
