// A few operations that have no order, out of a history that has none. First those that a contradiction rests on:
// the paths of its circle, and of the reasons of each derived edge on them. Then, one after another, each that is
// not needed is left out: what is left is still a violation by itself, and without any of it none.
//
// The steps of the explanation are the derived edges, each after those it uses, and at last the circle.

import Histories

struct OrderWitness {
  private let model: OrderModel
  private let history: History
  private let facts: Facts
  /// How many operations may be looked at in all tries together to see which are needed.
  private static let patience = 2_000_000
  /// For one such try; whoever needs more is kept.
  private let budget: Budget
  private static let mostShown = 12

  /// - Parameter deadline: when to be content with what is left.
  init(_ model: OrderModel, _ history: History, _ facts: Facts, _ deadline: (@Sendable () -> Bool)?)
  {
    budget = Budget(steps: 20_000, deadline: deadline)
    self.model = model
    self.history = history
    self.facts = facts
  }

  /// The anomaly behind a finding that is broken.
  func anomaly(_ finding: OrderFinding, _ table: SessionTable) -> Anomaly {
    var nodes = Array(0..<table.count)
    if case .broken(let order, let contradiction, _) = finding {
      nodes = Evidence(order, contradiction).nodes
    }
    let rows = shrink(nodes, table).map { Int(table.rows[$0]) }.sorted()
    let small = self.table(rows)
    let found = model.judge(small, budget)
    var steps: [String] = []
    var name = "no-order"
    if case .broken(let order, let contradiction, let viewer) = found {
      name = self.name(contradiction, order)
      let who = viewer.map {
        history.processes[rows[Int(small.rows[small.nodes(of: $0).lowerBound])]]
      }
      steps = sentences(order, contradiction, who) { rows[Int(small.rows[$0])] }
    } else {
      steps = ["no order of these \(count(rows.count, "operation")) explains them all"]
    }
    let shown = Array(rows.prefix(OrderWitness.mostShown))
    let left = rows.count - shown.count
    return Anomaly(
      name: name, rows: rows.map(history.origin),
      explanation: shown.map(history.story) + (left > 0 ? ["... and \(left) more"] : []) + steps)
  }

  private func table(_ rows: [Int]) -> SessionTable {
    var part = History()
    for row in rows { part.append(history[row]) }
    return SessionTable(part, facts, splitsWrites: model == .consistentPrefix)
  }

  /// Leaves out what is not needed: halves first, then less and less at a time.
  private func shrink(_ nodes: [Int], _ table: SessionTable) -> [Int] {
    var kept = complete(nodes, table)
    var work = 0
    var size = max(1, kept.count / 2)
    while work < OrderWitness.patience, !budget.isLate {
      var place = 0
      var isSmaller = false
      while place < kept.count, work < OrderWitness.patience, !budget.isLate {
        work += kept.count + 100
        var fewer = kept
        fewer.removeSubrange(place..<min(kept.count, place + size))
        fewer = withoutOrphans(fewer, table)
        let rows = fewer.map { Int(table.rows[$0]) }.sorted()
        if model.judge(self.table(rows), budget).isBroken {
          kept = fewer
          isSmaller = true
        } else {
          place += size
        }
      }
      if size == 1, !isSmaller { break }
      size = max(1, size / 2)
    }
    return kept
  }

  /// With the writes that are read.
  private func complete(_ nodes: [Int], _ table: SessionTable) -> [Int] {
    var isKept = [Bool](repeating: false, count: table.count)
    for start in nodes {
      var node = start
      while node >= 0, !isKept[node] {
        isKept[node] = true
        node = Int(table.sources[node])
      }
    }
    return (0..<table.count).filter { isKept[$0] }
  }

  /// Without reads whose write is gone.
  private func withoutOrphans(_ nodes: [Int], _ table: SessionTable) -> [Int] {
    var kept = nodes
    while true {
      let known = Set(kept)
      let next = kept.filter { table.sources[$0] < 0 || known.contains(Int(table.sources[$0])) }
      if next.count == kept.count { return kept }
      kept = next
    }
  }

  /// By the names of the paper's table 2, where it has one.
  private func name(_ contradiction: Contradiction, _ order: HappensBefore) -> String {
    let isInitial = if case .initial = contradiction { true } else { false }
    switch model {
    case .sequential, .consistentPrefix: return "no-order"
    case .weakCausal where order.derived.isEmpty, .causalConvergence where order.derived.isEmpty:
      return isInitial ? "write-co-init-read" : "cyclic-co"
    case .weakCausal: return "write-co-read"
    case .causalConvergence: return "cyclic-cf"
    case .causalMemory, .pram: return isInitial ? "write-hb-init-read" : "cyclic-hb"
    }
  }

  private func sentences(
    _ order: HappensBefore, _ contradiction: Contradiction, _ viewer: Int32?,
    _ row: (Int) -> Int
  ) -> [String] {
    func name(_ node: Int) -> String { "row \(history.origin(of: row(node)))" }
    let who = viewer.map { "for process \($0), " } ?? ""
    let evidence = Evidence(order, contradiction)
    var told = evidence.edges.map { edge in
      let (source, target, read) = (Int(edge.source), Int(edge.target), Int(edge.read))
      let saw = Int(order.table.sources[read])
      switch edge.rule {
      case .overwritten:
        return
          "\(who)\(name(source)) comes before \(name(read)), which saw \(name(target)) instead: "
          + "so \(name(source)) comes before \(name(target))"
      case .missed:
        let seen = saw < 0 ? "the initial value" : name(saw)
        return
          "\(name(read)) saw \(seen) and not \(name(target)), which is newer: so \(name(read)) "
          + "comes before \(name(target))"
      }
    }
    switch contradiction {
    case .initial(let write, let read):
      told.append("\(who)\(name(write)) comes before \(name(read)), which saw nothing written")
    case .circle:
      let circle = evidence.circle.map(name).joined(separator: ", ")
      told.append("\(who)\(circle): each comes before the next, a circle")
    case .gaveUp: break
    }
    return told
  }
}
