// Read committed, read atomic and causal consistency of transactions over registers whose written values
// are unique: near-linear, without any search (AWDIT, PLDI 2025; CommitOrder.swift has the axioms).
//
// Session order counts for all three, as in Biswas and Enea; real time counts for none.

import Histories

/// Nobody reads what was aborted or overwritten in its own transaction, and later reads of a transaction
/// see no older state than earlier ones of it.
public struct ReadCommitted: Checker {
  public static let name = "read-committed"
  public static let summary = "transactions read what was committed, and never back in time"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    WeakJudge(history, facts, budget, .readCommitted).verdict(Self.name)
  }
}

/// A transaction sees all of another, or nothing.
public struct ReadAtomic: Checker {
  public static let name = "read-atomic"
  public static let summary = "transactions see all of each other, or nothing"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    WeakJudge(history, facts, budget, .readAtomic).verdict(Self.name)
  }
}

/// Who sees a transaction sees all that happened before it.
public struct CausalConsistency: Checker {
  public static let name = "causal"
  public static let aliases = ["causal-consistency", "transactional-causal-consistency"]
  public static let summary = "who sees a transaction sees all that happened before it"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    WeakJudge(history, facts, budget, .causal).verdict(Self.name)
  }
}

/// One judgement.
struct WeakJudge {
  let history: History
  let model: WeakModel
  private let facts: Facts
  private let budget: Budget

  init(_ history: History, _ facts: Facts, _ budget: Budget, _ model: WeakModel) {
    self.history = history
    self.facts = facts
    self.budget = budget
    self.model = model
  }

  func verdict(_ name: String) -> Verdict {
    let table = TransactionTable(history, facts)
    var findings = table.findings
    if let foreign = table.foreign {
      return findings.verdict(
        name, judged: table.answers,
        unknown: "only transactions of reads and writes can be judged, not \(foreign.name)")
    }
    let isComplete = findings.count > 0 || judge(table, &findings)
    let ambiguous = table.ambiguousReads
    return findings.verdict(
      name, judged: table.answers,
      unknown: !isComplete
        ? "time limit reached: \(count(table.answers, "read")) saw what was committed, whether they fit "
          + "one order was not decided"
        : ambiguous == 0
          ? nil
          : "\(count(ambiguous, "read")) returned what several transactions wrote: written values must "
            + "be unique",
      summary: table.answers == 0
        ? "no transaction read anything"
        : "\(count(table.answers, "read")) of \(count(table.count, "transaction")) fit one order")
  }

  /// Judges the commit order; false if it was too late to.
  private func judge(_ table: TransactionTable, _ findings: inout Findings) -> Bool {
    guard !budget.isLate else { return false }
    var order = CommitOrder(table)
    switch model {
    case .readCommitted: order.readCommitted()
    case .readAtomic: order.readAtomic()
    case .causal:
      let happened = CommitGraph(table, [])
      guard !happened.hasCycle else {
        findings.add(WeakWitness(history, table, happened, model).anomaly())
        return true
      }
      guard order.causal(happened.order, budget) else { return false }
    }
    if let missed = order.missed.first {
      let happened = CommitGraph(table, [])
      findings.add(WeakWitness(history, table, happened, model).missedWrite(missed))
      return true
    }
    guard !budget.isLate else { return false }
    let graph = CommitGraph(table, order.edges)
    if graph.hasCycle { findings.add(WeakWitness(history, table, graph, model).anomaly()) }
    return true
  }
}
