// Lost updates: somebody reads a value, works on it for a while and writes back what it has become. If two
// replaced the same value, one of the two did not see the other's work, and it is gone (Berenson et al., "A
// Critique of ANSI SQL Isolation Levels", section 4.1, P4). The update of a state file under a lock is one.
//
// An update is a row like a compare-and-set: what it wrote, and what it took for granted; whether anybody
// checked the latter is the store's affair. Where a value was written more than once, what was replaced
// cannot be told. Where a reader was given both as siblings none is gone: merging them is up to him.

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
      let siblings = Siblings(history, groups[group])
      var replaced: [Value: [Int]] = [:]
      for row in acknowledged {
        let base = history.extras[row]
        guard writers[base, default: 0] <= 1 else {
          ambiguous += 1
          continue
        }
        updates += 1
        let others = replaced[base, default: []]
        // Without siblings the first stands for all.
        if others.isEmpty || !siblings.isEmpty { replaced[base, default: []].append(row) }
        guard
          let other = others.first(where: { !siblings.has(history.values[$0], history.values[row]) }
          )
        else { continue }
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

/// Values of one register that somebody read together.
private struct Siblings {
  private struct Pair: Hashable {
    let lower: Value
    let higher: Value
    init(_ one: Value, _ other: Value) { (lower, higher) = (min(one, other), max(one, other)) }
  }
  private var pairs: Set<Pair> = []

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    for row in rows.lazy.map(Int.init)
    where history.functions[row] == .read && history.completions[row] == .ok
      && history.shapes[row] == .list
    {
      let values = history.list(of: row)
      for (place, value) in values.enumerated() {
        for other in values.prefix(place) { pairs.insert(Pair(value, other)) }
      }
    }
  }

  var isEmpty: Bool { pairs.isEmpty }
  func has(_ one: Value, _ other: Value) -> Bool { pairs.contains(Pair(one, other)) }
}
