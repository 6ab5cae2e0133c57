// Linearizability of any model: each part of the history is searched on its own (locality: Herlihy and
// Wing, "Linearizability: A Correctness Condition for Concurrent Objects", 1990).

import Histories

/// Judges histories by a sequential model.
public struct ModelChecker<Model: SequentialModel>: Sendable {
  /// What a faster way than search says about a part.
  enum Quick { case holds, violated(Anomaly) }

  private let model: Model
  private let quick: @Sendable (History, [Int]) -> Quick?

  public init(_ model: Model) { self.init(model) { _, _ in nil } }

  /// - Parameter quick: Judges a part without search; nil where that does not apply.
  init(_ model: Model, quick: @escaping @Sendable (History, [Int]) -> Quick?) {
    self.model = model
    self.quick = quick
  }

  /// Whether there is an order of all operations, compatible with their real times, that the model
  /// allows.
  public func check(_ history: History, _ budget: Budget = Budget()) -> Verdict {
    check(history, Linearizable.name, budget)
  }

  func check(_ history: History, _ name: String, _ budget: Budget) -> Verdict {
    var budget = budget
    var findings = Findings()
    var judged = 0
    let parts = model.partition(history)
    for rows in parts { judged += rows.count { history.completions[$0] == .ok } }
    var reasons = [String?](repeating: nil, count: parts.count)
    budget.inRounds(parts.count) { part, share in
      switch quick(history, parts[part]) {
      case .holds: return .holds
      case .violated(let anomaly):
        findings.add(anomaly)
        return .violated
      case nil: break
      }
      var search = ModelSearch(model, history, parts[part])
      let outcome = search.run(&share)
      reasons[part] = nil
      switch outcome {
      case .found: return .holds
      case .none:
        findings.add(anomaly(history, parts[part], search, share))
        return .violated
      case .tooWide:
        reasons[part] = "more than 128 operations at once: \(proven(search, history, parts[part]))"
      case .exhausted: reasons[part] = "budget exhausted: \(proven(search, history, parts[part]))"
      }
      return .unknown
    }
    return findings.verdict(
      name, judged: judged, unknown: reasons.lazy.compactMap { $0 }.first,
      summary: judged == 0
        ? "nothing was answered"
        : "\(count(judged, "operation")) \(judged == 1 ? "fits" : "fit") one order")
  }

  /// What is certain although the search gave up.
  private func proven(_ search: ModelSearch<Model>, _ history: History, _ rows: [Int]) -> String {
    let placed = search.placed
    let last = placed.last.map {
      ", those that returned up to \(history.time(history.returns[$0]))"
    }
    return "the first \(placed.count) of \(rows.count) operations of a part have an order"
      + (last ?? "")
  }

  /// A few operations that have no order by themselves; if they are many, the one at which the search gave up hope,
  /// and those that ran beside it.
  private func anomaly(
    _ history: History, _ rows: [Int], _ search: ModelSearch<Model>, _ budget: Budget
  ) -> Anomaly {
    let witness = ModelWitness(model, history, rows, upTo: search.stuck, budget)
    if let anomaly = witness.anomaly() { return anomaly }
    let shown = (search.pending.suffix(7) + [search.stuck]).sorted()
    return Anomaly(
      name: "no-order", rows: shown,
      explanation: shown.map(history.modelStory) + [
        "the \(count(search.placed.count, "operation")) that returned before have orders; after them "
          + search.stuckStates.joined(separator: ", or "),
        "in none of them row \(search.stuck) can have happened before it returned at "
          + history.time(history.returns[search.stuck]),
      ])
  }
}

extension History {
  /// A row as a sentence, whatever it does.
  func modelStory(_ row: Int) -> String {
    if functions[row] == .transaction { return transactionStory(row) }
    guard shapes[row] == .string else { return story(row) }
    let text = strings[Int(values[row])]
    let shown = text.count > 60 ? "..." + text.suffix(60) : text
    let name = name(of: keys[row])
    let verb = functions[row] == .read ? "read" : functions[row] == .append ? "appended" : "wrote"
    let end = completions[row] == .info ? "on" : "to \(time(returns[row]))"
    return "process \(processes[row]) \(verb) \"\(shown)\", key \(name) (row \(row), from "
      + "\(time(calls[row])) \(end))"
  }
}
