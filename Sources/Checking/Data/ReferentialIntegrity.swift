// Referential integrity across keys: whoever sees an order sees its items. An order is an insert of a list
// whose first element is the order and whose rest are the items it refers to; a read returns all that it
// saw, orders and items. Items without their order are orphans and allowed: that is how one writes an order
// safely where there are no transactions.
//
// In a transaction the first of several inserts is the order, and the others, be it into other sets, are its
// items; whoever reads in a transaction is only asked for items of the sets that it looked into.
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
    let orders = TransactionOrders(history)
    for read in orders.isEmpty ? 0..<0 : 0..<history.count where history.completions[read] == .ok {
      let judgedBefore = judged
      for sight in orders.sights(of: read) {
        judged += 1
        let name = history.name(ofValue: sight.order)
        if sight.isFailed {
          findings.add(
            anomaly(
              history, "failed-but-visible", [sight.insert, read],
              "only a failed operation placed \(name)"))
        } else if !sight.missing.isEmpty {
          dangling += 1
          let items = sight.missing.map(history.name(ofValue:)).joined(separator: ", ")
          findings.add(
            anomaly(
              history, "dangling-reference", [sight.insert, read],
              "\(name) is there without \(items), which it refers to"))
        }
      }
      reads += judged > judgedBefore ? 1 : 0
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
    let told = rows.sorted().map { row in
      history.shapes[row] == .steps ? history.transactionStory(row) : history.story(row)
    }
    return Anomaly(name: name, rows: rows.sorted(), explanation: told + [reason])
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

/// The same for transactions.
private struct TransactionOrders {
  /// An order that a read saw.
  struct Sight {
    var order: Value
    var insert: Int
    var isFailed: Bool
    /// Its items that are not where the reader looked for them.
    var missing: [Value]
  }

  private struct Element: Hashable {
    var key: Key
    var value: Value
  }

  private let history: History
  private var inserts: [Element: Int] = [:]
  private var failed: [Element: Int] = [:]

  var isEmpty: Bool { inserts.isEmpty && failed.isEmpty }

  init(_ history: History) {
    self.history = history
    for row in 0..<history.count {
      let all = elements(insertedBy: row)
      guard all.count > 1 else { continue }
      if history.completions[row] == .fail {
        failed[all[0]] = row
      } else if inserts[all[0]] == nil {
        inserts[all[0]] = row
      }
    }
  }

  private func elements(insertedBy row: Int) -> [Element] {
    history.steps(of: row).filter { $0.function == .insert }
      .map { Element(key: $0.key, value: $0.value) }
  }

  /// The orders that a transaction saw and of whose items it can tell.
  func sights(of read: Int) -> [Sight] {
    var seen: Set<Element> = []
    var asked: Set<Key> = []
    var inOrder: [Element] = []
    for step in history.steps(of: read) where step.function == .read {
      asked.insert(step.key)
      guard step.shape == .list else { continue }
      for value in history.pool[Int(step.value)..<Int(step.value + step.extra)] {
        let element = Element(key: step.key, value: value)
        if seen.insert(element).inserted { inOrder.append(element) }
      }
    }
    return inOrder.compactMap { order in
      guard let insert = inserts[order] else {
        return failed[order].map {
          Sight(order: order.value, insert: $0, isFailed: true, missing: [])
        }
      }
      let items = elements(insertedBy: insert).dropFirst().filter { asked.contains($0.key) }
      guard insert != read, !items.isEmpty else { return nil }
      return Sight(
        order: order.value, insert: insert, isFailed: false,
        missing: items.filter { !seen.contains($0) }.map(\.value))
    }
  }
}
