// Cloud DNS: a record set with a routing policy: weighted round robin, geolocation, or primary and backup.
// Google Cloud, "DNS routing policies and health checks"; Terraform's google_dns_record_set.

import Histories

enum CloudDNSRecords: RoutingReader {
  static let types = [
    ImportedType("google_dns_record_set", "traffic: policy, order or weights, ttl")
  ]

  static func routings(_ survey: Survey) throws -> [Routing] {
    try survey.plan.managed("google_dns_record_set").compactMap { record in
      guard let policy = try record.values.blocks("routing_policy").first else { return nil }
      return try routing(record, policy, survey)
    }
  }

  private static func routing(
    _ record: Resource, _ policy: DataValue, _ survey: Survey
  ) throws -> Routing {
    var routing = Routing(resource: record, provider: .cloudDNS, policy: .geolocation)
    routing.ttl = try record.values.integer("ttl", in: Routing.ttls)
    if try policy.flag("enable_geo_fencing") == true {
      routing.remarks.omit(record, "geo fencing: its clients would not go to another region")
    }
    let weighted = try policy.blocks("wrr")
    let geo = try policy.blocks("geo")
    if !weighted.isEmpty {
      routing.policy = .weighted
      for (place, item) in weighted.enumerated() {
        let path: [PathStep] = ["routing_policy", 0, "wrr", .place(place)]
        guard let region = try region(record, item, path, survey, &routing.remarks) else {
          continue
        }
        routing.members.append(
          Routing.Member(region: region, weight: try weight(item, record, &routing)))
      }
    } else if !geo.isEmpty {
      routing.members = try members(geo, record, &routing.remarks)
      if var first = routing.members.first {
        first.area = Territory.elsewhere
        routing.members.append(first)
        routing.remarks.assume(
          record,
          "clients elsewhere go to \(first.region.name); Cloud DNS has them go to the nearest")
      }
    } else if let failover = try policy.blocks("primary_backup").first {
      routing.policy = .failover
      try readFailover(failover, record, survey, &routing)
    } else {
      routing.remarks.omit(record, "a routing policy of another kind")
    }
    let checks = survey.plan.targets(of: record, ["routing_policy", "health_check"])
    if let check = checks.first(where: { $0.type == "google_compute_health_check" }) {
      routing.parts.append(check)
      routing.check = try GlobalLoadBalancers.probes(check)
    } else {
      routing.remarks.assume(
        record,
        "health is checked as by default: for internal load balancers Cloud DNS takes their word")
    }
    return routing
  }

  /// Weights are decimals; whole thousandths are kept.
  private static func weight(
    _ item: DataValue, _ record: Resource, _ routing: inout Routing
  ) throws -> Int? {
    guard let value = item.known("weight") else { return nil }
    let text: String
    switch value.kind {
    case .integer(let whole): text = "\(whole).0"
    case .decimal(let decimal): text = decimal
    default: throw value.complaint("weight", "a number")
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let whole = Int(parts[0]), Routing.weights.contains(whole),
      let thousandths = Int((parts[1] + "000").prefix(3)), thousandths >= 0
    else {
      routing.remarks.omit(record, "a weight of \(text.printable)")
      return nil
    }
    return whole * 1000 + thousandths
  }

  private static func members(
    _ items: [DataValue], _ record: Resource, _ remarks: inout Remarks
  ) throws -> [Routing.Member] {
    try items.compactMap { item in
      let location = try item.text("location") ?? ""
      guard let region = CloudRegion(google: location) else {
        remarks.omit(record, "location '\(location.printable)' is no region of Google Cloud")
        return nil
      }
      return Routing.Member(region: region, area: region.name)
    }
  }

  /// The primary's load balancers, then the backups by location.
  private static func readFailover(
    _ failover: DataValue, _ record: Resource, _ survey: Survey, _ routing: inout Routing
  ) throws {
    for (place, primary) in try failover.blocks("primary").enumerated() {
      let path: [PathStep] = ["routing_policy", 0, "primary_backup", 0, "primary", .place(place)]
      if let region = try region(record, primary, path, survey, &routing.remarks) {
        routing.members.append(Routing.Member(region: region))
      }
    }
    routing.members += try members(
      try failover.blocks("backup_geo"), record, &routing.remarks)
    if let ratio = failover.known("trickle_ratio"), ratio.integer != 0 {
      routing.remarks.omit(record, "the trickle to its backups")
    }
  }

  /// The region of an item: its load balancers', or what its addresses are of.
  private static func region(
    _ record: Resource, _ item: DataValue, _ path: [PathStep], _ survey: Survey,
    _ remarks: inout Remarks
  ) throws -> CloudRegion? {
    let balancers =
      try item.blocks("internal_load_balancers")
      + item.blocks("health_checked_targets").flatMap { try $0.blocks("internal_load_balancers") }
    for balancer in balancers {
      if let region = try balancer.text("region").flatMap({ CloudRegion(google: $0) }) {
        return region
      }
    }
    return try survey.region(
      ledToBy: record, [path + ["rrdatas"], path], hosts: try item.texts("rrdatas"), names: [],
      of: .gcp, &remarks)
  }
}
