// One register's operations in the form that the search wants: small numbers for values, one event for
// each call and return, and operations of unknown outcome gathered into classes.
//
// Operations of unknown outcome that do the same thing are interchangeable, so only how many of a
// class were called and how many were used matters, not which. One whose effect nothing can need is
// left out: nobody has to notice it.
//
// What a process did at the instant when its last operation returned comes after that one, which no order of
// events says of two processes at once (ProcessOrder.swift): operations and classes name what comes before.

import Histories

/// A register's operations, numbered in the order of their calls.
struct SearchProblem {
  enum Kind: UInt8 {
    /// Holds if the state is `needs`.
    case read
    /// Holds if the state is not `needs`: a compare-and-set that found another value.
    case absence
    /// Sets the state to `gives`.
    case write
    /// Sets the state from `needs` to `gives`.
    case swap
  }

  struct Action: Hashable {
    var kind: Kind
    var needs: Int32
    var gives: Int32
  }

  /// An operation of unknown outcome.
  private struct Unknown {
    var action: Action
    var call: Int64
    var row: Int32
    var earlier: Int32
  }

  /// The state before the first operation is 0; the last state is a value that nothing here names.
  private(set) var stateCount = 2
  private(set) var actions: [Action] = []
  private(set) var rows: [Int32] = []
  /// Rows of unknown outcome whose effect something may need.
  private(set) var unknownRows: [Int32] = []
  /// Calls (2 * operation), returns (2 * operation + 1) and calls of class members (-1 - class).
  private(set) var events: [Int32] = []
  /// What operations of unknown outcome do, without duplicates.
  private(set) var classes: [Action] = []
  /// The operation that comes right before in its process and whose return does not show it; -1 for none.
  private(set) var earlier: [Int32] = []
  /// The same for classes.
  private(set) var classEarlier: [Int32] = []
  /// Whether there is one at all.
  private(set) var hasSuccessions = false
  /// The last event up to which something may still need a state; `Int32.max` if a class does.
  private(set) var lastNeed: [Int32] = []

  init(_ register: RegisterHistory) {
    let states = States(register)
    stateCount = states.count
    var unknown: [Unknown] = []
    var times: [(time: Int64, event: Int32)] = []
    let earlierRow = SearchProblem.earlierRows(register, states)
    hasSuccessions = !earlierRow.isEmpty
    var operation: [Int32: Int32] = [:]
    for row in register.rows.lazy.map(Int.init) {
      guard let action = states.action(row, register) else { continue }
      if register.history.completions[row] == .info {
        unknown.append(
          Unknown(
            action: action, call: register.history.calls[row], row: Int32(row),
            earlier: earlierRow[Int32(row)].flatMap { operation[$0] } ?? -1))
      } else {
        earlier.append(earlierRow[Int32(row)].flatMap { operation[$0] } ?? -1)
        if hasSuccessions { operation[Int32(row)] = Int32(actions.count) }
        times.append((register.history.calls[row], Int32(2 * actions.count)))
        times.append((register.history.returns[row], Int32(2 * actions.count + 1)))
        actions.append(action)
        rows.append(Int32(row))
      }
    }
    let end = times.reduce(Int64.min) { max($0, $1.time) }
    unknown.removeAll { $0.call > end }
    keepUseful(&unknown)
    unknownRows = unknown.map(\.row)
    var place: [Class: Int] = [:]
    for one in unknown {
      let own = Class(action: one.action, earlier: one.earlier)
      if place[own] == nil {
        place[own] = classes.count
        classes.append(one.action)
        classEarlier.append(one.earlier)
      }
      times.append((one.call, Int32(-1 - (place[own] ?? 0))))
    }
    // At equal times calls come first: such operations are concurrent.
    times.sort { left, right in
      if left.time != right.time { return left.time < right.time }
      let returns = (
        left.event >= 0 && left.event & 1 == 1, right.event >= 0 && right.event & 1 == 1
      )
      if returns.0 != returns.1 { return returns.1 }
      return left.event < right.event
    }
    events = times.map(\.event)
    lastNeed = needs()
  }

  /// What makes operations of unknown outcome interchangeable.
  private struct Class: Hashable {
    var action: Action
    var earlier: Int32
  }

  /// By row, the row that comes right before it in its process and returned when it was called.
  private static func earlierRows(
    _ register: RegisterHistory, _ states: States
  ) -> [Int32: Int32] {
    var earlier: [Int32: Int32] = [:]
    for pair in register.history.successions(
      among: register.rows.lazy.map(Int.init), where: { states.action($0, register) != nil })
    {
      earlier[pair.after] = pair.before
    }
    return earlier
  }

  /// Drops operations of unknown outcome whose effect nothing can need, until nothing changes.
  private func keepUseful(_ unknown: inout [Unknown]) {
    // Any other value may be what an observed absence needs.
    if actions.contains(where: { $0.kind == .absence }) { return }
    var before = -1
    while before != unknown.count {
      before = unknown.count
      var needed = [Bool](repeating: false, count: stateCount)
      for action in actions where action.kind != .write { needed[Int(action.needs)] = true }
      for other in unknown where other.action.kind == .swap {
        needed[Int(other.action.needs)] = true
      }
      unknown.removeAll { !needed[Int($0.action.gives)] }
    }
  }

  private func needs() -> [Int32] {
    var last = [Int32](repeating: -1, count: stateCount)
    for action in classes where action.kind == .swap { last[Int(action.needs)] = .max }
    if actions.contains(where: { $0.kind == .absence }) {
      return [Int32](repeating: .max, count: stateCount)
    }
    for (place, event) in events.enumerated() where event >= 0 && event & 1 == 1 {
      let action = actions[Int(event >> 1)]
      guard action.kind != .write else { continue }
      last[Int(action.needs)] = max(last[Int(action.needs)], Int32(place))
    }
    return last
  }
}

/// The values of a register as small numbers: 0 is what it holds at the start.
private struct States {
  private var values: [Value] = []
  private let initial: Value?

  init(_ register: RegisterHistory) {
    initial = register.facts.initial
    var all: [Value] = []
    for row in register.rows.lazy.map(Int.init) {
      switch register.history.functions[row] {
      case .compareAndSet: all += [register.history.values[row], register.history.extras[row]]
      default:
        if register.history.shapes[row] == .scalar { all.append(register.history.values[row]) }
      }
    }
    all.sort()
    for value in all where value != values.last && value != initial { values.append(value) }
  }

  var count: Int { values.count + 2 }

  private func state(_ value: Value) -> Int32 {
    value == initial ? 0 : Int32(firstIndex(in: values, notBelow: value) + 1)
  }

  /// What a row does; nil if it says nothing.
  func action(_ row: Int, _ register: RegisterHistory) -> SearchProblem.Action? {
    let history = register.history
    switch (history.functions[row], history.completions[row]) {
    case (.read, .ok):
      switch history.seen(by: row) {
      case .nothing:
        return register.facts.emptyReadsSayNothing
          ? nil : SearchProblem.Action(kind: .read, needs: 0, gives: 0)
      case .value(let value):
        return SearchProblem.Action(kind: .read, needs: state(value), gives: 0)
      case .several: return nil
      }
    case (.write, .ok), (.write, .info):
      return SearchProblem.Action(kind: .write, needs: 0, gives: state(history.values[row]))
    case (.compareAndSet, .fail):
      guard register.facts.failedCompareAndSetObserves else { return nil }
      return SearchProblem.Action(kind: .absence, needs: state(history.extras[row]), gives: 0)
    case (.compareAndSet, let completion):
      let (old, new) = (state(history.extras[row]), state(history.values[row]))
      if old == new {
        return completion == .ok ? SearchProblem.Action(kind: .read, needs: old, gives: 0) : nil
      }
      return SearchProblem.Action(kind: .swap, needs: old, gives: new)
    default: return nil
    }
  }
}
