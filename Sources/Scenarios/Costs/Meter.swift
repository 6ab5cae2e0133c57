// What a run used of the things that cost money, counted while clients worked. A bill extrapolates from it.

import Simulation
import Traffic

/// Metered use during the load of a run.
public struct Meter: Sendable {
  /// Bytes that one region sent to another.
  public struct Transfer: Sendable, Hashable {
    public let from: String
    public let to: String
    public let bytes: Int
    public init(from: String, to: String, bytes: Int) {
      self.from = from
      self.to = to
      self.bytes = bytes
    }
  }

  /// What directs clients to regions.
  public struct Routing: Sendable, Hashable {
    /// As `traffic:` names the provider.
    public let service: String
    public let policy: RoutingPolicy
    /// How often resolvers asked name servers.
    public let queries: Int
    /// How many regions are checked, and whether every 10 s or oftener.
    public let endpoints: Int
    public let areChecksFast: Bool

    public init(
      service: String, policy: RoutingPolicy, queries: Int, endpoints: Int, areChecksFast: Bool
    ) {
      self.service = service
      self.policy = policy
      self.queries = queries
      self.endpoints = endpoints
      self.areChecksFast = areChecksFast
    }

    /// Nil if clients stay where they are.
    init?(_ plan: TrafficPlan, queries: Int) {
      guard plan.clientsMove else { return nil }
      let routing = plan.routing
      self.init(
        service: plan.provider.name, policy: routing.policy, queries: queries,
        endpoints: routing.policy.needsHealth ? routing.order.count : 0,
        areChecksFast: routing.health.interval <= .seconds(10))
    }
  }

  /// How long clients worked, in simulated seconds.
  public let seconds: Double
  public let transfers: [Transfer]
  /// Acknowledged operations.
  public let operations: Int
  /// Those that changed something.
  public let writes: Int
  /// Regions, each of which holds every write.
  public let regions: [String]
  /// Nil if clients stay where they are.
  public let routing: Routing?

  public init(
    seconds: Double, transfers: [Transfer], operations: Int, writes: Int, regions: [String],
    routing: Routing? = nil
  ) {
    self.seconds = seconds
    self.transfers = transfers
    self.operations = operations
    self.writes = writes
    self.regions = regions
    self.routing = routing
  }

  /// What the links between regions carried.
  static func transfers(bytes: [Int], in topology: Topology) -> [Transfer] {
    topology.ids.flatMap { from in
      topology.ids.filter { $0 != from }.map { to in
        Transfer(
          from: topology.name(of: from), to: topology.name(of: to),
          bytes: bytes[from.index * topology.count + to.index])
      }
    }
  }
}
