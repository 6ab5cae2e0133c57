// Whether a runbook did in a run what it says: one verdict over all its steps, and the words for it.

import Checking
import Simulation
import Traffic

extension RunbookRecord {
  /// Every step with its words, in the order in which they are carried out.
  public var steps: [(step: RunbookStep, words: RunbookWords, log: RunbookStepLog)] {
    plan.runbook.parts.indices.flatMap { part in
      plan.runbook.parts[part].steps.indices.map {
        (plan.runbook.parts[part].steps[$0], plan.parts[part].steps[$0], log.parts[part].steps[$0])
      }
    }
  }

  /// Holds if every step was verified; unknown if some were never tried, or not to the end.
  func verdict(in topology: Topology) -> Verdict {
    let steps = self.steps
    let bad = steps.indices.filter { [.failed, .blocked].contains(steps[$0].log.outcome) }
    let open = steps.indices.filter {
      [.unfinished, .notReached].contains(steps[$0].log.outcome)
    }
    let verified = steps.count { $0.log.outcome == .verified }
    let unknown =
      !log.isTriggered
      ? "nothing called for it"
      : open.first.map {
        "the load ended before step \($0 + 1), \(steps[$0].words.name), was verified"
      }
    return Verdict(
      checker: "runbook", judged: log.isTriggered ? verified + bad.count : 0,
      anomalies: bad.map { number in
        Anomaly(
          name: "\(steps[number].log.outcome.rawValue)-step", rows: [],
          explanation: [explanation(number + 1, steps[number].words, steps[number].log, topology)])
      },
      unknown: unknown, summary: "\(verified) of \(steps.count) steps verified")
  }

  private func explanation(
    _ number: Int, _ words: RunbookWords, _ log: RunbookStepLog, _ topology: Topology
  ) -> String {
    let missing = (log.tries.last?.missing ?? []).map { $0.text(in: topology) }
      .joined(separator: ", ")
    let errors = log.errors > 0 ? ", \(log.errors) by mistake not done" : ""
    let undone = log.rollback.map {
      $0.outcome == .verified ? "; rolled back" : "; rolled back, and that was not seen to work"
    }
    return log.outcome == .blocked
      ? "step \(number), \(words.name), was blocked: not so in time: \(missing)"
      : "step \(number), \(words.name): not seen in time: \(missing); "
        + "tried \(log.tries.count) times\(errors)\(undone ?? "")"
  }
}

extension RunbookCondition {
  /// What is to be seen, in words.
  public func text(in topology: Topology) -> String {
    let name = topology.name(of: region)
    return switch what {
    case .up: "the server of \(name) runs"
    case .down: "the server of \(name) is down"
    case .healthy: "health checks find \(name) healthy"
    case .unhealthy: "health checks find \(name) unhealthy"
    case .primary: "the database of \(name) says that it is the primary"
    case .caughtUp: "the database of \(name) has caught up, with nothing left to reconcile"
    case .writes: "a test write to \(name) is acknowledged"
    case .fenced: "a test write to \(name) is refused or not answered"
    case .ready: "at least \(replicas) replicas of the application can serve in \(name)"
    case .traffic: "at least \(Quantity.text(least)) of clients are sent to \(name)"
    }
  }
}
