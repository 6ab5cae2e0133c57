// Every model that is decided exactly beside a brute force that tries all commit orders, over registers with
// nothing known of the order of versions, and over lists.

import Histories
import Testing

@testable import Checking

@Suite("Isolation beside its twin")
struct IsolationTwinTests {
  static let models = [
    "strong-serializable", "strong-session-serializable", "serializable",
    "strong-snapshot-isolation", "strong-session-snapshot-isolation", "snapshot-isolation",
    "prefix", "parallel-snapshot-isolation", "causal-cerone", "read-atomic",
  ]

  @Test("all models, registers and lists", arguments: [false, true])
  func allModels(isList: Bool) throws {
    var random = RandomIsolation(dice: SmallGenerator(isList ? 3 : 4), isList: isList)
    let rounds = Twins.count(800)
    var violated = [Int](repeating: 0, count: Self.models.count)
    var complaints = 0
    for round in 0..<rounds {
      let history = random.next()
      let analysis = IsolationAnalysis(history)
      let twin = BruteIsolation(history)
      for (place, name) in Self.models.enumerated() {
        let model = try #require(IsolationModel.named(name))
        let verdict = analysis.verdict(model)
        let truth = twin.holds(name)
        violated[place] += truth ? 0 : 1
        let mine = !analysis.boundary.excludes(model)
        guard mine != truth || (verdict.validity == .unknown && verdict.judged > 0) else {
          continue
        }
        Issue.record(
          "round \(round), \(name): twin says \(truth): \(verdict)\n\(history.transactionText)")
        complaints += 1
        if complaints > 2 { return }
      }
    }
    for (name, count) in zip(Self.models, violated) {
      #expect(count * 10 > rounds && count * 10 < rounds * 9, "\(name): \(count) of \(rounds)")
    }
  }
}

extension History {
  var transactionText: String {
    (0..<count).map { row in
      let all = steps(of: row).map { step in
        let list =
          step.shape == .list
          ? "\(pool[Int(step.value)..<Int(step.value + step.extra)])"
          : step.shape == .none ? "nil" : "\(step.value)"
        return "\(step.function.name) \(step.key) \(list)"
      }
      return "\(row): p\(processes[row]) \(completions[row]) \(calls[row])-\(returns[row]) "
        + all.joined(separator: ", ")
    }.joined(separator: "\n")
  }
}
