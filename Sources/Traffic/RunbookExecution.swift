// Carries out a runbook: a state machine without a clock. Whoever drives it says what time it is and what is
// to be seen, sets its alarm and carries out its orders. One alarm at a time; while it waits for something to
// be seen it looks once a second.
//
//   watching -> detecting -> deciding -> (requiring -> executing -> checking) for each step -> ended
//
// A step in error did not do its action and nobody notices until its postcondition is not seen: then its
// rollback is ordered and it is tried again, as often as it may be; then the runbook stops.

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

/// One try of a step.
public struct RunbookTry: Sendable, Equatable {
  /// When its precondition was looked at first.
  public let began: Instant
  /// When its action was done, or was thought to be.
  public internal(set) var acted: Instant?
  /// Whether it was done wrongly.
  public internal(set) var erred = false
  public internal(set) var ended: Instant?
  public internal(set) var outcome = RunbookOutcome.unfinished
  public internal(set) var rolledBack = false
}

/// What became of a runbook.
public struct RunbookLog: Sendable, Equatable {
  public internal(set) var triggered: Instant?
  public internal(set) var detected: Instant?
  public internal(set) var decided: Instant?
  /// When its last step ended, well or not.
  public internal(set) var ended: Instant?
  /// By step.
  public internal(set) var tries: [[RunbookTry]]

  /// How a step came out at last.
  public func outcome(of step: Int) -> RunbookOutcome { tries[step].last?.outcome ?? .notReached }
  /// Whether each step was verified.
  public var isVerified: Bool { tries.indices.allSatisfy { outcome(of: $0) == .verified } }
  /// When the first action was done.
  public var acted: Instant? { tries.joined().compactMap(\.acted).first }
}

/// A runbook under way.
public struct RunbookExecution: Sendable {
  public let runbook: Runbook
  public private(set) var log: RunbookLog
  /// Orders to carry out, to be emptied by whoever drives this.
  public var orders: [RunbookOrder] = []
  /// When to call `wake`; nil: never again.
  public private(set) var alarm: Instant?

  private enum Phase { case watching, detecting, deciding, requiring, executing, checking, ended }
  private var phase = Phase.watching
  private var step = 0
  /// When it began to look for what it is looking for.
  private var since = Instant.zero
  private var random: Random

  /// How often it looks.
  static var pause: Duration { .seconds(1) }

  /// - Parameter seed: The run's.
  public init(_ runbook: Runbook, from start: Instant, seed: UInt64) {
    self.runbook = runbook
    log = RunbookLog(tries: Array(repeating: [], count: runbook.steps.count))
    random = Random(seed: seed, stream: "runbook")
    if case .at(let time) = runbook.trigger { alarm = start + time } else { alarm = start }
  }

  /// The alarm goes off.
  public mutating func wake(_ view: RunbookView, at now: Instant) {
    switch phase {
    case .watching: watch(view, now)
    case .detecting:
      log.detected = now
      phase = .deciding
      alarm = now + runbook.decide.draw(&random)
    case .deciding:
      log.decided = now
      begin(view, now)
    case .requiring: require(view, now)
    case .executing: act(view, now)
    case .checking: check(view, now)
    case .ended: alarm = nil
    }
  }

  private mutating func watch(_ view: RunbookView, _ now: Instant) {
    if case .unhealthy(let region) = runbook.trigger, view.healthy[region.index] {
      alarm = now + Self.pause
      return
    }
    log.triggered = now
    phase = .detecting
    alarm = now + runbook.detect.draw(&random)
  }

  /// Begins the present step, or tries it again.
  private mutating func begin(_ view: RunbookView, _ now: Instant) {
    guard step < runbook.steps.count else { return end(now) }
    log.tries[step].append(RunbookTry(began: now))
    since = now
    phase = .requiring
    require(view, now)
  }

  private mutating func require(_ view: RunbookView, _ now: Instant) {
    let plan = runbook.steps[step]
    if plan.require.allSatisfy({ $0.holds(view, since: since) }) {
      phase = .executing
      alarm = now + plan.takes.draw(&random)
    } else if now - since >= plan.within {
      finish(.blocked, now)
      end(now)
    } else {
      alarm = now + Self.pause
    }
  }

  private mutating func act(_ view: RunbookView, _ now: Instant) {
    let plan = runbook.steps[step]
    let errs = plan.order.action.acts && random.chance(plan.errors)
    change {
      $0.acted = now
      $0.erred = errs
    }
    if plan.order.action.acts, !errs { orders.append(plan.order) }
    since = now
    phase = .checking
    // What an order did is seen a moment later, never in the same.
    alarm = plan.then.isEmpty ? now : now + Self.pause
  }

  private mutating func check(_ view: RunbookView, _ now: Instant) {
    let plan = runbook.steps[step]
    if plan.then.allSatisfy({ $0.holds(view, since: since) }) {
      finish(.verified, now)
      step += 1
      begin(view, now)
    } else if now - since >= plan.within {
      finish(.failed, now)
      if let rollback = plan.rollback {
        orders.append(rollback)
        change { $0.rolledBack = true }
      }
      if log.tries[step].count < plan.attempts { begin(view, now) } else { end(now) }
    } else {
      alarm = now + Self.pause
    }
  }

  private mutating func finish(_ outcome: RunbookOutcome, _ now: Instant) {
    change {
      $0.ended = now
      $0.outcome = outcome
    }
  }

  private mutating func change(_ body: (inout RunbookTry) -> Void) {
    body(&log.tries[step][log.tries[step].count - 1])
  }

  private mutating func end(_ now: Instant) {
    log.ended = now
    phase = .ended
    alarm = nil
  }
}

extension RunbookLog {
  /// The same, counted from an instant on.
  public func shifted(by start: Instant) -> RunbookLog {
    func shift(_ instant: Instant?) -> Instant? { instant.map { .zero + ($0 - start) } }
    return RunbookLog(
      triggered: shift(triggered), detected: shift(detected), decided: shift(decided),
      ended: shift(ended),
      tries: tries.map {
        $0.map {
          RunbookTry(
            began: .zero + ($0.began - start), acted: shift($0.acted), erred: $0.erred,
            ended: shift($0.ended), outcome: $0.outcome, rolledBack: $0.rolledBack)
        }
      })
  }
}
