// What providers ship: how they check health, how they answer, how long their records live. These are
// the figures that run; `splitbrain list providers` prints them with their sources. `found`: seen in the
// named source; `recalled`: from memory of public documentation; `model`: no source gives it, ours.

import Simulation

/// A provider of routing with its defaults.
public struct Provider: Sendable {
  /// The `provider` of a scenario.
  public let name: String
  public let title: String
  /// What it offers; the first is what it does unless told otherwise.
  public let policies: [RoutingPolicy]
  public let health: HealthPolicy
  public let ttl: Duration
  /// Whether its name servers go by EDNS Client Subnet.
  public let clientSubnet: Bool
  public let otherwise: Routing.Otherwise
  /// Where each figure comes from.
  public let sources: [Source]

  /// One figure's origin.
  public struct Source: Sendable {
    public enum Status: String, Sendable { case found, recalled, model }
    public let figure: String
    public let title: String
    public let status: Status

    init(_ figure: String, _ title: String, _ status: Status) {
      self.figure = figure
      self.title = title
      self.status = status
    }
  }

  /// Every provider there is.
  public static let all: [Provider] = [
    .route53, .trafficManager, .cloudDNS, .globalLoadBalancer, .globalAccelerator, .frontDoor,
    .custom,
  ]

  /// The one of that name.
  public static func named(_ name: String) -> Provider? { all.first { $0.name == name } }

  static let route53 = Provider(
    name: "route53", title: "Amazon Route 53",
    policies: [
      .failover, .simple, .weighted, .latency, .geolocation, .geoproximity, .multivalue,
      .nearestOwn,
    ],
    health: HealthPolicy(
      interval: .seconds(30), timeout: .seconds(6), rule: .consecutive(unhealthy: 3, healthy: 3),
      checkers: 15, healthyShare: .percent(18), propagation: .seconds(5)),
    ttl: .seconds(60), clientSubnet: true, otherwise: .default,
    sources: [
      Source("interval 30s (10s fast), healthy share 18%, timeout 4s + 2s", determining, .found),
      Source("threshold 3", "Route 53 API, HealthCheckConfig (range 1 to 10)", .found),
      Source("starts healthy", "re:Post, quoting the same page", .found),
      Source(
        "all down: open", "How Route 53 chooses records when health checking is configured",
        .recalled),
      Source("ttl 60s", "Values specific for failover records", .found),
      Source("client subnet used", "Route 53 API, TestDNSAnswer", .found),
      Source("checkers 15", "several in each of 8 checking regions; the number is ours", .model),
      Source("propagation 5s", "seconds from status to name servers; the figure is ours", .model),
    ])

  private static let determining =
    "How Amazon Route 53 determines whether a health check is healthy"

  static let trafficManager = Provider(
    name: "traffic-manager", title: "Azure Traffic Manager",
    policies: [.failover, .weighted, .latency, .geolocation, .multivalue, .nearestOwn],
    health: HealthPolicy(
      interval: .seconds(30), timeout: .seconds(10), rule: .consecutive(unhealthy: 4, healthy: 1),
      checkers: 1, healthyShare: .never, propagation: .zero),
    ttl: .seconds(60), clientSubnet: true, otherwise: .default,
    sources: [
      Source(
        "interval 30s (10s fast), timeout 10s (9s), 3 failures tolerated, all down: open",
        "Azure Traffic Manager endpoint monitoring", .found),
      Source("ttl 60s", "portal default; the documentation's timeline has 30 s", .recalled),
      Source("one checker, healthy after 1 success, no propagation", "not stated", .model),
    ])

  static let cloudDNS = Provider(
    name: "cloud-dns", title: "Google Cloud DNS",
    policies: [.failover, .weighted, .geolocation, .simple, .nearestOwn],
    health: HealthPolicy(
      interval: .seconds(5), timeout: .seconds(5), rule: .consecutive(unhealthy: 2, healthy: 2),
      checkers: 3, healthyShare: .never, propagation: .zero),
    ttl: .seconds(60), clientSubnet: true, otherwise: .nearest,
    sources: [
      Source(
        "interval 5s, timeout 5s, unhealthy 2, healthy 2",
        "gcloud compute health-checks create http", .found),
      Source(
        "client subnet used, geolocation falls back to the nearest",
        "DNS routing policies and health checks", .found),
      Source("all down: open", "the same page", .recalled),
      Source("checkers 3 of which one suffices, ttl 60s, no propagation", "not stated", .model),
    ])

  static let globalLoadBalancer = Provider(
    name: "global-load-balancer", title: "Google global external Application Load Balancer",
    policies: [.accelerator, .nearestOwn],
    health: HealthPolicy(
      interval: .seconds(5), timeout: .seconds(5), rule: .consecutive(unhealthy: 2, healthy: 2),
      checkers: 3, healthyShare: .never, propagation: .seconds(1)),
    ttl: .seconds(60), clientSubnet: false, otherwise: .default,
    sources: [
      Source(
        "interval 5s, timeout 5s, unhealthy 2, healthy 2",
        "gcloud compute health-checks create http", .found),
      Source(
        "one anycast address, next closest healthy region, no DNS change",
        "Global external Application Load Balancer overview", .recalled),
      Source("checkers 3 of which one suffices, propagation 1s", "not stated", .model),
    ])

  static let globalAccelerator = Provider(
    name: "global-accelerator", title: "AWS Global Accelerator",
    policies: [.accelerator, .nearestOwn],
    health: HealthPolicy(
      interval: .seconds(30), timeout: .seconds(5), rule: .consecutive(unhealthy: 3, healthy: 3),
      checkers: 1, healthyShare: .never, propagation: .seconds(10), recovery: .seconds(30)),
    ttl: .seconds(60), clientSubnet: false, otherwise: .default,
    sources: [
      Source(
        "interval 30s (10s fast), threshold 3", "Global Accelerator API, EndpointGroup", .found),
      Source(
        "all down: open, recovery 30s, established connections stay",
        "How failover works for unhealthy endpoints", .found),
      Source("propagation: less than 30 s (ours: 10s)", "AWS Global Accelerator FAQs", .recalled),
      Source("timeout 5s, one checker", "not stated", .model),
    ])

  static let frontDoor = Provider(
    name: "front-door", title: "Azure Front Door",
    policies: [.accelerator, .nearestOwn],
    health: HealthPolicy(
      interval: .seconds(30), timeout: .seconds(5), rule: .sample(size: 4, needed: 2),
      checkers: 1, healthyShare: .never, propagation: .seconds(1)),
    ttl: .seconds(60), clientSubnet: false, otherwise: .default,
    sources: [
      Source(
        "interval 30s, 2 of the last 4 samples", "Azure Front Door health probes", .recalled),
      Source("timeout 5s, one checker, propagation 1s, all down: open", "not stated", .model),
    ])

  public static let custom = Provider(
    name: "custom", title: "nobody's: neutral figures to start from",
    policies: [.nearestOwn] + RoutingPolicy.allCases.filter { $0 != .nearestOwn },
    health: HealthPolicy(
      interval: .seconds(10), timeout: .seconds(5), rule: .consecutive(unhealthy: 3, healthy: 3),
      checkers: 3, healthyShare: .percent(50), propagation: .zero),
    ttl: .seconds(60), clientSubnet: true, otherwise: .default,
    sources: [Source("all", "neutral figures", .model)])
}
