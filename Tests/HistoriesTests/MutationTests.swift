// Files damaged at random, drawn from a seed: every reader must refuse them or read them, and never trap or
// hang. `make fuzz` does the same for longer, led by what the code does. What was read must be written and
// read again.

import Foundation
import Histories
import Testing

@Suite("Damaged files")
struct MutationTests {
  private static let seeds: [(HistoryFormat, String)] = [
    (
      .jsonLines,
      """
      {"process": 3, "call": 1, "return": 4, "f": "txn", "value": [["r", "x", [1]]], "ok": true}
      {"process": 4, "call": 2, "return": 5, "f": "read", "value": {"0": 1}, "ok": true}
      {"process": 5, "call": 2, "return": 5, "f": "transfer", "from": 1, "to": 2, "amount": 3}
      """
    ),
    (
      .edn,
      """
      [{:process 0 :type :invoke :f :cas :value [:x [1 2]] :time 10 :final? true}
       #_ #_ {:a 1} "b\\u0041" #op{:process 0 :type :ok :f :cas :value [:x [1 2]] :time 20}
       {:process 1 :type :invoke :f :read :value [7 #{1 -2}] :version [1 2]} ; end
      """
    ),
    (
      .json,
      """
      [{"type":"invoke","f":"txn","value":[["w","x",2],["r",1,null]],"process":0,"time":1},
      {"type":"ok","f":"txn","value":[["w","x",2],["r",1,[3,4]]],"process":0,"time":2}]
      """
    ),
    (
      .etcdLog, "INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\t3\n"
    ),
    (.awdit, "w 0 1\nw 1 1\n-----\nr 1 7\n=====\nr 0 1\n"),
    (.plume, "w(1,7,0,3)\nr(1,7,1,4)\nw(1,9,1,-1)\nr(2,0,2,5)\n"),
    (.dbcop, "[[{\"events\":[{\"Write\":{\"variable\":0,\"version\":1}},[\"r\",0,null]]}],[]]"),
    (.dbcop, "// one\n[x:=1 y:=2] [y==2 x:=3]\n---\n[x==? y:=4]!\n"),
  ]

  private static let pieces = [
    "", "\"", "[", "]", "{", "}", "(", ")", ":", ",", "-", "#", "#_", "\\u", "\\", "\n", ";", "//",
    "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1.5e9", "null", "nil",
    "[[[[[[[[", "\u{0}", "\u{FF}", "txn", "transfer", "cas", "read", "add",
  ]

  @Test("are refused or read", arguments: seeds.indices)
  func damage(place: Int) throws {
    let (format, text) = Self.seeds[place]
    let wanted = ProcessInfo.processInfo.environment["SPLITBRAIN_MUTATIONS"].flatMap { Int($0) }
    var state = UInt64(place) + 1
    func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(1, bound)))
    }
    let original = Array(text.utf8)
    for _ in 0..<(wanted ?? 3_000) {
      var bytes = original
      for _ in 0...below(4) {
        let start = below(bytes.count + 1)
        let end = min(bytes.count, start + below(6))
        switch below(3) {
        case 0: bytes.replaceSubrange(start..<end, with: Self.pieces[below(Self.pieces.count)].utf8)
        case 1: bytes.insert(contentsOf: Array(bytes[start..<end]), at: below(bytes.count + 1))
        default: if start < bytes.count { bytes[start] = UInt8(below(256)) }
        }
      }
      _ = HistoryFormat(guessedFrom: bytes)
      guard let history = try? History(bytes, format: format) else { continue }
      _ = history.defects()
      let again = try History(jsonLines: history.jsonLines())
      #expect(again.count == history.count)
    }
  }

  @Test("deep nesting is refused everywhere", arguments: HistoryFormat.allCases)
  func deep(format: HistoryFormat) {
    for opening in ["[", "{\"a\":", "#{", "#_ ", "#_[", "#a ", "[[{\"events\":[", "("] {
      let log = format == .etcdLog ? "jepsen.util - 0 :invoke :read " : ""
      let text = log + String(repeating: opening, count: 100_000)
      #expect(throws: HistoryError.self) { try History(Array(text.utf8), format: format) }
    }
  }
}
