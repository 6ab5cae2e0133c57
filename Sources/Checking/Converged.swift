// Convergence: after the faults are over and the network is quiet, all regions answer alike, and with
// something that somebody wrote. Siblings converge if they are the same everywhere. Whether the value
// is the right one is for `no-lost-writes` to say.

import Histories

/// All regions end with the same values, and somebody wrote them.
public struct Converged: Checker {
  public static let name = "converged"
  public static let aliases = ["convergence", "eventual-convergence", "convergent"]
  public static let summary = "in the end all regions agree on values that somebody wrote"

  public init() {}

  public func check(_ whole: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let history = whole.hasTransactions ? whole.singleSteps : whole
    var findings = Findings()
    var judged = 0
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      let final = groups[group].map(Int.init).filter {
        history.finals[$0] && history.functions[$0] == .read && history.completions[$0] == .ok
      }
      guard let first = final.first else { continue }
      let kind = groups.kinds[group]
      let value = answer(history, first, facts, kind)
      for read in final.dropFirst() {
        judged += 1
        guard answer(history, read, facts, kind) != value else { continue }
        findings.add(
          Anomaly(
            name: "diverged", rows: [first, read].map(history.origin),
            explanation: [
              "region \(history.regions[first]): " + history.story(first),
              "region \(history.regions[read]): " + history.story(read),
              "the regions disagree on \(history.name(of: groups.keys[group])) in the end",
            ]))
      }
      screen(history, facts, groups, group, final, &findings)
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no key was read twice at the end" : "\(count(judged, "pair")) of final reads agree")
  }

  /// What a read returned, in one form: ascending values, or key and value in turn for maps. Where
  /// elements were appended, their order is part of it.
  private func answer(
    _ history: History, _ row: Int, _ facts: Facts, _ kind: ObjectKind
  ) -> [Value] {
    switch history.shapes[row] {
    case .scalar: return history.values[row] == facts.initial ? [] : [history.values[row]]
    case .list where kind == .other: return Array(history.list(of: row))
    case .list: return history.list(of: row).sorted()
    case .map:
      let list = Array(history.list(of: row))
      let pairs = stride(from: 0, to: list.count - 1, by: 2).map { (list[$0], list[$0 + 1]) }
      return pairs.sorted { $0 < $1 }.flatMap { [$0.0, $0.1] }
    default: return []
    }
  }

  /// Finds final values that nobody wrote.
  private func screen(
    _ history: History, _ facts: Facts, _ groups: KeyRows, _ group: Int, _ final: [Int],
    _ findings: inout Findings
  ) {
    let kind = groups.kinds[group]
    guard kind == .register || kind == .set else { return }
    let rows = groups[group]
    let register = WriteIndex(history, rows)
    let failed = WriteIndex(history, rows, failed: true)
    let elements = kind == .set ? SetElements(history, rows) : nil
    for read in final {
      let values = history.shapes[read] == .scalar ? [history.values[read]] : history.list(of: read)
      for value in values where value != facts.initial {
        let write: Int?
        if let elements {
          if elements[value].map({ $0.firstInsert >= 0 }) ?? false { continue }
          write = elements[value].flatMap { $0.failedInsert >= 0 ? $0.failedInsert : nil }
        } else {
          if register.row(of: value) != nil { continue }
          write = failed.row(of: value)
        }
        let witness = (write.map { [$0] } ?? []) + [read]
        let reason =
          write == nil ? "nobody wrote \(value)" : "only a failed operation wrote \(value)"
        findings.add(
          Anomaly(
            name: write == nil ? "phantom-read" : "failed-but-visible",
            rows: witness.map(history.origin),
            explanation: witness.map(history.story) + [reason]))
      }
    }
  }
}
