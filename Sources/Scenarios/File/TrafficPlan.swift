// The `traffic` of a scenario: how clients find a region. A provider gives the defaults; what is said
// here overrides them.

import Simulation
import Traffic

/// Who lives where, and how they are sent to regions.
public struct TrafficPlan: Sendable {
  public let places: PlacesPlan
  public let provider: Provider
  public let routing: Routing

  /// The word for clients of places that `locations` does not name.
  static let elsewhere = "default"

  /// Whether a client's requests may go to one region now and to another later.
  public var clientsMove: Bool { routing.policy != .nearestOwn }

  /// Clients that live at places and ask the nearest region for ever.
  init(places: PlacesPlan) {
    self.places = places
    provider = .custom
    routing = Routing(
      policy: .nearestOwn, order: [], regions: 0, health: provider.health,
      geography: places.geography)
  }

  /// Reads `traffic`.
  init(_ options: inout Options, places: PlacesPlan) {
    self.places = places
    let topology = options.topology
    let names = Provider.all.map(\.name)
    let name = options.word(
      "provider", default: "route53", of: names, "provider", "whose defaults hold")
    let provider = Provider.named(name) ?? .custom
    self.provider = provider
    let policy = options.choice(
      "policy", default: RoutingPolicy.nearestOwn, "how clients are sent to regions")
    if !provider.policies.contains(policy) {
      options.reject(
        "policy",
        "\(provider.title) has no policy '\(policy.rawValue)'; it has "
          + provider.policies.map(\.rawValue).joined(separator: ", "))
    }
    let order = options.order(policy)
    let health = options.setting(
      "health-check", "health-check", "how regions are checked; otherwise as the provider does")
    var checks = Options(
      health ?? Setting(.map([])), topology: topology, problems: options.problems)
    var routing = Routing(
      policy: policy, order: order, regions: topology.count,
      health: HealthPolicy(&checks, provider.health), geography: places.geography)
    if health != nil, !policy.needsHealth {
      options.reject("health-check", "policy \(policy.rawValue) does not look at health")
    }
    routing.weights = options.figures("weights", default: 1, in: 0...1_000_000, policy == .weighted)
    routing.bias = options.figures("bias", default: 0, in: -99...99, policy == .geoproximity)
    options.readLocations(&routing, places, provider)
    routing.ttl = options.duration(
      "ttl", default: provider.ttl, in: .zero...Duration.seconds(604_800), "how long a record lives"
    )
    routing.negativeTTL = options.duration(
      "negative-ttl", default: .seconds(10), in: .zero...Duration.seconds(86_400),
      "how long resolvers remember that there is no record")
    routing.clientSubnet = options.flag(
      "client-subnet", default: provider.clientSubnet,
      "whether records go by where the client is, not its resolver (EDNS Client Subnet)")
    if let caches = options.setting(
      "caches", "list of caches", "which clients remember records how; otherwise all honour them")
    {
      routing.caches = CacheShare.list(caches, topology, options.problems)
      if policy == .nearestOwn || policy == .anycast {
        options.reject("caches", "policy \(policy.rawValue) has no records to remember")
      }
    }
    if let plans = options.setting(
      "plans", "plans", "records are changed by plans that enactors apply; otherwise directly")
    {
      var section = Options(plans, topology: topology, problems: options.problems)
      routing.plans = PlanRules(&section)
      if !policy.usesNames {
        options.reject("plans", "policy \(policy.rawValue) has no records to plan")
      }
    }
    if policy == .geoproximity, topology.count > 0, routing.geography.metres.isEmpty {
      options.reject("policy", "geoproximity: it is not known where the regions and places are")
    }
    options.finish()
    self.routing = routing
  }
}

extension HealthPolicy {
  /// Reads `health-check` over a provider's defaults.
  init(_ options: inout Options, _ base: HealthPolicy) {
    self = base
    interval = options.duration(
      "interval", default: base.interval, in: .milliseconds(100)...Duration.seconds(3_600),
      "from the start of one check to the next")
    timeout = options.duration(
      "timeout", default: base.timeout, in: .milliseconds(1)...Duration.seconds(3_600),
      "after so long without an answer a check has failed")
    readRule(&options, base.rule)
    checkers = options.integer(
      "checkers", default: base.checkers, in: 1...HealthPolicy.mostCheckers,
      "how many check each region")
    healthyShare = options.ratio(
      "healthy-share", default: base.healthyShare,
      "a region is healthy while more than this share of checkers find it so")
    start = options.choice("starts", default: base.start, "what is thought before the first check")
    allDown = options.choice(
      "all-down", default: base.allDown,
      "whether all regions are answered if none is healthy, or none")
    propagation = options.duration(
      "propagation", default: base.propagation, "from a verdict to name servers, edges or routes")
    let sameAsThere = base.recovery == base.propagation
    recovery = options.duration(
      "recovery", default: sameAsThere ? propagation : base.recovery,
      "the same for a region that is healthy again")
    options.finish()
    if timeout > interval {
      options.reject("timeout", "timeout: \(timeout) is longer than the interval, \(interval)")
    }
    if healthyShare >= .always {
      options.reject("healthy-share", "healthy-share: more than all cannot be healthy")
    }
  }

  private mutating func readRule(_ options: inout Options, _ base: Rule) {
    var (unhealthy, healthy, size, needed) = (3, 3, 4, 2)
    switch base {
    case .consecutive(let fail, let pass): (unhealthy, healthy) = (fail, pass)
    case .sample(let all, let good): (size, needed) = (all, good)
    }
    unhealthy = options.integer(
      "threshold", default: unhealthy, in: 1...100, "failures in a row that make a region unhealthy"
    )
    healthy = options.integer(
      "healthy-threshold", default: healthy, in: 1...100, "successes in a row that end that")
    size = options.integer("sample", default: size, in: 1...100, "instead: of so many checks ...")
    needed = options.integer(
      "successes", default: needed, in: 1...100, "... so many must have succeeded")
    let counts = options.has("threshold") || options.has("healthy-threshold")
    let samples = options.has("sample") || options.has("successes")
    if counts, samples {
      options.reject("sample", "thresholds (checks in a row) and sample exclude each other")
    }
    if needed > size { options.reject("successes", "successes: \(needed) of \(size)") }
    if counts {
      rule = .consecutive(unhealthy: unhealthy, healthy: healthy)
    } else if samples {
      rule = .sample(size: size, needed: needed)
    }
  }
}

extension PlanRules {
  /// Reads `plans`.
  init(_ options: inout Options) {
    self.init()
    let range = Duration.milliseconds(10)...Duration.seconds(3_600)
    every = options.duration("every", default: every, in: range, "how often there is a new plan")
    enactors = options.integer("enactors", default: enactors, in: 1...20, "how many apply plans")
    applying = options.duration(
      "applying", default: applying, in: range, "from picking a plan up to writing it")
    cleanup = options.duration(
      "cleanup", default: cleanup, in: range, "from writing to the removal of old plans")
    keeps = options.integer(
      "keeps", default: keeps, in: 0...1_000, "plans before the newest that are not removed")
    check = options.choice(
      "check", default: check,
      "when a plan's number is compared with the record's: when picked up, or also when written")
    options.finish()
  }
}

extension Options {
  /// One of some words.
  mutating func word(
    _ name: String, default fallback: String, of words: [String], _ kind: String, _ about: String
  ) -> String {
    let about = "\(about): \(words.joined(separator: ", "))"
    guard let word = text(name, default: fallback, about) else { return fallback }
    if words.contains(word) { return word }
    reject(name, unknownName(word, kind, among: words))
    return fallback
  }

  /// The regions that records name.
  fileprivate mutating func order(_ policy: RoutingPolicy) -> [Region.ID] {
    let about = "the regions that records name; for failover the primary first; otherwise all"
    guard let setting = setting("order", "list of regions", about) else { return topology.ids }
    guard case .list(let elements) = setting.content, !elements.isEmpty else {
      let found = setting.kind == "a list" ? "an empty list" : setting.kind
      problems.report(setting.mark, "order: expected a list of regions, found \(found)")
      return topology.ids
    }
    if policy == .nearestOwn { reject("order", "policy nearest-own names no regions") }
    var seen: [Region.ID] = []
    let regions = elements.compactMap { distinctRegion($0, &seen) }
    return regions.isEmpty ? topology.ids : regions
  }

  /// A whole number for each region.
  fileprivate mutating func figures(
    _ name: String, default fallback: Int, in range: ClosedRange<Int>, _ isMeant: Bool
  ) -> [Int] {
    var figures = Array(repeating: fallback, count: topology.count)
    guard
      let setting = setting(
        name, "figures of regions", "by region, \(range.lowerBound) to \(range.upperBound)")
    else { return figures }
    guard case .map(let entries) = setting.content else {
      problems.report(
        setting.mark, "\(name): expected a map such as {us-east-1: 80}, found \(setting.kind)")
      return figures
    }
    if !isMeant { reject(name, "\(name): the policy does not use it") }
    for entry in entries {
      guard
        let region = region(Setting(.scalar(entry.name, quoted: false), mark: entry.mark))
      else { continue }
      guard case .scalar(let text, _) = entry.value.content, let value = Int(text),
        range.contains(value)
      else {
        problems.report(
          entry.value.mark,
          "\(name): expected \(range.lowerBound) to \(range.upperBound), found \(entry.value.kind)")
        continue
      }
      figures[region.index] = value
    }
    return figures
  }

  /// `locations: {nairobi: eu-west-1, default: us-east-1}`.
  fileprivate mutating func readLocations(
    _ routing: inout Routing, _ places: PlacesPlan, _ provider: Provider
  ) {
    routing.locations = Array(repeating: nil, count: places.places.count)
    routing.otherwise = choice(
      "otherwise", default: provider.otherwise,
      "geolocation: where clients go whose region is unhealthy")
    let isMeant = routing.policy == .geolocation
    if has("otherwise"), !isMeant { reject("otherwise", "otherwise: the policy does not use it") }
    let about = "geolocation: the region for each place, and for all others (default)"
    guard let setting = setting("locations", "regions of places", about) else {
      if isMeant, topology.count > 0 {
        reject("policy", "geolocation: which region for whom? Add locations: {default: ...}")
      }
      return
    }
    guard case .map(let entries) = setting.content else {
      problems.report(
        setting.mark, "locations: expected a map such as {london: eu-west-2}, found \(setting.kind)"
      )
      return
    }
    if !isMeant { reject("locations", "locations: the policy does not use it") }
    for entry in entries {
      guard let region = region(entry.value) else { continue }
      if !routing.order.contains(region) {
        problems.report(entry.value.mark, "locations: order leaves that region out")
      }
      if entry.name == TrafficPlan.elsewhere {
        routing.elsewhere = region
      } else if let place = places.place(named: entry.name) {
        routing.locations[place] = region
      } else {
        let names = places.places.map(\.name) + [TrafficPlan.elsewhere]
        problems.report(
          entry.mark, unknownName(entry.name, "place of this scenario", among: names))
      }
    }
  }
}
