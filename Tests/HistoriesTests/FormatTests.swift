// Formats of other tools: Jepsen's events in JSON, Plume's and PolySI's text, dbcop's JSON and text; and
// how a format is told from the content.

import Histories
import Testing

@Suite("Formats")
struct FormatTests {
  private func read(_ text: String, _ format: HistoryFormat) throws -> History {
    try History(Array(text.utf8), format: format)
  }

  @Test("Jepsen's events in JSON: an array, a nemesis, sets, banks, transactions")
  func json() throws {
    let set = try read(
      """
      [{"type":"invoke","f":"add","value":1,"process":0,"time":10,"index":0},
      {"type":"info","f":"start","value":{"n1":[1.5,true,"x"]},"process":"nemesis","time":11},
      {"type":"ok","f":"add","value":1,"process":0,"time":12},
      {"type":"invoke","f":"read","value":null,"process":1,"time":13,"final?":true},
      {"type":"ok","f":"read","value":[1,2],"process":1,"time":14}]
      """, .json)
    #expect(
      set.functions == [.insert, .read] && set.calls == [10, 13] && set.returns == [12, 14])
    #expect(
      Array(set.list(of: 1)) == [1, 2] && set.lines == [1, 4] && set.finals == [false, true])
    let bank = try read(
      """
      {"type":"invoke","f":"read","process":0}
      {"type":"ok","f":"read","process":0,"value":{"0":97,"1":3}}
      {"type":"invoke","f":"transfer","process":0,"value":{"from":0,"to":1,"amount":5}}
      """, .json)
    #expect(Array(bank.list(of: 0)) == [0, 97, 1, 3])
    #expect((bank[1].key, bank[1].extra, bank[1].value) == (0, 1, 5))
    let lists = try read(
      """
      [{"index":2,"process":1,"type":"invoke","value":[["append",255,8],["r","x",null]]},
       {"index":3,"process":1,"type":"ok","value":[["append",255,8],["r","x",[1,3]]]}]
      """, .json)
    #expect(lists.functions == [.transaction] && lists.keyNames == ["0", "255", "x"])
    #expect(lists.steps(of: 0).map(\.function) == [.append, .read])
    let keyed = try read(
      """
      {"type":"invoke","f":"cas","value":[7,[1,2]],"process":0}
      {"type":"ok","f":"cas","value":[7,[1,2]],"process":0}
      """, .json)
    #expect(keyed.keys == [7] && keyed.values == [2] && keyed.extras == [1])
  }

  @Test("Plume and PolySI: lines of a transaction need not be together, 0 is the start")
  func plume() throws {
    let history = try read(
      "w(1,7,5,3)\nr(1,7,9,4)\nr(2,0,5,3)\n\nw(1,8,9,-1)\nw(1,9,9,-1)\n", .plume)
    #expect(history.processes == [0, 1, 1, 1])
    #expect(history.completions == [.ok, .ok, .fail, .fail])
    #expect(history.lines == [1, 2, 5, 6])
    let first = Array(history.steps(of: 0))
    #expect(first.map(\.key) == [1, 2] && first.map(\.shape) == [.scalar, .none])
    #expect(history.defects().isEmpty)
    let zero = try read("w(1,0,5,3)\nr(1,0,9,4)", .plume)
    #expect(zero.steps(of: 1).first?.shape == .scalar)
  }

  @Test("dbcop: JSON with and without its wrapper, the short events, and the text")
  func dbcop() throws {
    let raw = """
      [[{"events": [{"Write": {"variable": 0, "version": 1}},
                    {"Read": {"variable": 1, "version": null}}], "committed": true},
        {"events": [["r", 0, 1], ["w", 1, 4]], "committed": false}],
       [{"events": [{"Read": {"variable": 0, "version": 1}}], "committed": true}]]
      """
    for text in [
      raw, "{\"params\": {\"id\": 0}, \"info\": \"x\", \"data\": \(raw), \"end\": \"y\"}",
    ] {
      let history = try read(text, .dbcop)
      #expect(history.processes == [0, 0, 1])
      #expect(history.completions == [.ok, .fail, .ok] && history.lines == [1, 3, 4])
      #expect(history.steps.map(\.function) == [.write, .read, .read, .write, .read])
      #expect(history.steps.map(\.shape) == [.scalar, .none, .scalar, .scalar, .scalar])
      #expect(HistoryFormat(guessedFrom: Array(text.utf8)) == .dbcop)
    }
    let history = try read("// one\n[x:=1 y:=2] [y==2\n x:=3]\n---\n[x==? z==0]!\n", .dbcop)
    #expect(history.processes == [0, 0, 1] && history.completions == [.ok, .ok, .fail])
    #expect(history.lines == [2, 2, 5] && history.keyNames == ["x", "y", "z"])
    #expect(history.steps(of: 2).map(\.shape) == [.none, .none])
  }

  @Test(
    "what is wrong is named by line and column",
    arguments: [
      (
        HistoryFormat.json,
        #"{"type":"invoke","f":"read","process":1}"# + "\n"
          + #"{"type":"ok","f":"read","value":[["w","x",2]],"process":1}"#,
        "2:1: a read cannot be answered with the steps of a transaction"
      ),
      (.json, "[{\"type\":\"invoke\" \"f\"}]", "1:19: expected `,`"),
      (.json, "[{\"type\":\"invoke\",}]", "1:19: nothing is open that this could close"),
      (.json, "[{\"process\":1,\"type\":\"ik\",\"f\":\"read\"}]", "1:23: unknown type `ik`"),
      (.json, "\n{\"process\":1,\"type\":\"ok\"}", "2:1: this operation has no :f"),
      (.json, "[{\"process\":1,\"value\":tru}]", "1:23: expected a value"),
      (.json, "[{\"process\":1", "1:2: this is never closed"),
      (.etcdLog, "jepsen.util - 1 :invoke :raed 1", "1:1: unknown function `:raed`"),
      (.etcdLog, "\njepsen.util - 1 :begin :read 1", "2:18: unknown type `begin`"),
      (.plume, "w(1,2,3,4)\nx(1,2,3,4)", "2:1: expected `r(KEY,VALUE,SESSION,TRANSACTION)`"),
      (.plume, "w(1,2,3)", "1:8: expected `,`"),
      (.plume, "w(1,2,3,4) 5", "1:12: expected the end of the line"),
      (.dbcop, "[[{\"events\": 1}]]", "1:3: a transaction needs \"events\": [...]"),
      (.dbcop, "[[{\"events\": [{\"Raed\": 1}]}]]", "1:15: an event is"),
      (.dbcop, "[[]] 1", "1:6: expected the end of the file"),
      (.dbcop, "[x=1]", "1:3: expected `:=` or `==`"),
      (.dbcop, "[x:=1\n", "1:1: this is never closed"),
      (.awdit, "w 1 2\n+", "2:1: expected `r KEY VALUE`"),
      (.edn, "{:process 1 :type :invoke :f :cas :value 3}", "1:1: cas needs [old new]"),
      (.edn, "{:process 1 :type :invoke :f :write}", "1:1: write needs a value"),
      (.edn, "#_ #_ {:a 1}", "1:13: `#_` must be followed by a value"),
      (.edn, "{:process 1 :type :invoke :f :txn :value [[:q 1 2]]}", "1:44: unknown step `:q`"),
    ] as [(HistoryFormat, String, String)])
  func errors(format: HistoryFormat, text: String, message: String) {
    #expect {
      try read(text, format)
    } throws: { error in
      String(describing: error).hasPrefix(message)
    }
  }

  @Test(
    "a format is told from the content",
    arguments: [
      (.jsonLines, "{\"process\": 1, \"call\": 2, \"type\": 3}"),
      (.json, "{\"process\": 1, \"type\": \"invoke\"}"), (.json, "\n[ {\"index\": 1}]"),
      (.edn, "[{:process 0}]"), (.edn, "; x\n{:process 0}"), (.edn, ""),
      (.etcdLog, "INFO  jepsen.util - 0 :invoke :read nil"), (.awdit, "\nr 0 1"),
      (.plume, "w(1,2,3,4)"), (.dbcop, "[[{\"events\": []}]]"), (.dbcop, "[x:=1]"),
      (.dbcop, "// note\n[x:=1]"), (.dbcop, "{\"params\": {}}"),
    ] as [(HistoryFormat, String)])
  func guess(format: HistoryFormat, text: String) {
    #expect(HistoryFormat(guessedFrom: Array(text.utf8)) == format)
  }

  @Test("values that are names, and what functions cannot take")
  func names() throws {
    let ids = try read(
      """
      {:process 0 :type :invoke :f :generate :value nil}
      {:process 0 :type :ok :f :generate :value "a-1"}
      {:process 0 :type :invoke :f :write :value :red}
      """, .edn)
    #expect(ids.name(ofValue: ids.values[0]) == "a-1" && ids.name(ofValue: ids.values[1]) == ":red")
    for value in ["5", "[1]", "{}", "nil"] {
      #expect(throws: HistoryError.self) {
        try read("{:process 0 :type :invoke :f :transfer :value \(value)}", .edn)
      }
    }
  }
}
