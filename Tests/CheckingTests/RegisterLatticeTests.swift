// The lattice of register models: no history breaks what should follow, and whatever is not said to follow, some
// history shows not to.

@testable import Checking
import Histories
import Testing

@Suite("Lattice of register models")
struct RegisterLatticeTests {
  private func all(_ history: History) -> [String: Validity] {
    var found: [String: Validity] = [:]
    for model in RegisterModel.all {
      found[model.name] = Checkers.named(model.name)?.init().check(history).validity
    }
    return found
  }

  @Test("each model before those it implies, and each has a checker")
  func order() {
    let names = RegisterModel.all.map(\.name)
    for (place, model) in RegisterModel.all.enumerated() {
      #expect(Checkers.named(model.name)?.name == model.name)
      #expect(model.implies.allSatisfy { names[(place + 1)...].contains($0) })
    }
  }

  /// What random histories rarely show: a conflict that only the winner's reader sees late, the long fork, two
  /// readers who never agree, and two who each read what the other will write.
  private static let rare = [
    """
    C0:  |-w z 1-| |-w x 1-| |-w y 1-|
    C1:  |-w x 2-| |-r z nil-|         |-r y 1-| |-r x 2-|
    """,
    """
    C0:  |-w x 1-|
    C1:  |-w y 1-|
    C2:            |-r x 1-| |-r y nil-|
    C3:            |-r y 1-| |-r x nil-|
    """,
    """
    C0:  |-w x 1-|
    C1:  |-w x 2-|
    C2:            |-r x 1-| |-r x 2-|
    C3:            |-r x 2-| |-r x 1-|
    """,
    """
    C0:  |-r x 1-| |-w x 2-|
    C1:  |-r x 2-| |-w x 1-|
    """,
  ]

  @Test("histories break no implication, and whatever is none")
  func implications() throws {
    var random = RandomHistories(seed: 51)
    var separated: Set<String> = []
    var histories = try RegisterLatticeTests.rare.map { try History(diagram: $0) }
    for _ in 0..<Twins.count(3_000) {
      // Keys are judged one by one, which is all there is to it if there is one or times differ.
      let keys = 1 + random.generator.below(2)
      random.tightness = keys == 1 ? random.generator.pick([0, 60]) : 0
      let entries = random.registers(
        unique: true, keys: keys, wrong: 70, info: 4, fail: 0,
        processes: random.generator.pick([2, 3]), reads: 60, changed: 40)
      if keys == 1 || History(entries).isLocal { histories.append(History(entries)) }
    }
    for history in histories {
      let found = all(history)
      for stronger in RegisterModel.all where found[stronger.name] == .holds {
        for weaker in RegisterModel.all where found[weaker.name] == .violated {
          #expect(!stronger.implies(weaker.name), "\(stronger) \(weaker) \(history.picture)")
          separated.insert("\(stronger.name) > \(weaker.name)")
        }
      }
    }
    for stronger in RegisterModel.all {
      for weaker in RegisterModel.all where stronger.name != weaker.name {
        // Clients alone never see writes of one session change places.
        guard weaker.name != "monotonic-writes", !stronger.implies(weaker.name) else { continue }
        #expect(
          separated.contains("\(stronger.name) > \(weaker.name)"),
          "\(stronger.name) \(weaker.name)")
      }
    }
  }

  @Test("several strongest, and the weakest that fail")
  func boundary() throws {
    let history = try History(
      diagram: """
        C0:  |-w x 1-| |-r x 2-|
        C1:  |-w x 2-| |-r x 1-|
        """)
    let workload = WorkloadGuess(history).workload
    let verdict = HistoryVerdict(
      history, workload, models: workload.models, Facts(), Budget())
    #expect(verdict.validity == .violated)
    #expect(verdict.boundary?.not == ["read-your-writes"])
    #expect(
      verdict.boundary?.alsoNot == [
        "causal-convergence", "linearizable", "sequential", "session-guarantees",
      ])
    #expect(verdict.strongest == "causal-memory,consistent-prefix")
    let weak = verdict.verdicts.first { $0.checker == "weak-causal" }
    #expect(weak?.validity == .holds && weak?.explanation == "follows from causal-memory")
    let single = HistoryVerdict(history, workload, models: ["sequential"], Facts(), Budget())
    #expect(single.boundary == nil && single.strongest == nil)
  }

  @Test("two processes that go from key to key at one instant can break what each key keeps")
  func notLocal() throws {
    let history = History([
      Entry(process: 0, function: .read, key: 0, value: 1, call: 0, return: 5),
      Entry(process: 1, function: .read, key: 1, value: 2, call: 0, return: 5),
      Entry(process: 0, function: .write, key: 1, value: 2, call: 5, return: 9),
      Entry(process: 1, function: .write, key: 0, value: 1, call: 5, return: 9),
    ])
    #expect(!history.isLocal)
    #expect(Linearizable().check(history).validity == .holds)
    let models = HistoryWorkload.register.models
    let verdict = HistoryVerdict(history, .register, models: models, Facts(), Budget())
    #expect(verdict.verdicts.first?.validity == .violated)
    #expect(verdict.verdicts.first?.checker == "linearizable")
  }
}
