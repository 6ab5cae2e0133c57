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

  /// Reads and writes of twelve values while the outcome of forty compare-and-sets is unknown.
  private func unknownSwaps() throws -> String {
    // Drawn, as values in a pattern have shortcuts (the generator of Knuth's MMIX).
    var state: UInt64 = 7919 + 13
    func draw(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    for _ in 0..<5 { _ = draw(2) }
    let swaps = (0..<40).map { number in
      let (new, old) = (draw(12), draw(12))
      return "{\"process\":\(1000 + number),\"call\":\(number),\"return\":null,\"key\":\"x\","
        + "\"f\":\"cas\",\"old\":\(old),\"new\":\(new),\"ok\":null}"
    }
    let others = (0..<200).map { number in
      let (isWrite, value, call) = (draw(4) == 0, draw(12), 100 + 2 * number)
      return "{\"process\":\(number % 8),\"call\":\(call),\"return\":\(call + 15),\"key\":\"x\","
        + "\"f\":\"\(isWrite ? "write" : "read")\",\"value\":\(value),\"ok\":true}"
    }
    return try CommandLineTests.file((swaps + others).joined(separator: "\n"), "jsonl")
  }

  /// Two hundred processes of which each reads what others write, one at a time, for ever.
  private func sessions() throws -> String {
    let lines = (0..<60_000).map { number in
      let (key, isWrite) = (number % 3, number / 3 % 4 == 0)
      let value = isWrite ? number : max(0, number / 12 * 12 - 1200) + key
      return "{\"process\":\(number * 7 % 200),\"call\":\(2 * number),\"return\":\(2 * number + 1),"
        + "\"key\":\"k\(key)\",\"f\":\"\(isWrite ? "write" : "read")\",\"value\":\(value),\"ok\":true}"
    }
    return try CommandLineTests.file(lines.joined(separator: "\n"), "jsonl")
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

  /// Seconds; CI asks for one, `SPLITBRAIN_LIMIT=5` for what a fifth can be told of from noise.
  private static let limit =
    Double(ProcessInfo.processInfo.environment["SPLITBRAIN_LIMIT"] ?? "") ?? 1

  /// What a process needs to begin and to end: a check of one operation.
  private func startUp() throws -> Double {
    let path = try history(1) { _ in "\"key\":\"x\",\"f\":\"write\",\"value\":1,\"ok\":true" }
    return try (0..<3).map { _ in try check([path], 10).2 }.max() ?? 0
  }

  @Test("kept by every family of checkers, and what is proven is told")
  func families() throws {
    let startUp = try startUp()
    // Other tests run beside this one; a second is what they may take from a short limit.
    let noise = Self.limit < 5 ? 1.0 : 0
    let cases = [
      [try swaps(), "--model", "linearizable"], [try swaps(), "--model", "auto"],
      [try unknownSwaps(), "--model", "linearizable"],
      [try sessions(), "--model", "sequential"], [try sessions(), "--model", "causal-memory"],
      [try sessions(), "--model", "session-guarantees"],
      [try transactions("w"), "--model", "auto"], [try transactions("append"), "--model", "auto"],
      [try transactions("w"), "--model", "serializable"],
      [try transactions("w"), "--model", "snapshot-isolation"],
      [try transactions("w"), "--workload", "transactions", "--model", "causal"],
      [try queue(), "--model", "auto"],
    ]
    for arguments in cases {
      let (status, text, seconds) = try check(arguments, Self.limit)
      #expect(
        seconds - startUp <= 1.2 * Self.limit + noise, "\(arguments): \(seconds) s, \(startUp) s")
      #expect([0, 1, 2].contains(status), "\(arguments)")
      #expect(text.contains("\"verdict\""), "\(arguments): \(text)")
    }
    for path in [try swaps(), try unknownSwaps(), try queue()] {
      let (status, text, _) = try check([path, "--model", "linearizable"], Self.limit)
      #expect(
        status == 2 && text.contains("operations") && text.contains("have an order"), "\(text)")
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
