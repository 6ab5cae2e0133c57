// Isolation by example: one small history for each family of anomalies, what it rules out, and how the
// explanation reads. A checker that misses a family fails here.

import Histories
import Testing

@testable import Checking

@Suite("Isolation")
struct IsolationTests {
  private func analysis(
    _ lines: [String], _ assumptions: VersionAssumptions = []
  ) throws -> IsolationAnalysis {
    let history = try History(edn: Array(lines.joined(separator: "\n").utf8))
    return IsolationAnalysis(history, Facts(versionAssumptions: assumptions))
  }

  /// A completion alone: all are concurrent.
  private func op(_ value: String, type: String = "ok") -> String {
    "{:type :\(type), :process 0, :f :txn, :value [\(value)]}"
  }

  @Test("registers beside lists are not judged, and nothing is said to hold")
  func mixture() throws {
    let fork = ["[:w :x 1] [:w :y 1]", "[:w :x 2] [:w :y 2]", "[:r :x 1] [:r :y 2]"].map { op($0) }
    let model = try #require(IsolationModel.named("strong-serializable"))
    #expect(try analysis(fork).verdict(model).validity == .violated)
    let both = try analysis(fork + [op("[:append :z 1]"), op("[:r :z [1]]")])
    #expect(both.verdict(model).validity == .unknown)
    #expect(!both.isComplete)
  }

  @Test(
    "each family of anomalies over lists",
    arguments: [
      (
        "G0",
        [
          "[:append :x 1] [:append :y 1]", "[:append :x 2] [:append :y 2]",
          "[:r :x [1 2]] [:r :y [2 1]]",
        ]
      ),
      ("G1c", ["[:append :x 1] [:r :y [1]]", "[:append :y 1] [:r :x [1]]"]),
      ("G1b", ["[:append :x 1] [:append :x 2]", "[:r :x [1]]"]),
      (
        "G-single-item",
        ["[:append :x 1] [:append :y 1]", "[:r :x [1]] [:r :y nil]", "[:r :y [1]]"]
      ),
      (
        "G2-item",
        ["[:r :x nil] [:append :y 1]", "[:r :y nil] [:append :x 1]", "[:r :x [1]] [:r :y [1]]"]
      ),
      (
        "G-nonadjacent-item",
        [
          "[:append :x 1]", "[:r :x [1]] [:r :y nil]", "[:append :y 1]",
          "[:r :y [1]] [:r :x nil]",
        ]
      ),
      ("internal", ["[:append :x 1] [:r :x [2]]", "[:append :x 2]"]),
      ("future-read", ["[:r :x [1]] [:append :x 1]"]),
      (
        "incompatible-order",
        ["[:append :x 1]", "[:append :x 2]", "[:r :x [1 2]]", "[:r :x [2 1]]"]
      ),
      ("duplicate-elements", ["[:append :x 1]", "[:r :x [1 1]]"]),
      (
        "lost-update",
        ["[:append :x 1]", "[:r :x [1]] [:append :x 2]", "[:r :x [1]] [:append :x 3]"]
      ),
    ] as [(String, [String])])
  func families(name: String, values: [String]) throws {
    let analysis = try analysis(values.map { op($0) })
    #expect(analysis.names.contains(name), "\(analysis.names)")
    let strict = try #require(IsolationModel.named("strict-serializable"))
    #expect(analysis.verdict(strict).validity == .violated)
  }

  @Test func abortedReadAndDirtyUpdate() throws {
    let history = [
      op("[:append :x 1]", type: "fail"), op("[:append :x 2]"), op("[:r :x [1 2]]"),
    ]
    #expect(try analysis(history).names == ["dirty-update", "G1a"])
  }

  @Test func repeatedElementsCountWhereTheyFirstAre() throws {
    let found = try analysis([
      op("[:append :x 1] [:append :y 1]"), op("[:append :x 2] [:append :y 2]"),
      op("[:r :x [1 2 1]] [:r :y [1 2]]"),
    ])
    #expect(found.names.contains("duplicate-elements"))
    #expect(!found.names.contains("G0"), "\(found.names)")
  }

  @Test("a stale read after the write returned", arguments: [(1, "-realtime"), (0, "-process")])
  func orders(process: Int, form: String) throws {
    let history = try History(
      jsonLines: Array(
        """
        {"process": 0, "call": 0, "return": 1, "f": "txn", "value": [["append", "x", 1]], "ok": true}
        {"process": \(process), "call": 2, "return": 3, "f": "txn", "value": [["r", "x", null]], \
        "ok": true}
        {"process": 2, "call": 4, "return": 5, "f": "txn", "value": [["r", "x", [1]]], "ok": true}
        """.utf8))
    #expect(IsolationAnalysis(history).names == ["G-single-item\(form)"])
  }

  @Test func valuesWrittenTwiceAreUnknown() throws {
    let found = try analysis([op("[:append :x 1]"), op("[:append :x 1]"), op("[:r :x [1]]")])
    let model = try #require(IsolationModel.named("serializable"))
    #expect(found.verdict(model).validity == .unknown)
    #expect(found.verdict(model).explanation.hasPrefix("duplicate-appends: 1 "))
  }

  @Test func explanationsReadLikeElles() throws {
    let found = try analysis([op("[:append :x 1] [:r :y [1]]"), op("[:append :y 1] [:r :x [1]]")])
    let model = try #require(IsolationModel.named("read-committed"))
    #expect(
      found.verdict(model).anomalies.first?.explanation == [
        "Let T1 = process 1: append y 1, read x [1] (row 1)",
        "Let T2 = process 0: append x 1, read y [1] (row 0)",
        "Then T1 < T2, because T2 observed T1's append of 1 to key y",
        "However, T2 < T1, because T1 observed T2's append of 1 to key x: a contradiction",
      ])
  }

  @Test func whoShowsAnOrderOfAppendsIsShown() throws {
    let found = try analysis([
      op("[:append :x 1] [:append :y 1]"), op("[:append :x 2] [:append :y 2]"),
      op("[:r :x [1 2 3]]"), op("[:r :y [2 1]]"), op("[:r :x [1 2]]"), op("[:append :x 3]"),
    ])
    let model = try #require(IsolationModel.named("read-uncommitted"))
    #expect(
      found.verdict(model).anomalies.first?.explanation == [
        "Let T1 = process 1: append x 2, append y 2 (row 1)",
        "Let T2 = process 0: append x 1, append y 1 (row 0)",
        "Let T3 = process 3: read y [2 1] (row 3)",
        "Let T4 = process 4: read x [1 2] (row 4)",
        "T3 shows the order of appends to key y: 2 1",
        "T4 shows the order of appends to key x: 1 2",
        "Then T1 < T2, because T2 appended 1 after T1 appended 2 to key y",
        "However, T2 < T1, because T1 appended 2 after T2 appended 1 to key x: a contradiction",
      ])
  }

  @Test("elements that nobody wrote are in the order of a list all the same")
  func strangers() throws {
    // Both saw only what nobody wrote, and each missed the other.
    let skew = try analysis([op("[:append :y 1] [:r :x [8]]"), op("[:append :x 1] [:r :y [9]]")])
    #expect(skew.names == ["G2-item"])
    let below = try analysis([op("[:append :x 1] [:r :y [1]]"), op("[:append :y 1] [:r :x [1 9]]")])
    #expect(below.names == ["G1c"])
    #expect(try analysis([op("[:r :x [9 9]]")]).names == ["duplicate-elements"])
  }

  @Test func registersNeedAnOrderOfVersions() throws {
    let history = [op("[:r :y 1] [:w :x 1] [:w :y 2]"), op("[:r :x 1] [:r :y 1]")]
    // No order of versions explains this; with an order it has a name of Adya's.
    #expect(try analysis(history).names == ["fractured-read"])
    #expect(
      try analysis(history, .writesFollowReads).names == ["OTV", "G-single-item"])
  }

  @Test func whatTheDatabaseToldOrdersVersions() throws {
    var history = try History(
      jsonLines: Array(
        """
        {"process": 0, "call": 0, "return": 9, "f": "txn", "value": [["r", "x", null], ["w", "y", 2]], \
        "ok": true, "version": [2, 0]}
        {"process": 1, "call": 1, "return": 8, "f": "txn", "value": [["w", "x", 3], ["w", "y", 4]], \
        "ok": true, "version": [1, 0]}
        """.utf8))
    #expect(IsolationAnalysis(history).names == ["G-single-item"])
    history = history.blackBox
    #expect(IsolationAnalysis(history).names == [])
  }

  @Test func theLatticeIsOrdered() {
    var seen: [String] = []
    for model in IsolationModel.all {
      for weaker in model.implies {
        #expect(IsolationModel.named(weaker) != nil, "\(weaker)")
        #expect(!seen.contains(weaker), "\(model.name) must come before \(weaker)")
      }
      seen.append(model.name)
    }
    #expect(IsolationBoundary(anomalies: []).strongest == ["strong-serializable"])
    let skew = IsolationBoundary(anomalies: ["G2-item"])
    #expect(skew.not == ["repeatable-read"])
    #expect(skew.strongest.contains("strong-snapshot-isolation"))
  }

  @Test func transactionsSurviveJSONLines() throws {
    let text = """
      {"process": 0, "call": 0, "return": 9, "f": "txn", "value": [["append", "x", 1], ["r", "y", null], \
      ["r", "x", [1]], ["append", "z", "first"], ["r", "z", ["first", 2]]], "ok": true}

      """
    let history = try History(jsonLines: Array(text.utf8))
    #expect(String(decoding: history.jsonLines(), as: UTF8.self) == text)
  }
}
