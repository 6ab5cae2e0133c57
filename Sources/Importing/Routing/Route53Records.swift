// Route 53: records of one name and type with a policy are one decision. An alias has no TTL of its own, it is
// 60 s; an alias that evaluates its target's health has the load balancer's word for it. Amazon Route 53
// Developer Guide, "Choosing a routing policy"; Terraform's aws_route53_record and aws_route53_health_check.

import Histories

enum Route53Records: RoutingReader {
  static let types = [
    ImportedType("aws_route53_record", "traffic: policy, order or weights, ttl"),
    ImportedType("aws_route53_health_check", "traffic: health-check"),
  ]

  private static let policies: [(block: String, policy: Routing.Policy?)] = [
    ("failover_routing_policy", .failover), ("weighted_routing_policy", .weighted),
    ("latency_routing_policy", .latency), ("geolocation_routing_policy", .geolocation),
    ("geoproximity_routing_policy", .geoproximity), ("cidr_routing_policy", nil),
  ]

  private struct Name: Hashable {
    let zone: String
    let name: String
    let type: String
  }

  static func routings(_ survey: Survey) throws -> [Routing] {
    var groups: [[Resource]] = []
    var places: [Name: Int] = [:]
    for record in survey.plan.managed("aws_route53_record") {
      let name = Name(
        zone: try record.values.text("zone_id")
          ?? survey.plan.targets(of: record, ["zone_id"]).first?.address ?? "",
        name: try record.values.text("name") ?? "", type: try record.values.text("type") ?? "")
      if let place = places[name] {
        groups[place].append(record)
      } else {
        places[name] = groups.count
        groups.append([record])
      }
    }
    return try groups.compactMap { try routing($0, survey) }
  }

  /// The decision that records of one name make; nil if they make none.
  private static func routing(_ records: [Resource], _ survey: Survey) throws -> Routing? {
    guard let first = records.first, let policy = try policy(of: first) else { return nil }
    var routing = Routing(
      resource: first, parts: records, provider: .route53, policy: policy.known ?? .latency)
    guard policy.known != nil else {
      routing.remarks.omit(first, "policies by the client's network (CIDR)")
      return routing
    }
    var members: [(member: Routing.Member, isSecond: Bool)] = []
    var checks: [(check: HealthCheck, isSecond: Bool)] = []
    for record in records {
      let block = try block(of: record, routing.policy)
      let isSecond = try block?.text("type") == "SECONDARY"
      if let ttl = try record.values.integer("ttl", in: Routing.ttls) {
        if let other = routing.ttl, other != ttl {
          routing.remarks.omit(
            record, "a TTL of \(ttl) s; another record of the name has \(other) s")
        } else {
          routing.ttl = ttl
        }
      }
      if let check = try check(of: record, survey, &routing) { checks.append((check, isSecond)) }
      guard let region = try region(of: record, block, survey, &routing.remarks) else { continue }
      let member = Routing.Member(
        region: region, weight: try block?.integer("weight", in: Routing.weights),
        bias: try block?.integer("bias", in: -99...99), area: try area(block, record, &routing))
      members.append((member, isSecond))
    }
    routing.members = (members.filter { !$0.isSecond } + members.filter(\.isSecond)).map(\.member)
    if routing.ttl == nil {
      routing.ttl = 60
      routing.remarks.assume(first, "a TTL of 60 s, which Route 53 gives to aliases")
    }
    routing.check = (checks.first { !$0.isSecond } ?? checks.first)?.check
    if Set(checks.map(\.check)).count > 1 {
      routing.remarks.omit(first, "health checks that differ; the primary's or first is taken")
    }
    return routing
  }

  private static func policy(of record: Resource) throws -> (known: Routing.Policy?, Void)? {
    for (block, policy) in policies where try !record.values.blocks(block).isEmpty {
      return (policy, ())
    }
    let isMultivalue = try record.values.flag("multivalue_answer_routing_policy") == true
    return isMultivalue ? (.multivalue, ()) : nil
  }

  private static func block(of record: Resource, _ policy: Routing.Policy) throws -> DataValue? {
    try policies.first { $0.policy == policy }.flatMap { try record.values.blocks($0.block).first }
  }

  /// The code of the area that a record of geolocation is for.
  private static func area(
    _ block: DataValue?, _ record: Resource, _ routing: inout Routing
  ) throws -> String? {
    guard routing.policy == .geolocation, let block else { return nil }
    if let subdivision = try block.text("subdivision") {
      routing.remarks.omit(
        record, "subdivision \(subdivision.printable): regions have countries only")
      return nil
    }
    if let country = try block.text("country") { return country }
    return try block.text("continent").map { "GEO-\($0)" }
  }

  private static func region(
    of record: Resource, _ block: DataValue?, _ survey: Survey, _ remarks: inout Remarks
  ) throws -> CloudRegion? {
    for name in ["region", "aws_region"] {
      if let region = try block?.text(name).flatMap({ CloudRegion(aws: $0) }) { return region }
    }
    let alias = try record.values.blocks("alias").first?.text("name")
    let hosts = try record.values.texts("records") + [alias].compactMap { $0 }
    let names = [
      try record.values.text("set_identifier"), record.key, record.module.steps.last?.key,
      record.name,
    ]
    return try survey.region(
      ledToBy: record, [["alias", "name"], ["records"]], hosts: hosts,
      names: names.compactMap { $0 }, of: .aws, &remarks)
  }

  /// The health check of a record.
  private static func check(
    of record: Resource, _ survey: Survey, _ routing: inout Routing
  ) throws -> HealthCheck? {
    let linked = survey.plan.linked(
      record, ["health_check_id"], to: "aws_route53_health_check", by: "id")
    if let check = linked.first { return try probes(check, survey, &routing, depth: 0) }
    if try record.values.text("health_check_id") != nil || record.isUnknown("health_check_id") {
      routing.remarks.omit(record, "its health check is not in the plan")
    } else if let alias = try record.values.blocks("alias").first,
      try alias.flag("evaluate_target_health") == true
    {
      let targets = survey.plan.targets(of: record, ["alias", "name"])
      if let check = try LoadBalancerHealth.check(of: targets, survey, &routing.parts) {
        return check
      }
      routing.remarks.assume(
        record, "its target's health is checked as by default: the plan shows no target group of it"
      )
    } else if routing.policy == .failover,
      try block(of: record, .failover)?.text("type") == "PRIMARY"
    {
      routing.remarks.omit(
        record, "it has no health check: Route 53 would never fail over, the scenario does")
    }
    return nil
  }

  private static func probes(
    _ check: Resource, _ survey: Survey, _ routing: inout Routing, depth: Int
  ) throws -> HealthCheck? {
    routing.parts.append(check)
    let values = check.values
    if try values.flag("disabled") == true {
      routing.remarks.omit(check, "it is disabled: always healthy; the scenario probes")
    }
    if try values.flag("invert_healthcheck") == true {
      routing.remarks.omit(check, "it is inverted")
    }
    switch try values.text("type") {
    case "CALCULATED":
      let children = survey.plan.linked(
        check, ["child_healthchecks"], to: "aws_route53_health_check", by: "id")
      routing.remarks.omit(check, "it counts \(children.count) others; the first of them is taken")
      guard let child = children.first, depth < 8 else { return nil }
      return try probes(child, survey, &routing, depth: depth + 1)
    case "CLOUDWATCH_METRIC", "RECOVERY_CONTROL":
      routing.remarks.omit(
        check, "it is no probe (\(try values.text("type") ?? "")); a probe is assumed")
      return nil
    default: break
    }
    let interval = try values.integer("request_interval", in: HealthCheck.intervals)
    if interval == nil { routing.remarks.assume(check, "every 30 s, the default of Route 53") }
    return HealthCheck(
      interval: interval ?? 30,
      rule: .consecutive(try values.integer("failure_threshold", in: HealthCheck.thresholds) ?? 3))
  }
}
