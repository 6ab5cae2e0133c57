// Weak isolation by definition, and random small histories for it: every pair the axioms of Biswas and
// Enea (OOPSLA 2019, figure 2) order, by loops over all transactions; then all orders of the transactions
// are tried. Mutants leave out one rule each, or add one.

import Histories

enum WeakMutant: CaseIterable {
  case noSessions, noReadsFrom, readsInAnyOrder, noSessionKnowledge, notTransitive
  case abortedIsRead, intermediateIsRead
}

struct BruteWeak {
  struct Read {
    var key: Key
    /// Index of a transaction; -1: nobody.
    var writer: Int
  }

  struct Transaction {
    var process: Int32
    var writes: [Key] = []
    var reads: [Read] = []
  }

  private var transactions: [Transaction] = []
  private var isConsistent = true
  private var answers = 0
  private var mutant: WeakMutant?

  init(_ history: History, _ mutant: WeakMutant? = nil) {
    self.mutant = mutant
    let rows = (0..<history.count).filter { history.completions[$0] != .fail }
    let isRead = rows.map { row in
      let own = history.steps(of: row).filter { $0.function == .write }
      return rows.contains { other in
        other != row && history.completions[other] == .ok
          && history.steps(of: other).contains { step in
            step.function == .read && step.shape == .scalar
              && own.contains { $0.key == step.key && $0.value == step.value }
          }
      }
    }
    for (place, row) in rows.enumerated() {
      var transaction = Transaction(process: history.processes[row])
      let steps = Array(history.steps(of: row))
      let happened = history.completions[row] == .ok || isRead[place]
      for (at, step) in steps.enumerated() {
        if step.function == .write {
          if happened { transaction.writes.append(step.key) }
          continue
        }
        guard history.completions[row] == .ok else { continue }
        answers += 1
        let own = steps[..<at].last { $0.function == .write && $0.key == step.key }
        if let own {
          if step.shape != .scalar || own.value != step.value { isConsistent = false }
        } else if step.shape == .none {
          transaction.reads.append(Read(key: step.key, writer: -1))
        } else if let writer = source(history, rows, step, place) {
          transaction.reads.append(Read(key: step.key, writer: writer))
        } else if !isForgiven(history, step) {
          isConsistent = false
        }
      }
      transactions.append(transaction)
    }
  }

  /// The transaction whose last write to the key a read returned.
  private func source(_ history: History, _ rows: [Int], _ step: Step, _ reader: Int) -> Int? {
    for (place, row) in rows.enumerated() where place != reader {
      let own = history.steps(of: row).filter { $0.function == .write && $0.key == step.key }
      if own.last?.value == step.value { return place }
      if mutant == .intermediateIsRead, own.contains(where: { $0.value == step.value }) {
        return place
      }
    }
    return nil
  }

  private func isForgiven(_ history: History, _ step: Step) -> Bool {
    guard mutant == .abortedIsRead else { return false }
    return (0..<history.count).contains { row in
      history.completions[row] == .fail
        && history.steps(of: row).contains {
          $0.function == .write && $0.key == step.key && $0.value == step.value
        }
    }
  }

  func validity(_ model: String) -> Bool? {
    guard isConsistent else { return false }
    guard answers > 0 else { return nil }
    let count = transactions.count
    let direct = (0..<count).map { left in (0..<count).map { knows(left, $0) } }
    var closure = direct
    if mutant != .notTransitive {
      for middle in 0..<count {
        for left in 0..<count where closure[left][middle] {
          for right in 0..<count where closure[middle][right] { closure[left][right] = true }
        }
      }
    }
    var before = direct
    for reader in 0..<count {
      let reads = transactions[reader].reads
      for (place, read) in reads.enumerated() {
        for other in 0..<count
        where other != read.writer && other != reader
          && transactions[other].writes.contains(read.key)
        {
          let earlier = mutant == .readsInAnyOrder ? reads[...] : reads[..<place]
          let known =
            switch model {
            case "read-committed": earlier.contains { $0.writer == other }
            case "read-atomic": direct[other][reader]
            default: closure[other][reader]
            }
          guard known else { continue }
          if read.writer < 0 { return false }
          before[other][read.writer] = true
        }
      }
    }
    return canPlace(before, [Bool](repeating: false, count: count))
  }

  private func knows(_ left: Int, _ right: Int) -> Bool {
    let sameSession =
      left < right && transactions[left].process == transactions[right].process
    return sameSession && mutant != .noSessions && mutant != .noSessionKnowledge
      || mutant != .noReadsFrom && transactions[right].reads.contains { $0.writer == left }
  }

  private func canPlace(_ before: [[Bool]], _ placed: [Bool]) -> Bool {
    if placed.allSatisfy({ $0 }) { return true }
    for next in placed.indices where !placed[next] {
      guard before.indices.allSatisfy({ placed[$0] || !before[$0][next] }) else { continue }
      var more = placed
      more[next] = true
      return canPlace(before, more)
    }
    return false
  }
}

/// Up to eight transactions over three keys.
struct RandomTransactions {
  var generator: SmallGenerator

  mutating func next() -> History {
    let count = 1 + generator.below(8)
    let keys = 1 + generator.below(3)
    let processes = 1 + generator.below(4)
    var value: Int64 = 0
    var shells: [[Step]] = []
    for _ in 0..<count {
      let length = 1 + generator.below(4)
      shells.append(
        (0..<length).map { _ in
          let key = Key(generator.below(keys))
          guard generator.chance(50) else {
            return Step(function: .read, key: key, shape: .none, value: 0)
          }
          value += 1
          return Step(function: .write, key: key, shape: .scalar, value: value)
        })
    }
    let completions: [Completion] = (0..<count).map { _ in
      let draw = generator.below(100)
      return draw < 88 ? .ok : draw < 94 ? .fail : .info
    }
    fillReads(&shells, completions)
    var history = History()
    for (place, steps) in shells.enumerated() {
      let stored = history.store(steps: steps)
      let time = 2 * Int64(place)
      let isKnown = completions[place] != .info
      history.append(
        Entry(
          process: Int32(isKnown ? generator.below(processes) : 100 + place),
          function: .transaction, key: 0, shape: .steps, value: stored.value,
          extra: stored.extra, completion: completions[place], call: time,
          return: isKnown ? time + 1 : History.never))
    }
    return history
  }

  /// Mostly final values of transactions that happened, else any written value, else nothing.
  private mutating func fillReads(_ shells: inout [[Step]], _ completions: [Completion]) {
    let isSequential = generator.chance(60)
    for place in shells.indices {
      for at in shells[place].indices where shells[place][at].function == .read {
        let key = shells[place][at].key
        let own = shells[place][..<at].last { $0.function == .write && $0.key == key }
        var finals: [Int64] = []
        var all: [Int64] = []
        for other in shells.indices where !isSequential || other < place {
          let writes = shells[other].filter { $0.function == .write && $0.key == key }
          all += writes.map(\.value)
          if let last = writes.last, completions[other] != .fail, other != place {
            finals.append(last.value)
          }
        }
        var seen: Int64?
        if let own, generator.chance(95) {
          seen = own.value
        } else if generator.chance(4), !all.isEmpty {
          seen = generator.pick(all)
        } else if !finals.isEmpty, generator.chance(90) {
          let latest = isSequential && generator.chance(60)
          seen = latest ? finals[finals.count - 1] : generator.pick(finals)
        }
        if let seen {
          shells[place][at].shape = .scalar
          shells[place][at].value = seen
        }
      }
    }
  }
}
