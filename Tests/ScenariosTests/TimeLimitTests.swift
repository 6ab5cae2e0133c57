// `check --time-limit`: whoever waits has an answer when a fifth more than the limit has passed, whatever the
// history, its reading included. Runs the built tool on histories that no checker is done with soon.

import Foundation
import Testing

@Suite("Time limits", .serialized)
struct TimeLimitTests {
  /// As many operations, all at once, of which a line is made from a number.
  private func history(_ count: Int, _ line: (Int) -> String) throws -> String {
    let lines = (0..<count).map { number in
      "{\"process\":\(number),\"call\":\(number),\"return\":\(1_000_000 + number),\(line(number))}"
    }
    return try CommandLineTests.file(lines.joined(separator: "\n"), "jsonl")
  }

  private func swaps() throws -> String {
    try history(120) { number in
      let (old, new) = (number % 7, (number * 3 + 1) % 7)
      return number % 3 > 0
        ? "\"key\":\"x\",\"f\":\"cas\",\"old\":\(old),\"new\":\(new),\"ok\":true"
        : "\"key\":\"x\",\"f\":\"\(number % 2 > 0 ? "read" : "write")\",\"value\":\(old),\"ok\":true"
    }
  }

  private func transactions(_ write: String) throws -> String {
    try history(30_000) { number in
      let (one, two) = (number % 50, number * 7 % 50)
      return
        "\"f\":\"txn\",\"value\":[[\"\(write)\",\"k\(one)\",\(number)],[\"\(write)\",\"k\(two)\","
        + "\(number + 1_000_000)]],\"ok\":true"
    }
  }

  private func queue() throws -> String {
    try history(120) { number in
      "\"key\":\"q\",\"f\":\"\(number % 2 > 0 ? "enqueue" : "dequeue")\",\"value\":\(number % 9 / 2),"
        + "\"ok\":true"
    }
  }

  private func check(_ arguments: [String], _ limit: Double) throws -> (Int32, String, Double) {
    let process = Process()
    process.executableURL = CommandLineTests.tool
    process.arguments = ["check", "--time-limit", "\(limit)", "--format", "json"] + arguments
    let output = Pipe()
    process.standardOutput = output
    let start = Date()
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let seconds = Date().timeIntervalSince(start)
    return (process.terminationStatus, String(decoding: text, as: UTF8.self), seconds)
  }

  @Test("kept by every family of checkers")
  func families() throws {
    let limit = 1.0
    let cases = [
      [try swaps(), "--model", "linearizable"], [try swaps(), "--model", "auto"],
      [try transactions("w"), "--model", "auto"], [try transactions("append"), "--model", "auto"],
      [try transactions("w"), "--workload", "transactions", "--model", "causal"],
      [try queue(), "--model", "auto"],
    ]
    for arguments in cases {
      let (status, text, seconds) = try check(arguments, limit)
      // A process of a debug build on a busy machine needs some time to begin and to end.
      #expect(seconds < 1.2 * limit + 1, "\(arguments): \(seconds) s")
      #expect([0, 1, 2].contains(status), "\(arguments)")
      #expect(text.contains("\"verdict\""), "\(arguments): \(text)")
    }
  }

  @Test("reading is part of it")
  func reading() throws {
    let path = try transactions("w")
    let (status, text, seconds) = try check([path], 0.05)
    #expect(status == 2 && text.contains("\"unknown\"") && text.contains("time limit"), "\(text)")
    #expect(seconds < 1.5, "\(seconds) s")
  }
}
