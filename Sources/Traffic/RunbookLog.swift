// What became of a runbook: every try of every step with its instants, whether what should be seen was
// seen, and what was taken back. Reports are made from this.

import Simulation

/// How a step, or one try of it, came out.
public enum RunbookOutcome: String, Sendable {
  /// What should be seen was seen.
  case verified
  /// What should be seen was not.
  case failed
  /// Its precondition did not hold: nothing was done.
  case blocked
  /// The load ended first.
  case unfinished
  /// A step before it stopped the runbook, or nothing called for it.
  case notReached = "not reached"
}

/// One try of a step, or of a rollback.
public struct RunbookTry: Sendable, Equatable {
  /// When its precondition was looked at first.
  public internal(set) var began: Instant
  /// When its action was done, or was thought to be.
  public internal(set) var acted: Instant?
  /// Whether it was done wrongly: its action did not happen, and nobody noticed.
  public internal(set) var isError = false
  public internal(set) var ended: Instant?
  public internal(set) var outcome = RunbookOutcome.unfinished
  /// If it is verified: regions that looked fenced and were down. A write fails there with or without a fence.
  public internal(set) var blind: [Region.ID] = []
  /// If it is blocked or has failed: what was looked for in vain.
  public internal(set) var missing: [RunbookCondition] = []
}

/// What became of a step.
public struct RunbookStepLog: Sendable, Equatable {
  public internal(set) var tries: [RunbookTry] = []
  /// How it was taken back, if it was.
  public internal(set) var rollback: RunbookTry?

  public var outcome: RunbookOutcome { tries.last?.outcome ?? .notReached }
  public var began: Instant? { tries.first?.began }
  public var ended: Instant? { tries.last?.ended }
  /// How often its action did not happen, by mistake.
  public var errors: Int { tries.count { $0.isError } }
}

/// What became of one way.
public struct RunbookPartLog: Sendable, Equatable {
  public internal(set) var triggered: Instant?
  public internal(set) var detected: Instant?
  public internal(set) var decided: Instant?
  /// When its last step ended, well or not.
  public internal(set) var ended: Instant?
  public internal(set) var steps: [RunbookStepLog]

  init(steps: Int) { self.steps = Array(repeating: RunbookStepLog(), count: steps) }

  public var isVerified: Bool { steps.allSatisfy { $0.outcome == .verified } }
}

/// What became of a runbook.
public struct RunbookLog: Sendable, Equatable {
  /// The way there and, if there is one, back.
  public internal(set) var parts: [RunbookPartLog]

  public init(_ runbook: Runbook) {
    parts = runbook.parts.map { RunbookPartLog(steps: $0.steps.count) }
  }

  /// Whether anything called for it.
  public var isTriggered: Bool { parts[0].triggered != nil }
  /// Steps that were not verified, whatever the reason.
  public var unverified: Int {
    parts.reduce(0) { $0 + $1.steps.count { $0.outcome != .verified } }
  }

  /// The same, counted from an instant on.
  public func shifted(by start: Instant) -> RunbookLog {
    func shift(_ instant: inout Instant?) { instant = instant.map { .zero + ($0 - start) } }
    func shift(_ one: inout RunbookTry) {
      one.began = .zero + (one.began - start)
      shift(&one.acted)
      shift(&one.ended)
    }
    var log = self
    for part in log.parts.indices {
      shift(&log.parts[part].triggered)
      shift(&log.parts[part].detected)
      shift(&log.parts[part].decided)
      shift(&log.parts[part].ended)
      for step in log.parts[part].steps.indices {
        for one in log.parts[part].steps[step].tries.indices {
          shift(&log.parts[part].steps[step].tries[one])
        }
        if var undo = log.parts[part].steps[step].rollback {
          shift(&undo)
          log.parts[part].steps[step].rollback = undo
        }
      }
    }
    return log
  }
}
