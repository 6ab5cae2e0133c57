// The drawing of a witness: every operation a bar, every link of the argument an arrow, every word there.

import Checking
import Foundation
import FoundationXML
import Histories
import Reports
import Testing

@Suite struct WitnessDrawingTests {
  private func history(_ lines: [String]) throws -> History {
    try History(jsonLines: Array(lines.joined(separator: "\n").utf8))
  }

  private func parse(_ svg: String) -> Counter {
    let counter = Counter()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = counter
    #expect(parser.parse(), "not well-formed: \(svg)")
    return counter
  }

  private final class Counter: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      elements[name, default: 0] += 1
    }
  }

  /// Write skew: each read what the other overwrote.
  @Test func aCycleHasItsArrows() throws {
    let history = try history([
      #"{"process":0,"call":0,"return":9,"f":"txn","value":[["r","x",[]],["append","y",1]],"ok":true}"#,
      #"{"process":1,"call":1,"return":8,"f":"txn","value":[["r","y",[]],["append","x",1]],"ok":true}"#,
      #"{"process":2,"call":20,"return":22,"f":"txn","value":[["r","x",[1]],["r","y",[1]]],"ok":true}"#,
    ])
    let result = HistoryVerdict(
      history, .listAppend, models: ["strong-serializable"], Facts(), Budget())
    let report = CheckReport(
      file: "h", models: ["strong-serializable"], operations: 3, result: result, seconds: 0)
    let drawing = try #require(report.drawing(of: history))
    let counted = parse(drawing.svg)
    let anomaly = result.verdicts[0].anomalies[0]
    #expect(anomaly.links.count == 2 && anomaly.links.allSatisfy { $0.reason == "rw" })
    // The background and a bar for each transaction; an arrow for each link and the arrowhead.
    #expect(counted.elements["rect"] == 1 + anomaly.rows.count)
    #expect(counted.elements["path"] == 1 + anomaly.links.count)
    #expect(drawing.svg.contains("T1: "))
    #expect(drawing.svg.contains("a contradiction"))
    // Less-than signs of the argument are escaped.
    #expect(drawing.svg.contains("T1 &lt; T2"))
  }

  @Test func aStaleReadIsBarsAndWords() throws {
    let history = try history([
      #"{"process":0,"call":0,"return":1,"f":"write","key":"x","value":1,"ok":true}"#,
      #"{"process":0,"call":2,"return":3,"f":"write","key":"x","value":2,"ok":true}"#,
      #"{"process":1,"call":4,"return":5,"f":"read","key":"x","value":1,"ok":true}"#,
    ])
    let result = HistoryVerdict(
      history, .register, models: ["linearizable"], Facts(), Budget())
    let report = CheckReport(
      file: "h", models: ["linearizable"], operations: 3, result: result, seconds: 0)
    let drawing = try #require(report.drawing(of: history))
    #expect(parse(drawing.svg).elements["rect"] == 1 + result.verdicts[0].anomalies[0].rows.count)
    #expect(drawing.svg.contains("row 2: read 1"))
  }

  @Test func whatHoldsHasNothingToDraw() throws {
    let history = try history([
      #"{"process":0,"call":0,"return":1,"f":"write","key":"x","value":1,"ok":true}"#,
      #"{"process":1,"call":4,"return":5,"f":"read","key":"x","value":1,"ok":true}"#,
    ])
    let result = HistoryVerdict(
      history, .register, models: ["linearizable"], Facts(), Budget())
    let report = CheckReport(
      file: "h", models: ["linearizable"], operations: 2, result: result, seconds: 0)
    #expect(report.drawing(of: history) == nil)
  }
}
