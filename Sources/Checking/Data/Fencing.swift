// Fencing tokens: who acquires a lock later gets a greater token, and who guards the resource refuses
// tokens older than one it has accepted. Then a holder whose lease has lapsed can do no harm (Kleppmann,
// "How to do distributed locking", 2016, "Making the lock safe with fencing"; Burrows, "The Chubby Lock
// Service for Loosely-Coupled Distributed Systems", 2006, section 2.4, sequencers).
//
// A guarded write is a write to the lock's key of the token under which it is made.

import Histories

/// Tokens grow, and old ones are refused.
public struct Fencing: Checker {
  public static let name = "fencing"
  public static let aliases = ["fencing-tokens", "fenced"]
  public static let summary = "fencing tokens grow, and no write is accepted after a newer token's"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var tokens = 0
    var writes = 0
    var refused = 0
    var stale = 0
    var judged = 0
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      let rows = groups[group]
      func select(_ function: Function, _ completion: Completion) -> [Int] {
        rows.map(Int.init).filter {
          history.functions[$0] == function && history.completions[$0] == completion
            && history.shapes[$0] == .scalar
        }
      }
      guard rows.contains(where: { history.functions[Int($0)] == .acquire }) else { continue }
      let acquired = select(.acquire, .ok)
      let accepted = select(.write, .ok)
      tokens += acquired.count
      judged += max(0, acquired.count - 1) + accepted.count
      writes += accepted.count
      refused += select(.write, .fail).count
      judgeTokens(history, acquired, &findings)
      for (older, newer) in overtaken(history, accepted) {
        stale += 1
        // With who was given these tokens.
        let holders = [newer, older].compactMap { write in
          acquired.first { history.values[$0] == history.values[write] }
        }
        findings.add(
          anomaly(
            history, "stale-token-accepted", holders + [newer, older],
            "token \(history.values[older]) was accepted after token \(history.values[newer])"))
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: tokens + writes == 0
        ? "no fencing token was given"
        : "stale accepted \(stale) of \(count(writes, "guarded write")) under "
          + "\(count(tokens, "token")); \(refused) refused",
      counts: [
        Count("tokens", tokens), Count("writes", writes), Count("stale-accepted", stale),
        Count("refused", refused),
      ])
  }

  private func judgeTokens(
    _ history: History, _ acquired: [Int], _ findings: inout Findings
  ) {
    var first: [Value: Int] = [:]
    for row in acquired {
      guard let other = first.updateValue(row, forKey: history.values[row]) else { continue }
      findings.add(
        anomaly(
          history, "duplicate-token", [other, row], "both got token \(history.values[row])"))
    }
    for (older, newer) in overtaken(history, acquired) {
      findings.add(
        anomaly(
          history, "shrinking-token", [newer, older],
          "token \(history.values[older]) was given after token \(history.values[newer])"))
    }
  }

  /// Rows whose value is below that of a row that had returned before they were called; each with the
  /// greatest such.
  private func overtaken(
    _ history: History, _ rows: [Int]
  ) -> [(older: Int, newer: Int)] {
    let byReturn = rows.sorted { (history.returns[$0], $0) < (history.returns[$1], $1) }
    var next = 0
    var greatest: Int?
    return rows.compactMap { row in
      while next < byReturn.count, history.returns[byReturn[next]] < history.calls[row] {
        let candidate = byReturn[next]
        if history.values[candidate] > greatest.map({ history.values[$0] }) ?? .min {
          greatest = candidate
        }
        next += 1
      }
      return greatest.flatMap { history.values[row] < history.values[$0] ? (row, $0) : nil }
    }
  }

  private func anomaly(
    _ history: History, _ name: String, _ rows: [Int], _ reason: String
  ) -> Anomaly {
    Anomaly(
      name: name, rows: rows.sorted(), explanation: rows.sorted().map(history.story) + [reason])
  }
}
