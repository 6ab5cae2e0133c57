// Banks: money moves between accounts and is neither made nor lost. Each read that covers all accounts
// must find the same total; a snapshot taken in the middle of a transfer, or a lost half of one, does
// not. After Jepsen's bank workload.

import Histories

/// Transfers conserve money, in every read.
public struct BankChecker: Checker {
  public static let name = "bank"
  public static let aliases = ["conservation"]
  public static let summary = "transfers conserve the total of all accounts"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let reads = (0..<history.count).filter {
      history.functions[$0] == .read && history.completions[$0] == .ok
        && history.shapes[$0] == .map
    }
    let widest = reads.reduce(0) { max($0, history.list(of: $1).count / 2) }
    let accounts = facts.accounts > 0 ? facts.accounts : widest
    var total = facts.total
    var findings = Findings()
    var judged = 0
    for read in reads {
      let list = history.list(of: read)
      let balances = stride(from: list.startIndex + 1, to: list.endIndex, by: 2).map { list[$0] }
      guard balances.count >= accounts, !balances.isEmpty else { continue }
      judged += 1
      let sum = balances.reduce(0, &+)
      let expected = total ?? sum
      total = expected
      if sum != expected {
        let reason = "the accounts hold \(sum), not \(expected)"
        findings.add(
          Anomaly(
            name: "wrong-total", rows: [read], explanation: [history.story(read), reason]))
      }
      if !facts.allowsNegative, let least = balances.min(), least < 0 {
        let reason = "an account holds \(least)"
        findings.add(
          Anomaly(
            name: "negative-balance", rows: [read], explanation: [history.story(read), reason]))
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0 ? "no read of all accounts" : "\(count(judged, "read")) conserve money")
  }
}
