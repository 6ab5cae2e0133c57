// The fewest transactions that no order of versions explains, and why, case by case. Transactions are left
// out as long as the rest still has no order; fewer transactions never say more than all, so that what is left is a
// violation by itself.

import Histories

struct PolygraphWitness {
  private let question: OrderQuestion
  private let history: History
  private let facts: Facts
  private var rows: [Int] = []
  private var isSmallest = true
  /// How many transactions may be looked at in all tries together.
  private static let patience = 3_000_000

  /// Shrinks a history that violates a question.
  init(
    _ history: History, _ facts: Facts, _ question: OrderQuestion, _ budget: Budget
  ) {
    self.question = question
    self.history = history
    self.facts = facts
    var work = 0
    let all = (0..<history.count).filter { row in
      history.shapes[row] == .steps && history.completions[row] != .fail
    }
    rows = needed(of: all) { fewer in
      work += fewer.count + 100
      isSmallest = work < PolygraphWitness.patience && !budget.isLate
      return isSmallest ? isViolated(fewer) : nil
    }
  }

  private func isViolated(_ rows: [Int]) -> Bool {
    guard rows.count > 1 else { return false }
    let material = OrderMaterial(history.part(rows), facts)
    var budget = Budget(steps: 2_000_000)
    return material.answer(question, &budget) == .violated
  }

  func anomaly() -> Anomaly {
    let part = history.part(rows)
    let transactions = Transactions(part)
    let shown = Array((0..<transactions.count).prefix(12))
    var findings = IsolationFindings(transactions)
    var lines = ["These and more, \(rows.count) in all, contradict each other"]
    var links: [Anomaly.Link] = []
    if isSmallest, rows.count <= shown.count {
      var cases = OrderCases(OrderMaterial(part, facts), question, shown.map { "T\($0 + 1)" })
      lines = cases.sentences()
      func row(_ node: Int) -> Int { part.origin(of: Int(transactions.rows[node])) }
      links = cases.certain.map {
        Anomaly.Link(before: row($0.source), after: row($0.target), reason: $0.kind.name)
      }
    }
    findings.add(question.anomaly, shown, restingOn: [], links: links) { _ in lines }
    return findings.groups.first?.kept.first
      ?? Anomaly(name: question.anomaly, rows: rows, explanation: [])
  }
}
