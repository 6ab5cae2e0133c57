// Which model a history's functions call for, and checkers for the objects of which a history does not
// say by itself that linearizability is meant.

import Histories

extension Linearizable {
  /// The verdict by a model other than a register, if the history calls for one.
  func checkByModel(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict? {
    var occurs = [Bool](repeating: false, count: Function.allCases.count)
    for function in history.functions { occurs[Int(function.rawValue)] = true }
    func only(_ functions: Function...) -> Bool {
      Function.allCases.allSatisfy { functions.contains($0) || !occurs[Int($0.rawValue)] }
    }
    func has(_ function: Function) -> Bool { occurs[Int(function.rawValue)] }
    if has(.acquire) || has(.release), only(.acquire, .release) {
      // As Knossos' mutex: whoever releases it. See `owner-aware-mutex`.
      return ModelChecker(MutexModel(isOwned: false)).check(history, Self.name, budget)
    }
    if has(.enqueue) || has(.dequeue), only(.enqueue, .dequeue) {
      return ModelChecker.queue(isOrdered: true).check(history, Self.name, budget)
    }
    if has(.append) || history.shapes.contains(.string), only(.read, .write, .append) {
      if let versions = TextVersions(history) {
        let verdict = checkRegisters(
          versions.registers, TextVersions.facts, budget, text: versions, versions.findings)
        if versions.isPlain || verdict.validity == .violated { return verdict }
      }
      return ModelChecker(TextModel()).check(history, Self.name, budget)
    }
    if has(.transaction), only(.transaction, .read, .write),
      history.steps.allSatisfy({ $0.function == .read || $0.function == .write })
    {
      let model = MultiRegisterModel(
        initial: facts.initial, emptyReadsSayNothing: facts.emptyReadsSayNothing)
      return ModelChecker(model).check(history, Self.name, budget)
    }
    return nil
  }
}

extension ModelChecker where Model == QueueModel {
  /// Queues, without search where all values differ.
  static func queue(isOrdered: Bool) -> ModelChecker {
    ModelChecker(QueueModel(isOrdered: isOrdered)) { history, rows in
      switch UniqueQueue(history, rows, isOrdered: isOrdered)?.judge() {
      case .holds: .holds
      case .violated(let anomaly): .violated(anomaly)
      case .undecided, nil: nil
      }
    }
  }
}

/// Queues in any order behave as one copy.
public struct LinearizableBag: Checker {
  public static let name = "linearizable-queue"
  public static let summary = "queues whose order does not matter behave as one copy, in real time"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    ModelChecker.queue(isOrdered: false).check(history, Self.name, budget)
  }
}

/// Sets behave as one copy.
public struct LinearizableSet: Checker {
  public static let name = "linearizable-set"
  public static let summary = "sets behave as one copy, in real time"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    ModelChecker(SetModel()) { history, rows in
      GrowingSet(history, rows).map { $0.anomaly.map { .violated($0) } ?? .holds }
    }.check(history, Self.name, budget)
  }
}

/// Counters behave as one copy.
public struct LinearizableCounter: Checker {
  public static let name = "linearizable-counter"
  public static let summary = "counters behave as one copy, in real time"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let start = facts.counterStart
    return ModelChecker(CounterModel(start: start)) { history, rows in
      UnitCounter(history, rows, start: start).map { $0.anomaly.map { .violated($0) } ?? .holds }
    }.check(history, Self.name, budget)
  }
}
