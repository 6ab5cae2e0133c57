// The app tier without a world: against queueing theory, against a second way of computing the same waits,
// and one rule after the other.

import Histories
import Simulation
import Testing

@testable import Traffic

/// A tier and its alarms.
struct TierLab {
  var tier: AppTier
  private var agenda: [(at: Instant, order: Int, token: Int64)] = []
  private var order = 0
  private(set) var now = Instant.zero
  private(set) var letIn: [(number: Int64, at: Instant)] = []
  private(set) var turnedAway: [(number: Int64, at: Instant)] = []
  private(set) var forgotten: [Int64] = []

  init(_ rules: TierRules, reconciled: ReconcilerRules? = nil, seed: UInt64 = 1) {
    tier = AppTier(rules, reconciled: reconciled, in: Region.ID(0), named: "r", seed: seed)
    tier.open(at: .zero)
    take()
  }

  mutating func run(until end: Instant) {
    while let next = agenda.indices.min(by: {
      (agenda[$0].at, agenda[$0].order) < (agenda[$1].at, agenda[$1].order)
    }), agenda[next].at <= end {
      let (at, _, token) = agenda.remove(at: next)
      now = at
      tier.wake(token, at: at)
      take()
    }
    now = end
    tier.advance(to: end)
  }

  mutating func arrive(_ number: Int64, at instant: Instant) {
    run(until: instant)
    tier.arrive(.check(number, origin: 1), at: instant)
    take()
  }

  mutating func order(_ change: (inout AppTier, Instant) -> Void) {
    change(&tier, now)
    take()
  }

  private mutating func take() {
    for effect in tier.effects {
      switch effect {
      case .letIn(.check(let number, _)): letIn.append((number, now))
      case .turnAway(.check(let number, _)): turnedAway.append((number, now))
      case .forget(.check(let number, _)): forgotten.append(number)
      case .wake(let token, let at):
        order += 1
        agenda.append((at, order, token))
      default: break
      }
    }
    tier.effects = []
  }
}

@Suite struct AppTierTests {
  private func poisson(_ count: Int, every mean: Duration, seed: UInt64) -> [Instant] {
    var random = Random(seed: seed, stream: "arrivals")
    var at = Instant.zero
    return (0..<count).map { _ in
      at = at + random.interval(mean: mean)
      return at
    }
  }

  private func meanWait(_ rules: TierRules, load: Double, count: Int = 40_000) -> Double {
    let every = Duration(
      nanoseconds: Int64(
        Double(rules.serviceTime.nanoseconds) / Double(rules.replicas) / load))
    var lab = TierLab(rules)
    for (number, at) in poisson(count, every: every, seed: 7).enumerated() {
      lab.arrive(Int64(number), at: at)
    }
    let waits = lab.tier.log.waits
    return waits.reduce(0) { $0 + $1.seconds } / Double(waits.count)
  }

  /// Erlang's C formula: the mean wait in an M/M/c queue, with mu = 1 / s and a = lambda s.
  private func erlangWait(_ servers: Int, load: Double, service: Double) -> Double {
    let offered = load * Double(servers)
    var blocking = 1.0
    for server in 1...servers {
      blocking = offered * blocking / (Double(server) + offered * blocking)
    }
    let waiting = blocking / (1 - load * (1 - blocking))
    return waiting * service / (Double(servers) * (1 - load))
  }

  @Test(arguments: [(1, 0.5), (1, 0.8), (4, 0.7), (8, 0.9)])
  func waitsAsErlangSays(_ replicas: Int, _ load: Double) {
    let rules = TierRules(replicas: replicas, serviceTime: .milliseconds(20))
    let measured = meanWait(rules, load: load)
    let expected = erlangWait(replicas, load: load, service: 0.02)
    #expect(abs(measured / expected - 1) < 0.06, "\(measured) of \(expected)")
  }

  /// Pollaczek and Khinchine: with services that are all alike, waits are half as long.
  @Test(arguments: [0.5, 0.8]) func waitsAsPollaczekAndKhinchineSay(_ load: Double) {
    let rules = TierRules(replicas: 1, serviceTime: .milliseconds(20), service: .fixed)
    let expected = load * 0.02 / (2 * (1 - load))
    let measured = meanWait(rules, load: load)
    #expect(abs(measured / expected - 1) < 0.04, "\(measured) of \(expected)")
  }

  /// Kiefer and Wolfowitz: whoever comes gets the replica that is free first. The same waits, to the
  /// nanosecond.
  @Test(arguments: [1, 2, 5]) func waitsAsTheFirstFreeReplicaSays(_ replicas: Int) {
    let service = Duration.milliseconds(30)
    let arrivals = poisson(2_000, every: service / replicas, seed: 3)
    var lab = TierLab(TierRules(replicas: replicas, serviceTime: service))
    for (number, at) in arrivals.enumerated() { lab.arrive(Int64(number), at: at) }
    lab.run(until: .seconds(1_000))
    var free = Array(repeating: Instant.zero, count: replicas)
    var services = Random(seed: 1, stream: "capacity/r/services")
    let waits = arrivals.map { at in
      let first = free.indices.min { free[$0] < free[$1] } ?? 0
      let begins = max(at, free[first])
      free[first] = begins + services.interval(mean: service)
      return begins - at
    }
    #expect(lab.tier.log.waits == waits)
    #expect(waits.contains { $0 > .zero } && waits.contains(.zero))
    #expect(lab.letIn.count == 2_000 && lab.tier.isEmpty)
  }

  private func fixed(_ replicas: Int, _ change: (inout TierRules) -> Void = { _ in }) -> TierRules {
    var rules = TierRules(replicas: replicas, serviceTime: .seconds(1), service: .fixed)
    change(&rules)
    return rules
  }

  @Test func firstComeFirstServed() {
    var lab = TierLab(fixed(2))
    for number in 0..<5 { lab.arrive(Int64(number), at: .zero) }
    #expect(lab.tier.queue == 3)
    lab.run(until: .seconds(10))
    #expect(lab.letIn.map(\.number) == [0, 1, 2, 3, 4])
    #expect(lab.letIn.map(\.at) == [1, 1, 2, 2, 3].map { .seconds($0) })
    let log = lab.tier.log
    #expect(log.served == 5 && log.steps[0].arrivals == 5 && log.steps[0].longestQueue == 3)
    #expect(log.steps.prefix(4).map(\.busy) == [2, 2, 1, 0].map { $0 * 1_000_000_000 })
    #expect(log.steps[0].ready == 2_000_000_000)
  }

  @Test func aFullLineTurnsAway() {
    var lab = TierLab(
      fixed(1) {
        $0.shedding = .queue
        $0.longestQueue = 2
      })
    for number in 0..<5 { lab.arrive(Int64(number), at: .zero) }
    #expect(lab.turnedAway.map(\.number) == [3, 4])
    lab.run(until: .seconds(10))
    #expect(lab.letIn.map(\.number) == [0, 1, 2])
    #expect(lab.tier.log.shed == 2 && lab.tier.log.served == 3)
  }

  /// No line at all: a loss system.
  @Test func aLineOfNone() {
    var lab = TierLab(
      fixed(1) {
        $0.shedding = .queue
        $0.longestQueue = 0
      })
    lab.arrive(0, at: .zero)
    lab.arrive(1, at: .zero)
    lab.arrive(2, at: .seconds(1))
    lab.run(until: .seconds(10))
    #expect(lab.letIn.map(\.number) == [0, 2] && lab.turnedAway.map(\.number) == [1])
  }

  /// Whoever waited as long as clients do costs no service.
  @Test func aDeadlineThrowsAway() {
    var lab = TierLab(
      fixed(1) {
        $0.shedding = .deadline
        $0.patience = .milliseconds(1_500)
      })
    for number in 0..<4 { lab.arrive(Int64(number), at: .zero) }
    lab.run(until: .seconds(10))
    #expect(lab.letIn.map(\.number) == [0, 1])
    #expect(lab.turnedAway.map(\.number) == [2, 3])
    #expect(lab.turnedAway.map(\.at) == [.seconds(2), .seconds(2)])
    #expect(lab.tier.log.expired == 2 && lab.tier.log.shed == 0)
  }

  @Test func aCrashEmptiesTheLine() {
    var lab = TierLab(fixed(1))
    for number in 0..<3 { lab.arrive(Int64(number), at: .zero) }
    lab.run(until: .zero + .milliseconds(500))
    lab.order { $0.crash(at: $1) }
    #expect(lab.forgotten == [0, 1, 2] && lab.tier.isEmpty)
    lab.run(until: .seconds(3))
    // The service that was under way ends in nothing, and there are no replicas while it is down.
    #expect(lab.letIn.isEmpty && lab.tier.log.steps[1].ready == 0)
    lab.order { $0.boot(at: $1) }
    lab.arrive(7, at: .seconds(4))
    lab.run(until: .seconds(6))
    #expect(lab.letIn.map(\.number) == [7] && lab.letIn[0].at == .seconds(5))
    #expect(lab.tier.log.lost == 3)
  }

  /// More replicas serve those who wait; fewer let those finish who are being served.
  @Test func replicasComeAndGo() {
    var lab = TierLab(fixed(1) { $0.start = .seconds(2) })
    for number in 0..<7 { lab.arrive(Int64(number), at: .zero) }
    lab.order { $0.scale(to: 3, at: $1) }
    lab.run(until: .zero + .milliseconds(2_500))
    #expect(lab.tier.replicas == 3)
    #expect(lab.tier.log.replicas.map(\.at) == [.zero, .seconds(2)])
    // 0 and 1 were served alone, 2, 3 and 4 together from 2 s on.
    lab.order { $0.scale(to: 1, at: $1) }
    #expect(lab.tier.replicas == 1)
    lab.run(until: .seconds(20))
    #expect(lab.letIn.map(\.at) == [1, 2, 3, 3, 3, 4, 5].map { .seconds($0) })
  }
}
