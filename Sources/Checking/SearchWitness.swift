// Few operations that already have no order, out of many. Delta debugging (Zeller and Hildebrandt,
// "Simplifying and Isolating Failure-Inducing Input", 2002) with steps that can only make an order
// easier to find: leave a read out, or let an update be one of unknown outcome. So whatever has no order
// in the end had none in the beginning. An update of unknown outcome that nothing needs is no part of the
// witness. First of all, everything that was over at some moment is left out, if what follows has no order
// whatever the register held at that moment.

import Histories

struct SearchWitness {
  /// More rows nobody reads.
  static let mostShown = 24
  /// How many steps all tries together may take; to look at an operation counts as one, too.
  private static let mostWork = 50_000
  /// How many steps a try may take: more than it took to judge what is there now, as weaker operations
  /// leave more choices, but not for ever.
  private var stepsPerTry: Int

  private let register: RegisterHistory
  /// The operations as they are asked about, and their rows.
  private var items: [(entry: Entry, row: Int)] = []
  private var work = 0
  /// Whether the witness has no order whatever the register held before.
  private(set) var startsAnywhere = false

  /// All operations that were called before one returned, at which a search gave up hope after some steps.
  init(_ register: RegisterHistory, upTo stuck: Int, steps: Int) {
    self.register = register
    stepsPerTry = min(20_000, SearchWitness.allowance(after: steps))
    let history = register.history
    let end = history.returns[stuck]
    for row in register.rows.lazy.map(Int.init) where history.calls[row] <= end {
      var entry = history[row]
      if case .value(let value) = history.seen(by: row), entry.function == .read {
        (entry.shape, entry.value) = (.scalar, value)
      } else if entry.function == .read {
        entry.shape = .none
      }
      entry.version = nil
      if entry.return > end, !SearchWitness.weaken(&entry) { continue }
      items.append((entry, row))
    }
  }

  /// Takes from an operation what it demands; false if nothing is left of it.
  private static func weaken(_ entry: inout Entry) -> Bool {
    guard entry.function != .read, entry.completion != .fail else { return false }
    entry.completion = .info
    entry.return = History.never
    return true
  }

  /// The rows of a small witness, in ascending order.
  mutating func shrink() -> [Int] {
    cut()
    var size = max(1, items.count / 2)
    while true {
      var start = 0
      while start < items.count, work < SearchWitness.mostWork {
        if let fewer = weakened(from: start, size) {
          start += fewer.count - items.count + size
          items = fewer
        } else {
          start += size
        }
      }
      if size == 1 { break }
      size /= 2
    }
    let problem = SearchProblem(small())
    return (problem.rows + problem.unknownRows).map { items[Int($0)].row }.sorted()
  }

  /// Leaves out as much of the beginning as possible.
  private mutating func cut() {
    var kept = 4
    while kept < items.count, work < SearchWitness.mostWork / 2 {
      var copy = self
      copy.startsAnywhere = true
      let first = items.count - kept
      let moment = items[first].entry.call
      copy.items = items.enumerated().compactMap { place, item in
        guard place < first else { return item }
        var entry = item.entry
        guard entry.return >= moment, SearchWitness.weaken(&entry) else { return nil }
        return (entry, item.row)
      }
      let isFound = copy.hasNoOrder()
      work = copy.work
      if isFound {
        (items, startsAnywhere, stepsPerTry) = (copy.items, true, copy.stepsPerTry)
        return
      }
      kept *= 2
    }
  }

  /// Whether a short search finds that the operations have no order.
  private mutating func hasNoOrder() -> Bool {
    let problem = SearchProblem(small())
    var search = Search(problem)
    var budget = Budget(steps: stepsPerTry)
    defer { work += 5 * items.count + stepsPerTry - max(0, budget.steps) }
    for start in 0..<(startsAnywhere ? problem.stateCount : 1) {
      guard case .none = search.run(&budget, from: Int32(start)) else { return false }
    }
    stepsPerTry = min(stepsPerTry, SearchWitness.allowance(after: stepsPerTry - budget.steps))
    return true
  }

  /// How many steps a try may take where judging what is there now took some.
  private static func allowance(after steps: Int) -> Int { 200 + 3 * steps }

  /// The operations with some weakened, if these still have no order.
  private mutating func weakened(from start: Int, _ size: Int) -> [(entry: Entry, row: Int)]? {
    var isChanged = false
    var copy = self
    copy.items = []
    for (place, item) in items.enumerated() {
      guard place >= start, place < start + size, item.entry.completion != .info else {
        copy.items.append(item)
        continue
      }
      isChanged = true
      var entry = item.entry
      if SearchWitness.weaken(&entry) { copy.items.append((entry, item.row)) }
    }
    guard isChanged else { return nil }
    let isFound = copy.hasNoOrder()
    (work, stepsPerTry) = (copy.work, copy.stepsPerTry)
    return isFound ? copy.items : nil
  }

  /// The operations as a history of one key.
  private func small() -> RegisterHistory {
    var history = History()
    for item in items { history.append(item.entry) }
    let rows = (0..<Int32(items.count)).map { $0 }
    return RegisterHistory(history, rows[...], register.key, register.facts)
  }
}
