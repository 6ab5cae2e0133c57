// Works out what an operation answers and changes before anything is written, so that a transaction
// whose last step fails has touched nothing.

import Histories
import Simulation

extension AsyncPrimary {
  /// An operation being tried: what it saw, and what it would write.
  struct Attempt {
    private let store: any Store
    private(set) var steps: [Step] = []
    /// The newest entry that something read here was written by.
    private(set) var seen: Place?

    init(_ store: any Store) { self.store = store }

    /// The version of what was read.
    var version: Version? { seen.map { Version($0.epoch, $0.position) } }

    /// The answer; nil if a condition failed.
    mutating func perform(_ operation: Operation) -> Answer? {
      switch operation {
      case .read(let key, .set):
        return .values(elements(of: Int64(key)))
      case .read(let key, _):
        return .value(value(of: Int64(key)))
      case .write(let key, let value):
        stage(.put, Int64(key), value)
        return .done
      case .compareAndSet(let key, let expected, let new):
        guard value(of: Int64(key)) == expected else { return nil }
        stage(.put, Int64(key), new)
        return .done
      case .increment(let key, let amount, let floor):
        let (sum, overflow) = (value(of: Int64(key)) ?? 0).addingReportingOverflow(amount)
        if overflow { return nil }
        if let floor, sum < floor { return nil }
        stage(.put, Int64(key), sum)
        return .done
      case .insert(let key, let element):
        stage(.insert, Int64(key), element)
        return .done
      case .remove(let key, let element):
        stage(.remove, Int64(key), element)
        return .done
      case .transaction(let operations):
        var answers: [Answer] = []
        for operation in operations {
          guard let answer = perform(operation) else { return nil }
          answers.append(answer)
        }
        return .steps(answers)
      }
    }

    private mutating func stage(_ kind: Step.Kind, _ key: Int64, _ value: Int64) {
      steps.append(Step(kind: kind, key: key, value: value))
    }

    private mutating func value(of key: Int64) -> Value? {
      if let own = steps.last(where: { $0.kind == .put && $0.key == key }) { return own.value }
      guard let row = store.get(Tables.registers, [key]) else { return nil }
      see(Place(epoch: row[1], position: row[2]))
      return row[0]
    }

    private mutating func elements(of key: Int64) -> [Value] {
      if let row = store.get(Tables.sets, [key]) { see(Place(epoch: row[0], position: row[1])) }
      var elements = store.rows(Tables.members, prefix: [key]).map { $0[1] }
      for own in steps where own.key == key && own.kind != .put {
        if own.kind == .remove {
          elements.removeAll { $0 == own.value }
        } else if !elements.contains(own.value) {
          elements.insert(own.value, at: elements.firstIndex { $0 > own.value } ?? elements.count)
        }
      }
      return elements
    }

    private mutating func see(_ place: Place) { seen = max(seen ?? place, place) }
  }
}
