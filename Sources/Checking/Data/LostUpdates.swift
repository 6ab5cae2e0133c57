// Lost updates: somebody reads a value, works on it for a while and writes back what it has become. If two
// replaced the same value, one of the two did not see the other's work, and it is gone (Berenson et al., "A
// Critique of ANSI SQL Isolation Levels", section 4.1, P4). The update of a state file under a lock is one.
//
// An update is a row like a compare-and-set: what it wrote, and what it took for granted; whether anybody
// checked the latter is the store's affair. Where a value was written more than once, what was replaced
// cannot be told.

import Histories

/// No two updates replaced the same value.
public struct NoLostUpdates: Checker {
  public static let name = "no-lost-updates"
  public static let aliases = ["lost-updates"]
  public static let summary = "no two acknowledged updates started from the same value"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var updates = 0
    var ambiguous = 0
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      var writers: [Value: Int] = facts.initial.map { [$0: 1] } ?? [:]
      var acknowledged: [Int] = []
      for row in groups[group].lazy.map(Int.init)
      where [.write, .compareAndSet].contains(history.functions[row])
        && history.completions[row] != .fail && history.shapes[row] == .scalar
      {
        writers[history.values[row], default: 0] += 1
        guard history.functions[row] == .compareAndSet, history.completions[row] == .ok else {
          continue
        }
        acknowledged.append(row)
      }
      var replaced: [Value: Int] = [:]
      for row in acknowledged {
        let base = history.extras[row]
        guard writers[base, default: 0] <= 1 else {
          ambiguous += 1
          continue
        }
        updates += 1
        guard let other = replaced[base] else {
          replaced[base] = row
          continue
        }
        findings.add(
          Anomaly(
            name: "lost-update", rows: [other, row],
            explanation: [
              history.story(other), history.story(row),
              "both started from \(history.name(ofValue: base)): one did not see the other's work",
            ]))
      }
    }
    return findings.verdict(
      Self.name, judged: updates,
      unknown: ambiguous == 0
        ? nil
        : "\(count(ambiguous, "update")) started from a value that was written more than once",
      summary: updates == 0
        ? "no update was acknowledged" : "lost \(findings.count) of \(count(updates, "update"))",
      counts: [Count("updates", updates), Count("lost", findings.count)])
  }
}
