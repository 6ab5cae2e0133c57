// AWS Global Accelerator: anycast addresses; endpoint groups, one a Region, each with a dial. AWS Global
// Accelerator Developer Guide, "How failover works for unhealthy endpoints".

import Histories

enum GlobalAccelerators: RoutingReader {
  static let types = [
    ImportedType("aws_globalaccelerator_accelerator", "traffic: policy accelerator"),
    ImportedType("aws_globalaccelerator_listener", "what joins groups to their accelerator"),
    ImportedType("aws_globalaccelerator_endpoint_group", "traffic: a region, health-check"),
  ]

  static func routings(_ survey: Survey) throws -> [Routing] {
    let groups = survey.plan.managed("aws_globalaccelerator_endpoint_group").map { group in
      let listener = survey.plan.linked(
        group, ["listener_arn"], to: "aws_globalaccelerator_listener", by: "arn", "id"
      ).first
      let accelerator = listener.flatMap {
        survey.plan.linked(
          $0, ["accelerator_arn"], to: "aws_globalaccelerator_accelerator", by: "arn", "id"
        ).first
      }
      return (group: group, listener: listener, accelerator: accelerator ?? listener ?? group)
    }
    return try groups.map(\.accelerator.address).distinct.map { address in
      try routing(groups.filter { $0.accelerator.address == address }, survey)
    }
  }

  private static func routing(
    _ groups: [(group: Resource, listener: Resource?, accelerator: Resource)], _ survey: Survey
  ) throws -> Routing {
    var routing = Routing(
      resource: groups[0].accelerator,
      parts: groups.flatMap { [$0.group, $0.listener].compactMap { $0 } },
      provider: .globalAccelerator, policy: .accelerator)
    var checks: [HealthCheck] = []
    var dials: [Int64] = []
    for (group, listener, _) in groups {
      if try listener?.values.text("client_affinity") == "SOURCE_IP" {
        routing.remarks.omit(group, "client affinity by source address")
      }
      guard let region = try survey.region(of: group, &routing.remarks) else { continue }
      routing.members.append(Routing.Member(region: region))
      dials.append(group.values.known("traffic_dial_percentage")?.integer ?? 100)
      let own = HealthCheck(
        interval: try group.values.integer(
          "health_check_interval_seconds", in: HealthCheck.intervals) ?? 30,
        rule: .consecutive(
          try group.values.integer("threshold_count", in: HealthCheck.thresholds) ?? 3))
      // Of load balancers it takes their own word.
      let endpoints = survey.plan.targets(of: group, ["endpoint_configuration", "endpoint_id"])
      checks.append(try LoadBalancerHealth.check(of: endpoints, survey, &routing.parts) ?? own)
    }
    if dials.contains(where: { $0 != 100 }) {
      let shares = zip(routing.members, dials).map { "\($0.region.name) \($1) %" }
      routing.remarks.omit(
        routing.resource,
        "traffic dials (\(shares.joined(separator: ", "))): in the scenario every region takes the clients "
          + "that are nearest to it")
    }
    routing.check = checks.first
    if Set(checks).count > 1 {
      routing.remarks.omit(
        routing.resource, "health checks that differ; the first group's is taken")
    }
    return routing
  }
}
