// A secondary index says what the rows say: whoever reads rows and index together finds an entry for every row
// and a row for every entry. A read returns both in one list: rows as positive numbers, the entry that leads
// to row 7 as -7; inserts and removes name both.
//
// What FaunaDB's users were told of its indexes, and what Jepsen found not to hold where a transaction's
// index entries became visible apart from its rows (Kingsbury, "Jepsen: FaunaDB 2.5.4", 2019).

import Histories

/// No row is missing from the index, and no entry leads nowhere.
public struct IndexConsistency: Checker {
  public static let name = "index-consistency"
  public static let aliases = ["index"]
  public static let summary = "every row that is seen is in the index, and nothing else"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var judged = 0
    var missing = 0
    var dangling = 0
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      let rows = groups[group].map(Int.init)
      for read in rows
      where history.functions[read] == .read && history.completions[read] == .ok
        && history.shapes[read] == .list
      {
        let seen = history.list(of: read)
        let all = Set(seen)
        judged += all.count
        for value in seen where value > 0 && !all.contains(-value) {
          missing += 1
          findings.add(
            anomaly(
              history, "missing-from-index", value, rows, read, "row \(value) has no entry"))
        }
        for value in seen where value < 0 && !all.contains(-value) {
          dangling += 1
          findings.add(
            anomaly(
              history, "dangling-entry", -value, rows, read, "no row \(-value) is where it leads"))
        }
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no read saw rows or entries"
        : "missing from the index \(missing), dangling \(dangling) of \(count(judged, "sight"))",
      counts: [
        Count("seen", judged), Count("missing-from-index", missing),
        Count("dangling-entry", dangling),
      ])
  }

  /// With what last changed the row before the read was over.
  private func anomaly(
    _ history: History, _ name: String, _ value: Value, _ rows: [Int], _ read: Int,
    _ reason: String
  ) -> Anomaly {
    let changed = rows.last { row in
      [.insert, .remove].contains(history.functions[row]) && history.completions[row] != .fail
        && history.calls[row] <= history.returns[read]
        && history.list(of: row).contains(value)
    }
    let told = ([read] + (changed.map { [$0] } ?? [])).sorted()
    return Anomaly(name: name, rows: told, explanation: told.map(history.story) + [reason])
  }
}
