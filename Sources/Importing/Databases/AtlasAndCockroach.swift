// Databases with providers of their own that run in several clouds: MongoDB Atlas (electable nodes vote; what
// a write waits for is the application's write concern) and CockroachDB (which regions a database survives is
// SQL, not Terraform).

import Histories

enum AtlasAndCockroach: DatabaseReader {
  static let types = [
    ImportedType("mongodbatlas_advanced_cluster", "raft over the regions with electable nodes"),
    ImportedType("cockroach_cluster", "raft, the voters in the primary region"),
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    try survey.plan.managed("mongodbatlas_advanced_cluster").map(atlas)
      + survey.plan.managed("cockroach_cluster").map(cockroach)
  }

  private static func atlas(_ cluster: Resource) throws -> Database {
    var remarks = Remarks()
    var found: [(region: CloudRegion, priority: Int, votes: Bool)] = []
    for specification in try cluster.values.blocks("replication_specs") {
      for config in try specification.blocks("region_configs") {
        let name = try config.text("region_name") ?? ""
        let provider = try config.text("provider_name") ?? ""
        guard provider == "AWS",
          let region = CloudRegion(
            aws: String(name.lowercased().map { $0 == "_" ? "-" : $0 }))
        else {
          remarks.omit(
            cluster,
            "region '\(name.printable)' of \(provider.printable): only AWS's names are known")
          continue
        }
        let electable = try config.known("electable_specs").map { specs in
          try (specs.elements?.first ?? specs).integer("node_count") ?? 0
        }
        found.append((region, try config.integer("priority") ?? 0, (electable ?? 0) > 0))
      }
    }
    // The highest priority is the preferred primary's.
    let ordered = found.enumerated().sorted {
      ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset)
    }.map(\.element)
    let regions = ordered.map(\.region).distinct
    let voters = ordered.filter(\.votes).map(\.region).distinct
    if regions.count > 1 {
      remarks.assume(
        cluster,
        "w: majority and linearizable reads: concerns are the application's; one voter a region in the "
          + "scenario")
    }
    let isReplicated = regions.count > 1 && !voters.isEmpty
    return Database(
      resource: cluster, product: "MongoDB Atlas cluster", regions: regions,
      replication: isReplicated ? .consensus(leader: voters.first, voters: voters) : .none,
      preset: "mongodb-majority", remarks: remarks)
  }

  private static func cockroach(_ cluster: Resource) throws -> Database {
    var remarks = Remarks()
    let clouds: [String: Cloud] = ["AWS": .aws, "GCP": .gcp, "AZURE": .azure]
    let provider = try cluster.values.text("cloud_provider") ?? ""
    var regions: [CloudRegion] = []
    var primary: CloudRegion?
    for entry in try cluster.values.blocks("regions") {
      let name = try entry.text("name") ?? ""
      guard let cloud = clouds[provider], let region = CloudRegion(name, of: cloud) else {
        remarks.omit(cluster, "region '\(name.printable)' of '\(provider.printable)' is not known")
        continue
      }
      regions.append(region)
      if try entry.flag("primary") == true { primary = region }
    }
    regions = ((primary.map { [$0] } ?? []) + regions).distinct
    guard regions.count > 1 else {
      return Database(
        resource: cluster, product: "CockroachDB cluster", regions: regions, replication: .none,
        remarks: remarks)
    }
    remarks.assume(
      cluster,
      "SURVIVE ZONE FAILURE, the default: \(regions[0].name) alone votes; survival goals are SQL, not in "
        + "the plan. For SURVIVE REGION FAILURE take members out")
    return Database(
      resource: cluster, product: "CockroachDB, SURVIVE ZONE FAILURE", regions: regions,
      replication: .consensus(leader: regions[0], voters: [regions[0]]),
      preset: "cockroachdb-zone-survival", remarks: remarks)
  }
}
