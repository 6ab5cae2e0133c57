// What is written and read again is the same history, in every format that can be written, whatever the
// functions.

import Histories
import Testing

@Suite("Round trips")
struct RoundTripTests {
  /// A small generator of its own: histories that do not depend on the simulator.
  private struct Draws {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[below(choices.count)] }
  }

  /// The kinds of workload whose functions come together in one history.
  private static let kinds: [[Function]] = [
    [.read, .write, .compareAndSet], [.read, .increment], [.read, .insert, .remove], [.transaction],
    [.read, .transfer], [.acquire, .release], [.enqueue, .dequeue], [.generate],
    [.read, .append],
  ]

  private func history(_ draws: inout Draws) -> History {
    var history = History()
    let functions = draws.pick(Self.kinds)
    let keys = draws.below(2) == 0 ? 1 : 4
    var time: Int64 = 0
    for row in 0..<12 {
      time += Int64(draws.below(3))
      let completion = draws.pick([Completion.ok, .ok, .ok, .fail, .info])
      let function = draws.pick(functions)
      var entry = Entry(
        process: Int32(row), function: function, key: Key(draws.below(keys)), shape: .none,
        completion: completion, call: time,
        return: completion == .info ? History.never : time + Int64(draws.below(5)),
        region: UInt8(draws.below(3)), isFinal: draws.below(4) == 0,
        version: completion == .ok && draws.below(4) == 0 ? Version(Int64(row), -7) : nil)
      fill(&entry, functions, &history, &draws)
      history.append(entry)
    }
    return history
  }

  private func fill(
    _ entry: inout Entry, _ functions: [Function], _ history: inout History, _ draws: inout Draws
  ) {
    let isTold = entry.completion == .ok
    let value = Int64(draws.below(1 << 20)) - 1 << 19
    switch entry.function {
    case .acquire, .release: break
    case .transaction:
      entry.key = 0
      let steps = (0..<draws.below(4)).map { _ -> Step in
        let function = draws.pick([Function.read, .write, .append])
        var step = Step(function: function, key: Key(draws.below(4)), shape: .scalar, value: value)
        if function == .read {
          step.shape = isTold ? draws.pick([.none, .scalar, .list]) : .none
          step.value = step.shape == .scalar ? value : 0
          if step.shape == .list { (step.value, step.extra) = history.store([3, value]) }
        }
        return step
      }
      entry.shape = .steps
      (entry.value, entry.extra) = history.store(steps: steps)
    case .read, .dequeue, .generate:
      guard isTold, draws.below(5) > 0 else { return }
      if functions.contains(.insert) {
        entry.shape = .list
        (entry.value, entry.extra) = history.store([value, 1, 2].prefix(draws.below(4)))
      } else if functions.contains(.transfer) {
        entry.shape = .map
        (entry.value, entry.extra) = history.store([0, value, 1, 5])
      } else {
        (entry.shape, entry.value) = (.scalar, value)
      }
    default:
      (entry.shape, entry.value) = (.scalar, value)
      if entry.function == .compareAndSet { entry.extra = 9 - value }
      if entry.function == .transfer { entry.extra = Int64(draws.below(4)) }
    }
  }

  private func expectSame(_ one: History, _ other: History) {
    guard one.count == other.count else {
      #expect(one.count == other.count)
      return
    }
    for row in 0..<one.count {
      var (left, right) = (one[row], other[row])
      if left.shape == right.shape, left.shape != .scalar {
        (left.value, left.extra, right.value, right.extra) = (0, 0, 0, 0)
      }
      #expect(left == right)
      #expect(Array(one.list(of: row)) == Array(other.list(of: row)))
    }
    let isSame = one.jsonLines() == other.jsonLines()
    #expect(isSame)
  }

  @Test("every format that can be written", arguments: [HistoryFormat.jsonLines, .edn, .json])
  func roundTrip(format: HistoryFormat) throws {
    var draws = Draws(state: 7)
    for _ in 0..<400 {
      let history = history(&draws)
      let written = format == .jsonLines ? history.jsonLines() : history.events(format)
      expectSame(history, try History(written, format: format))
    }
  }

  @Test("names of keys, values and texts", arguments: [HistoryFormat.edn, .json])
  func names(format: HistoryFormat) throws {
    let text = """
      {"process": 1, "call": 1, "return": 2, "f": "write", "key": "a \\"b\\"", "value": "x\\n", "ok": true}
      {"process": 2, "call": 3, "return": 4, "f": "read", "key": "a \\"b\\"", "value": "x\\n", "ok": true}
      {"process": 3, "call": 4, "return": 5, "f": "dequeue", "key": "-7", "value": "é", "ok": true}

      """
    let history = try History(jsonLines: Array(text.utf8))
    let again = try History(history.events(format), format: format)
    #expect(again.keyNames == ["a \"b\"", "-7"] && again.strings == ["x\n"])
    #expect(again.name(ofValue: again.values[2]) == "é")
    #expect(try History(jsonLines: history.jsonLines()).name(ofValue: again.values[2]) == "é")
  }

  @Test("owners and tokens of locks", arguments: HistoryFormat.written)
  func owners(format: HistoryFormat) throws {
    let text = """
      {:process 0, :type :invoke, :f :acquire, :value {:client "n 1"}}
      {:process 0, :type :ok, :f :acquire, :value {:client "n 1", :fence 7}}
      {:process 1, :type :invoke, :f :acquire, :value nil}
      {:process 0, :type :invoke, :f :release, :value {:client 2}}
      {:process 0, :type :info, :f :release, :value {:client 2}}
      {:process 1, :type :fail, :f :acquire, :value nil}
      """
    let history = try History(Array(text.utf8), format: .edn)
    let again = try History(history.written(format), format: format)
    expectSame(history, again)
    #expect(
      (0..<3).map { row in again.lockOwner(of: row).map { again.name(ofValue: $0) } }
        == ["n 1", nil, "2"])
    #expect(again[0].shape == .scalar && again[0].value == 7)
  }

  @Test("events as Jepsen's tools read them")
  func events() throws {
    let history = try History(
      diagram: """
        C0: |-w x 1-|  |-cas x 1 2-|
        C1:    |-r x 1-|
        """)
    let lines = String(decoding: history.events(.edn), as: UTF8.self).split(separator: "\n")
    #expect(
      lines[0] == "{:index 0, :time 4, :type :invoke, :process 0, :f :write, :value [\"x\" 1]}")
    #expect(lines[1].hasSuffix(":type :invoke, :process 1, :f :read, :value [\"x\" nil]}"))
    #expect(lines.last?.hasSuffix(":type :ok, :process 0, :f :cas, :value [\"x\" [1 2]]}") == true)
  }

  @Test("JSON is one array, as elle-cli reads it")
  func array() throws {
    let history = try History(diagram: "C0: |-w x 1-|  |-r x 1-|")
    let text = String(decoding: history.events(.json), as: UTF8.self)
    #expect(text.hasPrefix("[{\"index\": 0,") && text.hasSuffix("}]\n"))
    #expect(text.split(separator: "\n").dropLast().allSatisfy { $0.hasSuffix("},") })
    #expect(History().events(.json) == Array("[]\n".utf8))
  }

  @Test("what ended as others were called does not come before them")
  func ties() throws {
    let text = """
      {"process": 0, "call": 1, "return": 5, "f": "write", "key": 0, "value": 1, "ok": true}
      {"process": 0, "call": 5, "return": 5, "f": "write", "key": 0, "value": 2, "ok": true}
      {"process": 0, "call": 5, "return": 9, "f": "write", "key": 0, "value": 3, "ok": true}
      {"process": 1, "call": 5, "return": 9, "f": "read", "key": 0, "ok": true}

      """
    let history = try History(jsonLines: Array(text.utf8))
    let events = String(decoding: history.events(.edn), as: UTF8.self).split(separator: "\n")
    let order = events.map { event in
      [":process 1", ":invoke", "value 1", "value 2"].map { event.contains($0) ? "1" : "0" }
        .joined()
    }
    #expect(order == ["0110", "1100", "0010", "0101", "0001", "0100", "0000", "1000"])
    let again = try History(history.events(.edn), format: .edn)
    #expect(again.calls == [1, 5, 5, 5] && again.returns == [5, 9, 5, 9])
  }
}
