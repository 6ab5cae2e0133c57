// A runbook over many seeds: how long each step took and how often it was verified, and when the service
// had passed each milestone. What was tried and did not come counts as never, so that no percentile leaves
// out the runs that went wrong.

import Scenarios
import Simulation
import Traffic

/// Adds up what became of one runbook.
public struct RunbookSurvey: Sendable {
  /// One step over all runs.
  struct Row: Sendable {
    let step: RunbookStep
    let words: RunbookWords
    /// Seconds from its beginning to its verification, all tries and looking included; infinite if it was
    /// tried and not verified, nil if it was not reached.
    var seconds: [Double?] = []
    var outcomes: [RunbookOutcome] = []
    var tries = 0
    /// Tries whose action did not happen, by mistake.
    var errors = 0
    /// Runs in which a region looked fenced that was down.
    var blind = 0
    /// The first seed in which it was not verified.
    var badSeed: UInt64?
    /// Runs in which it was rolled back, and in which that was verified.
    var rollbacks = 0
    var verifiedRollbacks = 0

    var verified: Int { outcomes.count { $0 == .verified } }
    var time: Spread { Spread(seconds) }
  }

  private(set) var rows: [Row] = []
  private(set) var plan: RunbookPlan?
  private(set) var topology = Topology([])
  /// The seeds and digests of its runs.
  private(set) var evidence: [(seed: UInt64, digest: String)] = []
  private(set) var triggered = 0
  private var after: [RunbookMilestone: [Double?]] = [:]
  private var back: [Double?] = []
  /// By run: acknowledged writes that are gone, and writes undone and made again.
  private(set) var lost: [Int] = []
  private(set) var reapplied: [Int] = []

  public init() {}

  /// How many runs there were.
  public var runs: Int { evidence.count }
  /// Whether every step was verified in every run.
  public var isVerified: Bool { runs > 0 && rows.allSatisfy { $0.verified == runs } }

  /// Adds a run; one without a runbook adds nothing.
  public mutating func add(_ run: Run) {
    guard let record = run.measures.runbook else { return }
    if plan == nil {
      plan = record.plan
      topology = run.topology
      rows = record.steps.map { Row(step: $0.step, words: $0.words) }
    }
    evidence.append((run.seed, run.digest))
    triggered += record.log.isTriggered ? 1 : 0
    lost.append(run.measures.lostAcknowledgedWrites)
    let again = run.measures.tallies.first { $0.name == Tally.reapplied.name }
    reapplied.append(again?.count ?? 0)
    for (number, step) in record.steps.enumerated() {
      rows[number].add(step.log, seed: run.seed)
    }
    for (milestone, time) in record.milestones {
      let isMeant =
        record.log.isTriggered
        && (run.measures.traffic != nil || (milestone != .switched && milestone != .drained))
      after[milestone, default: []].append(
        isMeant ? time.map(\.seconds) ?? .infinity : nil)
    }
    if record.log.parts.count > 1 {
      back.append(
        record.log.parts[1].triggered == nil ? nil : record.failBack?.seconds ?? .infinity)
    }
  }

  /// Seconds since the fault, over the runs in which something called for the runbook.
  func after(_ milestone: RunbookMilestone) -> Spread { Spread(after[milestone] ?? []) }
  /// From seeing that the way back is open to the last step back.
  var failBack: Spread { Spread(back) }
}

extension RunbookSurvey.Row {
  fileprivate mutating func add(_ log: RunbookStepLog, seed: UInt64) {
    outcomes.append(log.outcome)
    tries += log.tries.count
    errors += log.errors
    if let last = log.tries.last, !last.blind.isEmpty { blind += 1 }
    if let rollback = log.rollback {
      rollbacks += 1
      verifiedRollbacks += rollback.outcome == .verified ? 1 : 0
    }
    switch log.outcome {
    case .verified:
      let span = log.began.flatMap { began in log.ended.map { $0 - began } }
      seconds.append(span?.seconds)
    case .failed, .blocked, .unfinished: seconds.append(.infinity)
    case .notReached: seconds.append(nil)
    }
    if log.outcome != .verified { badSeed = badSeed ?? seed }
  }
}

/// Hours, minutes and seconds, as a watch shows them: 0:04:30.
func clock(_ seconds: Double?) -> String {
  guard let seconds else { return "-" }
  guard seconds.isFinite else { return "never" }
  let whole = Int(seconds.rounded())
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return "\(whole / 3_600):\(two(whole / 60 % 60)):\(two(whole % 60))"
}
