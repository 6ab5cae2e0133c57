// What readers ask of a plan: in which region something is, and to which region an endpoint leads.

import Histories

struct Survey {
  let plan: TerraformPlan
  /// The region of providers that leave theirs to the environment.
  let fallback: CloudRegion?

  /// A resource's region; what was assumed for it goes to the remarks, and why it is not known.
  func region(of resource: Resource, _ remarks: inout Remarks) throws -> CloudRegion? {
    guard let found = try plan.region(of: resource, fallback: fallback) else {
      remarks.omit(resource, plan.whyNoRegion(resource))
      return nil
    }
    if let assumption = found.assumption { remarks.assume(resource, assumption) }
    return found.region
  }

  /// The region that an attribute leads to: of what it refers to, or in the host name that it holds, or in
  /// the names given to the endpoint.
  func region(
    ledToBy resource: Resource, _ paths: [[PathStep]], hosts: [String], names: [String],
    of cloud: Cloud, _ remarks: inout Remarks
  ) throws -> CloudRegion? {
    for path in paths {
      var visited: Set<String> = [resource.address]
      let targets = plan.targets(of: resource, path)
      if let found = try reach(targets, &visited, depth: 0, &remarks) { return found }
    }
    for host in hosts {
      if let region = CloudRegion.named(in: host, of: cloud) {
        remarks.assume(resource, "leads to \(region.name): that is in '\(host.printable)'")
        return region
      }
    }
    for name in names {
      if let region = CloudRegion.named(in: name, of: cloud) {
        remarks.assume(
          resource,
          "leads to \(region.name): it is called '\(name.printable)', the plan says no more")
        return region
      }
    }
    let locals = paths.contains { plan.usesLocals(resource, $0) }
    remarks.omit(
      resource,
      locals
        ? "it leads through a local value, which a plan does not write down: its region is not known"
        : "the plan does not say which region it leads to")
    return nil
  }

  /// Types that say nothing about where what refers to them is.
  private static let bystanders: Set<String> = [
    "azurerm_resource_group", "aws_route53_zone", "google_dns_managed_zone", "aws_acm_certificate",
    "google_project", "azurerm_client_config",
  ]

  /// The one region that all targets are in, or in turn lead to.
  private func reach(
    _ targets: [Resource], _ visited: inout Set<String>, depth: Int, _ remarks: inout Remarks
  ) throws -> CloudRegion? {
    // Endpoints are a few steps away; more is a tangle.
    guard depth < 20 else { return nil }
    var regions: Set<CloudRegion> = []
    for target in targets where !Self.bystanders.contains(target.type) {
      guard visited.insert(target.address).inserted else { continue }
      if let found = try plan.region(of: target, fallback: fallback) {
        if let assumption = found.assumption { remarks.assume(target, assumption) }
        regions.insert(found.region)
      } else if let further = try reach(
        plan.allTargets(of: target), &visited, depth: depth + 1, &remarks)
      {
        regions.insert(further)
      }
    }
    return regions.count == 1 ? regions.first : nil
  }
}

extension Array where Element: Hashable {
  /// Each once, where it came first.
  var distinct: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
