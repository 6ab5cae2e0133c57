// The region of a resource. Few resources of AWS and Google name theirs: it is their provider's. Which one
// a module was given is resolved by Terraform in `provider_config_key` from 1.1 on; before, a key such as
// "module.eu:aws" only says that the caller chose, so the caller's is taken and said to be an assumption.

import Histories

/// Where a resource is, and why we think so if the plan does not say it outright.
struct FoundRegion {
  let region: CloudRegion
  var assumption: String?
}

extension TerraformPlan {
  /// Types that are in no region although their provider has one.
  private static let placeless = [
    "aws_route53", "aws_cloudfront_", "aws_globalaccelerator_", "aws_iam_", "aws_waf_",
    "aws_organizations_", "aws_rds_global_cluster", "aws_docdb_global_cluster",
    "aws_neptune_global_cluster", "aws_elasticache_global_replication_group", "aws_shield_",
    "aws_dynamodb_global_table", "google_dns_", "google_project", "google_compute_global_",
    "google_compute_backend_service", "google_compute_backend_bucket", "google_compute_url_map",
    "google_compute_health_check", "google_compute_target_", "google_spanner_",
    "google_bigtable_", "google_service_", "google_monitoring_", "google_iam_",
  ]

  /// The region of a resource.
  /// - Parameter fallback: that of providers that leave it to their environment.
  func region(of resource: Resource, fallback: CloudRegion?) throws -> FoundRegion? {
    guard let cloud = Cloud(type: resource.type) else { return nil }
    for name in ["region", "endpoint_group_region", "location", "zone", "availability_zone"] {
      if case .string(let text) = resource.values[name]?.kind,
        let region = CloudRegion(text, of: cloud)
      {
        return FoundRegion(region: region)
      }
    }
    guard cloud != .azure else { return nil }
    for name in ["arn", "id", "self_link"] {
      guard case .string(let text) = resource.values[name]?.kind else { continue }
      if let region = CloudRegion(arn: text) { return FoundRegion(region: region) }
      if let region = Self.region(url: text) { return FoundRegion(region: region) }
    }
    let isPlaceless = Self.placeless.contains { resource.type.hasPrefix($0) }
    guard !isPlaceless else { return nil }
    let key = resource.configuration?.known("provider_config_key")?.word
    if let key, let found = try providerRegion(key, cloud) { return found }
    guard let fallback, fallback.cloud == cloud else { return nil }
    return FoundRegion(
      region: fallback,
      assumption: "in \(fallback.name), as --region says: the plan has no region for its provider")
  }

  /// Why the region of a resource is not known, for a report.
  func whyNoRegion(_ resource: Resource) -> String {
    guard let key = resource.configuration?.known("provider_config_key")?.word else {
      return "the plan does not say which region it is in"
    }
    guard let region = providers[key]?.known("expressions")?.known("region") else {
      return "provider \(key.printable) has no region in the plan; --region NAME gives one"
    }
    let references = region.known("references")?.elements?.compactMap(\.word) ?? []
    let what = references.first ?? "an expression"
    return "the region of provider \(key.printable) is \(what.printable), which the plan does not "
      + "resolve; --region NAME gives one"
  }

  private static func region(url: String) -> CloudRegion? {
    let parts = url.split(separator: "/")
    for (kind, name) in zip(parts, parts.dropFirst())
    where ["regions", "zones", "locations"].contains(kind) {
      if let region = CloudRegion(google: String(name)) { return region }
    }
    return nil
  }

  // MARK: Providers

  private func providerRegion(_ key: String, _ cloud: Cloud) throws -> FoundRegion? {
    if let provider = providers[key], provider.known("expressions") != nil {
      return try configured(provider, cloud)
    }
    // Older formats leave the caller's choice out: one module up, the provider of the same name.
    guard let colon = key.lastIndex(of: ":") else { return nil }
    let name = String(key[key.index(after: colon)...])
    var call = Self.call(String(key[..<colon]))
    while !call.isEmpty {
      call.removeLast()
      let prefixes = [call.map { "module.\($0)" }.joined(separator: "."), call.last ?? ""]
      for prefix in prefixes {
        let outer = prefix.isEmpty ? name : "\(prefix):\(name)"
        guard let provider = providers[outer], provider.known("expressions") != nil else {
          continue
        }
        guard var found = try configured(provider, cloud) else { return nil }
        found.assumption =
          found.assumption
          ?? "in \(found.region.name), the region of provider \(outer.printable): this format does not "
          + "say which provider the module was given"
        return found
      }
    }
    return nil
  }

  /// The calls in the first half of a key: "module.a.module.b", or "b" alone in old formats.
  private static func call(_ prefix: String) -> [String] {
    ModulePath(prefix).map(\.call) ?? [prefix]
  }

  private func configured(_ provider: DataValue, _ cloud: Cloud) throws -> FoundRegion? {
    guard let expression = provider.known("expressions")?.known("region") else { return nil }
    let module = ModulePath(try provider.text("module_address") ?? "") ?? .root
    guard let text = constant(expression, in: module.call, depth: 0) else { return nil }
    return CloudRegion(text, of: cloud).map { FoundRegion(region: $0) }
  }

  /// What an expression is, if it is a constant or a variable that is.
  private func constant(_ expression: DataValue, in call: [String], depth: Int) -> String? {
    if case .string(let text) = expression.known("constant_value")?.kind { return text }
    let references = expression.known("references")?.elements?.compactMap(\.word) ?? []
    guard depth < 50, let longest = references.first else { return nil }
    // The others must be its own beginnings: more than one makes a text that is not written down.
    guard references.allSatisfy({ longest.hasPrefix($0) }) else { return nil }
    let path = Traversal.parts(longest)
    guard path.count >= 2, path[0] == .name("var"), case .name(let name) = path[1] else {
      return nil
    }
    let rest = path.dropFirst(2)
    if call.isEmpty {
      if let value = variables[name] { return Self.text(value, rest) }
    } else if let given = calls[call]?.known("expressions")?.known(name) {
      if let value = given.known("constant_value") { return Self.text(value, rest) }
      guard rest.isEmpty else { return nil }
      return constant(given, in: call.dropLast(), depth: depth + 1)
    }
    let declared = modules[call]?.known("variables")?.known(name)
    return declared?.known("default").flatMap { Self.text($0, rest) }
  }

  private static func text(_ value: DataValue, _ path: ArraySlice<Traversal.Part>) -> String? {
    var value = value
    for part in path {
      let inner: DataValue?
      switch part {
      case .name(let name): inner = value.known(name)
      case .key(let key):
        let place = Int(key)
        let elements = value.elements ?? []
        inner =
          place.flatMap { elements.indices.contains($0) ? elements[$0] : nil } ?? value.known(key)
      }
      guard let inner else { return nil }
      value = inner
    }
    if case .string(let text) = value.kind { return text }
    return nil
  }
}
