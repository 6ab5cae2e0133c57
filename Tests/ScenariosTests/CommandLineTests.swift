// The outer contract: commands, exit statuses, JSON names, messages. Runs the built tool.

import Foundation
import Testing

@Suite struct CommandLineTests {
  static let root = TidyTests.root

  /// The tool that was built together with these tests.
  static let tool: URL = {
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
      return bundle.bundleURL.deletingLastPathComponent().appendingPathComponent("splitbrain")
    }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("splitbrain")
  }()

  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  static func run(_ arguments: String...) throws -> Result { try run(arguments) }

  static func run(_ arguments: [String]) throws -> Result {
    let process = Process()
    process.executableURL = tool
    process.arguments = arguments
    process.currentDirectoryURL = root
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: complaints, as: UTF8.self))
  }

  static func file(_ text: String, _ ending: String = "yaml") throws -> String {
    let path = NSTemporaryDirectory() + "splitbrain-test-\(UUID().uuidString).\(ending)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private let small = """
    name: small
    about: For tests.
    seed: 1
    regions: [a, b, c]
    strategy: {kind: quorum, linearizable: true}
    workload: {kind: register, keys: 3, clients-per-region: 2, think: 50ms}
    duration: 3s

    """

  @Test func asExpectedIsZeroAndPrintsTheContractsFields() throws {
    let path = try Self.file(small + "expect: {linearizable: holds}\n")
    let result = try Self.run("run", path, "--format", "json")
    #expect(result.status == 0)
    #expect(result.errors == "")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    for name in [
      "scenario", "strategy", "seed", "digest", "verdict", "checks", "operations", "throughput",
      "latency", "availability", "staleness", "conflicts", "lostAcknowledgedWrites", "recovery",
      "network", "faults", "simulatedSeconds", "wallSeconds",
    ] { #expect(object[name] != nil, "no \(name)") }
    let operations = try #require(object["operations"] as? [String: Int])
    #expect((operations["ok"] ?? 0) > 50)
    let latency = try #require(object["latency"] as? [String: [String: Double]])
    #expect((latency["read"]?["p50"] ?? 0) > 1)
    let checks = try #require(object["checks"] as? [[String: Any]])
    #expect(checks.contains { $0["name"] as? String == "linearizable" })
  }

  @Test func aFailedExpectationIsOneAndSaysHowToReplay() throws {
    let path = try Self.file(small + "expect: {linearizable: violated}\n")
    let result = try Self.run("run", path, "--seed", "7")
    #expect(result.status == 1)
    #expect(
      result.output.trimmingCharacters(in: .newlines)
        .hasSuffix("replay: splitbrain run \(path) --seed 7"))
  }

  @Test func aFaultWithoutEffectIsTwo() throws {
    // The cut lies between regions that are the same group: nothing can be dropped.
    let path = try Self.file(
      small + "faults:\n  - {at: 2999ms, for: 1ms, partition: [[a], [b, c]]}\n")
    let result = try Self.run("run", path)
    #expect(result.status == 2)
    #expect(result.output.contains("had no effect"))
  }

  @Test func badUsageIs64() throws {
    #expect(try Self.run("run").status == 64)
    #expect(try Self.run("nonsense").status == 64)
    #expect(try Self.run("run", "x.yaml", "--seeds", "0").status == 64)
    let misspelt = try Self.run("check", "x", "--modle", "y")
    #expect(misspelt.status == 64)
  }

  @Test func aBadScenarioIs65WithEveryProblemAtItsPlace() throws {
    let path = try Self.file(
      """
      name: bad
      regions: [a, b, a]
      strategy: {kind: quorun}
      workload: {kind: register, think: 10}
      duraton: 3s
      faults:
        - {at: 1s, for: 1s, partition: [[a], [d]]}

      """)
    let result = try Self.run("run", path)
    #expect(result.status == 65)
    #expect(result.output == "")
    for line in ["2:17:", "3:18:", "4:35:", "5:1:", "7:41:"] {
      #expect(result.errors.contains("\(path):\(line)"), "nothing at \(line)\n\(result.errors)")
    }
    #expect(result.errors.contains("did you mean 'quorum'?"))
    #expect(result.errors.contains("did you mean 'duration'?"))
  }

  @Test func filesThatAreNoScenariosAre65() throws {
    #expect(try Self.run("run", "/nonexistent.yaml").status == 65)
    #expect(try Self.run("run", try Self.file("")).status == 65)
    #expect(try Self.run("run", try Self.file("\0\u{1}junk\u{2}")).status == 65)
    let huge = try Self.file(String(repeating: "name: x\n", count: 6_500_000))
    defer { try? FileManager.default.removeItem(atPath: huge) }
    let began = ProcessInfo.processInfo.systemUptime
    #expect(try Self.run("run", huge).status == 65)
    #expect(ProcessInfo.processInfo.systemUptime - began < 2)
  }

  @Test func historiesAreJudged() throws {
    let good = try Self.file(
      """
      {"process": 0, "call": 1, "return": 2, "f": "write", "key": "x", "value": 7, "ok": true}
      {"process": 1, "call": 3, "return": 4, "f": "read", "key": "x", "value": 7, "ok": true}

      """, "jsonl")
    #expect(try Self.run("check", good).status == 0)
    let stale = try Self.file(
      """
      {"process": 0, "call": 1, "return": 2, "f": "write", "key": "x", "value": 7, "ok": true}
      {"process": 1, "call": 3, "return": 4, "f": "read", "key": "x", "value": null, "ok": true}

      """, "jsonl")
    let result = try Self.run("check", stale, "--format", "json")
    #expect(result.status == 1)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    for name in [
      "file", "workload", "model", "verdict", "operations", "anomalies", "strongest",
      "explanation", "seconds",
    ] { #expect(object[name] != nil, "no \(name)") }
    let broken = try Self.run("check", try Self.file("{\"process\": 0, \"call\": }", "jsonl"))
    #expect(broken.status == 65)
    #expect(broken.errors.contains(":1:"))
  }

  @Test func theStarterScenarioRuns() throws {
    let path = NSTemporaryDirectory() + "splitbrain-init-\(UUID().uuidString).yaml"
    #expect(try Self.run("init", path).status == 0)
    #expect(try Self.run("validate", path).status == 0)
    #expect(try Self.run("run", path).status == 0)
    #expect(try Self.run("init", path).status == 64)
  }

  @Test func listsAndSchemaAreNotEmpty() throws {
    for kind in ["strategies", "workloads", "faults", "models", "presets", "scenarios"] {
      let result = try Self.run("list", kind)
      #expect(result.status == 0)
      #expect(result.output.count > 40)
    }
    let schema = try Self.run("schema")
    #expect(schema.status == 0)
    #expect((try? JSONSerialization.jsonObject(with: Data(schema.output.utf8))) != nil)
  }

  @Test func deterministicInTwoProcesses() throws {
    let path = try Self.file(
      small + "faults:\n  - {at: 1s, for: 1s, crash: any}\n  - {at: 2s, for: 500ms, isolate: any}\n"
    )
    let result = try Self.run("run", path, "--verify-determinism")
    #expect(result.status == 0)
    #expect(result.output.contains("deterministic"))
  }

  @Test func keptDatabasesAreSound() throws {
    let directory = NSTemporaryDirectory() + "splitbrain-keep-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = try Self.file(small)
    #expect(try Self.run("run", path, "--keep-databases", directory).status == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    #expect(files == ["a.sqlite", "b.sqlite", "c.sqlite"])
  }

  private let runbook = """
    name: small
    about: For tests.
    regions: [a, b]
    strategy: {kind: async-primary, failover: manual, fencing: false}
    workload: {kind: register, keys: 3, clients-per-region: 2, think: 100ms}
    duration: 30s
    faults: [{at: 5s, outage: a}]
    runbook:
      when: {down: a}
      decide: {median: 1s}
      steps: [{do: fail-over, region: b, takes: {median: 2s}, errors: 0%, then: {primary: b}}]

    """

  @Test func aRunbookIsWrittenDown() throws {
    let path = try Self.file(runbook)
    let printed = try Self.run("runbook", path, "--seeds", "2")
    #expect(printed.status == 0 && printed.errors == "")
    #expect(printed.output.hasPrefix("# Runbook: small\n"))
    #expect(printed.output.contains("✔ verified in 2 of 2"))
    let out = try Self.file("", "md")
    let written = try Self.run("runbook", path, "--seeds", "2", "--out", out)
    #expect(written.status == 0 && written.output == "")
    #expect(try String(contentsOfFile: out, encoding: .utf8) == printed.output)
  }

  @Test func aRunbookThatDoesNotVerifyIsOneAndNoRunbookIsBadInput() throws {
    let never = try Self.file(
      runbook.replacing("then: {primary: b}", with: "then: {primary: a}, within: 2s, attempts: 1"))
    let failed = try Self.run("runbook", never, "--seeds", "1")
    #expect(failed.status == 1)
    #expect(failed.output.contains("✘ **NOT VERIFIED** in any run (0 of 1)"))
    let idle = try Self.file(runbook.replacing("outage: a", with: "outage: b"))
    #expect(try Self.run("runbook", idle, "--seeds", "1").status == 2, "nothing called for it")
    let without = try Self.run("runbook", try Self.file(small))
    #expect(without.status == 65 && without.output == "")
    #expect(without.errors.contains(":1:1: it has no runbook; add one, such as\n  runbook:\n"))
    #expect(try Self.run("runbook", never, "--seeds", "0").status == 64)
    #expect(try Self.run("runbook", never, "--variant", "x").status == 64)
  }
}
