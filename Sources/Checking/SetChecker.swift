// Sets that grow and shrink: whether elements that were acknowledged are there in the end, elements
// that were removed are gone, and nothing is there that nobody inserted. Each finding is certain
// whatever order the operations of unknown outcome took effect in, and whether inserts or removes win
// when they are concurrent.
//
// As Jepsen's set checker (jepsen.checker/set), with removes. Reads during the run are for `set-full`.

import Histories

/// Elements are neither lost, nor resurrected, nor out of nowhere.
public struct SetChecker: Checker {
  public static let name = "set"
  public static let aliases = ["sets"]
  public static let summary = "no element of a set is lost, resurrected or out of nowhere"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let areMarked = FinalReads.areMarked(in: history)
    let groups = KeyRows(history)
    var findings = Findings()
    var judged = 0
    var unjudged = 0
    for group in groups.groups(.set) {
      let rows = groups[group]
      let elements = SetElements(history, rows)
      for row in rows.lazy.map(Int.init)
      where history.functions[row] == .read && history.completions[row] == .ok {
        judged += history.list(of: row).count
        screen(history, row, elements, &findings)
      }
      for read in FinalReads(history, rows, areMarked: areMarked).rows {
        guard !budget.isLate else {
          unjudged += 1
          continue
        }
        judged += elements.lives.count
        judgeFinal(history, read, elements, &findings)
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      unknown: unjudged == 0
        ? nil
        : "time limit reached: \(count(judged, "element")) compared, none amiss; "
          + "\(count(unjudged, "final read")) not judged",
      summary: judged == 0
        ? "no set was read" : "\(count(judged, "element")) compared, none amiss")
  }

  /// Elements that nobody had inserted when a read returned.
  private func screen(
    _ history: History, _ read: Int, _ elements: SetElements, _ findings: inout Findings
  ) {
    for value in history.list(of: read) {
      let life = elements[value]
      if let life, life.firstInsertCall <= history.returns[read] { continue }
      if let life, life.firstInsert >= 0 {
        findings.add(
          anomaly(history, "future-read", [read, life.firstInsert], "\(value) came only later"))
      } else if let life, life.failedInsert >= 0 {
        findings.add(
          anomaly(
            history, "failed-but-visible", [life.failedInsert, read],
            "only a failed operation inserted \(value)"))
      } else {
        findings.add(anomaly(history, "phantom-element", [read], "nobody inserted \(value)"))
      }
    }
  }

  private func judgeFinal(
    _ history: History, _ read: Int, _ elements: SetElements, _ findings: inout Findings
  ) {
    let list = history.list(of: read)
    for insert in elements.lost(in: read, history) {
      findings.add(
        anomaly(
          history, "lost-element", [insert, read],
          "\(history.values[insert]) was acknowledged and nobody removed it, yet it is gone"))
    }
    var sorted: [Value] = []
    for value in list.sorted() {
      if value == sorted.last {
        findings.add(anomaly(history, "duplicate-element", [read], "\(value) is there twice"))
        continue
      }
      sorted.append(value)
      guard let remove = elements.resurrection(of: value, in: read, history),
        let insert = elements[value]?.firstInsert
      else { continue }
      findings.add(
        anomaly(
          history, "resurrected-element", [insert, remove, read],
          "\(value) was removed after every insert of it, yet it is there"))
    }
  }

  private func anomaly(
    _ history: History, _ name: String, _ rows: [Int], _ reason: String
  ) -> Anomaly {
    Anomaly(
      name: name, rows: rows.sorted(), explanation: rows.sorted().map(history.story) + [reason])
  }
}
