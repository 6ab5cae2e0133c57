// splitbrain import terraform, from the file to a run: what it writes must be a scenario that validates and
// comes out as expected.

import Foundation
import Testing

@Suite("splitbrain import terraform")
struct ImportCommandTests {
  private static let table = """
    {"format_version": "1.2", "planned_values": {"root_module": {"resources": [
     {"address": "aws_dynamodb_table.t", "mode": "managed", "type": "aws_dynamodb_table", "name": "t",
      "values": {"replica": [{"region_name": "eu-west-1"}]}}]}},
     "configuration": {"provider_config": {}, "root_module": {"resources": [
      {"address": "aws_dynamodb_table.t", "mode": "managed", "type": "aws_dynamodb_table", "name": "t",
       "provider_config_key": "aws", "expressions": {}}]}}}
    """

  @Test func writesWhatRuns() throws {
    let plan = try CommandLineTests.file(Self.table, "json")
    let scenario = plan.replacingOccurrences(of: ".json", with: ".yaml")
    let result = try CommandLineTests.run(
      "import", "terraform", plan, "--region", "us-east-1", "--out", scenario)
    #expect(result.status == 0)
    #expect(result.output.contains("wrote \(scenario)"))
    #expect(result.errors.contains("assumed: aws_dynamodb_table.t: in us-east-1, as --region says"))
    #expect(try CommandLineTests.run("validate", scenario).status == 0)
    let run = try CommandLineTests.run("run", scenario)
    #expect(run.status == 0, "\(run.output)")
    // Without --out the same on stdout.
    let printed = try CommandLineTests.run("import", "terraform", plan, "--region", "us-east-1")
    #expect(try printed.output == String(contentsOfFile: scenario, encoding: .utf8))
  }

  @Test(
    "the plans of the importer's own tests run as they come out",
    arguments: [
      "aurora-global-accelerator", "cosmos-traffic-manager", "nested-modules",
      "route53-failover-dynamodb", "spanner-cloud-dns",
    ])
  func plansRun(name: String) throws {
    let plan = "Tests/ImportingTests/Plans/\(name).json"
    let result = try CommandLineTests.run("import", "terraform", plan)
    #expect(result.status == 0, "\(result.errors)")
    let scenario = try CommandLineTests.file(result.output)
    let run = try CommandLineTests.run("run", scenario)
    #expect(run.status == 0, "\(run.output)")
    // Clients did move: the imported records and checks are what runs.
    #expect(run.output.contains("detected +"))
  }

  @Test func exitStatuses() throws {
    let cut = try CommandLineTests.file(String(Self.table.prefix(200)), "json")
    let broken = try CommandLineTests.run("import", "terraform", cut)
    #expect(broken.status == 65)
    #expect(broken.errors.hasPrefix("\(cut):"))
    #expect(broken.output.isEmpty)
    #expect(try CommandLineTests.run("import", "terraform", "no-such.json").status == 65)
    let plan = try CommandLineTests.file(Self.table, "json")
    let choice = try CommandLineTests.run(
      "import", "terraform", plan, "--database", "aws_dynamodb_table.u")
    #expect(choice.status == 64)
    #expect(choice.errors.contains("known: aws_dynamodb_table.t"))
    #expect(try CommandLineTests.run("import", "terraform").status == 64)
    let types = try CommandLineTests.run("import", "terraform", "--list-types")
    #expect(types.status == 0 && types.output.contains("aws_route53_record\n"))
  }
}
