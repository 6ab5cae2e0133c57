// Mutual exclusion: no two hold a lock at once. Sound and fast where the search of `linearizable` is
// complete and dear: it looks only at the times during which a holder certainly held (see Holds.swift).
//
// With leases this can not be kept by a lock alone: a holder that is slow believes in a lease that has
// lapsed (Kleppmann, "How to do distributed locking", 2016). What must hold then is `fencing`.

import Histories

/// No two hold a lock at once.
public struct MutualExclusion: Checker {
  public static let name = "mutual-exclusion"
  public static let summary = "no two clients hold a lock at once"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var judged = 0
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      let holds = Hold.all(history, groups[group])
      judged += holds.count
      var longest: Hold?
      for hold in holds where hold.from < hold.until {
        if let longest, hold.from < longest.until {
          findings.add(anomaly(history, longest, hold, history.name(of: groups.keys[group])))
        }
        if hold.until > longest?.until ?? .min { longest = hold }
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no lock was acquired" : "overlapping \(findings.count) of \(count(judged, "hold"))",
      counts: [Count("holds", judged), Count("overlapping", findings.count)])
  }

  private func anomaly(
    _ history: History, _ first: Hold, _ second: Hold, _ name: String
  ) -> Anomaly {
    // With what shows how long both went on, or they might have lapsed.
    let rows = ([first.acquire, second.acquire] + [first.last, second.last].filter { $0 >= 0 })
      .sorted()
    return Anomaly(
      name: "two-holders", rows: rows,
      explanation: rows.map(history.story) + [
        "from \(history.time(second.from)) on both held lock \(name)"
      ])
  }
}
