// One region's app tier: whoever comes waits in line for a replica, is served, and then gets to the database.
// A state machine without a clock, as the director is: whoever drives it says what time it is and carries
// out its effects.
//
// Why it is here: the loss of a region sends its load to the others, and if they have no room for it their
// lines grow until everybody waits longer than anybody is willing to. All replicas are then busy, and none
// of what they do is of use: goodput 0 at full throughput. With clients that try again this state keeps
// itself alive after its cause is gone (Bronson et al., "Metastable Failures in Distributed Systems",
// HotOS 2021; Huang et al., "Metastable Failures in the Wild", OSDI 2022, section 3).

import Simulation

/// Things that an app tier wants done in the world.
public enum TierEffect: Sendable, Equatable {
  case letIn(Visitor)
  case turnAway(Visitor)
  case forget(Visitor)
  /// Call `wake` with this number then.
  case wake(Int64, at: Instant)
}

/// A region's app tier.
public struct AppTier: Sendable {
  public private(set) var rules: TierRules
  public private(set) var log = TierLog()
  /// To be carried out and emptied by whoever drives this.
  public var effects: [TierEffect] = []

  private var desk = ServiceDesk()
  private var fleet: Fleet
  private var autoscaler: Autoscaler?
  private var reconciler: Reconciler?
  /// What was committed, or configured from the beginning.
  private var declared: Int
  private var began = Instant.never
  private var isUp = true
  private var wakes: Instant?
  /// One stream for the times of service, one for everything that happens to replicas.
  private var services: Random
  private var operations: Random

  /// - Parameters:
  ///   - name: The region's, for its random streams.
  ///   - seed: The run's.
  public init(
    _ rules: TierRules, reconciled: ReconcilerRules? = nil, in region: Region.ID,
    named name: String,
    seed: UInt64
  ) {
    self.rules = rules
    declared = rules.replicas
    fleet = Fleet(ready: rules.replicas, rules.nodes, start: rules.start)
    autoscaler = rules.autoscaler.map { Autoscaler($0) }
    reconciler = reconciled.map { Reconciler($0, in: region) }
    services = Random(seed: seed, stream: "capacity/\(name)/services")
    operations = Random(seed: seed, stream: "capacity/\(name)/operations")
  }

  /// Whether nobody waits and nobody is being served.
  public var isEmpty: Bool { desk.isEmpty }
  /// Replicas that serve.
  public var replicas: Int { fleet.ready }
  /// Who waits.
  public var queue: Int { desk.waiting }

  // MARK: Those who come

  public mutating func arrive(_ visitor: Visitor, at now: Instant) {
    advance(to: now)
    log.countArrival(at: now)
    if rules.shedding != .none, desk.busy >= fleet.ready,
      desk.waiting >= rules.longestQueue ?? Int.max
    {
      log.shed += 1
      effects.append(.turnAway(visitor))
      return
    }
    desk.queue(visitor, at: now)
    serve(at: now)
    log.sawQueue(desk.waiting, at: now)
  }

  /// Replicas that are free take whoever is next.
  private mutating func serve(at now: Instant) {
    while isUp, desk.busy < fleet.ready, let place = desk.next() {
      let waited = now - place.since
      if rules.shedding == .deadline, waited >= rules.patience {
        log.expired += 1
        effects.append(.turnAway(place.visitor))
        continue
      }
      if log.hasBegun { log.waits.append(waited) }
      let takes =
        rules.service == .fixed ? rules.serviceTime : services.interval(mean: rules.serviceTime)
      wake(.served(desk.begin(place)), at: now + takes)
    }
  }

  /// Somebody was served whom nobody waits for any more.
  public mutating func countWaste() { log.wasted += 1 }

  // MARK: Its time

  /// What a `wake` is about; an alarm carries it as one number.
  private enum Duty {
    case served(Int64)
    case metrics, scale, fleet, reconcile

    init?(_ token: Int64) {
      switch token & 7 {
      case 0: self = .served(token >> 3)
      case 1: self = .metrics
      case 2: self = .scale
      case 3: self = .fleet
      case 4: self = .reconcile
      default: return nil
      }
    }

    var token: Int64 {
      switch self {
      case .served(let number): number << 3
      case .metrics: 1
      case .scale: 2
      case .fleet: 3
      case .reconcile: 4
      }
    }
  }

  private mutating func wake(_ duty: Duty, at instant: Instant) {
    effects.append(.wake(duty.token, at: instant))
  }

  /// The load begins: so does counting, and what watches the load or the configuration.
  public mutating func open(at now: Instant) {
    advance(to: now)
    began = now
    log.begin(at: now, replicas: fleet.ready)
    // Nobody's loop began with the first operation.
    if let rules = autoscaler?.rules {
      wake(.metrics, at: now + operations.within(.zero...rules.metrics))
      wake(.scale, at: now + operations.within(.zero...rules.interval))
    }
    if let reconciler {
      wake(.reconcile, at: now + operations.within(.zero...reconciler.pause(&operations)))
    }
  }

  /// An alarm that was asked for goes off.
  public mutating func wake(_ token: Int64, at now: Instant) {
    advance(to: now)
    switch Duty(token) {
    case .served(let number):
      guard let visitor = desk.end(number) else { return }
      log.served += 1
      effects.append(.letIn(visitor))
      serve(at: now)
    case .metrics:
      if isUp {
        autoscaler?.measure(busyTime: log.busyTime, at: now)
      } else {
        autoscaler?.forget()
      }
      if let rules = autoscaler?.rules { wake(.metrics, at: now + rules.metrics) }
    case .scale:
      if isUp, let count = autoscaler?.decide(current: fleet.ordered, at: now) {
        order(count, at: now)
      }
      if let rules = autoscaler?.rules { wake(.scale, at: now + rules.interval) }
    case .fleet:
      if wakes == now { wakes = nil }
      fleet.pass(to: now, &operations)
      changed(at: now)
    case .reconcile:
      reconcile(at: now)
      if let reconciler { wake(.reconcile, at: now + reconciler.pause(&operations)) }
    case nil: break
    }
  }

  /// Counts the time since the last event, before anything changes.
  public mutating func advance(to now: Instant) {
    log.pass(to: now, busy: desk.busy, ready: isUp ? fleet.ready : 0)
  }

  // MARK: Replicas

  /// An operator orders so many replicas.
  public mutating func scale(to count: Int, at now: Instant) {
    advance(to: now)
    order(count, at: now)
  }

  private mutating func order(_ count: Int, at now: Instant) {
    fleet.order(count, at: now, &operations)
    changed(at: now)
  }

  /// The fleet has changed, or will.
  private mutating func changed(at now: Instant) {
    log.count(replicas: fleet.ready, at: now)
    log.stockOuts = fleet.stockOuts
    serve(at: now)
    if let next = fleet.next, next < wakes ?? .never {
      wakes = next
      wake(.fleet, at: next)
    }
  }

  /// Applies what was committed, and puts back what was changed by hand. Nothing reaches a region that
  /// is down.
  private mutating func reconcile(at now: Instant) {
    guard isUp, var reconciler else { return }
    let before = reconciler.revision
    let commits = reconciler.fetch(at: now - began)
    self.reconciler = reconciler
    for commit in commits {
      rules.shedding = commit.shedding ?? rules.shedding
      rules.longestQueue = commit.longestQueue ?? rules.longestQueue
      declared = commit.replicas ?? declared
    }
    if reconciler.revision > before { log.applied.append((now, reconciler.revision)) }
    if let least = commits.last(where: { $0.replicas != nil })?.replicas {
      autoscaler?.demand(atLeast: least)
      if autoscaler == nil || fleet.ordered < least { order(least, at: now) }
    } else if autoscaler == nil, reconciler.rules.selfHeal, fleet.ordered != declared {
      // With an autoscaler the number of replicas is its own to change.
      log.reverted.append(now)
      order(declared, at: now)
    }
  }

  // MARK: The region

  /// The region is down: whoever waited in it is gone. Its replicas will be there when it is.
  public mutating func crash(at now: Instant) {
    advance(to: now)
    isUp = false
    for visitor in desk.clear() {
      log.lost += 1
      effects.append(.forget(visitor))
    }
  }

  /// The region is up.
  public mutating func boot(at now: Instant) {
    advance(to: now)
    isUp = true
  }
}
