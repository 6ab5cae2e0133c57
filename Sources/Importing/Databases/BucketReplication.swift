// S3 replication: rules copy objects of a bucket to another, asynchronously. One way, it is a primary and its
// copy, and nothing ever fails over; both ways, later writes win. Amazon S3 User Guide, "Replicating objects".
// Geo-redundant storage accounts of Azure have a paired region that no plan names: they are told of, not mapped.

import Histories

enum BucketReplication: DatabaseReader {
  static let types = [
    ImportedType(
      "aws_s3_bucket_replication_configuration",
      "one way: async-primary without failover; both ways: crdt by wall clock"),
    ImportedType("azurerm_storage_account", "not mapped with GRS: the plan names no paired region"),
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    let rules = survey.plan.managed("aws_s3_bucket_replication_configuration").map { rules in
      let bucket = survey.plan.linked(rules, ["bucket"], to: "aws_s3_bucket", by: "bucket", "id")
      let copy = survey.plan.linked(
        rules, ["rule", "destination", "bucket"], to: "aws_s3_bucket", by: "arn")
      return (rules: rules, bucket: bucket.first, copies: copy)
    }
    var told: Set<String> = []
    var databases: [Database] = []
    for (resource, bucket, copies) in rules where !told.contains(resource.address) {
      let back = rules.first { other in
        other.rules.address != resource.address
          && copies.contains { $0.address == other.bucket?.address }
          && other.copies.contains { $0.address == bucket?.address }
      }
      if let back { told.insert(back.rules.address) }
      var remarks = Remarks()
      var regions: [CloudRegion] = []
      for bucket in (bucket.map { [$0] } ?? []) + copies {
        if let region = try survey.region(of: bucket, &remarks) { regions.append(region) }
      }
      regions = regions.distinct
      if regions.count < 2 {
        remarks.omit(resource, "the plan does not say where both buckets are")
      }
      databases.append(
        Database(
          resource: resource,
          parts: copies + [bucket, back?.rules].compactMap { $0 },
          product: back == nil ? "S3 replication, one way" : "S3 replication, both ways",
          regions: regions,
          replication: regions.count < 2
            ? .none
            : back == nil
              ? .asyncPrimary(failover: .none, reads: .local, acknowledgedByAll: false)
              : .lastWriterWins(byWallClock: true),
          isObjectStore: true, remarks: remarks))
    }
    return try databases
      + survey.plan.managed("azurerm_storage_account").map { try account($0, survey) }
  }

  private static func account(_ account: Resource, _ survey: Survey) throws -> Database {
    var remarks = Remarks()
    let region = try survey.region(of: account, &remarks)
    let kind = try account.values.text("account_replication_type") ?? ""
    if kind.contains("G") {
      remarks.omit(account, "\(kind.printable): the plan does not name the paired region")
    }
    return Database(
      resource: account, product: "Azure storage account", regions: region.map { [$0] } ?? [],
      replication: .none, isObjectStore: true, remarks: remarks)
  }
}
