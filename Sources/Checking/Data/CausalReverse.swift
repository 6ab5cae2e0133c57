// Causal reverse: a read sees a write and misses another that had been acknowledged before the first was even
// called. Serializable systems may do this; strict serializability and linearizability forbid it. After Jepsen's
// workload for CockroachDB (jepsen.tests.causal-reverse): inserts of distinct values, and reads of them all.
//
// For each read the latest call among the writes that it saw is compared with the earliest return among
// those that it missed.

import Histories

/// Who sees a write sees all that had returned before it was called.
public struct CausalReverse: Checker {
  public static let name = "causal-reverse"
  public static let aliases = ["no-causal-reverse"]
  public static let summary = "no read sees a write without one that had returned before it"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let groups = KeyRows(history)
    var findings = Findings()
    var judged = 0
    for group in 0..<groups.count {
      let rows = groups[group].map(Int.init)
      guard !rows.contains(where: { history.functions[$0] == .remove }) else { continue }
      let writes = rows.filter { row in
        let adds = [.insert, .append, .write].contains(history.functions[row])
        return adds && history.completions[row] != .fail && history.shapes[row] == .scalar
      }
      var byValue: [Value: Int] = [:]
      for write in writes where byValue[history.values[write]] == nil {
        byValue[history.values[write]] = write
      }
      let acknowledged = writes.filter { history.completions[$0] == .ok }
        .sorted { (history.returns[$0], $0) < (history.returns[$1], $1) }
      for read in rows
      where history.functions[read] == .read && history.completions[read] == .ok
        && history.shapes[read] == .list
      {
        let seen = Set(history.list(of: read))
        judged += seen.count
        let latest = history.list(of: read).compactMap { byValue[$0] }
          .max { (history.calls[$0], $0) < (history.calls[$1], $1) }
        guard let latest,
          let missed = acknowledged.first(where: { !seen.contains(history.values[$0]) }),
          history.returns[missed] < history.calls[latest]
        else { continue }
        findings.add(
          Anomaly(
            name: "causal-reverse", rows: [missed, latest, read],
            explanation: [missed, latest, read].map(history.story) + [
              "the read saw \(history.values[latest]) and missed \(history.values[missed]), which had "
                + "returned before \(history.values[latest]) was called"
            ]))
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no read of a set or list saw anything" : "\(count(judged, "sight")) of writes in order")
  }
}
