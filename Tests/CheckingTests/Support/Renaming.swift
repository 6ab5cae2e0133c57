// Histories made from others in ways that must not change a verdict: other names and times, two at once, a read that
// was not answered.

import Checking

@testable import Histories

/// Other names for what occurs in a history.
struct Renaming {
  var key: (Key) -> Key = { $0 }
  var value: (Value) -> Value = { $0 }
  var process: (Int32) -> Int32 = { $0 }
  var time: (Int64) -> Int64 = { $0 }
}

extension History {
  /// Appends a row of another history by other names.
  private mutating func append(_ row: Int, of other: History, _ names: Renaming) {
    var entry = other[row]
    switch entry.shape {
    case .none: break
    case .scalar: entry.value = names.value(entry.value)
    case .string: entry.value = place(ofString: other.strings[Int(entry.value)])
    case .list: (entry.value, entry.extra) = store(other.list(of: row).map(names.value))
    case .map:
      let pairs = other.list(of: row).enumerated().map { place, number in
        place % 2 == 0 ? Int64(names.key(Key(number))) : names.value(number)
      }
      (entry.value, entry.extra) = store(pairs)
    case .steps:
      let steps = other.steps(of: row).map { step in
        var step = step
        step.key = names.key(step.key)
        if step.shape == .scalar { step.value = names.value(step.value) }
        if step.shape == .list {
          let list = other.pool[Int(step.value)..<Int(step.value + step.extra)]
          (step.value, step.extra) = store(list.map(names.value))
        }
        return step
      }
      (entry.value, entry.extra) = store(steps: steps)
    }
    // The expected value of a compare-and-set, or the client that a lock is for.
    let hasName = entry.function == .compareAndSet || other.lockOwner(of: row) != nil
    if hasName { entry.extra = names.value(entry.extra) }
    entry.key = names.key(entry.key)
    entry.process = names.process(entry.process)
    entry.call = names.time(entry.call)
    if entry.return != History.never { entry.return = names.time(entry.return) }
    append(entry)
  }

  /// The same by other names.
  func renamed(_ names: Renaming) -> History {
    var renamed = History()
    for row in 0..<count { renamed.append(row, of: self, names) }
    return renamed
  }

  /// This and another history at once, which share neither keys nor processes.
  func beside(_ other: History) -> History {
    let all = (0..<count).map { (self, $0) } + (0..<other.count).map { (other, $0) }
    let sorted = all.enumerated().sorted { left, right in
      let (one, two) = (left.element, right.element)
      return (one.0.calls[one.1], left.offset) < (two.0.calls[two.1], right.offset)
    }
    var both = History()
    for (_, (history, row)) in sorted { both.append(row, of: history, Renaming()) }
    return both
  }

  /// Whether a row asks and changes nothing, and was answered.
  func isAnsweredRead(_ row: Int) -> Bool {
    guard completions[row] == .ok else { return false }
    return functions[row] == .read
      || functions[row] == .transaction && steps(of: row).allSatisfy { $0.function == .read }
  }

  /// The same, but nobody heard what a read saw.
  func silenced(_ row: Int) -> History {
    var silenced = self
    // Whoever did not hear goes on as a new process; here it is the one that did not hear that is renamed.
    silenced.processes[row] = 30_000 + Int32(row)
    silenced.completions[row] = .info
    silenced.returns[row] = History.never
    if !versions.isEmpty { silenced.versions[row] = .initial }
    guard shapes[row] == .steps else {
      (silenced.shapes[row], silenced.values[row], silenced.extras[row]) = (.none, 0, 0)
      return silenced
    }
    for place in Int(values[row])..<Int(values[row] + extras[row]) {
      silenced.steps[place].shape = .none
      (silenced.steps[place].value, silenced.steps[place].extra) = (0, 0)
    }
    return silenced
  }
}
