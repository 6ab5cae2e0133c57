// Azure's Redis in several regions: a linked server is a passive copy (Azure Cache for Redis, "Configure
// passive geo-replication"); linked databases of the Enterprise tiers all take writes and merge (Redis, "Active-
// Active geo-distributed Redis").

import Histories

enum RedisLinks: DatabaseReader {
  static let types = [
    ImportedType("azurerm_redis_linked_server", "async-primary with manual failover"),
    ImportedType(
      "azurerm_redis_enterprise_database", "crdt by wall clock, with linked databases elsewhere"),
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    try survey.plan.managed("azurerm_redis_linked_server").map { try passive($0, survey) }
      + survey.plan.managed("azurerm_redis_enterprise_database").filter {
        $0.values.known("linked_database_id") != nil || $0.isUnknown("linked_database_id")
      }.map { try active($0, survey) }
  }

  private static func passive(_ link: Resource, _ survey: Survey) throws -> Database {
    var remarks = Remarks()
    let target = survey.plan.targets(of: link, ["target_redis_cache_name"]).first
    let linked = survey.plan.targets(of: link, ["linked_redis_cache_id"]).first
    var regions: [CloudRegion] = []
    if let target, let region = try survey.region(of: target, &remarks) { regions.append(region) }
    let location = try link.values.text("linked_redis_cache_location")
    if let region = location.flatMap({ CloudRegion(azure: $0) }) {
      regions.append(region)
    } else if let linked, let region = try survey.region(of: linked, &remarks) {
      regions.append(region)
    }
    // The role is that of the linked cache.
    if try link.values.text("server_role") == "Primary" { regions.reverse() }
    regions = regions.distinct
    if regions.count < 2 { remarks.omit(link, "the plan does not say where both caches are") }
    return Database(
      resource: link, parts: [target, linked].compactMap { $0 },
      product: "Azure Cache for Redis, passive geo-replication", regions: regions,
      replication: regions.count > 1
        ? .asyncPrimary(failover: .manual, reads: .primary, acknowledgedByAll: false) : .none,
      remarks: remarks)
  }

  private static func active(_ database: Resource, _ survey: Survey) throws -> Database {
    var remarks = Remarks()
    let clusters =
      survey.plan.targets(of: database, ["cluster_id"])
      + survey.plan.targets(of: database, ["linked_database_id"])
    var regions: [CloudRegion] = []
    for cluster in clusters where cluster.type == "azurerm_redis_enterprise_cluster" {
      if let region = try survey.region(of: cluster, &remarks) { regions.append(region) }
    }
    regions = regions.distinct
    if regions.count < 2 {
      remarks.omit(database, "the plan does not say where the linked databases' clusters are")
    }
    return Database(
      resource: database, parts: clusters,
      product: "Azure Redis Enterprise, active geo-replication",
      regions: regions, replication: regions.count > 1 ? .merging : .none,
      preset: "redis-active-active", remarks: remarks)
  }
}
