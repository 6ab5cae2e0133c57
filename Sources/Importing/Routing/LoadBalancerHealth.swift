// The health of a load balancer of AWS, where Route 53 or Global Accelerator take its word: that of the target
// groups behind its listeners. Elastic Load Balancing, "Health checks for your target groups"; Global
// Accelerator Developer Guide, "How failover works for unhealthy endpoints".

import Histories

enum LoadBalancerHealth {
  static let types = [
    ImportedType(
      "aws_lb_target_group", "traffic: health-check, where records or accelerators use it")
  ]

  /// The probes of the first target group behind a load balancer that one of these is.
  static func check(
    of endpoints: [Resource], _ survey: Survey, _ parts: inout [Resource]
  ) throws -> HealthCheck? {
    for balancer in endpoints where ["aws_lb", "aws_alb"].contains(balancer.type) {
      let listeners = survey.plan.managed("aws_lb_listener").filter { listener in
        survey.plan.targets(of: listener, ["load_balancer_arn"]).contains {
          $0.address == balancer.address
        }
      }
      for listener in listeners {
        let groups = survey.plan.targets(of: listener, ["default_action"])
        guard let group = groups.first(where: { $0.type == "aws_lb_target_group" }) else {
          continue
        }
        parts.append(group)
        return try check(of: group)
      }
    }
    return nil
  }

  private static func check(of group: Resource) throws -> HealthCheck? {
    let probe = try group.values.blocks("health_check").first
    if try probe?.flag("enabled") == false { return nil }
    return HealthCheck(
      interval: try probe?.integer("interval", in: HealthCheck.intervals) ?? 30,
      rule: .consecutive(
        try probe?.integer("unhealthy_threshold", in: HealthCheck.thresholds) ?? 3),
      timeout: try probe?.integer("timeout", in: HealthCheck.intervals))
  }
}
