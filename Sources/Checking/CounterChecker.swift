// Counters: whether reads lie between what must have been added and what may have been added, as
// Jepsen's counter checker (jepsen.checker/counter), with decrements.
//
// Settled bounds: all increments that were acknowledged before the read was called must be in it; those
// of unknown outcome, and those that ran beside the read, may be.
// Possible bounds, which the stalest read must keep: at most all increments called before it returned,
// at least all decrements.
// `counter` holds final reads to the settled bounds and others to the possible ones; `counter-bounds`,
// which is Jepsen's, holds all reads to the settled ones.

import Histories

/// Counters count what was acknowledged, once each.
public struct CounterChecker: Checker {
  public static let name = "counter"
  public static let aliases = ["counters"]
  public static let summary = "counters count every acknowledged increment, once"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    CounterReads(history, facts, allSettled: false).verdict(Self.name)
  }
}

/// Every read of a counter lies within bounds: none is stale.
public struct CounterBounds: Checker {
  public static let name = "counter-bounds"
  public static let summary = "every read of a counter has all that was acknowledged before it"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    CounterReads(history, facts, allSettled: true).verdict(Self.name)
  }
}

/// The reads of all counters of a history, compared with their bounds.
struct CounterReads {
  /// More increments nobody reads.
  private static let mostTold = 12

  private(set) var findings = Findings()
  private(set) var judged = 0
  private var below = 0
  private var above = 0

  /// Judges; only final reads by settled bounds, or all.
  init(_ history: History, _ facts: Facts, allSettled: Bool, onlyFinal: Bool = false) {
    let areMarked = FinalReads.areMarked(in: history)
    let groups = KeyRows(history)
    for group in groups.groups(.counter) {
      let rows = groups[group]
      let sums = CounterSums(history, rows)
      let final = FinalReads(history, rows, areMarked: areMarked).rows
      for row in rows.lazy.map(Int.init)
      where history.functions[row] == .read && history.completions[row] == .ok {
        let isFinal = firstIndex(in: final, notBelow: row) < firstIndex(in: final, above: row)
        if onlyFinal, !isFinal { continue }
        judge(history, row, isFinal || allSettled, sums, facts)
      }
    }
  }

  private mutating func judge(
    _ history: History, _ row: Int, _ isSettled: Bool, _ sums: CounterSums, _ facts: Facts
  ) {
    judged += 1
    let value = history.shapes[row] == .scalar ? history.values[row] : facts.counterStart
    let bounds = isSettled ? sums.finalBounds(of: row) : sums.possibleBounds(of: row)
    let low = facts.counterStart &+ bounds.low
    let high = facts.counterStart &+ bounds.high
    guard value < low || value > high else { return }
    if value < low { below += 1 } else { above += 1 }
    let name =
      isSettled ? (value < low ? "lost-increment" : "extra-increment") : "impossible-count"
    let reason = low == high ? "it should be \(low)" : "it should be between \(low) and \(high)"
    func anomaly() -> Anomaly {
      let seen = value &- facts.counterStart
      let increments = sums.evidence(row, seen: seen, isTooLow: value < low)
      let shown = increments.prefix(CounterReads.mostTold)
      let rest =
        increments.count > shown.count
        ? ["and \(increments.count - shown.count) more increments before row \(row)"] : []
      return Anomaly(
        name: name, rows: increments + [row],
        explanation: shown.map(history.story) + rest + [history.story(row), reason])
    }
    findings.add(anomaly())
  }

  func verdict(_ checker: String) -> Verdict {
    findings.verdict(
      checker, judged: judged,
      summary: judged == 0
        ? "no counter was read"
        : below + above == 0
          ? "\(count(judged, "read")) within bounds"
          : "\(below) below and \(above) above their bounds, of \(count(judged, "read"))",
      counts: [Count("reads", judged), Count("below", below), Count("above", above)])
  }
}

/// Running sums of one counter's increments, by call and by acknowledged return.
struct CounterSums {
  /// More increments nobody wants in a witness.
  private static let mostShown = 1_000

  private let history: History
  private let rows: ArraySlice<Int32>
  /// Acknowledged increments in the order of their returns.
  private var acknowledged: [Int] = []
  private var calls: [Int64] = []
  /// Sums of all positive and all negative amounts up to each call.
  private var called: [(up: Int64, down: Int64)] = [(0, 0)]
  private var returns: [Int64] = []
  /// The same of acknowledged ones up to each return.
  private var returned: [(up: Int64, down: Int64)] = [(0, 0)]

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    self.history = history
    self.rows = rows
    for row in rows.lazy.map(Int.init)
    where history.functions[row] == .increment && history.completions[row] != .fail {
      calls.append(history.calls[row])
      called.append(CounterSums.adding(history.values[row], to: called[called.count - 1]))
      if history.completions[row] == .ok { acknowledged.append(row) }
    }
    acknowledged.sort { (history.returns[$0], $0) < (history.returns[$1], $1) }
    for row in acknowledged {
      returns.append(history.returns[row])
      returned.append(CounterSums.adding(history.values[row], to: returned[returned.count - 1]))
    }
  }

  private static func adding(
    _ amount: Int64, to sums: (up: Int64, down: Int64)
  ) -> (up: Int64, down: Int64) {
    amount > 0 ? (sums.up &+ amount, sums.down) : (sums.up, sums.down &+ amount)
  }

  /// The increments that show that a read is out of bounds: as few as possible of those acknowledged before it that
  /// are more than it saw, or less; if none are needed one of all.
  func evidence(_ read: Int, seen: Int64, isTooLow: Bool) -> [Int] {
    let known = acknowledged.prefix(firstIndex(in: returns, notBelow: history.calls[read]))
    let largest = known.sorted {
      (history.values[$1].magnitude, $0) < (history.values[$0].magnitude, $1)
    }
    var shown: [Int] = []
    var sum: Int64 = 0
    for row in largest where isTooLow == (history.values[row] > 0) {
      if !shown.isEmpty, isTooLow ? sum > seen : sum < seen { break }
      sum &+= history.values[row]
      shown.append(row)
    }
    if shown.isEmpty { return history.change(among: rows) }
    return shown.prefix(CounterSums.mostShown).sorted()
  }

  /// Bounds that even the stalest read must keep.
  func possibleBounds(of read: Int) -> (low: Int64, high: Int64) {
    let most = called[firstIndex(in: calls, above: history.returns[read])]
    return (most.down, most.up)
  }

  /// Bounds of a read that sees everything that was acknowledged before it.
  func finalBounds(of read: Int) -> (low: Int64, high: Int64) {
    let most = called[firstIndex(in: calls, above: history.returns[read])]
    let sure = returned[firstIndex(in: returns, notBelow: history.calls[read])]
    return (sure.up &+ most.down, sure.down &+ most.up)
  }
}
