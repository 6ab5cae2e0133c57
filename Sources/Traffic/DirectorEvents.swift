// What happens to a director by itself: checks begin and end, verdicts change and reach the name
// servers, plans are made and applied, faults come and go.

import Simulation

extension Director {
  /// What a `wake` is about; an alarm carries it as one number.
  private enum Duty {
    case check(region: Int, checker: Int)
    case timeout(HealthChecks.Check)
    case publish(region: Int, healthy: Bool, change: Int64)
    case plan
    case enact(Int)

    init?(_ token: Int64) {
      let rest = token >> 3
      switch token & 7 {
      case 0: self = .check(region: Int(rest & 0xff), checker: Int(rest >> 8))
      case 1: self = .timeout(HealthChecks.Check(number: rest))
      case 2:
        self = .publish(region: Int(rest & 0xff), healthy: rest & 0x100 != 0, change: rest >> 9)
      case 3: self = .plan
      case 4: self = .enact(Int(rest))
      default: return nil
      }
    }

    var token: Int64 {
      switch self {
      case .check(let region, let checker): Int64(checker) << 11 | Int64(region) << 3
      case .timeout(let check): check.number << 3 | 1
      case .publish(let region, let healthy, let change):
        change << 12 | (healthy ? 0x800 : 0) | Int64(region) << 3 | 2
      case .plan: 3
      case .enact(let enactor): Int64(enactor) << 3 | 4
      }
    }
  }

  private mutating func wake(_ duty: Duty, at instant: Instant) {
    effects.append(.wake(duty.token, at: instant))
  }

  /// Begins: every checker at a phase of its own.
  public mutating func start(at now: Instant) {
    if routing.policy.needsHealth {
      for region in routing.order.map(\.index).sorted() {
        for checker in 0..<routing.health.checkers {
          let phase = random.within(.zero...(routing.health.interval - Duration(nanoseconds: 1)))
          wake(.check(region: region, checker: checker), at: now + phase)
        }
      }
    }
    guard let rules = routing.plans else { return }
    wake(.plan, at: now)
    for enactor in 0..<rules.enactors {
      wake(.enact(enactor), at: now + random.within(.zero...rules.every))
    }
  }

  /// An alarm that was asked for goes off.
  public mutating func wake(_ token: Int64, at now: Instant) {
    switch Duty(token) {
    case .check(let region, let checker):
      let check = checks.begin(region: region, checker: checker)
      let place = checker % routing.geography.own.count
      effects.append(.check(check.number, from: place, of: Region.ID(region)))
      wake(.timeout(check), at: now + routing.health.timeout)
      wake(.check(region: region, checker: checker), at: now + routing.health.interval)
    case .timeout(let check): end(check, success: false, at: now)
    case .publish(let region, let healthy, let change):
      guard change > shownChanges[region] else { return }
      shownChanges[region] = change
      show(region, healthy, at: now)
    case .plan:
      plans?.plan(healthy: verdicts)
      if let rules = routing.plans { wake(.plan, at: now + rules.every) }
    case .enact(let enactor): enact(enactor, at: now)
    case nil: break
    }
  }

  /// A check was answered.
  public mutating func answered(check number: Int64, at now: Instant) {
    end(HealthChecks.Check(number: number), success: true, at: now)
  }

  private mutating func end(_ check: HealthChecks.Check, success: Bool, at now: Instant) {
    let (counts, liar) = checks.end(check, success: success)
    guard counts else { return }
    if let liar { effects.append(.count(fault: liar)) }
    review(check.region, at: now)
  }

  // MARK: From verdicts to records

  /// Compares what is known of a region with the last verdict on it. True if it changed.
  @discardableResult
  private mutating func review(_ region: Int, at now: Instant) -> Bool {
    let healthy = checks.verdicts[region] && away[region].isEmpty
    guard healthy != verdicts[region] else { return false }
    verdicts[region] = healthy
    changes[region] += 1
    log.append(TrafficEvent(at: now, what: .verdict(Region.ID(region), healthy: healthy)))
    // With plans, the next one carries it.
    guard plans == nil else { return true }
    let delay = healthy ? routing.health.recovery : routing.health.propagation
    wake(.publish(region: region, healthy: healthy, change: changes[region]), at: now + delay)
    return true
  }

  private mutating func show(_ region: Int, _ healthy: Bool, at now: Instant) {
    guard published[region] != healthy else { return }
    published[region] = healthy
    log.append(TrafficEvent(at: now, what: .record(Region.ID(region), healthy: healthy)))
    guard routing.policy == .anycast else { return }
    for client in askers.indices {
      let heard = now + Convergence.draw(&askers[client].random)
      // A network does not hear of a later change before an earlier one.
      let last = askers[client].coming.last { $0.region == region }?.at ?? .zero
      askers[client].coming.append((max(heard, last), region, healthy))
    }
  }

  private mutating func enact(_ enactor: Int, at now: Instant) {
    guard let step = plans?.step(enactor) else { return }
    if let fault = step.heldUpBy { effects.append(.count(fault: fault)) }
    switch step.event {
    case .wentBack(let from, let to):
      log.append(TrafficEvent(at: now, what: .planWentBack(from: from, to: to)))
    case .emptied: log.append(TrafficEvent(at: now, what: .recordEmptied))
    case nil: break
    }
    if let record = plans?.record {
      for region in record.indices { show(region, record[region], at: now) }
    }
    if let after = step.after { wake(.enact(enactor), at: now + after) }
  }

  // MARK: Faults

  /// A fault begins or ends.
  public mutating func divert(
    _ diversion: Diversion, by fault: Int, begins: Bool, at now: Instant
  ) {
    switch (diversion, begins) {
    case (.lyingChecks(let region, let healthy), true):
      checks.lie(about: region.index, healthy: healthy, by: fault)
    case (.lyingChecks(let region, let healthy), false):
      checks.tellTruth(about: region.index, healthy: healthy, by: fault)
    case (.away(let region), true):
      away[region.index].append(fault)
      if review(region.index, at: now) { effects.append(.count(fault: fault)) }
    case (.away(let region), false):
      if let place = away[region.index].firstIndex(of: fault) {
        away[region.index].remove(at: place)
      }
      review(region.index, at: now)
    case (.deafNameServers, true): deaf.append(fault)
    case (.deafNameServers, false): deaf.removeAll { $0 == fault }
    case (.heldUpPlan, true): plans?.holdUp(by: fault)
    case (.heldUpPlan, false):
      if let enactor = plans?.letGo(by: fault) { enact(enactor, at: now) }
    }
  }
}
