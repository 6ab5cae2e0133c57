// Azure Front Door: an anycast edge that probes origins and sends requests by priority, then weight, among those
// of nearly equal latency. An origin is down when too few of the last probes succeeded. Azure documentation,
// "Traffic routing methods to origin" and "Health probes".

import Histories

enum FrontDoorGroups: RoutingReader {
  static let types = [
    ImportedType("azurerm_cdn_frontdoor_origin_group", "traffic: policy, health-check"),
    ImportedType("azurerm_cdn_frontdoor_origin", "traffic: a region, its weight or priority"),
  ]

  static func routings(_ survey: Survey) throws -> [Routing] {
    try survey.plan.managed("azurerm_cdn_frontdoor_origin_group").map { try routing($0, survey) }
  }

  private static func routing(_ group: Resource, _ survey: Survey) throws -> Routing {
    var routing = Routing(resource: group, provider: .frontDoor, policy: .latency)
    var members: [(member: Routing.Member, priority: Int)] = []
    for origin in survey.plan.managed("azurerm_cdn_frontdoor_origin") {
      let groups = survey.plan.linked(
        origin, ["cdn_frontdoor_origin_group_id"], to: group.type, by: "id")
      guard groups.contains(where: { $0.address == group.address }) else { continue }
      routing.parts.append(origin)
      if try origin.values.flag("enabled") == false {
        routing.remarks.omit(origin, "it is disabled")
        continue
      }
      let names = [try origin.values.text("name"), origin.key, origin.name]
      let region = try survey.region(
        ledToBy: origin, [["host_name"], ["private_link", "private_link_target_id"]], hosts: [],
        names: names.compactMap { $0 }, of: .azure, &routing.remarks)
      guard let region else { continue }
      let weight = try origin.values.integer("weight", in: Routing.weights) ?? 500
      members.append(
        (
          Routing.Member(region: region, weight: weight),
          try origin.values.integer("priority") ?? 1
        ))
    }
    if Set(members.map(\.priority)).count > 1 {
      routing.policy = .failover
      members = members.enumerated().sorted {
        ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset)
      }.map(\.element)
    } else if Set(members.map(\.member.weight)).count > 1 {
      routing.policy = .weighted
    }
    routing.members = members.map(\.member)
    let balancing = try group.values.blocks("load_balancing").first
    let samples = try balancing?.integer("sample_size", in: 1...255) ?? 4
    let needed = min(
      try balancing?.integer("successful_samples_required", in: 1...255) ?? 3, samples)
    if let probe = try group.values.blocks("health_probe").first {
      routing.check = HealthCheck(
        interval: try probe.integer("interval_in_seconds", in: HealthCheck.intervals) ?? 100,
        threshold: samples - needed + 1)
      routing.remarks.assume(
        group,
        "\(samples - needed + 1) failed probes take an origin out: \(needed) of the last \(samples) must "
          + "succeed")
    } else {
      routing.remarks.omit(group, "it has no health probe: Front Door would not notice an outage")
    }
    return routing
  }
}
