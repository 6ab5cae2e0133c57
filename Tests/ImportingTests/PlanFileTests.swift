// Five plans as Terraform writes them, each with the scenario that it must become. REWRITE_GOLDEN=1 writes
// these anew; read what changed before you commit.

import Foundation
import Importing
import Testing

@Suite("Plans become scenarios")
struct PlanFileTests {
  @Test(arguments: PlanFiles.names)
  func golden(name: String) throws {
    let result = try imported(try PlanFiles.plan(name), named: "\(name).json")
    let path = PlanFiles.folder.appendingPathComponent("\(name).yaml")
    if ProcessInfo.processInfo.environment["REWRITE_GOLDEN"] != nil {
      try Data(result.scenario.utf8).write(to: path)
    }
    let expected = try String(contentsOf: path, encoding: .utf8)
    #expect(result.scenario == expected, "\(name).json comes out differently")
  }

  @Test(arguments: PlanFiles.names)
  func everyRemarkIsInTheFileToo(name: String) throws {
    let result = try imported(try PlanFiles.plan(name))
    let words = result.scenario.split { $0 == "\n" || $0 == "#" || $0 == " " }
    let text = words.joined(separator: " ")
    for remark in result.remarks {
      let said = remark.drop { $0 != ":" }.dropFirst(2)
      #expect(text.contains(said), "not in the head: \(said)")
    }
    #expect(!result.scenario.split(separator: "\n").contains { $0.count > 100 })
  }

  @Test("the same file read twice is the same text")
  func twice() throws {
    for name in PlanFiles.names {
      let file = try PlanFiles.plan(name)
      #expect(try imported(file).scenario == imported(file).scenario)
    }
  }

  @Test("a state is read by ids, without a configuration")
  func state() throws {
    func lb(_ region: String) -> String {
      """
      {"address": "aws_lb.\(region)", "mode": "managed", "type": "aws_lb", "name": "\(region)", "values":
       {"arn": "arn:aws:elasticloadbalancing:\(region):1:loadbalancer/app/a/1",
        "id": "arn:aws:elasticloadbalancing:\(region):1:loadbalancer/app/a/1",
        "dns_name": "\(region).example"}}
      """
    }
    func record(_ name: String, _ kind: String, _ region: String, _ check: String) -> String {
      """
      {"address": "aws_route53_record.\(name)", "mode": "managed", "type": "aws_route53_record",
       "name": "\(name)", "values": {"id": "Z_\(name)", "zone_id": "Z", "name": "x.example", "type": "A",
       "set_identifier": "\(name)", "health_check_id": \(check), "ttl": 0,
       "alias": [{"name": "\(region).example", "zone_id": "Z2", "evaluate_target_health": true}],
       "failover_routing_policy": [{"type": "\(kind)"}]}}
      """
    }
    let text = """
      {"format_version": "1.0", "terraform_version": "1.9.8", "values": {"root_module": {"resources": [
        \(record("b", "SECONDARY", "eu-west-1", "null")),
        \(record("a", "PRIMARY", "us-west-2", "\"check-1\"")),
        {"address": "aws_route53_health_check.a", "mode": "managed", "type": "aws_route53_health_check",
         "name": "a", "values": {"id": "check-1", "type": "TCP", "request_interval": 10,
         "failure_threshold": 2}},
        \(lb("us-west-2")), \(lb("eu-west-1"))]}}}
      """
    let result = try imported(Array(text.utf8))
    #expect(
      result.section("traffic") == """
        provider: route53
        policy: failover
        order: [us-west-2, eu-west-1]
        ttl: 0s
        health-check: {interval: 10s, threshold: 2}
        """)
    #expect(
      result.section("strategy") == "{kind: async-primary, primary: us-west-2, failover: none}")
    #expect(result.hasRemark("assumed: a database in us-west-2 alone"))
  }

  @Test("UTF-16, as PowerShell writes it, and a byte order mark")
  func encodings() throws {
    let file = try PlanFiles.plan("route53-failover-dynamodb")
    let expected = try imported(file).scenario
    let units = Array(String(decoding: file, as: UTF8.self).utf16)
    let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    #expect(try imported([0xFF, 0xFE] + little).scenario == expected)
    #expect(try imported([0xFE, 0xFF] + big).scenario == expected)
    #expect(try imported([0xEF, 0xBB, 0xBF] + file).scenario == expected)
  }

  @Test("every type is listed once, with what becomes of it")
  func listing() {
    let lines = TerraformImport.listing.split(separator: "\n")
    let types = lines.filter { !$0.hasPrefix(" ") }
    #expect(types.count > 30 && lines.count == 2 * types.count)
    #expect(Set(types).count == types.count)
  }

  @Test("a choice takes another database, another decision")
  func choices() throws {
    let file = try PlanFiles.plan("nested-modules")
    let scores = "module.data.aws_dynamodb_table.table[\"scores\"]"
    let record = "module.edge.module.record[\"ap-southeast-2\"].aws_route53_record.this"
    let result = try imported(file, .init(database: scores, traffic: record))
    #expect(result.scenario.contains("- \(scores): DynamoDB global table"))
    #expect(result.section("traffic")?.contains("policy: latency") == true)
    #expect(result.section("traffic")?.contains("{interval: 30s, threshold: 2}") == true)
    #expect(throws: TerraformImport.ChoiceError.self) {
      try imported(file, .init(database: "aws_dynamodb_table.other"))
    }
    do {
      _ = try imported(file, .init(database: "aws_dynamodb_table.other"))
    } catch let error as TerraformImport.ChoiceError {
      #expect(
        error.description.contains("known: module.data.aws_dynamodb_table.table[\"games\"], "))
    }
    #expect(throws: TerraformImport.ChoiceError.self) { try imported(file, .init(region: "moon")) }
  }
}
