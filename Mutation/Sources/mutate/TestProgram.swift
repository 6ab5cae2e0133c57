// The tests as a program, and how a run of it ends.

import Foundation

/// What became of a mutant.
enum Outcome: String, Sendable {
  case killed
  case timedOut = "timed out"
  case survived
  /// No test ever comes to where it makes a difference.
  case notMet = "not met"
}

struct TestProgram: Sendable {
  let path: String

  func run(_ parts: [Part], _ environment: [String: String], seconds: Int)
    -> (output: String, outcome: Outcome)
  {
    var environment = environment
    let checkers = Set(parts.compactMap(\.checker))
    if !checkers.isEmpty {
      environment["SPLITBRAIN_CHECKERS"] = checkers.sorted().joined(separator: ",")
    }
    let filters = Set(parts.map(\.filter)).sorted().joined(separator: "|")
    return run(["--filter", "^(\(filters))"], environment, seconds: seconds)
  }

  /// Runs the program until it ends, fails for the first time, or has used up its time on the processor.
  func run(_ arguments: [String], _ environment: [String: String] = [:], seconds: Int)
    -> (output: String, outcome: Outcome)
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", "ulimit -t \(seconds); ulimit -v 4000000 2>/dev/null; exec \"$0\" \"$@\"", path]
      + ["--testing-library", "swift-testing", "--no-parallel"] + arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no", "NO_COLOR": "1"]) { $1 }
      .merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    do { try process.run() } catch { return ("\(error)", .killed) }
    var output = Data()
    var hasFailed = false
    while case let chunk = pipe.fileHandleForReading.availableData, !chunk.isEmpty {
      output += chunk
      // The sign before what has failed.
      if !hasFailed, chunk.range(of: Data("✘".utf8)) != nil {
        hasFailed = true
        kill(process.processIdentifier, SIGKILL)
      }
    }
    process.waitUntilExit()
    let isOver = process.terminationReason == .uncaughtSignal
    let outcome: Outcome =
      hasFailed
      ? .killed
      : isOver && [SIGXCPU, SIGKILL].contains(process.terminationStatus)
        ? .timedOut : isOver || process.terminationStatus != 0 ? .killed : .survived
    return (String(decoding: output, as: UTF8.self), outcome)
  }
}
