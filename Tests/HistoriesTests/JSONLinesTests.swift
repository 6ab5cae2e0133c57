// Our own history files: what is read, what is refused and where, and that writing and reading again
// changes nothing.

import Histories
import Testing

@Suite("JSON Lines")
struct JSONLinesTests {
  private func read(_ text: String) throws -> History { try History(jsonLines: Array(text.utf8)) }

  @Test("one line of each kind")
  func kinds() throws {
    let history = try read(
      """
      {"process": 3, "call": 1, "return": 4, "f": "read", "key": "x", "value": 7, "ok": true}
      {"process":4,"call":2,"return":5,"f":"write","key":"y","value":-8,"ok":false}
      {"f": "cas", "old": 1, "new": 2, "process": 5, "key": "x", "call": 3, "return": null, "ok": null}
      {"process": 6, "call": 4, "return": 5, "f": "read", "key": "x", "value": [3, 1], "ok": true, \
      "region": 2, "final": true, "version": [4, 5], "unheard": {"of": ["this"]}}
      {"process": 7, "call": 5, "return": 9, "f": "transfer", "value": {"from": "x", "to": "y", \
      "amount": 9}, "ok": true}

      {"process": 8, "call": 6, "return": 9, "f": "read", "value": {"0": 10, "1": 20}, "ok": true}
      {"process": 9, "call": 7, "return": 9, "f": "txn", "ok": true, \
      "value": [["append", "x", 1], ["r", "x", [1, 2]], ["w", "y", 2], ["r", "y", null]]}
      {"process": 10, "call": 8, "return": 9, "f": "read", "key": "x", "value": null, "ok": true}
      """)
    #expect(history.count == 8)
    #expect(history.keyNames == ["x", "y", "0", "1"])
    #expect(history[0] == Entry(process: 3, function: .read, key: 0, value: 7, call: 1, return: 4))
    #expect(history[1].completion == .fail && history[1].value == -8 && history[1].key == 1)
    #expect(history[2].completion == .info && history[2].return == History.never)
    #expect((history[2].extra, history[2].value) == (1, 2))
    #expect(Array(history.list(of: 3)) == [3, 1])
    #expect(history[3].region == 2 && history[3].isFinal && history[3].version == Version(4, 5))
    #expect((history[4].key, history[4].extra, history[4].value) == (0, 1, 9))
    #expect(history[5].shape == .map && Array(history.list(of: 5)) == [2, 10, 3, 20])
    let steps = history.steps(of: 6)
    #expect(steps.map(\.function) == [.append, .read, .write, .read])
    #expect(steps.map(\.key) == [0, 0, 1, 1])
    #expect(steps.map(\.shape) == [.scalar, .list, .scalar, .none])
    #expect(history[7].shape == .none)
    #expect(history.lines == [1, 2, 3, 4, 5, 7, 8, 9])
  }

  @Test("lines in the order of their ends are put into the order of their calls")
  func order() throws {
    let history = try read(
      """
      {"process": 1, "call": 5, "return": 6, "f": "write", "key": 12, "value": 1, "ok": true}
      {"process": 2, "call": 1, "return": 9, "f": "write", "key": 3000000, "value": 2, "ok": true}
      """)
    #expect(history.calls == [1, 5])
    #expect(history.keys == [3_000_000, 12])
    #expect(history.keyNames.isEmpty)
    #expect(history.lines == [2, 1])
  }

  @Test(
    "what is wrong is named by line and column",
    arguments: [
      ("{", "1:2: expected `\"`"),
      ("\n{\"process\": x}", "2:13: expected an integer"),
      (
        "{\"process\": 1, \"call\": 1, \"return\": 2, \"f\": \"raed\", \"ok\": true}",
        "1:45: unknown function `raed`; did you mean `read`?"
      ),
      ("{\"process\": 5000000000}", "1:13: process must be between -2147483648 and 2147483647"),
      ("{\"process\": 99999999999999999999}", "1:13: this integer does not fit in 64 bits"),
      ("{\"call\": 1, \"f\": \"read\"}", "1:1: `process` is missing"),
      (
        "{\"process\": 1, \"call\": 1, \"f\": \"read\", \"ok\": true}",
        "1:1: `return` is missing, though `ok` is not null"
      ),
      (
        "{\"process\": 1, \"call\": 1, \"f\": \"cas\", \"old\": 1}",
        "1:1: cas needs `old` and `new`"
      ),
      ("{\"process\": 1, \"call\": 1, \"f\": \"write\"}", "1:1: write needs `value`"),
      ("{\"process\": 1, \"ok\": maybe}", "1:22: expected true or false"),
      ("{\"process\": 1, \"value\": [1, 2", "1:30: this value has no end"),
      ("{\"process\": 1, \"key\": \"x", "1:23: this string has no end"),
      ("{\"process\": 1, \"value\": 1.5}", "1:26: expected `}`"),
      (
        "{\"process\": 1, \"call\": 1, \"f\": \"read\"} {}",
        "1:40: expected the end of the line: one operation a line"
      ),
    ])
  func errors(text: String, message: String) {
    #expect {
      try read(text)
    } throws: { error in
      String(describing: error) == message
    }
  }

  @Test("written and read again it is the same")
  func roundTrip() throws {
    var seed: UInt64 = 1
    func below(_ bound: UInt64) -> Int64 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int64((seed >> 33) % bound)
    }
    for _ in 0..<200 {
      var history = History()
      for row in 0..<10 {
        let function: Function = [.read, .write, .compareAndSet, .increment, .insert][Int(below(5))]
        let completion: Completion = [.ok, .fail, .info][Int(below(3))]
        var entry = Entry(
          process: Int32(row), function: function, key: Key(below(4)),
          value: below(1 << 31) - below(1 << 31),
          extra: function == .compareAndSet ? below(9) : 0, completion: completion,
          call: Int64(row) * 10, return: completion == .info ? History.never : Int64(row) * 10 + 4,
          region: UInt8(below(3)), isFinal: below(4) == 0,
          version: below(2) == 0 ? Version(below(99), below(9)) : nil)
        if function == .read, below(2) == 0 {
          entry.shape = below(2) == 0 ? .list : .map
          (entry.value, entry.extra) = history.store([below(9), below(9)])
        }
        history.append(entry)
      }
      let again = try History(jsonLines: history.jsonLines())
      #expect(again.jsonLines() == history.jsonLines())
      #expect((0..<10).map { again[$0] } == (0..<10).map { history[$0] })
    }
    let named = try History(diagram: "C0: |-w a\"b 1-| |-r a\"b 1-|")
    let again = try History(jsonLines: named.jsonLines())
    #expect(again.keyNames == ["a\"b"])
  }

  @Test("any damage is refused or read, never a trap")
  func damage() throws {
    let text = """
      {"process": 3, "call": 1, "return": 4, "f": "txn", "value": [["r", "x", [1]]], "ok": true}
      {"process": 4, "call": 2, "return": 5, "f": "read", "value": {"0": 1}, "ok": true}
      """
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count { _ = try? History(jsonLines: Array(bytes[..<length])) }
    for place in bytes.indices {
      for letter in "\"[]{},:0-n\\\n".utf8 {
        var damaged = bytes
        damaged[place] = letter
        _ = try? History(jsonLines: damaged)
      }
    }
  }
}
