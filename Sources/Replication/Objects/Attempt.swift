// Works out what an operation answers and changes before anything is written, so that a transaction
// whose last step fails has touched nothing.

import Histories
import Simulation

/// An operation being tried: what it saw, and what it would write.
public struct Attempt {
  /// What it reads from; the next step may read from another state.
  var store: any Store
  public private(set) var changes: [Change] = []
  /// The newest version of what it read.
  public private(set) var version: Version?

  public init(_ store: any Store) { self.store = store }

  /// The answer; nil if a condition failed.
  public mutating func perform(_ operation: Operation) -> Answer? {
    switch operation {
    case .read(let key, .set):
      return .values(elements(of: Int64(key)))
    case .read(let key, .list):
      return .values(list(of: Int64(key)))
    case .read(let key, .register), .read(let key, .counter):
      return .value(value(of: Int64(key)))
    case .write(let key, let value):
      stage(.put, key, value)
    case .compareAndSet(let key, let expected, let new):
      guard value(of: Int64(key)) == expected else { return nil }
      stage(.put, key, new)
    case .increment(let key, let amount, let floor):
      let (sum, overflow) = (value(of: Int64(key)) ?? 0).addingReportingOverflow(amount)
      if overflow { return nil }
      if let floor, sum < floor { return nil }
      stage(.put, key, sum)
    case .insert(let key, let element):
      stage(.insert, key, element)
    case .remove(let key, let element):
      stage(.remove, key, element)
    case .append(let key, let element):
      stage(.append, key, element)
    case .transaction(let operations):
      var answers: [Answer] = []
      for operation in operations {
        guard let answer = perform(operation) else { return nil }
        answers.append(answer)
      }
      return .steps(answers)
    }
    return .done
  }

  private mutating func stage(_ kind: Change.Kind, _ key: Key, _ value: Int64) {
    changes.append(Change(kind, key: Int64(key), value: value))
  }

  private mutating func value(of key: Int64) -> Value? {
    if let own = changes.last(where: { $0.kind == .put && $0.key == key }) { return own.value }
    guard let row = store.get(Objects.registers, [key]) else { return nil }
    see(row[1], row[2])
    return row[0]
  }

  private mutating func elements(of key: Int64) -> [Value] {
    if let row = store.get(Objects.sets, [key]) { see(row[0], row[1]) }
    var elements = store.rows(Objects.members, prefix: [key]).map { $0[1] }
    for own in changes where own.key == key {
      if own.kind == .remove {
        elements.removeAll { $0 == own.value }
      } else if own.kind == .insert, !elements.contains(own.value) {
        elements.insert(own.value, at: elements.firstIndex { $0 > own.value } ?? elements.count)
      }
    }
    return elements
  }

  private mutating func list(of key: Int64) -> [Value] {
    let rows = store.rows(Objects.lists, prefix: [key])
    if let last = rows.last { see(last[3], last[4]) }
    return rows.map { $0[2] }
      + changes.filter { $0.kind == .append && $0.key == key }.map(\.value)
  }

  private mutating func see(_ major: Int64, _ minor: Int64) {
    let seen = Version(major, minor)
    version = max(version ?? seen, seen)
  }
}
