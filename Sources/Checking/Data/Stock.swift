// Stock is never sold twice: what was taken never exceeds what was there. Decrements that were acknowledged
// are sales. At each moment, all sales that had returned can not exceed the stock at first and all that
// may have been added by then; and no read finds less than nothing.
//
// Bounded counters keep this without a primary, by giving each replica rights to sell (O'Neil, "The Escrow
// Transactional Method", 1986, section 3; Balegas et al., "Extending Eventually Consistent Cloud Databases
// for Enforcing Numeric Invariants", 2015, section 3).

import Histories

/// No more is taken than there was.
public struct Stock: Checker {
  public static let name = "stock"
  public static let aliases = ["escrow", "non-negative"]
  public static let summary = "stock is never oversold: no more is taken than was there"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var judged = 0
    var sold: Int64 = 0
    var oversold: Int64 = 0
    var refused = 0
    let groups = KeyRows(history)
    for group in groups.groups(.counter) {
      let rows = groups[group]
      let sales = Sales(history, rows, start: facts.counterStart)
      let change = history.change(among: rows)
      judged += sales.acknowledged.count
      sold &+= sales.sold
      refused += sales.refused
      if let excess = sales.worst {
        oversold &+= excess.sold &- excess.supply
        let reason =
          "\(excess.sold) were sold by \(history.time(excess.time)), and there can not have been "
          + "more than \(excess.supply)"
        findings.add(
          Anomaly(
            name: "oversold", rows: excess.rows,
            explanation: excess.rows.prefix(12).map(history.story) + [reason]))
      }
      for row in rows.lazy.map(Int.init)
      where history.functions[row] == .read && history.completions[row] == .ok
        && history.shapes[row] == .scalar
      {
        judged += 1
        guard history.values[row] < 0 else { continue }
        findings.add(
          Anomaly(
            name: "negative-stock", rows: change + [row],
            explanation: (change + [row]).map(history.story)
              + ["there can not be less than nothing"]))
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "nothing was sold" : "oversold \(oversold) of \(sold) sold; \(refused) refused",
      counts: [
        Count("sold", sold), Count("oversold", oversold), Count("refused", refused),
      ])
  }
}

/// The sales of one article.
private struct Sales {
  struct Excess {
    var time: Int64
    var sold: Int64
    var supply: Int64
    /// The fewest sales that exceed the supply.
    var rows: [Int]
  }

  /// Acknowledged decrements in the order of their returns.
  private(set) var acknowledged: [Int] = []
  private(set) var sold: Int64 = 0
  private(set) var refused = 0
  /// The moment at which most was sold in excess.
  private(set) var worst: Excess?

  init(_ history: History, _ rows: ArraySlice<Int32>, start: Value) {
    var additions: [Int] = []
    for row in rows.lazy.map(Int.init) where history.functions[row] == .increment {
      let amount = history.values[row]
      if amount < 0, history.completions[row] == .fail { refused += 1 }
      if amount > 0, history.completions[row] != .fail { additions.append(row) }
      if amount < 0, history.completions[row] == .ok { acknowledged.append(row) }
    }
    acknowledged.sort { (history.returns[$0], $0) < (history.returns[$1], $1) }
    var supply = start
    var added = 0
    var worstPlace = 0
    for (place, sale) in acknowledged.enumerated() {
      let time = history.returns[sale]
      while added < additions.count, history.calls[additions[added]] <= time {
        supply &+= history.values[additions[added]]
        added += 1
      }
      sold &-= history.values[sale]
      let excess = sold &- supply
      guard excess > 0, excess > worst.map({ $0.sold &- $0.supply }) ?? 0 else { continue }
      worst = Excess(time: time, sold: sold, supply: supply, rows: [])
      worstPlace = place
    }
    guard let found = worst else { return }
    // The largest first: so few suffice.
    let largest = acknowledged[...worstPlace].sorted {
      (history.values[$0], $0) < (history.values[$1], $1)
    }
    var sum: Int64 = 0
    let enough = largest.prefix { row in
      guard sum <= found.supply else { return false }
      sum &-= history.values[row]
      return true
    }
    worst?.rows = enough.sorted()
  }
}
