// A primary with read replicas elsewhere: each replica names its primary. Replication is asynchronous; that a
// replica takes over is a person's decision. Amazon RDS User Guide, "Working with DB instance read replicas";
// Cloud SQL, "About replication"; Azure Database for PostgreSQL and MySQL, "Read replicas".

import Histories

enum ReadReplicas: DatabaseReader {
  private struct Kind {
    let type: String
    /// The attribute that names the primary.
    let link: String
    let identities: [String]
    let product: String
  }

  private static let kinds = [
    Kind(
      type: "aws_db_instance", link: "replicate_source_db",
      identities: ["arn", "identifier", "id"],
      product: "Amazon RDS with read replicas"),
    Kind(
      type: "aws_rds_cluster", link: "replication_source_identifier", identities: ["arn", "id"],
      product: "Amazon Aurora with replica clusters"),
    Kind(
      type: "google_sql_database_instance", link: "master_instance_name",
      identities: ["name", "id"], product: "Cloud SQL with read replicas"),
    Kind(
      type: "azurerm_postgresql_flexible_server", link: "source_server_id", identities: ["id"],
      product: "Azure Database for PostgreSQL with read replicas"),
    Kind(
      type: "azurerm_mysql_flexible_server", link: "source_server_id", identities: ["id"],
      product: "Azure Database for MySQL with read replicas"),
  ]

  static var types: [ImportedType] {
    kinds.map {
      ImportedType($0.type, "with replicas in other regions: async-primary with manual failover")
    }
  }

  static func databases(_ survey: Survey) throws -> [Database] {
    // The members of a global cluster are told of there.
    let taken = Set(try GlobalClusters.databases(survey).flatMap(\.parts).map(\.address))
    return try kinds.flatMap { kind in
      let servers = survey.plan.managed(kind.type).filter { !taken.contains($0.address) }
      var replicas: [String: [Resource]] = [:]
      var isReplica: Set<String> = []
      for server in servers {
        let primary = primary(of: server, kind, servers, survey)
        guard let primary, primary.address != server.address else { continue }
        replicas[primary.address, default: []].append(server)
        isReplica.insert(server.address)
      }
      return try servers.filter { !isReplica.contains($0.address) }.map {
        try database($0, replicas[$0.address] ?? [], kind, survey)
      }
    }
  }

  private static func primary(
    of server: Resource, _ kind: Kind, _ servers: [Resource], _ survey: Survey
  ) -> Resource? {
    if case .string(let text) = server.values[kind.link]?.kind {
      let named = servers.first { candidate in
        kind.identities.contains { name in
          if case .string(text) = candidate.values[name]?.kind { true } else { false }
        }
      }
      if let named { return named }
    }
    return survey.plan.targets(of: server, [.name(kind.link)]).first { $0.type == kind.type }
  }

  private static func database(
    _ primary: Resource, _ replicas: [Resource], _ kind: Kind, _ survey: Survey
  ) throws -> Database {
    var remarks = Remarks()
    var regions: [CloudRegion] = []
    for server in [primary] + replicas {
      if let region = try survey.region(of: server, &remarks) { regions.append(region) }
      if server.values.known(kind.link) != nil, server.address == primary.address {
        remarks.omit(server, "it is a replica of a database that is not in the plan")
      }
    }
    regions = regions.distinct
    return Database(
      resource: primary, parts: replicas, product: kind.product, regions: regions,
      replication: regions.count > 1
        ? .asyncPrimary(failover: .manual, reads: .primary, acknowledgedByAll: false) : .none,
      remarks: remarks)
  }
}
