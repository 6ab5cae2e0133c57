// G2 with predicates: two transactions each find that no row of a key is there, and each inserts one. In any
// serial order the second would have found the row of the first. Adya, "Weak Consistency", 1999, section 4.2.2 (G2:
// anti-dependency cycles); the workload is Jepsen's (jepsen.tests.adya, G2): for each key clients insert under
// the condition that nobody has, and at most one may succeed.

import Histories

/// Of inserts that only succeed where nothing is, one succeeds for each key.
public struct PredicateSkew: Checker {
  public static let name = "g2"
  public static let aliases = ["G2", "adya", "predicate-skew"]
  public static let summary = "of conditional inserts of a key at most one succeeds"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let groups = KeyRows(history)
    var findings = Findings()
    var judged = 0
    for group in 0..<groups.count {
      let inserts = groups[group].map(Int.init).filter { history.functions[$0] == .insert }
      let succeeded = inserts.filter { history.completions[$0] == .ok }
      if inserts.count > 1 { judged += 1 }
      guard succeeded.count > 1 else { continue }
      findings.add(
        Anomaly(
          name: "G2", rows: Array(succeeded.prefix(2)),
          explanation: succeeded.prefix(2).map(history.story) + [
            "both found nothing under key \(history.name(of: groups.keys[group])) and inserted: one of "
              + "them did not see the other, whichever came first"
          ]))
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no two inserts of one key" : "\(count(judged, "key")) with at most one insert")
  }
}
