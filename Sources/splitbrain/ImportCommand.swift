// splitbrain import: a scenario from what describes an architecture elsewhere.

import ArgumentParser
import Foundation
import Splitbrain

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a scenario of an architecture that is described elsewhere.",
    subcommands: [TerraformCommand.self])
}

struct TerraformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "terraform", abstract: "Make a scenario of a Terraform plan or state.",
    discussion: """
      Reads what terraform show -json writes (format versions 0.x and 1.x): regions, a database and \
      how it replicates, records, accelerators and load balancers with their policy, TTL and health \
      checks. Resources of modules, count and for_each are read; a provider's region is found through \
      aliases, modules and variables.

      Databases: DynamoDB global tables, Aurora, DocumentDB, Neptune and ElastiCache global clusters, \
      read replicas of RDS, Cloud SQL and Azure, Cosmos DB, Azure SQL failover groups, Spanner, \
      Bigtable, Firestore, Azure Redis, MongoDB Atlas, CockroachDB, S3 replication. Traffic: Route 53, \
      Global Accelerator, Traffic Manager, Front Door, Cloud DNS, global load balancers. --list-types \
      has them all.

      What was assumed and what is not mapped stands at the head of the scenario and on stderr. One \
      database and one decision about traffic are taken: the first that spans regions, or the one \
      that is asked for.

      Try:  terraform plan -out=plan && terraform show -json plan > plan.json
            splitbrain import terraform plan.json --out imported.yaml && splitbrain run imported.yaml
      """)

  @Argument(help: "The JSON file.", completion: .file(extensions: ["json"])) var plan: String?
  @Option(help: "Write the scenario to this file instead of stdout.") var out: String?
  @Option(help: "The address of the database to take: aws_dynamodb_table.orders.")
  var database: String?
  @Option(help: "The address of the record, accelerator or profile to take.") var traffic: String?
  @Option(help: "The region of providers that have theirs from the environment: us-east-1.")
  var region: String?
  @Flag(help: "List the types of resources that are read, and what becomes of them.")
  var listTypes = false

  func validate() throws {
    guard plan != nil || listTypes else {
      throw ValidationError("Missing expected argument '<plan>'")
    }
  }

  func run() throws {
    guard let plan, !listTypes else { return Terminal.out(TerraformImport.listing) }
    let made: TerraformImport
    do {
      made = try TerraformImport(
        Terminal.read(plan), named: plan,
        choices: TerraformImport.Choices(database: database, traffic: traffic, region: region),
        networks: NetworkPreset.allCases.compactMap(\.table))
    } catch let error as ImportError {
      Terminal.error("\(plan):\(error)")
      throw Status.badInput
    } catch let error as TerraformImport.ChoiceError {
      throw ValidationError(error.description)
    }
    for remark in made.remarks { Terminal.error(remark) }
    guard let out else { return Terminal.out(made.scenario) }
    try Data(made.scenario.utf8).write(to: URL(fileURLWithPath: out))
    Terminal.out("wrote \(out); run it with: splitbrain run \(out)\n")
  }
}

extension LatencyTable: MeasuredNetwork {
  public func roundTripMicroseconds(from: String, to: String) -> Int64? {
    roundTrip(from: from, to: to).map { $0.nanoseconds / 1000 }
  }
}
