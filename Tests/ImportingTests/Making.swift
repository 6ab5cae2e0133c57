// Small plans for tests, and networks that need no measurements.

import Foundation
import Importing
import Testing

/// A resource of a plan.
struct Made {
  var address: String
  var values = "{}"
  var provider = "aws"
  /// What the configuration says, in JSON.
  var expressions = "{}"

  init(
    _ address: String, _ values: String = "{}", of provider: String = "aws",
    _ expressions: String = "{}"
  ) {
    (self.address, self.values) = (address, values)
    (self.provider, self.expressions) = (provider, expressions)
  }

  private var parts: [String] {
    address.prefix { $0 != "[" }.split(separator: ".").map(String.init)
  }

  fileprivate var resource: String {
    let key = address.drop { $0 != "[" }.dropFirst().dropLast()
    return """
      {"address": \(quoted(address)), "mode": "managed", "type": "\(parts[0])",
       "name": "\(parts[1])",\(key.isEmpty ? "" : " \"index\": \(key),") "values": \(values)}
      """
  }

  fileprivate var configuration: String {
    """
    {"address": "\(parts.joined(separator: "."))", "mode": "managed", "type": "\(parts[0])",
     "name": "\(parts[1])", "provider_config_key": "\(provider)", "expressions": \(expressions)}
    """
  }
}

private func quoted(_ text: String) -> String {
  "\"" + text.replacingOccurrences(of: "\"", with: "\\\"") + "\""
}

/// A plan in the root module.
func plan(
  _ resources: [Made], regions: [String: String] = ["aws": "us-east-1", "aws.eu": "eu-west-1"]
) -> [UInt8] {
  let providers = regions.sorted { $0.key < $1.key }.map { key, region in
    "\"\(key)\": {\"name\": \"aws\", \"expressions\": {\"region\": {\"constant_value\": \"\(region)\"}}}"
  }
  var declared: [String] = []
  for resource in resources where !declared.contains(resource.configuration) {
    declared.append(resource.configuration)
  }
  return Array(
    """
    {"format_version": "1.2", "terraform_version": "1.9.8",
     "planned_values": {"root_module": {"resources": [
      \(resources.map(\.resource).joined(separator: ",\n  "))]}},
     "configuration": {"provider_config": {\(providers.joined(separator: ", "))},
      "root_module": {"resources": [\(declared.joined(separator: ",\n  "))]}}}
    """.utf8)
}

/// `{"references": [...]}`.
func references(_ names: String...) -> String {
  "{\"references\": [\(names.map(quoted).joined(separator: ", "))]}"
}

/// A network in which every region is 80 ms from every other, but for those that nobody measured.
struct Measured: MeasuredNetwork {
  let name: String
  let regions: [String]

  func roundTripMicroseconds(from: String, to: String) -> Int64? {
    [from, to].contains("mx-central-1") ? nil : 80_000
  }

  static let all: [any MeasuredNetwork] = [
    Measured(
      name: "aws",
      regions: [
        "us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2",
        "mx-central-1",
      ]),
    Measured(name: "azure", regions: ["westeurope", "northeurope", "eastus"]),
    Measured(
      name: "gcp",
      regions: [
        "us-east1", "us-east4", "us-central1", "us-central2", "us-west1", "us-west2",
        "europe-west1", "europe-west4", "europe-north1",
      ]),
  ]
}

/// The import of a plan.
func imported(
  _ plan: [UInt8], _ choices: TerraformImport.Choices = .init(), named name: String = "plan.json"
) throws -> TerraformImport {
  try TerraformImport(plan, named: name, choices: choices, networks: Measured.all)
}

extension TerraformImport {
  /// The scenario without comments and blank lines.
  var body: String {
    scenario.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.isEmpty }
      .joined(separator: "\n")
  }

  /// The value of a key at the top.
  func section(_ name: String) -> String? {
    let lines = scenario.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("\(name):") }) else { return nil }
    let rest = lines[(start + 1)...].prefix { $0.hasPrefix("  ") }
    let first = lines[start].dropFirst(name.count + 1).drop { $0 == " " }
    return ([String(first)] + rest.map { $0.trimmingCharacters(in: .whitespaces) })
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  func hasRemark(_ text: String) -> Bool { remarks.contains { $0.contains(text) } }
}

/// The plans beside these tests.
enum PlanFiles {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Plans")

  static let names = [
    "aurora-global-accelerator", "cosmos-traffic-manager", "nested-modules",
    "route53-failover-dynamodb", "spanner-cloud-dns",
  ]

  static func plan(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent("\(name).json")))
  }
}
