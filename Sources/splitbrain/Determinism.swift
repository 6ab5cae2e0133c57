// --verify-determinism: the same run in a second process (whose hash seeds differ), compared event by
// event.

import ArgumentParser
import Foundation
import Splitbrain

enum Determinism {
  static func write(_ trail: [UInt64], to path: String) throws {
    let data = trail.withUnsafeBytes { Data($0) }
    try data.write(to: URL(fileURLWithPath: path))
  }

  /// Runs each scenario here and in a child process; exits with 70 at the first difference.
  static func verify(
    _ scenarios: [Scenario], file: String, _ settings: [String], seed: UInt64, _ options: RunOptions
  ) throws {
    for scenario in scenarios {
      var arguments = ["run", file, "--seed", "\(seed)", "--format", "json"]
      arguments += settings.flatMap { ["--set", $0] }
      if let variant = scenario.variant { arguments += ["--variant", variant] }
      if options.blackBox { arguments += ["--black-box"] }
      if options.store == .memory { arguments += ["--store", "memory"] }
      let path = NSTemporaryDirectory() + "splitbrain-trail-\(getpid())-\(seed)"
      defer { try? FileManager.default.removeItem(atPath: path) }

      let here = try Runner.run(scenario, seed: seed, options, wallClock: Sweep.wallClock)
      let output = try child(arguments + ["--trail", path])
      let data = FileManager.default.contents(atPath: path) ?? Data()
      let there = data.withUnsafeBytes { [UInt64]($0.bindMemory(to: UInt64.self)) }
      let name = scenario.variant.map { "\(scenario.name) / \($0)" } ?? scenario.name

      if let place = firstDifference(here.trail, there) {
        Terminal.out("\(name): NOT deterministic: event \(place) differs between two processes\n")
        var describing = options
        describing.describe = max(0, place - 3)..<(place + 1)
        let again = try Runner.run(scenario, seed: seed, describing, wallClock: Sweep.wallClock)
        for line in again.described { Terminal.out("  \(line)\n") }
        throw Status.ourBug
      }
      guard output.contains("\"digest\": \"\(here.run.digest)\"") else {
        Terminal.out("\(name): NOT deterministic: the events agree, history or databases do not\n")
        throw Status.ourBug
      }
      Terminal.out(
        "\(name): deterministic: \(here.trail.count) events in each of two processes, "
          + "digest \(here.run.digest)\n")
    }
  }

  private static func firstDifference(_ left: [UInt64], _ right: [UInt64]) -> Int? {
    if let place = zip(left, right).enumerated().first(where: { $1.0 != $1.1 })?.offset {
      return place
    }
    return left.count == right.count ? nil : min(left.count, right.count)
  }

  private static func child(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(
      fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
