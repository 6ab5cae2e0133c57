// Tells every client which region to ask, and keeps what that depends on: health checks, records and
// their way to the name servers, and each client's caches. A state machine without a clock: whoever
// drives it says what time it is and carries out its effects (checks to send, times to be woken at).
// DirectorEvents.swift has what happens by itself; here is what clients want.

import Simulation

/// Where clients are sent.
public struct Director: Sendable {
  public let routing: Routing
  let regions: Int
  var askers: [Asker]
  var checks: HealthChecks
  var plans: RecordPlans?
  /// Faults by which a region is taken out of the records.
  var away: [[Int]]
  /// Faults by which name servers are silent.
  var deaf: [Int] = []
  /// The last verdict on each region, and how often it has changed.
  var verdicts: [Bool]
  var changes: [Int64]
  /// What name servers or edges go by: the verdicts of a while ago.
  var published: [Bool]
  var shownChanges: [Int64]
  /// Draws for what belongs to no client.
  var random: Random

  /// What happened to verdicts and records.
  public internal(set) var log: [TrafficEvent] = []
  /// Every request that might have gone elsewhere, and the region it was for.
  public private(set) var askings: [Asking] = []
  /// How often a resolver asked name servers.
  public private(set) var lookups = 0
  /// To be carried out and emptied by whoever drives this.
  public var effects: [TrafficEffect] = []

  /// A client as its director knows it.
  struct Asker: Sendable {
    let place: Int
    /// Its place in `routing.caches`.
    let kind: Int
    var cache: RecordCache
    var random: Random
    /// Anycast: which regions its network has a route to, and changes under way.
    var routes: [Bool]
    var coming: [(at: Instant, region: Int, healthy: Bool)] = []
  }

  /// - Parameters:
  ///   - places: Where each client lives.
  ///   - seed: The run's.
  public init(_ routing: Routing, regions: Int, clientsAt places: [Int], seed: UInt64) {
    self.routing = routing
    self.regions = regions
    let start = Array(repeating: routing.health.start == .healthy, count: regions)
    checks = HealthChecks(routing.health, regions: regions)
    verdicts = start
    published = start
    changes = Array(repeating: 0, count: regions)
    shownChanges = changes
    away = Array(repeating: [], count: regions)
    plans = routing.plans.map { RecordPlans($0, healthy: start) }
    random = Random(seed: seed, stream: "traffic")
    var dealing = Random(seed: seed, stream: "traffic/caches")
    let kinds = CacheShare.deal(routing.caches, to: places.count, &dealing)
    askers = places.indices.map { client in
      Asker(
        place: places[client], kind: kinds[client],
        cache: RecordCache(routing.caches[kinds[client]].kind),
        random: Random(seed: seed, stream: "traffic/client/\(client)"), routes: start)
    }
  }

  /// Which of `routing.caches` each client has.
  public var kinds: [Int] { askers.map(\.kind) }
  /// Where each client lives.
  public var places: [Int] { askers.map(\.place) }

  /// What checks find of each region, whatever operators say.
  public var findings: [Bool] { checks.verdicts }

  /// The region that a client's next request goes to; nil if it finds none.
  public mutating func region(for client: Int, at now: Instant) -> Region.ID? {
    let region = choose(client, now)
    guard routing.policy != .nearestOwn else { return region }
    askings.append(Asking(at: now, client: UInt32(client), region: region))
    return region
  }

  /// A client's request was refused, or nobody answered it.
  public mutating func failed(_ client: Int) { askers[client].cache.failed() }

  private mutating func choose(_ client: Int, _ now: Instant) -> Region.ID? {
    let place = askers[client].place
    switch routing.policy {
    case .nearestOwn: return routing.geography.own[place]
    case .anycast:
      arriveRoutes(client, now)
      return routing.regions(
        for: place, healthy: askers[client].routes, &askers[client].random
      ).first
    case .accelerator:
      // An established connection is not moved; a new one goes where it is healthy.
      if let held = askers[client].cache.connected(at: now) { return held }
      let regions = routing.regions(for: place, healthy: published, &askers[client].random)
      return askers[client].cache.connect(to: regions, at: now)
    default:
      if let held = askers[client].cache.connected(at: now) { return held }
      guard let regions = lookUp(client, now) else { return nil }
      return askers[client].cache.connect(to: regions, at: now)
    }
  }

  private mutating func lookUp(_ client: Int, _ now: Instant) -> [Region.ID]? {
    if let known = askers[client].cache.known(at: now) { return known }
    if let fault = deaf.last {
      effects.append(.count(fault: fault))
      return askers[client].cache.takeStale(at: now)
    }
    lookups += 1
    let home = askers[client].place
    let place = routing.clientSubnet ? home : routing.geography.resolvers[home]
    let isEmpty = plans.map { $0.record == nil } ?? false
    var random = askers[client].random
    let regions = isEmpty ? [] : routing.regions(for: place, healthy: published, &random)
    askers[client].cache.take(
      regions, ttl: regions.isEmpty ? routing.negativeTTL : routing.ttl, at: now, &random)
    askers[client].random = random
    return regions
  }

  private mutating func arriveRoutes(_ client: Int, _ now: Instant) {
    guard !askers[client].coming.isEmpty else { return }
    for change in askers[client].coming where change.at <= now {
      askers[client].routes[change.region] = change.healthy
    }
    askers[client].coming.removeAll { $0.at <= now }
  }
}
