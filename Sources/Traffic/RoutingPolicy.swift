// Which regions a record names for somebody who asks: the policies of Route 53 ("Choosing a routing
// policy"), Azure Traffic Manager ("Traffic Manager routing methods") and Cloud DNS ("DNS routing
// policies and health checks"). A policy is a function of where the question comes from, which regions
// are healthy, and one draw. Latency is a table measured over weeks, not the state of the moment.

import Simulation

/// How clients are sent to regions.
public enum RoutingPolicy: String, Sendable, Hashable, CaseIterable {
  /// Each place has its own region, for ever.
  case nearestOwn = "nearest-own"
  case simple, failover, weighted, latency, geolocation, geoproximity, multivalue
  /// One address announced everywhere: the network leads to the nearest.
  case anycast
  /// Edges that take connections and pass them on to the nearest healthy region.
  case accelerator

  /// Whether a region's health matters to it.
  public var needsHealth: Bool { self != .nearestOwn && self != .simple }
  /// Whether clients look it up by name, and so have caches.
  public var usesNames: Bool {
    switch self {
    case .nearestOwn, .anycast, .accelerator: false
    default: true
    }
  }
}

/// Where clients are, as far as records can know.
public struct Geography: Sendable, Hashable {
  /// Each place's own region.
  public let own: [Region.ID]
  /// The median way from each place to each region.
  public let ways: [[Duration]]
  /// Metres from each place to each region; empty where coordinates are not known.
  public let metres: [[Int64]]
  /// Where the resolver of each place stands: a place.
  public let resolvers: [Int]

  public init(own: [Region.ID], ways: [[Duration]], metres: [[Int64]], resolvers: [Int]) {
    self.own = own
    self.ways = ways
    self.metres = metres
    self.resolvers = resolvers
  }
}

/// Everything a policy needs besides the health of regions.
public struct Routing: Sendable, Hashable {
  /// What geolocation does with a region that is not healthy.
  public enum Otherwise: String, Sendable, Hashable, CaseIterable {
    /// The default region's record.
    case `default`
    /// The nearest healthy region.
    case nearest
  }

  public var policy: RoutingPolicy
  /// The regions that records name; for failover, the primary first.
  public var order: [Region.ID]
  /// By region.
  public var weights: [Int]
  /// By place: the region for who asks there.
  public var locations: [Region.ID?] = []
  public var elsewhere: Region.ID?
  public var otherwise = Otherwise.default
  /// By region: -99 to 99 %; a positive one makes it seem nearer.
  public var bias: [Int]
  public var ttl = Duration.seconds(60)
  /// How long resolvers remember that there is no such name.
  public var negativeTTL = Duration.seconds(10)
  /// Whether resolvers tell where their client is (EDNS Client Subnet).
  public var clientSubnet = true
  public var health: HealthPolicy
  public var caches: [CacheShare]
  /// How records come to the name servers; nil: a verdict changes them directly.
  public var plans: PlanRules?
  public let geography: Geography

  public init(
    policy: RoutingPolicy, order: [Region.ID], regions: Int, health: HealthPolicy,
    caches: [CacheShare] = [CacheShare(share: .always, kind: CacheKind(name: "honours"))],
    geography: Geography
  ) {
    self.policy = policy
    self.order = order
    self.health = health
    self.caches = caches
    self.geography = geography
    weights = Array(repeating: 1, count: regions)
    bias = Array(repeating: 0, count: regions)
  }

  /// Multivalue answers name so many at most.
  static let mostValues = 8

  /// The regions to try, first to last, for who asks from a place.
  func regions(
    for place: Int, healthy: [Bool], _ random: inout Random
  ) -> [Region.ID] {
    if policy == .nearestOwn { return [geography.own[place]] }
    if policy == .simple { return random.shuffled(order) }
    var fit = order.filter { healthy[$0.index] }
    if fit.isEmpty {
      guard health.allDown == .open else { return [] }
      fit = order
    }
    switch policy {
    case .nearestOwn, .simple, .failover: return [fit[0]]
    case .weighted: return [weighted(fit, &random)]
    case .latency, .anycast, .accelerator: return [nearest(fit, to: place)]
    case .geoproximity:
      return [fit.min { biased($0, from: place) < biased($1, from: place) } ?? fit[0]]
    case .geolocation: return located(place, fit)
    case .multivalue: return Array(random.shuffled(fit).prefix(Self.mostValues))
    }
  }

  /// The one with the shortest measured way.
  func nearest(_ regions: [Region.ID], to place: Int) -> Region.ID {
    let ways = geography.ways[place]
    return regions.min { ways[$0.index] < ways[$1.index] } ?? regions[0]
  }

  /// Weights of nothing count only if no other region is left.
  private func weighted(_ fit: [Region.ID], _ random: inout Random) -> Region.ID {
    let sum = fit.reduce(0) { $0 + weights[$1.index] }
    guard sum > 0 else { return random.pick(fit) }
    var point = random.below(sum)
    for region in fit {
      point -= weights[region.index]
      if point < 0 { return region }
    }
    return fit[fit.count - 1]
  }

  /// The distance as a bias shrinks or stretches it: times (1 - bias) if positive, over (1 + bias) if
  /// negative (Route 53, "Geoproximity routing").
  private func biased(_ region: Region.ID, from place: Int) -> Int64 {
    let metres = geography.metres[place][region.index]
    let percent = Int64(bias[region.index])
    return percent >= 0 ? metres * (100 - percent) / 100 : metres * 100 / (100 + percent)
  }

  private func located(_ place: Int, _ fit: [Region.ID]) -> [Region.ID] {
    guard let wanted = locations[place] ?? elsewhere else { return [] }
    if fit.contains(wanted) { return [wanted] }
    if otherwise == .nearest { return [nearest(fit, to: place)] }
    if let elsewhere, fit.contains(elsewhere) { return [elsewhere] }
    return health.allDown == .open ? [wanted] : []
  }
}
