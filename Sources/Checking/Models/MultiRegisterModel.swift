// Registers that transactions read and write together, as Knossos' multi-register: linearizable
// transactions, that is strict serializability. Keys that no transaction joins are judged apart.

import Histories

/// Several registers; a transaction happens at once.
public struct MultiRegisterModel: SequentialModel {
  private let start: Value?
  private let emptyReadsSayNothing: Bool

  /// - Parameters:
  ///   - initial: What all registers hold at the start; nil: nothing.
  ///   - emptyReadsSayNothing: Whether a read that returned nothing fits any value.
  public init(initial: Value? = nil, emptyReadsSayNothing: Bool = false) {
    start = initial
    self.emptyReadsSayNothing = emptyReadsSayNothing
  }

  /// Key, value, key, value, ... of the registers that were written, keys ascending.
  public func initial(_ history: History, _ rows: [Int]) -> [Value] { [] }

  public func step(_ state: [Value], _ history: History, _ row: Int, _ next: ([Value]) -> Void) {
    var now = state
    for step in history.transactionSteps(of: row) {
      let key = Value(step.key)
      var place = 0
      while place < now.count, now[place] < key { place += 2 }
      let isThere = place < now.count && now[place] == key
      if step.function == .write {
        if isThere {
          now[place + 1] = step.value
        } else {
          now.insert(contentsOf: [key, step.value], at: place)
        }
      } else if history.completions[row] == .ok {
        let held = isThere ? now[place + 1] : start
        let seen = step.shape == .scalar ? step.value : nil
        if seen == nil, emptyReadsSayNothing { continue }
        guard seen == held || !isThere && seen == nil else { return }
      }
    }
    next(now)
  }

  /// Keys in one transaction belong together.
  public func partition(_ history: History) -> [[Int]] {
    let numbers = KeyNumbers(
      (0..<history.count).flatMap { history.transactionSteps(of: $0).map(\.key) })
    var parents = Array(numbers.keys.indices)
    func root(_ key: Int) -> Int {
      var key = key
      while parents[key] != key {
        parents[key] = parents[parents[key]]
        key = parents[key]
      }
      return key
    }
    for row in 0..<history.count {
      let steps = history.transactionSteps(of: row)
      guard let first = steps.first else { continue }
      for step in steps.dropFirst() {
        let (left, right) = (root(Int(numbers[first.key])), root(Int(numbers[step.key])))
        if left != right { parents[max(left, right)] = min(left, right) }
      }
    }
    var parts = [[Int]](repeating: [], count: numbers.keys.count)
    for row in 0..<history.count {
      guard let first = history.transactionSteps(of: row).first else { continue }
      parts[root(Int(numbers[first.key]))].append(row)
    }
    return parts.filter { !$0.isEmpty }
  }

  public func describe(_ state: [Value]) -> String {
    let pairs = stride(from: 0, to: state.count - 1, by: 2).prefix(8).map {
      "\(state[$0]): \(state[$0 + 1])"
    }
    return pairs.isEmpty
      ? "nothing was written" : "the registers hold {\(pairs.joined(separator: ", "))}"
  }
}
