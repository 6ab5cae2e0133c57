// Azure Cosmos DB: the consistency level and the number of write regions decide. Azure Cosmos DB
// documentation, "Consistency levels in Azure Cosmos DB" and "Conflict types and resolution policies".

import Histories

enum CosmosAccounts: DatabaseReader {
  static let types = [
    ImportedType(
      "azurerm_cosmosdb_account",
      "several write regions: crdt; Strong: async-primary acknowledged by all; else async-primary with "
        + "reads by session, within the bound, or local")
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    try survey.plan.managed("azurerm_cosmosdb_account").map { try database($0, survey) }
  }

  private static func database(_ account: Resource, _ survey: Survey) throws -> Database {
    var remarks = Remarks()
    let values = account.values
    let locations = try values.blocks("geo_location").map { location in
      (name: try location.text("location"), order: try location.integer("failover_priority") ?? 0)
    }
    // Stable: equal priorities keep the plan's order.
    let ordered = locations.enumerated().sorted {
      ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
    }
    let regions = ordered.compactMap { $0.element.name.flatMap { CloudRegion(azure: $0) } }.distinct
    if regions.count < locations.count {
      remarks.omit(account, "a geo_location whose region is not known before apply")
    }
    let policy = try values.blocks("consistency_policy").first
    let level = try policy?.text("consistency_level")
    let isMultiWrite =
      try values.flag("multiple_write_locations_enabled")
      ?? values.flag("enable_multiple_write_locations") ?? false
    if level == nil { remarks.assume(account, "Session consistency, the default of the service") }
    guard regions.count > 1 else {
      return Database(
        resource: account, product: "Azure Cosmos DB account", regions: regions, replication: .none,
        remarks: remarks)
    }
    if isMultiWrite {
      if let level, level != "Session", level != "Eventual" {
        remarks.omit(account, "\(level.printable) consistency; the strategy keeps sessions' order")
      }
      return Database(
        resource: account, product: "Azure Cosmos DB, several write regions", regions: regions,
        replication: .lastWriterWins(byWallClock: false), preset: "cosmos-db-multi-region-writes",
        remarks: remarks)
    }
    let isManaged =
      try values.flag("automatic_failover_enabled") ?? values.flag("enable_automatic_failover")
      ?? false
    // Our lease is settled by a majority of the regions, the service's by what runs it.
    let isAutomatic = isManaged && regions.count > 2
    if isAutomatic {
      remarks.assume(
        account,
        "service-managed failover as with a lease of the strategy's default: how long the service waits "
          + "is not in the plan")
    } else if isManaged {
      remarks.omit(
        account,
        "service-managed failover: two regions cannot elect one of them; promote in faults, with fencing: "
          + "false, is the service's failover")
    }
    let isStrong = level == "Strong"
    var reads = isStrong ? Replication.Reads.primary : .local
    switch level ?? "Session" {
    case "BoundedStaleness":
      reads = .bounded(
        seconds: try policy?.integer("max_interval_in_seconds", in: 5...86_400) ?? 5,
        versions: try policy?.integer("max_staleness_prefix", in: 1...1_000_000_000) ?? 100)
    case "Session": reads = .session
    case "ConsistentPrefix":
      remarks.omit(account, "consistent prefix; the strategy's log keeps it")
    default: break
    }
    return Database(
      resource: account, product: "Azure Cosmos DB, \(level?.printable ?? "Session") consistency",
      regions: regions,
      replication: .asyncPrimary(
        failover: isAutomatic ? .automatic : .manual, reads: reads,
        acknowledgedByAll: isStrong),
      preset: isStrong ? "cosmos-db-strong" : reads == .local ? "cosmos-db-eventual" : nil,
      remarks: remarks)
  }
}
