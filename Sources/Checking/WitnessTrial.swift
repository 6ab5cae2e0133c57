// Whether what a verdict shows is a violation by itself. Every witness that people get to see is judged alone, by the
// checker that found it; one that does not stand says so. So a reader never takes for a proof what is only a part.

import Histories

extension Anomaly {
  /// What a witness says of itself if its operations alone are no violation.
  public static let restsOnMore =
    "these operations alone are no violation: it rests on more than is shown"
}

extension Checker {
  /// The verdict on a history, each witness tried.
  public func judge(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    check(history, facts, budget).withWitnessesTried(history, budget) { check($0, facts, budget) }
  }
}

extension IsolationAnalysis {
  /// The verdict on one model, each witness tried.
  /// - Parameter history: The history that was analysed.
  public func verdict(
    _ model: IsolationModel, on history: History, _ facts: Facts, _ budget: Budget
  ) -> Verdict {
    verdict(model).withWitnessesTried(history, budget) {
      IsolationAnalysis($0, facts, budget).verdict(model)
    }
  }
}

extension Verdict {
  /// The same, each witness tried by judging a part of the history as the whole was judged; after the budget's
  /// deadline none is.
  func withWitnessesTried(
    _ history: History, _ budget: Budget, _ judge: (History) -> Verdict
  ) -> Verdict {
    // Rows of a part have other names.
    guard history.origins.isEmpty, !anomalies.isEmpty else { return self }
    var tried = self
    for place in anomalies.indices where !anomalies[place].rows.isEmpty && !budget.isLate {
      let rows = Set(anomalies[place].rows).sorted()
      guard judge(history.part(rows)).validity != .violated else { continue }
      tried.anomalies[place].explanation.append(Anomaly.restsOnMore)
    }
    return tried
  }
}
