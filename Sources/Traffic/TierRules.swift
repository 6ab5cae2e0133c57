// What a region's app tier is like: so many replicas, each of which serves one request after the other,
// and a line before them. Capacity is replicas x rate; what the line does with those that come beyond it
// is the difference between slow, refused and useless.
//
// A replica's work is what a request needs before it reaches the database; waiting for the database is
// not part of it (an asynchronous server). Times of service are exponential or fixed: M/M/c and M/D/c in
// Kendall's notation, which tests hold the tier against.

import Simulation

/// How one region's app tier serves.
public struct TierRules: Sendable, Hashable {
  /// How the time of one service is distributed about its mean.
  public enum Service: String, Sendable, Hashable, CaseIterable { case exponential, fixed }

  /// Who is turned away.
  public enum Shedding: String, Sendable, Hashable, CaseIterable {
    /// Nobody: all wait, and are served even if whoever asked has long given up.
    case none
    /// Whoever finds the line full, at once.
    case queue
    /// Whoever has waited too long, when it is his turn: as long as clients wait, since the rest of a
    /// deadline travels with a request as in gRPC, or less. In an overload all who are served have then
    /// waited nearly as long, so less is better. With a longest queue that too.
    case deadline
  }

  /// The most that a tier may have.
  public static let mostReplicas = 100_000

  public var replicas: Int
  /// What a replica needs for one request, on average.
  public var serviceTime: Duration
  public var service: Service
  public var shedding: Shedding
  /// The most that may wait; nil: as many as come.
  public var longestQueue: Int?
  /// By deadline: who has waited so long has waited too long.
  public var patience: Duration
  /// From the order for a replica, once there is a machine for it, to its first request.
  public var start: Duration
  public var autoscaler: AutoscalerRules?
  /// Where replicas run; nil: there is always room.
  public var nodes: NodeRules?

  /// - Parameter serviceTime: Of one request on one replica: 1 / rate.
  public init(
    replicas: Int, serviceTime: Duration, service: Service = .exponential,
    shedding: Shedding = .none, longestQueue: Int? = nil, patience: Duration = .seconds(2)
  ) {
    self.replicas = replicas
    self.serviceTime = serviceTime
    self.service = service
    self.shedding = shedding
    self.longestQueue = longestQueue
    self.patience = patience
    start = .seconds(15)
  }
}
