// Global clusters of AWS: one cluster writes, clusters in other Regions follow it asynchronously, somebody
// promotes one of them. Amazon Aurora User Guide, "Using Amazon Aurora Global Database"; DocumentDB, Neptune
// and ElastiCache are built alike. Before apply the writer's role is not known: it is the cluster that the
// global one is made from, or that brings the master user.

import Histories

enum GlobalClusters: DatabaseReader {
  private struct Kind {
    let type: String
    let member: String
    /// The member's attribute that names the global cluster.
    let link: String
    /// The global cluster's attribute that names its first member.
    let source: String
    let identity: String
    let product: String
    var preset: String?
  }

  private static let kinds = [
    Kind(
      type: "aws_rds_global_cluster", member: "aws_rds_cluster", link: "global_cluster_identifier",
      source: "source_db_cluster_identifier", identity: "global_cluster_identifier",
      product: "Amazon Aurora Global Database", preset: "aurora-global-database"),
    Kind(
      type: "aws_docdb_global_cluster", member: "aws_docdb_cluster",
      link: "global_cluster_identifier", source: "source_db_cluster_identifier",
      identity: "global_cluster_identifier", product: "Amazon DocumentDB global cluster"),
    Kind(
      type: "aws_neptune_global_cluster", member: "aws_neptune_cluster",
      link: "global_cluster_identifier", source: "source_db_cluster_identifier",
      identity: "global_cluster_identifier", product: "Amazon Neptune global database"),
    Kind(
      type: "aws_elasticache_global_replication_group", member: "aws_elasticache_replication_group",
      link: "global_replication_group_id", source: "primary_replication_group_id",
      identity: "global_replication_group_id", product: "Amazon ElastiCache global datastore"),
  ]

  static var types: [ImportedType] {
    kinds.flatMap {
      [
        ImportedType($0.type, "async-primary with manual failover"),
        ImportedType($0.member, "a region of its global cluster"),
      ]
    }
  }

  static func databases(_ survey: Survey) throws -> [Database] {
    try kinds.flatMap { kind in
      try survey.plan.managed(kind.type).map { try database($0, kind, survey) }
    }
  }

  private static func database(
    _ global: Resource, _ kind: Kind, _ survey: Survey
  ) throws -> Database {
    var remarks = Remarks()
    let plan = survey.plan
    let sources = plan.linked(global, [.name(kind.source)], to: kind.member, by: "arn", "id")
    var members = plan.managed(kind.member).filter { member in
      sources.contains { $0.address == member.address }
        || plan.linked(member, [.name(kind.link)], to: kind.type, by: kind.identity, "id").contains
        {
          $0.address == global.address
        }
    }
    if let writer = try writer(global, among: members, sources, &remarks) {
      members.removeAll { $0.address == writer.address }
      members.insert(writer, at: 0)
    }
    var regions: [CloudRegion] = []
    for member in members {
      if let region = try survey.region(of: member, &remarks) { regions.append(region) }
      if try member.values.flag("enable_global_write_forwarding") == true {
        remarks.assume(
          member,
          "forwards writes to the writer, as the strategy does from every region (its consistency modes "
            + "are not modelled)")
      }
    }
    regions = regions.distinct
    return Database(
      resource: global, parts: members, product: kind.product, regions: regions,
      replication: regions.count > 1
        ? .asyncPrimary(failover: .manual, reads: .primary, acknowledgedByAll: false) : .none,
      preset: kind.preset, remarks: remarks)
  }

  private static func writer(
    _ global: Resource, among members: [Resource], _ sources: [Resource], _ remarks: inout Remarks
  ) throws -> Resource? {
    for member in try global.values.blocks("global_cluster_members")
    where try member.flag("is_writer") == true {
      let arn = try member.text("db_cluster_arn")
      if let writer = try members.first(where: { try $0.values.text("arn") == arn }) {
        return writer
      }
    }
    if let source = sources.first { return source }
    let withMaster = members.filter { $0.values.known("master_username") != nil }
    if withMaster.count == 1 {
      remarks.assume(withMaster[0], "the writer: only this cluster brings a master user")
      return withMaster[0]
    }
    if let first = members.first, members.count > 1 {
      remarks.assume(
        first, "the writer: it is the first in the plan, which does not say which cluster writes")
    }
    return members.first
  }
}
