// `check --transaction-order` and `check --black-box`: what the judge is told of the order of versions, and what he may
// not believe. Runs the built tool.

import Foundation
import Testing

@Suite("Orders of versions that are told, or not believed")
struct VersionOrderTests {
  /// Who wrote x last? If 1, all is well; if 2, the reader saw y of the second and x from before it.
  private func blindWrites() throws -> String {
    try CommandLineTests.file(
      """
      {"process": 0, "call": 1, "return": 9, "f": "txn", "value": [["w", "x", 1]], "ok": true}
      {"process": 1, "call": 2, "return": 8, "f": "txn", "value": [["w", "x", 2], ["w", "y", 1]], "ok": true}
      {"process": 2, "call": 10, "return": 12, "f": "txn", "value": [["r", "x", 1], ["r", "y", 1]], "ok": true}

      """, "jsonl")
  }

  @Test("the order of transactions decides what clients can not tell")
  func transactionOrder() throws {
    let path = try blindWrites()
    func check(_ order: String...) throws -> CommandLineTests.Result {
      let told = order.flatMap { ["--transaction-order", $0] }
      return try CommandLineTests.run(["check", path, "--model", "serializable"] + told)
    }
    #expect(try check().status == 0)
    #expect(try check("1,0,2").status == 0)
    let violated = try check("0, 1, 2")
    #expect(violated.status == 1)
    #expect(violated.output.contains("fractured-read"), "\(violated.output)")
    // Rows that are not told have no place.
    #expect(try check("1,2").status == 0)
  }

  @Test("a row that is not there is bad usage", arguments: ["0,3", "0,x", "-1"])
  func wrongRows(order: String) throws {
    let result = try CommandLineTests.run(
      "check", try blindWrites(), "--transaction-order=\(order)")
    #expect(result.status == 64)
    #expect(result.errors.contains("--transaction-order: expected rows from 0 to 2, found '"))
  }

  @Test("black box: versions that a history tells are not believed")
  func blackBox() throws {
    let path = try CommandLineTests.file(
      """
      {"process": 0, "call": 1, "return": 9, "f": "write", "key": "x", "value": 1, "ok": true, "version": [5, 0]}
      {"process": 1, "call": 2, "return": 8, "f": "write", "key": "x", "value": 2, "ok": true, "version": [3, 0]}
      {"process": 0, "call": 10, "return": 11, "f": "read", "key": "x", "value": 2, "ok": true, "version": [3, 0]}

      """, "jsonl")
    let white = try CommandLineTests.run("check", path, "--model", "read-your-writes")
    #expect(white.status == 1, "\(white.output)")
    let black = try CommandLineTests.run(
      "check", path, "--model", "read-your-writes", "--black-box")
    #expect(black.status == 0, "\(black.output)")
  }
}
