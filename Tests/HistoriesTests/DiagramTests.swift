// Pictures of histories, and what can be wrong with a history.

import Histories
import Testing

@Suite("Diagrams and defects")
struct DiagramTests {
  @Test("columns are times")
  func picture() throws {
    let history = try History(
      diagram: """
        C0:    |--w x 1--|   |-cas x 1 -2 v3!
        C1@2:    |-r x [1 2]-| |-add y -1...

        C2:  |-final x nil-|
        """)
    #expect(history.processes == [2, 0, 1, 0, 1])
    #expect(history.calls == [5, 7, 9, 21, 23])
    #expect(history.returns == [19, 17, 21, 36, History.never])
    #expect(history.functions == [.read, .write, .read, .compareAndSet, .increment])
    #expect(history.completions == [.ok, .ok, .ok, .fail, .info])
    #expect(history.regions == [0, 0, 2, 0, 2])
    #expect(history.finals == [true, false, false, false, false])
    #expect(history.keyNames == ["x", "y"])
    #expect((history[3].extra, history[3].value) == (1, -2))
    #expect(history[3].version == Version(3, 0) && history[4].value == -1)
    #expect(Array(history.list(of: 2)) == [1, 2])
    #expect(history[0].shape == .none)
  }

  @Test(
    "what is wrong is named",
    arguments: [
      ("|-w x 1-|", "1:1: expected a client such as `C0:`"),
      ("C0: |-w x 1", "1:5: this operation has no end: `|`, `!` or `...`"),
      ("C0: |-q x 1-|", "1:5: unknown operation `q`"),
      ("C0: |-w x y-|", "1:5: expected numbers after `x`"),
      ("C0: |---|", "1:5: expected an operation such as `w x 1`"),
    ])
  func errors(diagram: String, message: String) {
    #expect {
      try History(diagram: diagram)
    } throws: { error in
      String(describing: error) == message
    }
  }

  @Test("defects are all found and named by line")
  func defects() throws {
    let text = """
      {"process": 1, "call": 1, "return": 9, "f": "read", "ok": true}
      {"process": 1, "call": 5, "return": 4, "f": "read", "ok": true}
      {"process": 2, "call": 6, "return": null, "f": "read", "ok": null}
      {"process": 2, "call": 7, "return": 8, "f": "read", "ok": true}
      """
    let history = try History(jsonLines: Array(text.utf8))
    #expect(
      history.defects().map(\.description) == [
        "line 2: returns at 4, before its call at 5",
        "line 2: process 1 has another operation open",
        "line 4: process 2 goes on after an operation of unknown outcome",
      ])
    var unordered = History()
    unordered.append(Entry(process: 0, function: .read, key: 0, call: 5, return: 6))
    unordered.append(Entry(process: 1, function: .read, key: 0, call: 4, return: History.never))
    #expect(
      unordered.defects().map(\.description) == [
        "row 1: called before the operation above it",
        "row 1: ok, but it never returns",
      ])
    #expect(try History(diagram: "C0: |-w x 1-| |-r x 1-|").defects().isEmpty)
  }
}
