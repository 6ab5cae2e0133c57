// Isolation by definition: all commit orders of a few transactions are tried, each against the axioms as
// Biswas and Enea write them ("On the Complexity of Checking Transactional Consistency", 2019, figure 2), for
// parallel snapshot isolation those of Cerone, Bernardi and Gotsman (2015, figure 2). Nothing here knows of
// graphs of dependencies. Mutants leave out one rule each.

import Histories

enum IsolationMutant: CaseIterable {
  /// Serializability forgets that a transaction may not read over a later write.
  case noOverwrites
  /// Snapshots need not be prefixes of the commit order.
  case snapshotsWithHoles
  /// Two transactions may update the same key at once.
  case noConflicts
  /// Whom somebody saw need not be seen.
  case notTransitive
  /// Real time and processes do not count.
  case noOrders
  /// A write of unknown outcome that was read did not happen.
  case infoNeverHappens
  /// Transactions see each other in part.
  case fractured
}

struct BruteIsolation {
  private struct Read {
    var key: Key
    /// Who wrote what it saw, in the order of the list; of a register the one writer. Empty: nobody.
    var writers: [Int]
  }

  private struct Transaction {
    var row: Int
    var writes: Set<Key> = []
    var reads: [Read] = []
    /// Who appended to a list that it saw, itself perhaps last.
    var chains: [Read] = []
  }

  private let history: History
  private let isList: Bool
  private let mutant: IsolationMutant?
  private var all: [Transaction] = []
  private(set) var isConsistent = true

  init(_ history: History, _ mutant: IsolationMutant? = nil) {
    self.history = history
    self.mutant = mutant
    isList = history.steps.contains { $0.function == .append }
    let rows = (0..<history.count).filter { row in
      history.completions[row] == .ok || history.completions[row] == .info && isRead(row)
    }
    all = rows.map { Transaction(row: $0) }
    for place in all.indices {
      let steps = Array(history.steps(of: all[place].row))
      var seen: [Key: [Int64]] = [:]
      for step in steps {
        if step.function != .read {
          all[place].writes.insert(step.key)
          seen[step.key] = isList ? seen[step.key].map { $0 + [step.value] } : [step.value]
          continue
        }
        guard history.completions[all[place].row] == .ok else { continue }
        read(place, step, steps, &seen)
      }
    }
    if isList { compareLists() }
  }

  /// Of any two lists of a key one begins with the other.
  private mutating func compareLists() {
    var lists: [(key: Key, values: [Int64])] = []
    for transaction in all where history.completions[transaction.row] == .ok {
      for step in history.steps(of: transaction.row) where step.function == .read {
        lists.append((step.key, elements(step)))
      }
    }
    for one in lists {
      for two in lists where one.key == two.key && one.values.count <= two.values.count {
        if !two.values.starts(with: one.values) { isConsistent = false }
      }
    }
  }

  /// Notes a read, which must agree with what its own transaction saw and wrote before.
  private mutating func read(
    _ place: Int, _ step: Step, _ steps: [Step], _ seen: inout [Key: [Int64]]
  ) {
    let values = elements(step)
    let known = seen[step.key]
    if let known, known != values { isConsistent = false }
    guard isConsistent, known == nil || isList else { return }
    var outside = values
    // Own appends before this read are at the end of the list.
    var own: [Int64] = []
    if isList {
      for other in steps {
        if other == step { break }
        if other.function == .append, other.key == step.key { own.append(other.value) }
      }
      guard values.suffix(own.count) == own[...] else {
        isConsistent = false
        return
      }
      outside = Array(values.dropLast(own.count))
    }
    seen[step.key] = values
    var writers: [Int] = []
    var rest = outside[...]
    while let first = rest.first {
      guard
        let writer = all.indices.first(where: { final(all[$0].row, step.key).contains(first) }),
        writer != place, !writers.contains(writer)
      else {
        isConsistent = false
        return
      }
      let group = final(all[writer].row, step.key)
      guard rest.starts(with: group) else {
        isConsistent = false
        return
      }
      writers.append(writer)
      rest = rest.dropFirst(group.count)
    }
    if known == nil { all[place].reads.append(Read(key: step.key, writers: writers)) }
    if !own.isEmpty { writers.append(place) }
    all[place].chains.append(Read(key: step.key, writers: writers))
  }

  private func elements(_ step: Step) -> [Int64] {
    switch step.shape {
    case .scalar: [step.value]
    case .list: Array(history.pool[Int(step.value)..<Int(step.value + step.extra)])
    default: []
    }
  }

  /// What a transaction leaves of its own in a key: all its appends, or its last write.
  private func final(_ row: Int, _ key: Key) -> [Int64] {
    let own = history.steps(of: row).filter { $0.function != .read && $0.key == key }.map(\.value)
    return isList ? own : Array(own.suffix(1))
  }

  private func isRead(_ row: Int) -> Bool {
    if mutant == .infoNeverHappens { return false }
    let own = history.steps(of: row).filter { $0.function != .read }
    return (0..<history.count).contains { other in
      other != row && history.completions[other] == .ok
        && history.steps(of: other).contains { step in
          step.function == .read
            && own.contains { $0.key == step.key && elements(step).contains($0.value) }
        }
    }
  }

  /// Whether some commit order satisfies a model.
  func holds(_ model: String) -> Bool {
    guard isConsistent else { return false }
    let count = all.count
    var known = [[Bool]](repeating: [Bool](repeating: false, count: count), count: count)
    for reader in all.indices {
      for read in all[reader].reads {
        for writer in read.writers { known[writer][reader] = true }
      }
    }
    if mutant != .noOrders {
      for one in all.indices {
        for two in all.indices where one != two && precedes(one, two, model) {
          known[one][two] = true
        }
      }
    }
    let weaker =
      ["strong-session-", "strong-"].first(where: model.hasPrefix).map {
        String(model.dropFirst($0.count))
      } ?? model
    return search([], known) { satisfies($0, known, weaker) }
  }

  private func precedes(_ one: Int, _ two: Int, _ model: String) -> Bool {
    let (before, after) = (all[one].row, all[two].row)
    let inProcess =
      history.processes[before] == history.processes[after]
      && history.returns[before] <= history.calls[after] && before < after
    if model.hasPrefix("strong-session-") { return inProcess }
    guard model.hasPrefix("strong-") else { return false }
    return inProcess
      || history.completions[before] == .ok && history.returns[before] < history.calls[after]
  }

  private func search(
    _ order: [Int], _ known: [[Bool]], _ fits: ([Int]) -> Bool
  ) -> Bool {
    guard fits(order) else { return false }
    if order.count == all.count { return true }
    for next in all.indices where !order.contains(next) {
      guard all.indices.allSatisfy({ order.contains($0) || !known[$0][next] }) else { continue }
      if search(order + [next], known, fits) { return true }
    }
    return false
  }

  /// Whether an order, or the beginning of one, breaks no axiom. Those that are not in it yet come after those that
  /// are, in no order among them: what is wrong already is wrong in whatever it begins.
  private func satisfies(_ order: [Int], _ known: [[Bool]], _ model: String) -> Bool {
    let count = all.count
    var places = [Int](repeating: count, count: count)
    for (place, transaction) in order.enumerated() { places[transaction] = place }
    var sees = known
    switch model {
    case "read-committed": return fitsLists(places)
    case "read-atomic": if mutant == .fractured { return fitsLists(places) }
    case "causal-cerone": if mutant != .notTransitive { close(&sees) }
    case "parallel-snapshot-isolation":
      for one in 0..<count {
        for two in 0..<count where places[one] < places[two] && mutant != .noConflicts {
          if !all[one].writes.isDisjoint(with: all[two].writes) { sees[one][two] = true }
        }
      }
      close(&sees)
    case "prefix", "snapshot-isolation":
      for one in 0..<count {
        for two in 0..<count where model == "snapshot-isolation" && places[one] < places[two] {
          guard mutant != .noConflicts else { continue }
          if !all[one].writes.isDisjoint(with: all[two].writes) { sees[one][two] = true }
        }
      }
      let direct = sees
      for one in 0..<count where mutant != .snapshotsWithHoles {
        for middle in 0..<count where places[one] < places[middle] {
          for two in 0..<count where direct[middle][two] { sees[one][two] = true }
        }
      }
    default:
      for one in 0..<count {
        for two in 0..<count { sees[one][two] = places[one] < places[two] }
      }
    }
    return fitsLists(places) && fits(places, sees)
  }

  /// Whoever saw another writer of what it read, saw it overwritten.
  private func fits(_ places: [Int], _ sees: [[Bool]]) -> Bool {
    for reader in all.indices {
      for read in all[reader].reads {
        for other in all.indices
        where other != reader && sees[other][reader] && !read.writers.contains(other)
          && all[other].writes.contains(read.key)
        {
          if mutant == .noOverwrites { continue }
          guard let last = read.writers.last, !isList else { return false }
          if places[last] < places[other] { return false }
        }
      }
    }
    return true
  }

  /// Lists are in the commit order, and nobody is missing in the middle.
  private func fitsLists(_ places: [Int]) -> Bool {
    guard isList else { return true }
    for reader in all.indices {
      for read in all[reader].chains {
        guard let last = read.writers.last else { continue }
        for (one, two) in zip(read.writers, read.writers.dropFirst())
        where places[one] > places[two] {
          return false
        }
        for other in all.indices
        where !read.writers.contains(other) && other != reader
          && all[other].writes.contains(read.key) && places[other] < places[last]
        {
          return false
        }
      }
    }
    return true
  }

  private func close(_ relation: inout [[Bool]]) {
    for middle in relation.indices {
      for one in relation.indices where relation[one][middle] {
        for two in relation.indices where relation[middle][two] { relation[one][two] = true }
      }
    }
  }
}
