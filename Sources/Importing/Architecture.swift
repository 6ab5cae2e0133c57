// What an import looks for: databases whose copies are in several regions, and what sends clients to one
// region or another. Readers of providers' resources make these; `ScenarioText` writes them down.

import Histories

/// A type of resource that is read, and what becomes of it.
struct ImportedType: Sendable, Hashable {
  let name: String
  let becomes: String

  init(_ name: String, _ becomes: String) { (self.name, self.becomes) = (name, becomes) }
}

/// What was thought and left out while something was read. Every line names its resource.
struct Remarks {
  /// What the plan does not say and we took to be so, with the reason.
  var assumptions: [String] = []
  /// What the plan says and the scenario cannot.
  var omissions: [String] = []

  mutating func assume(_ resource: Resource, _ text: String) {
    let line = "\(resource.title): \(text)"
    if !assumptions.contains(line) { assumptions.append(line) }
  }

  mutating func omit(_ resource: Resource, _ text: String) {
    let line = "\(resource.title): \(text)"
    if !omissions.contains(line) { omissions.append(line) }
  }
}

/// How copies of data are kept alike, in the words of our strategies.
enum Replication {
  enum Failover: String { case none, manual, automatic }
  enum Reads: Hashable {
    case primary, local, session
    case bounded(seconds: Int, versions: Int)
  }

  /// In one region only.
  case none
  /// Every region writes; the later write of an item wins, by the wall clock or by one that respects causality.
  case lastWriterWins(byWallClock: Bool)
  /// Every region writes; sets and counters merge.
  case merging
  /// Reads and writes at a majority, linearizable.
  case strongQuorum
  /// The first region writes.
  case asyncPrimary(failover: Failover, reads: Reads, acknowledgedByAll: Bool)
  /// A majority of the voters has every write.
  case consensus(leader: CloudRegion?, voters: [CloudRegion])
}

/// A database, and in which regions it has copies.
struct Database {
  /// The resource that stands for it.
  let resource: Resource
  /// All that was read for it.
  var parts: [Resource] = []
  var product: String
  /// Where copies are, the writer first.
  var regions: [CloudRegion]
  var replication: Replication
  /// The preset that the strategy is taken from.
  var preset: String?
  /// Objects in buckets: chosen only where there is no database.
  var isObjectStore = false
  var remarks = Remarks()

  var isReplicated: Bool { regions.count > 1 }
}

/// Probes of a region.
struct HealthCheck: Hashable {
  /// When a region is down.
  enum Rule: Hashable {
    /// So many probes in a row failed.
    case consecutive(Int)
    /// Fewer than `needed` of the last `size` succeeded.
    case sample(size: Int, needed: Int)
  }

  /// What scenarios allow; providers allow less, but Front Door.
  static let intervals = 1...3_600
  static let thresholds = 1...100

  /// Seconds.
  var interval: Int
  var rule: Rule
  /// Seconds.
  var timeout: Int?
}

/// What sends clients to regions.
struct Routing {
  enum Provider: String {
    case route53, trafficManager = "traffic-manager", cloudDNS = "cloud-dns"
    case globalLoadBalancer = "global-load-balancer", globalAccelerator = "global-accelerator"
    case frontDoor = "front-door"
  }

  enum Policy: String {
    case failover, weighted, latency, geolocation, geoproximity, multivalue, accelerator
  }

  struct Member {
    let region: CloudRegion
    var weight: Int?
    /// Percent, of geoproximity.
    var bias: Int?
    /// Of geolocation: a code of `Territory`, or a region's name.
    var area: String?
  }

  /// A signed 32 bit number of seconds, by RFC 2181, section 8.
  static let ttls = 0...Int(Int32.max)
  /// What a scenario allows.
  static let longestTTL = 604_800
  static let weights = 0...1_000_000

  let resource: Resource
  var parts: [Resource] = []
  var provider: Provider
  var policy: Policy
  /// In the order in which they are preferred, where the policy has one.
  var members: [Member] = []
  /// Seconds.
  var ttl: Int?
  var check: HealthCheck?
  var remarks = Remarks()

  /// The regions, each once.
  var regions: [CloudRegion] { members.map(\.region).distinct }
}

/// Reads databases of one kind.
protocol DatabaseReader: Sendable {
  static var types: [ImportedType] { get }
  static func databases(_ survey: Survey) throws -> [Database]
}

/// Reads routing of one kind.
protocol RoutingReader: Sendable {
  static var types: [ImportedType] { get }
  static func routings(_ survey: Survey) throws -> [Routing]
}

/// All that can be imported.
enum Readers {
  static let databases: [any DatabaseReader.Type] = [
    DynamoDBTables.self, GlobalClusters.self, ReadReplicas.self, CosmosAccounts.self,
    SQLFailoverGroups.self, SpannerInstances.self, GoogleStores.self, RedisLinks.self,
    AtlasAndCockroach.self, BucketReplication.self,
  ]

  static let routings: [any RoutingReader.Type] = [
    Route53Records.self, GlobalAccelerators.self, TrafficManagerProfiles.self,
    FrontDoorGroups.self, CloudDNSRecords.self, GlobalLoadBalancers.self,
  ]

  static var types: [ImportedType] {
    databases.flatMap { $0.types } + routings.flatMap { $0.types } + LoadBalancerHealth.types
  }
}
