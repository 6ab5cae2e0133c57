// What a history is taken for when nobody says: never for something that passes it without looking at it.

import Checking
import Histories
import Testing

@Suite("Guessed workloads")
struct WorkloadGuessTests {
  private func verdict(_ history: History) -> HistoryVerdict {
    let guess = WorkloadGuess(history)
    return HistoryVerdict(
      history, guess.workload, models: [guess.workload.models[0]], Facts(), Budget(),
      doubt: guess.doubt)
  }

  private func events(_ lines: String...) throws -> History {
    try History(edn: Array(lines.joined(separator: "\n").utf8))
  }

  /// As elle-cli's example of set-full: elements beside their key, the answer of the read without it.
  private func keyedSet(_ answer: String) throws -> History {
    try events(
      "{:type :invoke, :f :add, :value [0 1], :process 0}",
      "{:type :ok, :f :add, :value [0 1], :process 0}",
      "{:type :invoke, :f :add, :value [0 2], :process 0}",
      "{:type :ok, :f :add, :value [0 2], :process 0}",
      "{:type :invoke, :f :read, :value [0 nil], :process 0}",
      "{:type :ok, :f :read, :value \(answer), :process 0}")
  }

  @Test("elements beside their key are no orders, however the answer is written")
  func setFull() throws {
    for (answer, expected) in [
      ("[1 2 3]", Validity.violated), ("[2]", .violated), ("[0 [1 2]]", .holds),
    ] {
      let history = try keyedSet(answer)
      #expect(WorkloadGuess(history).workload == .set)
      #expect(verdict(history).validity == expected, "\(answer)")
    }
    #expect(try keyedSet("[1 2 3]").list(of: 2) == [1, 2, 3])
  }

  @Test("orders are what no two inserts have in common")
  func orders() throws {
    func inserts(_ lists: String...) throws -> WorkloadGuess {
      let lines = lists.map { "{:type :ok, :f :insert, :value \($0), :process 0}" }
      return WorkloadGuess(try History(edn: Array(lines.joined(separator: "\n").utf8)))
    }
    #expect(try inserts("[1 10 11]", "[2 12]").workload == .orders)
    #expect(try inserts("[0 10 11]", "[0 12 13]").workload == .set)
    #expect(try inserts("[1]", "[2]").workload == .set)
    // As sets they say nothing: their elements are lists.
    let history = try events(
      "{:type :ok, :f :insert, :value [0 10 11], :process 0}",
      "{:type :ok, :f :insert, :value [0 12 13], :process 0}",
      "{:type :ok, :f :read, :value [0 10 11], :process 0}")
    #expect(verdict(history).validity == .unknown)
  }

  @Test(
    "what a guess says nothing of lets nothing hold",
    arguments: [
      ("C0: |-w x 1-| |-r x 1-| |-ins s 1-| |-r s [1]-|", HistoryWorkload.set, "1 `write`"),
      ("C0: |-w x 1-| |-r x 2-| |-add c 1-| |-r c 1-|", .counter, "1 `write`"),
      ("C0: |-ins s 1-| |-r s [1]-| |-add c 1-| |-add c 1-|", .set, "2 `add`s"),
    ] as [(String, HistoryWorkload, String)])
  func mixtures(diagram: String, workload: HistoryWorkload, missed: String) throws {
    let history = try History(diagram: diagram)
    let guess = WorkloadGuess(history)
    #expect(guess.workload == workload)
    #expect(guess.doubt?.contains(missed) == true, "\(guess)")
    let result = verdict(history)
    #expect(result.validity == .unknown && result.strongest == nil, "\(result)")
    // Whoever says what it is, is believed.
    let told = HistoryVerdict(history, .set, models: ["set"], Facts(), Budget())
    #expect(told.validity == .holds || workload == .counter)
  }

  @Test("owners of locks are written and read again, and judged the same")
  func owners() throws {
    for (releaser, expected) in [("n1", Validity.holds), ("n2", .violated)] {
      let history = try events(
        "{:type :invoke, :f :acquire, :value {:client \"n1\"}, :process 0}",
        "{:type :ok, :f :acquire, :value {:client \"n1\"}, :process 0}",
        "{:type :invoke, :f :release, :value {:client \"\(releaser)\"}, :process 1}",
        "{:type :ok, :f :release, :value {:client \"\(releaser)\"}, :process 1}")
      #expect(verdict(history).validity == expected)
      for format in HistoryFormat.written {
        let again = try History(history.written(format), format: format)
        #expect(WorkloadGuess(again).workload == .ownerAwareMutex, "\(format)")
        #expect(verdict(again).validity == expected, "\(format)")
      }
    }
  }

  @Test("a doubt hides no violation")
  func violations() throws {
    let history = try History(diagram: "C0: |-w x 1-| |-ins s 1-| |-r s []-|")
    #expect(verdict(history).validity == .violated)
  }

  @Test("a whole workload is not doubted")
  func whole() throws {
    for (diagram, workload) in [
      ("C0: |-w x 1-| |-r x 1-|", HistoryWorkload.register), ("C0: |-ins s 1-| |-r s [1]-|", .set),
      ("C0: |-add c 1-| |-r c 1-|", .counter),
    ] {
      let guess = WorkloadGuess(try History(diagram: diagram))
      #expect(guess.workload == workload && guess.doubt == nil)
    }
  }
}
