// DynamoDB: a table with replicas is a global table. Eventual consistency (MREC) lets every Region write, the
// later write of an item wins; strong consistency (MRSC) acknowledges a write in two of three Regions, one of
// which may be a witness. Amazon DynamoDB Developer Guide, "Global tables"; Terraform's aws_dynamodb_table.

import Histories

enum DynamoDBTables: DatabaseReader {
  static let types = [
    ImportedType("aws_dynamodb_table", "crdt by wall clock (MREC), linearizable quorum (MRSC)"),
    ImportedType("aws_dynamodb_table_replica", "a region of its table"),
    ImportedType("aws_dynamodb_global_table", "crdt by wall clock (version 2017)"),
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    let legacy = try survey.plan.managed("aws_dynamodb_global_table").map { try global($0, survey) }
    let members = Set(legacy.flatMap(\.parts).map(\.address))
    let tables = survey.plan.managed("aws_dynamodb_table").filter { !members.contains($0.address) }
    return try tables.map { try table($0, survey) } + legacy
  }

  private static func table(_ table: Resource, _ survey: Survey) throws -> Database {
    var remarks = Remarks()
    var regions: [CloudRegion] = []
    if let home = try survey.region(of: table, &remarks) { regions.append(home) }
    var isStrong = false
    for replica in try table.values.blocks("replica") {
      guard let name = try replica.text("region_name") else {
        remarks.omit(table, "a replica whose region is not known before apply")
        continue
      }
      if let region = CloudRegion(aws: name) {
        regions.append(region)
      } else {
        remarks.omit(table, "a replica in '\(name.printable)', which is no region of AWS")
      }
      if try replica.text("consistency_mode") == "STRONG" { isStrong = true }
    }
    let witnesses = try table.values.blocks("global_table_witness").compactMap {
      try $0.text("region_name").flatMap { CloudRegion(aws: $0) }
    }
    let companions = survey.plan.managed("aws_dynamodb_table_replica").filter { replica in
      survey.plan.linked(replica, ["global_table_arn"], to: table.type, by: "arn").contains {
        $0.address == table.address
      }
    }
    for companion in companions {
      if let region = try survey.region(of: companion, &remarks) { regions.append(region) }
      if try companion.values.text("consistency_mode") == "STRONG" { isStrong = true }
    }
    regions = (regions + witnesses).distinct
    if isStrong {
      if !witnesses.isEmpty {
        remarks.omit(
          table,
          "\(witnesses[0].name) is a witness, which serves nobody; in the scenario it serves as others do"
        )
      }
      if regions.count != 3 {
        remarks.omit(
          table, "strong consistency needs three regions, the plan shows \(regions.count)")
      }
    }
    guard regions.count > 1 else {
      return Database(
        resource: table, product: "DynamoDB table", regions: regions, replication: .none,
        remarks: remarks)
    }
    return Database(
      resource: table, parts: companions,
      product: isStrong
        ? "DynamoDB global table, multi-Region strong consistency"
        : "DynamoDB global table, multi-Region eventual consistency",
      regions: regions, replication: isStrong ? .strongQuorum : .lastWriterWins(byWallClock: true),
      preset: isStrong ? "dynamodb-global-tables-mrsc" : "dynamodb-global-tables-mrec",
      remarks: remarks)
  }

  /// Version 2017: a resource of its own over tables of one name.
  private static func global(_ global: Resource, _ survey: Survey) throws -> Database {
    let regions = try global.values.blocks("replica").compactMap {
      try $0.text("region_name").flatMap { CloudRegion(aws: $0) }
    }
    let name = try global.values.text("name")
    let tables = try survey.plan.managed("aws_dynamodb_table").filter {
      try name != nil && $0.values.text("name") == name
    }
    return Database(
      resource: global, parts: tables,
      product: "DynamoDB global table, version 2017",
      regions: regions.distinct,
      replication: regions.count > 1 ? .lastWriterWins(byWallClock: true) : .none,
      preset: "dynamodb-global-tables-mrec")
  }
}
