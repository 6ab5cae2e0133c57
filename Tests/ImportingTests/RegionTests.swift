// Where a resource is: providers, modules and variables of several formats; names of regions.

import Importing
import Testing

@testable import Importing

@Suite("Regions")
struct RegionTests {
  /// A table in a module, two deep, whose provider has the key; what the root has besides.
  private func nested(
    key: String, providers: String, variables: String = "{}", call: String = "{}",
    declared: String = "{}"
  ) -> [UInt8] {
    Array(
      """
      {"format_version": "0.2", "variables": \(variables), "planned_values": {"root_module": {
       "child_modules": [{"address": "module.a[0]", "child_modules": [{"address": "module.a[0].module.b",
        "resources": [{"address": "module.a[0].module.b.aws_dynamodb_table.t", "mode": "managed",
         "type": "aws_dynamodb_table", "name": "t", "values": {}}]}]}]}},
       "configuration": {"provider_config": \(providers), "root_module": {"module_calls": {"a": {
        "expressions": \(call), "module": {"variables": \(declared), "module_calls": {"b": {"module": {
         "resources": [{"address": "aws_dynamodb_table.t", "mode": "managed",
          "type": "aws_dynamodb_table", "name": "t", "provider_config_key": "\(key)"}]}}}}}}}}}
      """.utf8)
  }

  private func provider(_ region: String, in module: String = "") -> String {
    "{\"name\": \"aws\", \"module_address\": \"\(module)\", \"expressions\": {\"region\": \(region)}}"
  }

  private func constant(_ region: String) -> String { "{\"constant_value\": \"\(region)\"}" }

  private func region(_ plan: [UInt8], fallback: String? = nil) throws -> String? {
    try imported(plan, .init(region: fallback)).section("regions")
  }

  @Test func ofProviders() throws {
    #expect(
      try region(nested(key: "aws.w", providers: "{\"aws.w\": \(provider(constant("us-west-2")))}"))
        == "[us-west-2]")
    // Older formats: the caller's.
    for key in ["module.a.module.b:aws", "b:aws", "module.a.module.b:aws.w"] {
      let name = key.contains("aws.w") ? "aws.w" : "aws"
      let providers = "{\"\(name)\": \(provider(constant("us-west-2")))}"
      let result = try imported(nested(key: key, providers: providers))
      #expect(result.section("regions") == "[us-west-2]")
      #expect(result.hasRemark("this format does not say which provider the module was given"))
    }
    #expect(
      try region(
        nested(
          key: "module.a.module.b:aws",
          providers: """
            {"aws": \(provider(constant("us-east-1"))),
             "module.a:aws": \(provider(constant("eu-west-1"), in: "module.a"))}
            """)) == "[eu-west-1]")
  }

  @Test func ofVariables() throws {
    let direct = "{\"aws\": \(provider(references("var.r")))}"
    #expect(
      try region(
        nested(key: "aws", providers: direct, variables: "{\"r\": {\"value\": \"us-east-2\"}}"))
        == "[us-east-2]")
    for reference in ["var.r.home", "var.r[\"home\"]"] {
      let inside = "{\"aws\": \(provider(references(reference, "var.r")))}"
      #expect(
        try region(
          nested(
            key: "aws", providers: inside,
            variables: "{\"r\": {\"value\": {\"home\": \"us-east-2\"}}}")) == "[us-east-2]")
    }
    // A provider in a module, its region passed by the caller, or by default.
    let inModule = "{\"module.a:aws\": \(provider(references("var.r"), in: "module.a"))}"
    #expect(
      try region(
        nested(
          key: "module.a:aws", providers: inModule,
          variables: "{\"outer\": {\"value\": \"eu-central-1\"}}",
          call: "{\"r\": \(references("var.outer"))}")) == "[eu-central-1]")
    #expect(
      try region(
        nested(
          key: "module.a:aws", providers: inModule,
          declared: "{\"r\": {\"default\": \"ap-southeast-2\"}}")) == "[ap-southeast-2]")
  }

  @Test("what a plan does not resolve is told, and --region gives it")
  func unresolved() throws {
    let plan = nested(key: "aws", providers: "{\"aws\": \(provider(references("local.region")))}")
    do {
      _ = try region(plan)
      Issue.record("a region was made up")
    } catch let error as ImportError {
      #expect(error.message.contains("the region of provider aws is local.region"))
    }
    let result = try imported(plan, .init(region: "us-east-1"))
    #expect(result.section("regions") == "[us-east-1]")
    #expect(result.hasRemark("in us-east-1, as --region says"))
  }

  @Test("a reference that is one of many follows the key of what refers")
  func ofEach() throws {
    func made(_ kind: String, _ key: String, _ values: String, _ expressions: String) -> Made {
      Made("\(kind)[\"\(key)\"]", values, of: "none", expressions)
    }
    let keys = ["one": "us-west-2", "two": "eu-central-1"].sorted { $0.key < $1.key }
    let resources = keys.flatMap { key, region in
      [
        made("aws_lb.x", key, "{\"region\": \"\(region)\"}", "{}"),
        made(
          "aws_route53_record.r", key,
          "{\"name\": \"n\", \"type\": \"A\", \"ttl\": 5, \"weighted_routing_policy\": [{\"weight\": 1}]}",
          "{\"records\": \(references("aws_lb.x", "each.key"))}"),
      ]
    }
    let result = try imported(plan(resources))
    #expect(result.section("traffic")?.contains("{us-west-2: 1, eu-central-1: 1}") == true)
  }

  @Test func names() {
    #expect(CloudRegion(aws: "us-gov-west-1b")?.name == "us-gov-west-1")
    #expect(CloudRegion(aws: "us-west-2-lax-1a")?.name == "us-west-2")
    #expect(CloudRegion(aws: "ap-southeast-7")?.name == "ap-southeast-7")
    for text in ["us-east", "us-east1", "global", "us-east-1-2-3".uppercased(), "a-east-1", ""] {
      #expect(CloudRegion(aws: text) == nil, "\(text)")
    }
    #expect(CloudRegion(google: "zones/europe-west12-a")?.name == "europe-west12")
    for text in ["US", "us-east-1", "us-central", "us-central1-aa", "eur3", "global"] {
      #expect(CloudRegion(google: text) == nil, "\(text)")
    }
    #expect(CloudRegion(azure: "South Africa North")?.name == "southafricanorth")
    for text in ["global", "primary", "unitedstates", "west\neurope", "east-us"] {
      #expect(CloudRegion(azure: text) == nil, "\(text)")
    }
    #expect(CloudRegion(arn: "arn:aws-cn:rds:cn-north-1:1:cluster:x")?.name == "cn-north-1")
    #expect(CloudRegion(arn: "arn:aws:iam::1:role/x") == nil)
    #expect(
      CloudRegion.named(in: "lb-1.us-east-1.elb.amazonaws.com", of: .aws)?.name == "us-east-1")
    #expect(CloudRegion.named(in: "us-east-1 and us-west-2", of: .aws) == nil)
  }

  @Test("networks: a preset, links for what it lacks, none for several clouds")
  func networks() throws {
    func table(_ replica: String) -> Made {
      Made("aws_dynamodb_table.t", "{\"replica\": [{\"region_name\": \"\(replica)\"}]}")
    }
    #expect(try imported(plan([table("eu-west-1")])).section("network") == "{preset: aws}")
    let lacking = try imported(plan([table("mx-central-1")]))
    #expect(
      lacking.section("network") == """
        preset: aws
        links:
        - {between: [us-east-1, mx-central-1], latency: 40000us}
        """)
    #expect(lacking.hasRemark("40ms one way where nobody measured: us-east-1 - mx-central-1"))
    #expect(
      try imported(plan([table("cn-north-1")])).section("network") == """
        latency: 40ms
        links:
        - {between: [us-east-1, cn-north-1], latency: 40000us}
        """)
  }
}
