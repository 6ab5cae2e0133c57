// Identifiers are drawn once. After Jepsen's unique-ids (jepsen.checker/unique-ids): of all draws that
// were answered, no two got the same.

import Histories

/// No identifier is drawn twice.
public struct UniqueIDs: Checker {
  public static let name = "unique-ids"
  public static let summary = "no two draws of an identifier get the same"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var attempted = 0
    var drawn = 0
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      var first: [Value: Int] = [:]
      for row in groups[group].lazy.map(Int.init) where history.functions[row] == .generate {
        attempted += 1
        guard history.completions[row] == .ok, history.shapes[row] == .scalar else { continue }
        drawn += 1
        let value = history.values[row]
        guard let other = first[value] else {
          first[value] = row
          continue
        }
        findings.add(
          Anomaly(
            name: "duplicate-id", rows: [other, row],
            explanation: [
              history.story(other), history.story(row), "both got \(history.name(ofValue: value))",
            ]))
      }
    }
    return findings.verdict(
      Self.name, judged: drawn,
      summary: drawn == 0
        ? "no identifier was drawn"
        : "duplicated \(findings.count) of \(count(drawn, "identifier"))",
      counts: [
        Count("attempted", attempted), Count("drawn", drawn), Count("duplicated", findings.count),
      ])
  }
}
