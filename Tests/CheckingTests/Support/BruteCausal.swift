// Sequential consistency, consistent prefix, causal consistency in three forms and PRAM by their definitions: try
// all orders, of all, or of what each process or read has before it. Shares nothing with the checkers.

import Checking
import Histories

/// Bugs that one could make; tests show that random histories would find them.
enum CausalMutant: CaseIterable {
  /// Ignores the order of each process.
  case noProcessOrder
  /// What was read does not come before the read, causally.
  case readsTellNothing
  /// Takes operations of unknown outcome as done.
  case infoMustHappen
  /// Takes operations of unknown outcome as not done.
  case infoNeverHappens
  /// Does not look at reads of the initial value.
  case ignoresEmptyReads
  /// Judges only the last read of each process.
  case lastReadsOnly
}

struct BruteCausal {
  let entries: [Entry]
  let model: String
  var mutant: CausalMutant?

  /// Whether the model holds, for some choice of the operations of unknown outcome that happened.
  func holds() -> Bool {
    let unknown = entries.indices.filter {
      entries[$0].completion == .info && entries[$0].function != .read
    }
    for choice in 0..<(1 << unknown.count) {
      if mutant == .infoMustHappen, choice + 1 < 1 << unknown.count { continue }
      if mutant == .infoNeverHappens, choice > 0 { continue }
      let happened = entries.indices.filter { place in
        if entries[place].completion == .ok { return true }
        guard let bit = unknown.firstIndex(of: place) else { return false }
        return choice >> bit & 1 == 1
      }
      if BruteOrder(happened.map { entries[$0] }, model, mutant).holds() { return true }
    }
    return false
  }
}

/// The same for operations that all happened.
private struct BruteOrder {
  let operations: [Entry]
  let model: String
  let mutant: CausalMutant?
  private var judged: [Bool] = []

  init(_ operations: [Entry], _ model: String, _ mutant: CausalMutant?) {
    self.operations = operations
    self.model = model
    self.mutant = mutant
    judged = operations.indices.map { reads($0) }
  }

  private func reads(_ place: Int) -> Bool {
    let operation = operations[place]
    guard operation.function != .write else { return false }
    if mutant == .ignoresEmptyReads, operation.shape == .none { return false }
    if mutant == .lastReadsOnly {
      return !operations.indices.contains {
        $0 > place && operations[$0].process == operation.process
          && operations[$0].function != .write
      }
    }
    return true
  }

  private func seen(_ place: Int) -> Value? {
    let operation = operations[place]
    if operation.function == .compareAndSet { return operation.extra }
    return operation.shape == .none ? nil : operation.value
  }

  private func writes(_ place: Int) -> Bool { operations[place].function != .read }

  private var processOrder: [[Bool]] {
    operations.indices.map { first in
      operations.indices.map { second in
        guard first < second, mutant != .noProcessOrder else { return false }
        guard operations[first].process == operations[second].process else { return false }
        guard model == "consistent-prefix" else { return true }
        return operations[first].function != .write || writes(second)
      }
    }
  }

  private func closed(_ relation: [[Bool]]) -> [[Bool]] {
    var before = relation
    for middle in before.indices {
      for first in before.indices where before[first][middle] {
        for second in before.indices where before[middle][second] { before[first][second] = true }
      }
    }
    return before
  }

  /// The smallest causal order; nil if a read has no write, or there is a circle.
  private var causalOrder: [[Bool]]? {
    var before = processOrder
    for read in operations.indices where judged[read] || operations[read].function != .write {
      guard let value = seen(read), judged[read] else { continue }
      let write = operations.indices.first {
        writes($0) && operations[$0].key == operations[read].key && operations[$0].value == value
      }
      guard let write else { return nil }
      if mutant != .readsTellNothing { before[write][read] = true }
    }
    before = closed(before)
    return before.indices.contains { before[$0][$0] } ? nil : before
  }

  func holds() -> Bool {
    let all = Set(operations.indices)
    switch model {
    case "sequential", "consistent-prefix":
      return exists(closed(processOrder), all) { judged[$0] }
    case "pram":
      return Set(operations.map(\.process)).sorted().allSatisfy { process in
        let seen = all.filter { operations[$0].process == process || writes($0) }
        return exists(closed(processOrder), seen) {
          operations[$0].process == process && judged[$0]
        }
      }
    default: break
    }
    guard let causal = causalOrder else { return false }
    func past(_ place: Int) -> Set<Int> { all.filter { causal[$0][place] || $0 == place } }
    switch model {
    case "weak-causal":
      return operations.indices.allSatisfy { read in
        !judged[read] || exists(causal, past(read)) { $0 == read }
      }
    case "causal-memory":
      return Set(operations.map(\.process)).sorted().allSatisfy { process in
        let own = operations.indices.filter { operations[$0].process == process }
        guard let last = own.last(where: { operations[$0].function != .write }) else { return true }
        return exists(causal, mutant == .noProcessOrder ? all : past(last)) {
          own.contains($0) && $0 <= last && judged[$0]
        }
      }
    default: return exists(causal, all, pastOf: past) { judged[$0] }
    }
  }

  /// Whether some order of some operations explains those that are judged; each by all that come before it, or by
  /// those in its past.
  private func exists(
    _ before: [[Bool]], _ members: Set<Int>, pastOf: ((Int) -> Set<Int>)? = nil,
    _ isJudged: (Int) -> Bool
  ) -> Bool {
    func place(_ placed: [Int], _ left: Set<Int>) -> Bool {
      if left.isEmpty { return true }
      for next in left.sorted() where !left.contains(where: { before[$0][next] }) {
        if isJudged(next) {
          let past = pastOf?(next)
          let last = placed.last { other in
            writes(other) && operations[other].key == operations[next].key
              && past?.contains(other) ?? true
          }
          if last.map({ operations[$0].value }) != seen(next) { continue }
        }
        if place(placed + [next], left.subtracting([next])) { return true }
      }
      return false
    }
    return place([], members)
  }
}
