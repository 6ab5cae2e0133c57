// Referential integrity across keys: whoever sees an order sees its items. An order is an insert of a list
// whose first element is the order and whose rest are the items it refers to; a read returns all that it
// saw, orders and items. Items without their order are orphans and allowed: that is how one writes an order
// safely where there are no transactions.
//
// The example is that of Bailis et al., "Scalable Atomic Visibility with RAMP Transactions", 2014,
// section 2.1 (foreign key constraints).

import Histories

/// What refers is never seen without what it refers to.
public struct ReferentialIntegrity: Checker {
  public static let name = "referential-integrity"
  public static let aliases = ["foreign-keys"]
  public static let summary = "an order that is seen is seen with all its items"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var judged = 0
    var dangling = 0
    var reads = 0
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      let orders = Orders(history, groups[group])
      guard !orders.isEmpty else { continue }
      for read in groups[group].lazy.map(Int.init)
      where history.functions[read] == .read && history.completions[read] == .ok {
        let seen = history.list(of: read)
        let all = Set(seen)
        let judgedBefore = judged
        for value in seen {
          guard let insert = orders.inserts[value] else {
            guard let failed = orders.failed[value] else { continue }
            judged += 1
            findings.add(
              anomaly(
                history, "failed-but-visible", [failed, read],
                "only a failed operation placed \(value)"))
            continue
          }
          judged += 1
          let missing = history.list(of: insert).dropFirst().filter { !all.contains($0) }
          guard !missing.isEmpty else { continue }
          dangling += 1
          let items = missing.map(String.init).joined(separator: ", ")
          findings.add(
            anomaly(
              history, "dangling-reference", [insert, read],
              "\(value) is there without \(items), which it refers to"))
        }
        reads += judged > judgedBefore ? 1 : 0
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no order was seen"
        : "dangling \(dangling) of \(judged) orders seen in \(count(reads, "read"))",
      counts: [Count("seen", judged), Count("dangling", dangling), Count("reads", reads)])
  }

  private func anomaly(
    _ history: History, _ name: String, _ rows: [Int], _ reason: String
  ) -> Anomaly {
    Anomaly(
      name: name, rows: rows.sorted(), explanation: rows.sorted().map(history.story) + [reason])
  }
}

/// Which insert placed which order, looked up and never iterated.
private struct Orders {
  private(set) var inserts: [Value: Int] = [:]
  private(set) var failed: [Value: Int] = [:]

  var isEmpty: Bool { inserts.isEmpty && failed.isEmpty }

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    for row in rows.lazy.map(Int.init)
    where history.functions[row] == .insert && history.shapes[row] == .list {
      guard let order = history.list(of: row).first else { continue }
      if history.completions[row] == .fail {
        failed[order] = row
      } else if inserts[order] == nil {
        inserts[order] = row
      }
    }
  }
}
