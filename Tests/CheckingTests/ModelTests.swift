// Linearizability of mutexes, queues, sets, counters, registers under transactions, and strings; and of a
// model of a user's own.

import Checking
import Histories
import Testing

/// As a user would write one: a register that starts with 0.
private struct OwnRegister: SequentialModel {
  func initial(_ history: History, _ rows: [Int]) -> Value { 0 }

  func step(_ state: Value, _ history: History, _ row: Int, _ next: (Value) -> Void) {
    if history.functions[row] == .write { return next(history.values[row]) }
    if history.completions[row] != .ok || history.values[row] == state { next(state) }
  }

  func describe(_ state: Value) -> String { "the register holds \(state)" }
}

/// Nondeterministic: each increment adds one or two.
private struct OneOrTwo: SequentialModel {
  func initial(_ history: History, _ rows: [Int]) -> Value { 0 }

  func step(_ state: Value, _ history: History, _ row: Int, _ next: (Value) -> Void) {
    if history.functions[row] == .increment {
      next(state + 1)
      next(state + 2)
    } else if history.completions[row] != .ok || history.values[row] == state {
      next(state)
    }
  }

  func describe(_ state: Value) -> String { "the counter is \(state)" }
}

@Suite("Models")
struct ModelTests {
  static func check(_ model: BruteModel) throws -> Verdict {
    let checker = try #require(Checkers.named(model.kind.checker))
    return checker.init().check(try model.history(), model.kind.facts, Budget())
  }

  @Test("mutants are told from them", arguments: ModelKind.allCases, ModelMutant.allCases)
  func mutants(kind: ModelKind, mutant: ModelMutant) throws {
    var random = RandomModels(generator: SmallGenerator(4))
    for _ in 0..<Twins.count(5_000) {
      var model = random.next(kind)
      guard model.saysSomething else { continue }
      let verdict = try Self.check(model)
      model.mutant = mutant
      if model.holds() != (verdict.validity == .holds) { return }
    }
    Issue.record("\(mutant) of \(kind) survived")
  }

  @Test("objects that are not quite right are told from them", arguments: ModelTwist.allCases)
  func twists(twist: ModelTwist) throws {
    for kind in twist.kinds {
      var random = RandomModels(generator: SmallGenerator(5))
      var kills = 0
      for _ in 0..<Twins.count(5_000) where kills == 0 {
        var model = random.next(kind)
        guard model.saysSomething else { continue }
        let verdict = try Self.check(model)
        model.twist = twist
        if model.holds() != (verdict.validity == .holds) { kills += 1 }
      }
      #expect(kills > 0, "\(twist) of \(kind) survived")
    }
  }

  @Test("Knossos' mutex and multi-register", .enabled(if: PublicHistories.exist("knossos")))
  func knossos() throws {
    let facts = Facts(initial: 0, emptyReadsSayNothing: true)
    var judged = 0
    for known in try PublicHistories.index("knossos")
    where ["mutex", "multi-register"].contains(known.workload) {
      let history = try History(edn: PublicHistories.bytes("knossos/\(known.file)"))
      #expect(WorkloadGuess(history).workload.rawValue == known.workload)
      let verdict = Linearizable().check(history, facts, Budget())
      #expect(verdict.validity == (known.valid ? .holds : .violated), "\(known.file): \(verdict)")
      judged += 1
    }
    #expect(judged == 2)
  }

  @Test("Porcupine's key-value logs", .enabled(if: PublicHistories.exist("kv")))
  func keyValue() throws {
    var judged = 0
    for known in try PublicHistories.index("kv") {
      let bytes = try PublicHistories.bytes("kv/\(known.file)")
      let history = try History(bytes, format: HistoryFormat(guessedFrom: bytes))
      #expect(WorkloadGuess(history).workload == .keyValue)
      let verdict = Linearizable().check(history)
      #expect(verdict.validity == (known.valid ? .holds : .violated), "\(known.file): \(verdict)")
      judged += 1
    }
    #expect(judged == 4)
  }

  @Test func aModelOfOnesOwn() throws {
    let good = try History(diagram: "C0: |-w x 1-| |-r x 1-|")
    #expect(ModelChecker(OwnRegister()).check(good).validity == .holds)
    let bad = try History(diagram: "C0: |-w x 1-| |-w x 2-| |-r x 1-|")
    let verdict = ModelChecker(OwnRegister()).check(bad)
    #expect(verdict.validity == .violated)
    #expect(verdict.anomalies.first?.rows == [0, 1, 2])
    #expect(verdict.anomalies.first?.explanation.contains { $0.contains("holds 2") } == true)
  }

  @Test("a model that may choose: every order of every choice")
  func aModelThatChooses() throws {
    var random = SmallGenerator(6)
    var holding = 0
    for _ in 0..<2_000 {
      var history = History()
      var reachable: Set<Value> = [0]
      for place in 0..<(1 + random.below(6)) {
        let isRead = random.chance(40)
        let seen = Value(random.below(6))
        history.append(
          Entry(
            process: 0, function: isRead ? .read : .increment, key: 0, value: isRead ? seen : 1,
            call: Int64(2 * place), return: Int64(2 * place + 1)))
        reachable =
          isRead
          ? reachable.intersection([seen])
          : Set(reachable.flatMap { [$0 + 1, $0 + 2] })
      }
      let verdict = ModelChecker(OneOrTwo()).check(history)
      #expect(verdict.validity == (reachable.isEmpty ? .violated : .holds), "\(history.picture)")
      holding += reachable.isEmpty ? 0 : 1
    }
    #expect(holding > 400 && holding < 1_600)
    let beside = try History(
      diagram: """
        C0: |-add x 1-| |-r x 3-|
        C1: |-add x 1-| |-r x 3-|
        """)
    #expect(ModelChecker(OneOrTwo()).check(beside).validity == .holds)
  }

  @Test func reentrance() throws {
    let text = """
      {:process 0 :type :invoke :f :acquire} {:process 0 :type :ok :f :acquire}
      {:process 0 :type :invoke :f :acquire} {:process 0 :type :ok :f :acquire}
      {:process 0 :type :invoke :f :release} {:process 0 :type :ok :f :release}
      {:process 0 :type :invoke :f :release} {:process 0 :type :ok :f :release}
      """
    let history = try History(edn: Array(text.utf8))
    #expect(ModelChecker(MutexModel()).check(history).validity == .violated)
    #expect(ModelChecker(MutexModel(isReentrant: true)).check(history).validity == .holds)
  }

  @Test func nothingJudgedIsUnknownAndSoIsTooMuch() throws {
    let none = try History(
      edn: Array("{:process 0 :type :invoke :f :acquire :value nil}".utf8))
    #expect(Linearizable().check(none).validity == .unknown)
    var text = ""
    for process in 0..<12 {
      text += "{:process \(process) :type :invoke :f :enqueue :value \(process / 2)}\n"
    }
    for process in 0..<12 {
      text += "{:process \(process) :type :ok :f :enqueue :value \(process / 2)}\n"
    }
    text += "{:process 0 :type :invoke :f :dequeue} {:process 0 :type :ok :f :dequeue :value 99}"
    let many = try History(edn: Array(text.utf8))
    let verdict = Linearizable().check(many, Facts(), Budget(steps: 10_000))
    #expect(verdict.validity == .unknown)
    #expect(verdict.explanation.contains("budget"))
    let late = Budget(deadline: { true })
    #expect(Linearizable().check(many, Facts(), late).validity == .unknown)
  }
}
