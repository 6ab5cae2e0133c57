// Failover groups of Azure SQL: one server writes, its partner follows. The policy Automatic waits for hours of
// grace before it forces a failover, so a person decides in any outage worth simulating. Azure SQL
// documentation, "Failover groups overview and best practices".

import Histories

enum SQLFailoverGroups: DatabaseReader {
  static let types = [
    ImportedType("azurerm_mssql_failover_group", "async-primary with manual failover"),
    ImportedType(
      "azurerm_mssql_managed_instance_failover_group", "async-primary with manual failover"),
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    try survey.plan.managed("azurerm_mssql_failover_group").map {
      try group($0, ["server_id"], ["partner_server", "id"], survey)
    }
      + survey.plan.managed("azurerm_mssql_managed_instance_failover_group").map {
        try group($0, ["managed_instance_id"], ["partner_managed_instance_id"], survey)
      }
  }

  private static func group(
    _ group: Resource, _ primary: [PathStep], _ partner: [PathStep], _ survey: Survey
  ) throws -> Database {
    var remarks = Remarks()
    let servers =
      survey.plan.targets(of: group, primary).prefix(1) + survey.plan.targets(of: group, partner)
    var regions: [CloudRegion] = []
    for server in servers {
      if let region = try survey.region(of: server, &remarks) { regions.append(region) }
    }
    for server in try group.values.blocks("partner_server") {
      let location = try server.text("location")
      if let region = location.flatMap({ CloudRegion(azure: $0) }) { regions.append(region) }
    }
    regions = regions.distinct
    if regions.count < 2 {
      remarks.omit(group, "the plan does not say where both servers are")
    }
    if let policy = try group.values.blocks("read_write_endpoint_failover_policy").first,
      try policy.text("mode") == "Automatic"
    {
      let minutes = try policy.integer("grace_minutes") ?? 60
      remarks.omit(
        group,
        "automatic failover after \(minutes) min of grace: the scenario ends before; promote in faults is "
          + "a person's failover")
    }
    remarks.omit(
      group, "its listener is a DNS name with a TTL of 30 s; clients reach regions directly")
    return Database(
      resource: group, parts: Array(servers), product: "Azure SQL Database failover group",
      regions: regions,
      replication: regions.count > 1
        ? .asyncPrimary(failover: .manual, reads: .primary, acknowledgedByAll: false) : .none,
      preset: "azure-sql-failover-group", remarks: remarks)
  }
}
