// Sequential models of one object each: queues, set, counter.

import Histories

/// A queue, first in first out or in any order. A dequeue that returned nothing found it empty; a read returns
/// all that is in it.
public struct QueueModel: SequentialModel {
  private let isOrdered: Bool

  public init(isOrdered: Bool = true) { self.isOrdered = isOrdered }

  public func initial(_ history: History, _ rows: [Int]) -> [Value] { [] }

  public func step(_ state: [Value], _ history: History, _ row: Int, _ next: ([Value]) -> Void) {
    switch history.functions[row] {
    case .enqueue:
      var more = state
      let value = history.values[row]
      let place = isOrdered ? more.count : firstIndex(in: more, above: value)
      more.insert(value, at: place)
      next(more)
    case .dequeue:
      if history.completions[row] == .info {
        takeAny(state, next)
      } else if history.shapes[row] == .scalar {
        take(history.values[row], state, next)
      } else if state.isEmpty {
        next(state)
      }
    case .read:
      let seen = history.list(of: row)
      if isOrdered ? seen.elementsEqual(state) : seen.sorted() == state { next(state) }
    default: break
    }
  }

  private func take(_ value: Value, _ state: [Value], _ next: ([Value]) -> Void) {
    let place = isOrdered ? 0 : firstIndex(in: state, notBelow: value)
    guard place < state.count, state[place] == value else { return }
    var less = state
    less.remove(at: place)
    next(less)
  }

  /// What a dequeue that nobody heard of may have taken.
  private func takeAny(_ state: [Value], _ next: ([Value]) -> Void) {
    for place in state.indices where place == 0 || state[place] != state[place - 1] {
      if isOrdered, place > 0 { break }
      var less = state
      less.remove(at: place)
      next(less)
    }
  }

  public func describe(_ state: [Value]) -> String { "the queue holds \(shown(state))" }
}

/// A set. A read returns all elements.
public struct SetModel: SequentialModel {
  public init() {}

  public func initial(_ history: History, _ rows: [Int]) -> [Value] { [] }

  public func step(_ state: [Value], _ history: History, _ row: Int, _ next: ([Value]) -> Void) {
    let value = history.values[row]
    let place = firstIndex(in: state, notBelow: value)
    let isThere = place < state.count && state[place] == value
    var changed = state
    switch history.functions[row] {
    case .insert:
      if !isThere { changed.insert(value, at: place) }
      next(changed)
    case .remove:
      if isThere { changed.remove(at: place) }
      next(changed)
    case .read where history.shapes[row] == .list:
      if history.list(of: row).sorted() == state { next(state) }
    case .read where state.isEmpty: next(state)
    default: break
    }
  }

  public func describe(_ state: [Value]) -> String { "the set holds \(shown(state))" }
}

/// A counter.
public struct CounterModel: SequentialModel {
  private let start: Value

  public init(start: Value = 0) { self.start = start }

  public func initial(_ history: History, _ rows: [Int]) -> Value { start }

  public func step(_ state: Value, _ history: History, _ row: Int, _ next: (Value) -> Void) {
    switch history.functions[row] {
    case .increment: next(state &+ history.values[row])
    case .read:
      let seen = history.shapes[row] == .scalar ? history.values[row] : start
      if seen == state { next(state) }
    default: break
    }
  }

  public func describe(_ state: Value) -> String { "the counter is \(state)" }
}

private func shown(_ values: [Value]) -> String {
  let few = values.prefix(8).map(String.init).joined(separator: ", ")
  return values.count > 8 ? "[\(few), ... \(values.count) in all]" : "[\(few)]"
}
