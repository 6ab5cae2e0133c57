// What a process did next at the very instant when its last answer came. Clocks are coarse, and a client with
// a backlog does not wait: so the call of one operation and the return of another often have the same time. Of
// two processes such operations are concurrent, since nobody knows which of the two moments came first. Of
// one process they are not: it called the second because it had the answer to the first.
//
// With such successions real time need no longer be an interval order (Fishburn, "Intransitive Indifference with
// Unequal Indifference Intervals", 1970): if A then B, and C then D, touch at one instant, A comes before B and C
// before D, and nothing else is known of the four. One line of moments can not say that of two processes at
// one instant. It can of one: the calls of the others, then what it did in its order, then the returns of the
// others. So checkers that read one line of moments take `EventOrder`, which says when it says too much; then what
// holds there holds, what fails on a line that says too little fails, and the searches decide the rest.
//
// Locality (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects", 1990)
// rests on intervals, too: where two processes go from one key to another at the same instant, each key
// may have an order and all keys together none. `History.isLocal` tells.

import Histories

/// Two operations of one process of which the first returned when the second was called. Rows.
struct Succession: Equatable {
  var before: Int32
  var after: Int32
}

/// The last row that each process had.
private struct LastRows {
  private let low: Int
  private var dense: [Int32] = []
  private var sparse: [Int32: Int32] = [:]

  init(_ history: History, _ rows: some Sequence<Int>) {
    var least = Int32.max
    var most = Int32.min
    var count = 0
    for row in rows {
      least = min(least, history.processes[row])
      most = max(most, history.processes[row])
      count += 1
    }
    low = Int(least)
    let width = Int(most) - low + 1
    if count > 0, width <= 4 * count + 64 { dense = Array(repeating: -1, count: width) }
  }

  /// Notes a row; gives the one before, or -1.
  mutating func replace(_ process: Int32, _ row: Int) -> Int {
    guard !dense.isEmpty else { return Int(sparse.updateValue(Int32(row), forKey: process) ?? -1) }
    let before = dense[Int(process) - low]
    dense[Int(process) - low] = Int32(row)
    return Int(before)
  }
}

extension History {
  /// The successions among some rows, in the order of their calls, of those that count; what is of unknown
  /// outcome comes after others, and nothing after it.
  func successions(among rows: some Sequence<Int>, where counts: (Int) -> Bool) -> [Succession] {
    // Where none touch none of those that count do, and that is the usual case.
    successions(rows) { _ in true }.isEmpty ? [] : successions(rows, counts)
  }

  private func successions(_ rows: some Sequence<Int>, _ counts: (Int) -> Bool) -> [Succession] {
    var last = LastRows(self, rows)
    var found: [Succession] = []
    for row in rows where counts(row) {
      let before = last.replace(processes[row], row)
      if before >= 0, returns[before] == calls[row] {
        found.append(Succession(before: Int32(before), after: Int32(row)))
      }
    }
    return found
  }

  /// Whether an operation came before another: over before the other was called, or earlier in its process.
  func precedes(_ row: Int, _ other: Int) -> Bool {
    returns[row] < calls[other]
      || returns[row] == calls[other] && processes[row] == processes[other] && row < other
  }

  /// Whether keys can be judged one by one: no two processes went from one key to another at one instant.
  var isLocal: Bool {
    var moves = successions(among: 0..<count) { _ in true }
      .filter { keys[Int($0.before)] != keys[Int($0.after)] }
      .map { (time: calls[Int($0.after)], process: processes[Int($0.after)]) }
    moves.sort { $0 < $1 }
    return !zip(moves, moves.dropFirst()).contains {
      $0.time == $1.time && $0.process != $1.process
    }
  }
}

/// The calls and returns of some rows on one line: whatever returns before something else is called came before
/// it, and nothing else did.
struct EventOrder {
  struct Event {
    /// Which of the rows.
    var item: Int32
    var isReturn: Bool
  }

  let rows: [Int]
  private(set) var events: [Event] = []
  /// Whether the line says what it should: false if two processes have successions at one instant. Then it says
  /// too much, a line on which all that happened may have happened.
  private(set) var isExact = true

  /// The events of the rows that count, without returns of what never returned.
  /// - Parameter ignoresProcesses: whether all that touches is concurrent, so that the line says too little.
  init(
    _ history: History, _ rows: [Int], ignoresProcesses: Bool = false, where counts: (Int) -> Bool
  ) {
    self.rows = rows
    let successions = ignoresProcesses ? [] : history.successions(among: rows, where: counts)
    let leaves = Set(successions.map(\.before))
    let follows = Set(successions.map(\.after))
    for (pair, next) in zip(successions, successions.dropFirst()) {
      let (row, other) = (Int(pair.after), Int(next.after))
      let isShared = history.calls[row] == history.calls[other]
      if isShared, history.processes[row] != history.processes[other] { isExact = false }
    }
    // At one instant: calls, then what processes that went on did, in the order of rows, then returns.
    var moments: [(time: Int64, phase: UInt8, item: Int32, isReturn: UInt8)] = []
    moments.reserveCapacity(2 * rows.count)
    for (item, row) in rows.enumerated() where counts(row) {
      let follows = !follows.isEmpty && follows.contains(Int32(row))
      moments.append((history.calls[row], follows ? 1 : 0, Int32(item), 0))
      guard history.completions[row] == .ok else { continue }
      let leaves = !leaves.isEmpty && leaves.contains(Int32(row))
      moments.append((history.returns[row], leaves ? 1 : 2, Int32(item), 1))
    }
    moments.sort { $0 < $1 }
    events = moments.map { Event(item: $0.item, isReturn: $0.isReturn == 1) }
  }
}
