// Linearizability of a counter to which everybody adds the same amount, in the time that it takes to sort.
//
// Only how many increments happened matters, not which. So it is right to be lazy: to let an increment
// happen only when it returns, or when a read that returns needs it; and to take of those that run the
// one that returns first (earliest deadline first: to swap two increments of an order so that the one
// that returns first comes first leaves an order). By induction no order has had fewer increments at
// any moment, and every read that runs while the count passes its answer happens then. A read fails iff
// the count is beyond its answer already when it is called, or can not reach it until it returns.
// This is the just-in-time rule of Lowe, "Testing for Linearizability", 2017, with nothing left
// to choose.

import Histories

/// Judges one counter; nil where it does not apply, or what processes did at one instant is not on one line.
struct UnitCounter {
  /// More operations nobody reads.
  private static let mostTold = 12

  private let history: History
  private(set) var anomaly: Anomaly?

  /// Nil if amounts differ.
  init?(_ history: History, _ rows: [Int], start: Value) {
    self.history = history
    var unit: Value = 0
    for row in rows where history.completions[row] != .fail {
      switch history.functions[row] {
      case .read: break
      case .increment where unit == 0 || history.values[row] == unit: unit = history.values[row]
      default: return nil
      }
      guard unit != 0 || history.functions[row] == .read else { return nil }
    }
    func counts(_ row: Int) -> Bool {
      history.completions[row] == .ok
        || history.completions[row] == .info && history.functions[row] != .read
    }
    let order = EventOrder(history, rows, where: counts)
    judge(order, unit, start)
    if anomaly == nil || order.isExact { return }
    anomaly = nil
    judge(EventOrder(history, rows, ignoresProcesses: true, where: counts), unit, start)
    if anomaly == nil { return nil }
  }

  private mutating func judge(_ order: EventOrder, _ unit: Value, _ start: Value) {
    // Increments that run, the one that returns first on top.
    var pending = RankedHeap()
    var happened = 0
    var isDone: Set<Int> = []
    // What the count was when each read was called.
    var countAtCall: [Int: Int] = [:]
    for event in order.events {
      let row = order.rows[Int(event.item)]
      switch (history.functions[row], event.isReturn) {
      case (.read, false): countAtCall[row] = happened
      case (.read, true):
        let seen = history.shapes[row] == .scalar ? history.values[row] : start
        guard let needed = UnitCounter.steps(from: start, to: seen, unit) else {
          return complain(row, "no number of increments makes \(seen)")
        }
        let least = countAtCall[row] ?? 0
        guard needed >= least else {
          return complain(
            row, "in every order \(count(least, "increment")) had happened when it was called",
            before: evidence(row, needed, order, start))
        }
        while happened < needed {
          guard let next = pending.pop() else {
            return complain(
              row, "no more than \(count(happened, "increment")) had been called by then")
          }
          isDone.insert(next)
          happened += 1
        }
      case (_, false): pending.push(history.end(of: row), row)
      case (_, true):
        guard isDone.remove(row) == nil else { continue }
        // It returns first of all that are pending.
        if pending.pop() != nil { happened += 1 }
      }
    }
  }

  /// How many increments lead from one value to another; nil if none do.
  private static func steps(from start: Value, to end: Value, _ unit: Value) -> Int? {
    let (distance, isTooFar) = end.subtractingReportingOverflow(start)
    if isTooFar { return nil }
    if unit == 0 { return distance == 0 ? 0 : nil }
    let (steps, isTooMany) = distance.dividedReportingOverflow(by: unit)
    return !isTooMany && steps >= 0 && steps &* unit == distance ? Int(steps) : nil
  }

  /// What had happened before a read that saw too few increments: one more of them, if so many had returned; else those
  /// that had, and the read that had seen the most.
  private func evidence(_ read: Int, _ needed: Int, _ order: EventOrder, _ start: Value) -> [Int] {
    var over: [Int] = []
    for event in order.events {
      let row = order.rows[Int(event.item)]
      if row == read { break }
      if event.isReturn { over.append(row) }
    }
    let increments = over.filter { history.functions[$0] == .increment }
    if increments.count > needed { return Array(increments.prefix(needed + 1)) }
    let most = over.filter { history.functions[$0] == .read && history.shapes[$0] == .scalar }
      .max { (history.values[$0] &- start).magnitude < (history.values[$1] &- start).magnitude }
    return increments + (most.map { [$0] } ?? [])
  }

  private mutating func complain(_ row: Int, _ reason: String, before: [Int] = []) {
    let told = before.prefix(UnitCounter.mostTold)
    let rest =
      before.count > told.count ? ["and \(before.count - told.count) more before row \(row)"] : []
    anomaly = Anomaly(
      name: "no-order", rows: before.sorted() + [row],
      explanation: told.map(history.story) + rest + [history.story(row), reason])
  }
}
