// How long a failover by records should take, from settings alone: the sum that every provider's
// documentation implies ("Values specific for failover records": detection, then the time to live).
// A run is held against it, so that neither the sum nor the simulator has to be believed.

import Simulation

/// Detection, propagation and time to live of a failover by records.
public struct ClosedForm: Sendable, Hashable {
  /// From the fault to the verdict, on average over the checkers' phases.
  public let detection: Duration
  /// From the verdict to what name servers answer.
  public let propagation: Duration
  /// How long the last honest copy of the old record lives; nothing where clients do not look up names.
  public let timeToLive: Duration

  /// Nil where no health check moves anybody.
  public init?(_ routing: Routing) {
    guard routing.policy.needsHealth, routing.plans == nil else { return nil }
    detection = routing.health.meanDetection
    propagation = routing.health.propagation
    timeToLive = routing.policy.usesNames ? routing.ttl : .zero
  }

  /// From the fault until the last client that honours records asks elsewhere, but for its own pauses:
  /// a client whose copy has run out is found elsewhere only at its next request.
  public var sum: Duration { detection + propagation + timeToLive }
}
