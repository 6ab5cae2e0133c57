// Azure Front Door: an anycast edge that probes origins and sends requests by priority, then weight, among those
// of nearly equal latency; in a scenario to the nearest that is healthy. An origin is down when too few of the last probes succeeded. Azure documentation,
// "Traffic routing methods to origin" and "Health probes".

import Histories

enum FrontDoorGroups: RoutingReader {
  static let types = [
    ImportedType("azurerm_cdn_frontdoor_origin_group", "traffic: policy accelerator, health-check"),
    ImportedType("azurerm_cdn_frontdoor_origin", "traffic: a region"),
  ]

  static func routings(_ survey: Survey) throws -> [Routing] {
    try survey.plan.managed("azurerm_cdn_frontdoor_origin_group").map { try routing($0, survey) }
  }

  private static func routing(_ group: Resource, _ survey: Survey) throws -> Routing {
    var routing = Routing(resource: group, provider: .frontDoor, policy: .accelerator)
    var ranks: [String] = []
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
      routing.members.append(Routing.Member(region: region))
      let priority = try origin.values.integer("priority") ?? 1
      let weight = try origin.values.integer("weight") ?? 500
      ranks.append("priority \(priority), weight \(weight)")
    }
    if ranks.distinct.count > 1 {
      let shown = zip(routing.members, ranks).map { "\($0.region.name) \($1)" }
      routing.remarks.omit(
        group,
        "priorities and weights (\(shown.joined(separator: "; "))): in the scenario every region takes the "
          + "clients that are nearest to it")
    }
    routing.check = try check(of: group, &routing.remarks)
    return routing
  }

  private static func check(of group: Resource, _ remarks: inout Remarks) throws -> HealthCheck? {
    guard let probe = try group.values.blocks("health_probe").first else {
      remarks.omit(group, "it has no health probe: Front Door would not notice an outage")
      return nil
    }
    // Front Door allows a year.
    var interval = try probe.integer("interval_in_seconds", in: 1...31_536_000) ?? 100
    if !HealthCheck.intervals.contains(interval) {
      remarks.omit(group, "probes every \(interval) s; in the scenario every hour")
      interval = HealthCheck.intervals.upperBound
    }
    let balancing = try group.values.blocks("load_balancing").first
    let size = try balancing?.integer("sample_size", in: HealthCheck.thresholds) ?? 4
    let needed =
      try balancing?.integer("successful_samples_required", in: HealthCheck.thresholds) ?? 3
    return HealthCheck(interval: interval, rule: .sample(size: size, needed: min(needed, size)))
  }
}
