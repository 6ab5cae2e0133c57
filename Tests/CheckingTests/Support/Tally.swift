// Compares verdicts with those of a twin, and sees to it that both kinds occur often enough.

import Checking
import Histories
import Testing

struct Tally {
  private var holding = 0
  private var violated = 0
  private var vacuous = 0
  private var complaints = 0

  /// Notes one history; a verdict that judged nothing must be unknown.
  mutating func add(_ verdict: Verdict, holds: Bool, _ history: History) {
    let expected: Validity = !holds ? .violated : verdict.judged == 0 ? .unknown : .holds
    switch expected {
    case .holds: holding += 1
    case .violated: violated += 1
    case .unknown: vacuous += 1
    }
    guard verdict.validity != expected, complaints < 3 else { return }
    complaints += 1
    Issue.record("twin says \(expected), \(verdict)\n\(history.picture)")
  }

  /// At least a share of each kind, of all histories that say something.
  func expectBothVerdicts(percent: Int = 20, of twin: Twin? = nil) {
    let all = holding + violated
    if let twin, Twins.isFull {
      print(
        "\(twin.testDescription): \(holding) hold, \(violated) are violated, \(vacuous) say nothing"
      )
    }
    #expect(holding * 100 >= all * percent, "only \(holding) of \(all) hold")
    #expect(violated * 100 >= all * percent, "only \(violated) of \(all) are violated")
  }
}
