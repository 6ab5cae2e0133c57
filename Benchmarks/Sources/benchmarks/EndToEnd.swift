// What the testbed adds to its databases' work: a whole run (world, network, strategy, clients,
// history) against its very own SQL, recorded in all regions, through the plain C interface on the
// same kind of disk, in the same order: a batch here, a batch there. (Run one database after the
// other, the same statements take a third less: each has the processor's caches for itself.)

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
    var sql = Fastest()
    for _ in 0..<3 {
      let run = try play(scenario, nil)
      expect(run.digest, recorded.digest, "digest")
      testbed.add([run.wallSeconds])
      sql.add([try timed { try recordings.replay() }])
    }
    let name = "quorum, \(scenario.variant ?? "")"
    print("end to end: \(name), \(recorded.history.count) operations, best of 3")
    print("  whole run         \(fixed(testbed.seconds[0], 3)) CPU s, \(recorded.events) events")
    print("  its SQL alone     \(fixed(sql.seconds[0], 3)) CPU s, \(recordings.count) statements")
    let ratio = testbed.seconds[0] / sql.seconds[0]
    print("  ratio             \(fixed(ratio, 2)) (at most \(fixed(limit, 1)))")
  }

  /// The statements of every region, and whose turn it was.
  private final class Recordings {
    private var all: [StatementRecording] = []
    private var turns: [(region: Int, steps: Int)] = []

    var count: Int { all.reduce(0) { $0 + $1.count } }

    func attach(to store: any DurableStore) {
      all.append(StatementRecording())
      (store as? SQLiteStore)?.recorder = Turn(self, all.count - 1)
    }

    /// All statements on fresh databases, in the order of the run.
    func replay() throws {
      let replays = try all.map { try StatementReplay($0) }
      for (region, steps) in turns { try replays[region].advance(steps) }
    }

    /// Records one region's statements and that it was its turn.
    private final class Turn: StatementRecorder {
      private unowned let recordings: Recordings
      private let region: Int

      init(_ recordings: Recordings, _ region: Int) {
        self.recordings = recordings
        self.region = region
      }

      func begin(setup: [String], statements: [String]) {
        recordings.all[region].begin(setup: setup, statements: statements)
      }
      func executed(_ statement: Int, _ bindings: [Int64]) {
        recordings.all[region].executed(statement, bindings)
        took()
      }
      func checkpointed() {
        recordings.all[region].checkpointed()
        took()
      }
      func synced() {
        recordings.all[region].synced()
        took()
      }

      private func took() {
        if let last = recordings.turns.last, last.region == region {
          recordings.turns[recordings.turns.count - 1].steps += 1
        } else {
          recordings.turns.append((region, 1))
        }
      }
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
