// Azure Traffic Manager: DNS answers by priority, weight or distance. An endpoint is degraded when more probes in
// a row fail than are tolerated. Azure documentation, "Traffic Manager endpoint monitoring" and "Traffic
// Manager routing methods".

import Histories

enum TrafficManagerProfiles: RoutingReader {
  private static let endpoints = [
    "azurerm_traffic_manager_azure_endpoint", "azurerm_traffic_manager_external_endpoint",
    "azurerm_traffic_manager_nested_endpoint",
  ]

  static var types: [ImportedType] {
    [ImportedType("azurerm_traffic_manager_profile", "traffic: policy, ttl, health-check")]
      + endpoints.map { ImportedType($0, "traffic: a region, its weight or priority") }
  }

  static func routings(_ survey: Survey) throws -> [Routing] {
    try survey.plan.managed("azurerm_traffic_manager_profile").map { try routing($0, survey) }
  }

  private static func routing(_ profile: Resource, _ survey: Survey) throws -> Routing {
    let method = try profile.values.text("traffic_routing_method") ?? ""
    let policies: [String: Routing.Policy] = [
      "Priority": .failover, "Weighted": .weighted, "Performance": .latency,
      "Geographic": .geolocation, "MultiValue": .multivalue,
    ]
    var routing = Routing(
      resource: profile, provider: .trafficManager, policy: policies[method] ?? .latency)
    guard policies[method] != nil else {
      routing.remarks.omit(profile, "routing method '\(method.printable)'")
      return routing
    }
    routing.ttl = try profile.values.blocks("dns_config").first?.integer("ttl", in: Routing.ttls)
    if let monitor = try profile.values.blocks("monitor_config").first {
      let interval = try monitor.integer("interval_in_seconds", in: HealthCheck.intervals) ?? 30
      let tolerated =
        try monitor.integer("tolerated_number_of_failures", in: 0...99) ?? 3
      routing.check = HealthCheck(
        interval: interval, rule: .consecutive(tolerated + 1),
        timeout: try monitor.integer("timeout_in_seconds", in: HealthCheck.intervals)
          ?? (interval == 10 ? 9 : 10))
    }
    var members: [(member: Routing.Member, priority: Int)] = []
    for endpoint in survey.plan.resources
    where endpoints.contains(endpoint.type) && !endpoint.isData {
      let profiles = survey.plan.linked(endpoint, ["profile_id"], to: profile.type, by: "id")
      guard profiles.contains(where: { $0.address == profile.address }) else { continue }
      routing.parts.append(endpoint)
      if try endpoint.values.flag("enabled") == false {
        routing.remarks.omit(endpoint, "it is disabled")
        continue
      }
      if try endpoint.values.flag("always_serve_enabled") == true {
        routing.remarks.omit(endpoint, "it is always served, whatever the probes say")
      }
      guard let region = try region(of: endpoint, survey, &routing.remarks) else { continue }
      let member = Routing.Member(
        region: region, weight: try endpoint.values.integer("weight", in: Routing.weights))
      let priority = try endpoint.values.integer("priority") ?? Int.max
      let areas = routing.policy == .geolocation ? try areas(of: endpoint, &routing) : [nil]
      members += areas.map { area in
        var member = member
        member.area = area
        return (member, priority)
      }
    }
    if routing.policy == .failover {
      // Stable: endpoints without a priority keep the plan's order.
      members = members.enumerated().sorted {
        ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset)
      }.map(\.element)
    }
    routing.members = members.map(\.member)
    return routing
  }

  /// The codes of the areas that an endpoint is for.
  private static func areas(
    of endpoint: Resource, _ routing: inout Routing
  ) throws -> [String?] {
    let renamed = ["WORLD": Territory.elsewhere, "GEO-AP": "GEO-OC"]
    let codes = try endpoint.values.texts("geo_mappings").map { renamed[$0] ?? $0 }
    let finer = codes.filter { !$0.hasPrefix("GEO-") && $0.contains("-") }
    if !finer.isEmpty {
      routing.remarks.omit(
        endpoint, "\(finer.joined(separator: ", ").printable): regions have countries only")
    }
    return codes.filter { !finer.contains($0) }
  }

  private static func region(
    of endpoint: Resource, _ survey: Survey, _ remarks: inout Remarks
  ) throws -> CloudRegion? {
    if let location = try endpoint.values.text("endpoint_location"),
      let region = CloudRegion(azure: location)
    {
      return region
    }
    // name.westeurope.cloudapp.azure.com
    let labels = (try endpoint.values.text("target") ?? "").split(separator: ".").map(String.init)
    if labels.count > 3, labels.suffix(3) == ["cloudapp", "azure", "com"],
      let region = CloudRegion(azure: labels[labels.count - 4])
    {
      return region
    }
    let names = [try endpoint.values.text("name"), endpoint.key, endpoint.name]
    return try survey.region(
      ledToBy: endpoint, [["target_resource_id"], ["target"]], hosts: [],
      names: names.compactMap { $0 }, of: .azure, &remarks)
  }
}
