// What the testbed adds to its databases' work: a whole run (world, network, strategy, clients,
// history) against its very own SQL, recorded in each region, through the plain C interface on the
// same kind of disk.

import Scenarios
import Simulation
import Storage

enum EndToEnd {
  /// The most that a run may cost, in its SQL's time.
  private static let limit = 2.0

  private static let scenarios = """
    name: end-to-end
    regions: [us-east-1, us-west-2, eu-west-1, ap-southeast-1, sa-east-1]
    network: {preset: aws}
    workload: {kind: register, keys: 1000, clients-per-region: 10, think: 10ms}
    duration: 100s
    variants:
      - {name: last writer wins, strategy: {kind: quorum}}
      - {name: linearizable, strategy: {kind: quorum, linearizable: true}}
    """

  static func run() throws {
    let loaded = try Scenario.load(
      scenarios.utf8, file: "end-to-end.yaml", catalog: Catalog.strategyCatalog)
    for scenario in loaded { try measure(scenario) }
  }

  private static func measure(_ scenario: Scenario) throws {
    let recordings = Recordings()
    let recorded = try play(scenario, recordings)
    var testbed = Fastest()
    var statements = 0
    var sql = Fastest()
    for _ in 0..<3 {
      let run = try play(scenario, nil)
      expect(run.digest, recorded.digest, "digest")
      testbed.add([run.wallSeconds])
      let replays = try recordings.all.map { try StatementReplay($0) }
      sql.add([try timed { statements = try replays.reduce(0) { try $0 + $1.run() } }])
    }
    let name = "quorum, \(scenario.variant ?? "")"
    print("end to end: \(name), \(recorded.history.count) operations, best of 3")
    print("  whole run         \(fixed(testbed.seconds[0], 3)) CPU s, \(recorded.events) events")
    print("  its SQL alone     \(fixed(sql.seconds[0], 3)) CPU s, \(statements) statements")
    let ratio = testbed.seconds[0] / sql.seconds[0]
    print("  ratio             \(fixed(ratio, 2)) (at most \(fixed(limit, 1)))")
  }

  /// The statements of every region.
  private final class Recordings {
    var all: [StatementRecording] = []

    func attach(to store: any DurableStore) {
      let recording = StatementRecording()
      (store as? SQLiteStore)?.recorder = recording
      all.append(recording)
    }
  }

  /// One run whose `wallSeconds` are CPU seconds, without those of its checks.
  private static func play(_ scenario: Scenario, _ recordings: Recordings?) throws -> Run {
    var options = RunOptions()
    options.budget.steps = 1
    // A run and all of its hooks stay on the thread that calls it.
    nonisolated(unsafe) let recordings = recordings
    options.observeStore = { _, store in recordings?.attach(to: store) }
    return try Runner.run(scenario, seed: 1, options, wallClock: cpuSeconds).run
  }
}
