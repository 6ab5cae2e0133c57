// Carries out a runbook: a state machine without a clock. Whoever drives it says what time it is and what is
// to be seen, sets its alarm, sends its probes and carries out its orders. One alarm at a time; while it waits
// for something to be seen it looks once a second.
//
//   watching -> detecting -> deciding -> (requiring -> executing -> checking) for each step -> the way back
//                                                  ^ again <--- not seen
//                                                               last try: undoing -> undone -> ended
//
// A step in error did not do its action, and nobody notices until what should follow is not seen: then it is
// tried again, as often as it may be; then it is rolled back, and the runbook stops. A precondition that does
// not come to hold in time blocks it: nothing is done, and it stops.

import Simulation

/// A runbook under way.
public struct RunbookExecution: Sendable {
  public let runbook: Runbook
  public private(set) var log: RunbookLog
  /// Orders to carry out, to be emptied by whoever drives this.
  public var orders: [RunbookOrder] = []
  /// When to call `wake`; nil: never again.
  public private(set) var alarm: Instant?

  private enum Phase {
    case watching, detecting, deciding, requiring, executing, checking, undoing, undone, ended
  }
  private var phase = Phase.watching
  private var part = 0
  private var step = 0
  /// When it began to look for what it is looking for.
  private var since: Instant
  /// What of it was not to be seen when it looked last.
  private var missing: [RunbookCondition] = []
  /// Regions that look fenced, but are down.
  private var blind: [Region.ID] = []
  /// Of each part a stream for each step, so that trying one again moves no other, and one for what comes
  /// before the first.
  private var streams: [[Random]]

  /// How often it looks.
  static var pause: Duration { .seconds(1) }

  /// - Parameter seed: The run's.
  public init(_ runbook: Runbook, from start: Instant, seed: UInt64) {
    self.runbook = runbook
    log = RunbookLog(runbook)
    since = start
    streams = runbook.parts.indices.map { part in
      (-1..<runbook.parts[part].steps.count).map {
        Random(seed: seed, stream: "runbook/\(part)/\($0)")
      }
    }
    watch(from: start)
  }

  /// What it is looking for at present.
  private var sought: [RunbookCondition] {
    switch phase {
    case .watching: if case .seen(let conditions) = plan.trigger { conditions } else { [] }
    case .requiring: plan.steps[step].require
    case .checking: plan.steps[step].then
    case .undone: plan.steps[step].rollback?.then ?? []
    case .detecting, .deciding, .executing, .undoing, .ended: []
    }
  }

  /// Regions that it wants a probe of, each once.
  public var probes: [Region.ID] {
    sought.filter(\.needsProbe).map(\.region).reduce(into: []) { regions, region in
      if !regions.contains(region) { regions.append(region) }
    }
  }

  /// The alarm goes off.
  public mutating func wake(_ view: RunbookView, at now: Instant) {
    missing = sought.filter { !$0.holds(view, since: since) }
    blind = sought.filter { $0.what == .fenced && !view.regions[$0.region.index].isUp }
      .map(\.region)
    let isSeen = missing.isEmpty
    switch phase {
    case .watching: if isSeen { notice(now) } else { look(again: now) }
    case .detecting:
      log.parts[part].detected = now
      wait(plan.decide, then: .deciding, now)
    case .deciding:
      log.parts[part].decided = now
      begin(now)
    case .requiring: require(isSeen, now)
    case .executing: act(now)
    case .checking: check(isSeen, now)
    case .undoing: undo(now)
    case .undone: finishRollback(isSeen, now)
    case .ended: alarm = nil
    }
  }

  private var plan: RunbookPart { runbook.parts[part] }

  private mutating func watch(from now: Instant) {
    phase = .watching
    since = now
    alarm = now
    if case .at(let time) = plan.trigger { alarm = now + time }
  }

  private mutating func notice(_ now: Instant) {
    log.parts[part].triggered = now
    wait(plan.detect, then: .detecting, now)
  }

  // MARK: A step

  /// Begins the present step, or tries it again.
  private mutating func begin(_ now: Instant) {
    guard step < plan.steps.count else { return finish(now) }
    log.parts[part].steps[step].tries.append(RunbookTry(began: now))
    phase = .requiring
    since = now
    // What is looked at first is what is to be seen now.
    alarm = now
  }

  private mutating func require(_ isSeen: Bool, _ now: Instant) {
    if isSeen {
      wait(plan.steps[step].takes, then: .executing, now)
    } else if now - since >= plan.steps[step].within {
      end(.blocked, now)
      stop(now)
    } else {
      look(again: now)
    }
  }

  private mutating func act(_ now: Instant) {
    let order = plan.steps[step].order
    let isError =
      order.action.acts && streams[part][step + 1].chance(plan.steps[step].errors)
    change {
      $0.acted = now
      $0.isError = isError
    }
    if order.action.acts, !isError { orders.append(order) }
    seek(.checking, now)
  }

  private mutating func check(_ isSeen: Bool, _ now: Instant) {
    if isSeen {
      end(.verified, now)
      step += 1
      begin(now)
    } else if now - since < plan.steps[step].within {
      look(again: now)
    } else {
      end(.failed, now)
      if log.parts[part].steps[step].tries.count < plan.steps[step].attempts {
        begin(now)
      } else if plan.steps[step].rollback != nil {
        log.parts[part].steps[step].rollback = RunbookTry(began: now)
        wait(plan.steps[step].takes, then: .undoing, now)
      } else {
        stop(now)
      }
    }
  }

  private mutating func undo(_ now: Instant) {
    guard let rollback = plan.steps[step].rollback else { return stop(now) }
    orders.append(rollback.order)
    log.parts[part].steps[step].rollback?.acted = now
    seek(.undone, now)
  }

  private mutating func finishRollback(_ isSeen: Bool, _ now: Instant) {
    if !isSeen, now - since < plan.steps[step].within { return look(again: now) }
    log.parts[part].steps[step].rollback?.ended = now
    log.parts[part].steps[step].rollback?.outcome = isSeen ? .verified : .failed
    log.parts[part].steps[step].rollback?.missing = missing
    stop(now)
  }

  // MARK: Small things

  private mutating func wait(_ time: Latency, then next: Phase, _ now: Instant) {
    let isBefore = next == .detecting || next == .deciding
    phase = next
    alarm = now + time.draw(&streams[part][isBefore ? 0 : step + 1])
  }

  /// Looks for what an action should have done: not in the same moment, since orders are carried out next.
  private mutating func seek(_ next: Phase, _ now: Instant) {
    phase = next
    since = now
    alarm = sought.isEmpty ? now : now + Self.pause
  }

  private mutating func look(again now: Instant) { alarm = now + Self.pause }

  private mutating func end(_ outcome: RunbookOutcome, _ now: Instant) {
    let (missing, blind) = (missing, blind)
    change {
      $0.ended = now
      $0.outcome = outcome
      $0.missing = missing
      $0.blind = outcome == .verified ? blind : []
    }
  }

  private mutating func change(_ body: (inout RunbookTry) -> Void) {
    let last = log.parts[part].steps[step].tries.count - 1
    body(&log.parts[part].steps[step].tries[last])
  }

  /// The part is done: on to the next.
  private mutating func finish(_ now: Instant) {
    log.parts[part].ended = now
    guard part + 1 < runbook.parts.count else {
      phase = .ended
      alarm = nil
      return
    }
    part += 1
    step = 0
    watch(from: now)
  }

  /// Nothing further is done.
  private mutating func stop(_ now: Instant) {
    log.parts[part].ended = now
    phase = .ended
    alarm = nil
  }
}
