// The checkers of the models in OrderModel.swift.

import Histories

/// One order of all operations, each process's own in it, explains every read.
public struct SequentialConsistency: Checker {
  public static let name = "sequential"
  public static let aliases = ["sequential-consistency"]
  public static let summary = "registers behave as one copy, though not in real time"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    OrderJudge(.sequential, history, facts).verdict(budget)
  }
}

/// Reads of a process see growing prefixes of one order of all writes.
public struct ConsistentPrefix: Checker {
  public static let name = "consistent-prefix"
  public static let aliases = ["monotonic-prefix", "monotonic-prefix-consistency"]
  public static let summary = "reads see growing prefixes of one order of all writes"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    OrderJudge(.consistentPrefix, history, facts).verdict(budget)
  }
}

/// Each process sees all writes in some order that keeps cause before effect.
public struct CausalMemory: Checker {
  public static let name = "causal-memory"
  public static let aliases = ["CM"]
  public static let summary = "each process sees causes before effects, in an order of its own"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    OrderJudge(.causalMemory, history, facts).verdict(budget)
  }
}

/// Causes come before effects, and all agree on who wins a conflict.
public struct CausalConvergence: Checker {
  public static let name = "causal-convergence"
  public static let aliases = ["CCv", "convergent-causal"]
  public static let summary = "causes come before effects, and all agree on conflicting writes"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    OrderJudge(.causalConvergence, history, facts).verdict(budget)
  }
}

/// No read misses what is causally before it.
public struct WeakCausalConsistency: Checker {
  public static let name = "weak-causal"
  public static let aliases = ["CC", "weak-causal-consistency"]
  public static let summary = "no read misses what is causally before it"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    OrderJudge(.weakCausal, history, facts).verdict(budget)
  }
}

/// Each process sees the writes of each other process in their order.
public struct PipelinedRAM: Checker {
  public static let name = "pram"
  public static let aliases = ["FIFO", "pipelined-ram"]
  public static let summary = "each process sees the writes of every other in their order"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    OrderJudge(.pram, history, facts).verdict(budget)
  }
}

/// One judgement.
struct OrderJudge {
  private let model: OrderModel
  private let history: History
  private let facts: Facts

  init(_ model: OrderModel, _ history: History, _ facts: Facts) {
    self.model = model
    self.history = history
    self.facts = facts
  }

  func verdict(_ budget: Budget) -> Verdict {
    let table = SessionTable(history, facts, splitsWrites: model == .consistentPrefix)
    var findings = table.findings
    var unknown: String?
    if model.isGlobal {
      for row in table.siblings {
        findings.add(
          Anomaly(
            name: "siblings", rows: [history.origin(of: row)],
            explanation: [history.story(row), "a register holds one value, not several"]))
      }
    }
    // Whatever fits real time fits all of these, and to see that is as fast as sorting.
    let keepsTime =
      findings.count == 0 && table.ambiguous == 0 && history.isLocal
      && Linearizable.fitsZones(history, facts)
    if findings.count == 0, !keepsTime {
      let finding = model.judge(table, budget)
      switch finding {
      case .holds: break
      case .gaveUp(let reason): unknown = reason
      case .broken, .noOrder:
        findings.add(
          OrderWitness(model, history, facts, budget.deadline).anomaly(finding, table))
      }
    }
    if table.ambiguous > 0, unknown == nil {
      unknown =
        "\(count(table.ambiguous, "read")) returned several values, or one that several writes "
        + "wrote: written values must be unique"
    }
    return findings.verdict(
      model.rawValue, judged: table.answers, unknown: unknown,
      summary: table.answers == 0
        ? "no register answered anything"
        : "\(count(table.answers, "read")) fit")
  }
}
