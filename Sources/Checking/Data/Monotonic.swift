// Monotonic: a register that only goes up is never seen to go down, neither by one process nor from a read
// that had returned to a read called later. After Jepsen's workload for FaunaDB (jepsen.faunadb monotonic):
// increments and reads.
//
// The second is more than sessions promise: it is what a linearizable counter, or one primary without stale
// reads, offers. The anomalies have two names, so that one can be told from the other.

import Histories

/// What only grows is never seen to shrink.
public struct Monotonic: Checker {
  public static let name = "monotonic"
  public static let summary = "a counter that only goes up is never seen to go down"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let groups = KeyRows(history)
    var findings = Findings()
    var judged = 0
    for group in groups.groups(.counter) {
      let rows = groups[group].map(Int.init)
      if let decrease = rows.first(where: {
        history.functions[$0] == .increment && history.values[$0] < 0
      }) {
        return Verdict(
          checker: Self.name, judged: 0, anomalies: [],
          unknown:
            "row \(decrease) takes from key \(history.name(of: history.keys[decrease])): only "
            + "what never goes down can be judged")
      }
      let reads = rows.filter {
        history.functions[$0] == .read && history.completions[$0] == .ok
      }
      compare(history, reads, history.change(among: groups[group]), facts, &findings, &judged)
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no read came after another" : "\(count(judged, "read")) not below an earlier one")
  }

  /// Each read with the highest that its process, or anybody, had heard of before it was called.
  private func compare(
    _ history: History, _ reads: [Int], _ change: [Int], _ facts: Facts,
    _ findings: inout Findings, _ judged: inout Int
  ) {
    func value(_ row: Int) -> Value {
      history.shapes[row] == .scalar ? history.values[row] : facts.counterStart
    }
    let ends = reads.sorted { (history.returns[$0], $0) < (history.returns[$1], $1) }
    var ended = 0
    var highest: Int?
    var own: [Int32: Int] = [:]
    for read in reads {
      while ended < ends.count, history.returns[ends[ended]] < history.calls[read] {
        if highest.map({ value($0) < value(ends[ended]) }) ?? true { highest = ends[ended] }
        ended += 1
      }
      let before = own[history.processes[read]]
      if before != nil || highest != nil { judged += 1 }
      if let before, value(before) > value(read) {
        report(history, "non-monotonic-process", change + [before, read], &findings)
      } else if let highest, value(highest) > value(read) {
        report(history, "non-monotonic-realtime", change + [highest, read], &findings)
      }
      if before.map({ value($0) <= value(read) }) ?? true { own[history.processes[read]] = read }
    }
  }

  /// - Parameter rows: The last two are the reads.
  private func report(
    _ history: History, _ name: String, _ rows: [Int], _ findings: inout Findings
  ) {
    findings.add(
      Anomaly(
        name: name, rows: rows,
        explanation: rows.map(history.story) + [
          "row \(rows[rows.count - 1]) was called after row \(rows[rows.count - 2]) had returned, and saw less"
        ]))
  }
}
