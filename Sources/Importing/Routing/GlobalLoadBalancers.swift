// Google's global load balancers: one anycast address, backends in several regions; a request goes to the nearest
// region that is healthy and has room. Google Cloud, "External Application Load Balancer overview" and "Health
// checks overview".

import Histories

enum GlobalLoadBalancers: RoutingReader {
  static let types = [
    ImportedType("google_compute_backend_service", "traffic: policy accelerator"),
    ImportedType("google_compute_health_check", "traffic: health-check"),
  ]

  static func routings(_ survey: Survey) throws -> [Routing] {
    try survey.plan.managed("google_compute_backend_service").map { try routing($0, survey) }
  }

  private static func routing(_ service: Resource, _ survey: Survey) throws -> Routing {
    var routing = Routing(
      resource: service, provider: .globalLoadBalancer, policy: .accelerator)
    for (place, backend) in try service.values.blocks("backend").enumerated() {
      if backend.known("capacity_scaler")?.integer == 0 {
        routing.remarks.omit(service, "backend \(place + 1) is drained (capacity_scaler 0)")
        continue
      }
      let region = try survey.region(
        ledToBy: service, [["backend", .place(place), "group"]],
        hosts: [try backend.text("group")].compactMap { $0 }, names: [], of: .gcp,
        &routing.remarks)
      if let region { routing.members.append(Routing.Member(region: region)) }
    }
    let checks = survey.plan.targets(of: service, ["health_checks"])
    if let check = checks.first(where: { $0.type == "google_compute_health_check" }) {
      routing.parts.append(check)
      routing.check = try probes(check)
    } else {
      routing.remarks.assume(
        service, "health is checked as by default: the plan shows no health check")
    }
    return routing
  }

  static func probes(_ check: Resource) throws -> HealthCheck {
    HealthCheck(
      interval: try check.values.integer("check_interval_sec", in: HealthCheck.intervals) ?? 5,
      rule: .consecutive(
        try check.values.integer("unhealthy_threshold", in: HealthCheck.thresholds) ?? 2),
      timeout: try check.values.integer("timeout_sec", in: HealthCheck.intervals) ?? 5)
  }
}
