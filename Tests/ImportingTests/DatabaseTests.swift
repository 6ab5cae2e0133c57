// What each database becomes.

import Importing
import Testing

@Suite("Databases")
struct DatabaseTests {
  private static let google = ["google": "us-central1"]

  private func check(
    _ resources: [Made], regions: String, strategy: String, remark: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try imported(plan(resources))
    #expect(result.section("regions") == "[\(regions)]", sourceLocation: sourceLocation)
    let found = result.section("strategy")?.split(separator: "\n").joined(separator: " ")
    #expect(found == strategy, sourceLocation: sourceLocation)
    if let remark {
      #expect(
        result.hasRemark(remark), "\(result.remarks)", sourceLocation: sourceLocation)
    }
  }

  @Test func dynamoDB() throws {
    try check(
      [
        Made(
          "aws_dynamodb_table.t",
          """
          {"name": "t", "replica": [{"region_name": "us-east-2", "consistency_mode": "STRONG"}],
           "global_table_witness": [{"region_name": "us-west-2"}]}
          """)
      ],
      regions: "us-east-1, us-east-2, us-west-2", strategy: "{kind: quorum, linearizable: true}",
      remark: "us-west-2 is a witness, which serves nobody")
    try check(
      [
        Made("aws_dynamodb_table.a", "{\"name\": \"t\"}"),
        Made("aws_dynamodb_table.b", "{\"name\": \"t\"}", of: "aws.eu"),
        Made(
          "aws_dynamodb_global_table.t",
          """
          {"name": "t", "replica": [{"region_name": "us-east-1"}, {"region_name": "eu-west-1"}]}
          """),
      ],
      regions: "us-east-1, eu-west-1", strategy: "{kind: crdt, clock: wall, counter: none}")
    try check(
      [Made("aws_dynamodb_table.t", "{\"replica\": []}")], regions: "us-east-1",
      strategy: "{kind: async-primary, primary: us-east-1, failover: none}")
  }

  @Test func globalClusters() throws {
    let store = Made(
      "aws_elasticache_global_replication_group.g", "{}", of: "aws",
      "{\"primary_replication_group_id\": \(references("aws_elasticache_replication_group.b.id"))}")
    let link =
      "{\"global_replication_group_id\": \(references("aws_elasticache_global_replication_group.g.id"))}"
    try check(
      [
        store, Made("aws_elasticache_replication_group.a", "{}", of: "aws", link),
        Made("aws_elasticache_replication_group.b", "{}", of: "aws.eu"),
      ],
      regions: "eu-west-1, us-east-1",
      strategy: "{kind: async-primary, primary: eu-west-1, failover: manual}")
    func member(_ name: String, _ region: String) -> Made {
      Made(
        "aws_rds_cluster.\(name)",
        """
        {"arn": "arn:aws:rds:\(region):1:cluster:\(name)", "global_cluster_identifier": "g"}
        """, of: "none")
    }
    func global(_ members: String) -> Made {
      Made(
        "aws_rds_global_cluster.g",
        "{\"global_cluster_identifier\": \"g\", \"global_cluster_members\": [\(members)]}")
    }
    let writer = "{\"db_cluster_arn\": \"arn:aws:rds:us-west-2:1:cluster:b\", \"is_writer\": true}"
    try check(
      [global(writer), member("a", "us-east-1"), member("b", "us-west-2")],
      regions: "us-west-2, us-east-1",
      strategy: "{kind: async-primary, primary: us-west-2, failover: manual}")
    try check(
      [global(""), member("a", "us-east-1"), member("b", "us-west-2")],
      regions: "us-east-1, us-west-2",
      strategy: "{kind: async-primary, primary: us-east-1, failover: manual}",
      remark: "assumed: aws_rds_cluster.a: the writer: it is the first in the plan")
  }

  @Test func readReplicas() throws {
    try check(
      [
        Made(
          "aws_db_instance.copy", "{}", of: "aws.eu",
          "{\"replicate_source_db\": \(references("aws_db_instance.main.arn"))}"),
        Made("aws_db_instance.main"),
      ],
      regions: "us-east-1, eu-west-1",
      strategy: "{kind: async-primary, primary: us-east-1, failover: manual}")
    try check(
      [
        Made("google_sql_database_instance.m", "{\"name\": \"m\", \"region\": \"us-east1\"}"),
        Made(
          "google_sql_database_instance.r",
          "{\"name\": \"r\", \"region\": \"europe-west1\", \"master_instance_name\": \"m\"}"),
      ],
      regions: "us-east1, europe-west1",
      strategy: "{kind: async-primary, primary: us-east1, failover: manual}")
  }

  @Test func cosmos() throws {
    func account(_ level: String, _ more: String = "\"kind\": \"GlobalDocumentDB\"") -> Made {
      Made(
        "azurerm_cosmosdb_account.a",
        """
        {"location": "West Europe", "consistency_policy": [{"consistency_level": "\(level)"}], \(more),
         "geo_location": [{"location": "North Europe", "failover_priority": 1},
          {"location": "westeurope", "failover_priority": 0}]}
        """)
    }
    let regions = "westeurope, northeurope"
    try check(
      [account("Strong")], regions: regions,
      strategy:
        "{kind: async-primary, primary: westeurope, failover: manual, acknowledge: all}")
    try check(
      [account("Eventual", "\"enable_automatic_failover\": true")], regions: regions,
      strategy: "{kind: async-primary, primary: westeurope, failover: manual, reads: local}",
      remark: "not mapped: azurerm_cosmosdb_account.a: service-managed failover: two regions cannot"
    )
    try check(
      [account("Session")], regions: regions,
      strategy: "{kind: async-primary, primary: westeurope, failover: manual, reads: session}")
    let third = "{\"location\": \"eastus\", \"failover_priority\": 2}"
    var three = account("Eventual", "\"enable_automatic_failover\": true")
    three.values.replace("\"geo_location\": [", with: "\"geo_location\": [\(third), ")
    try check(
      [three], regions: "\(regions), eastus",
      strategy: "{kind: async-primary, primary: westeurope, failover: automatic, reads: local}",
      remark: "assumed: azurerm_cosmosdb_account.a: service-managed failover")
    for name in ["multiple_write_locations_enabled", "enable_multiple_write_locations"] {
      try check(
        [account("Session", "\"\(name)\": true")], regions: regions, strategy: "{kind: crdt}")
    }
  }

  @Test func sqlFailoverGroup() throws {
    try check(
      [
        Made(
          "azurerm_mssql_failover_group.g",
          """
          {"read_write_endpoint_failover_policy": [{"mode": "Automatic", "grace_minutes": 90}],
           "partner_server": [{}]}
          """, of: "azurerm",
          """
          {"server_id": \(references("azurerm_mssql_server.b.id", "azurerm_mssql_server.b")),
           "partner_server": [{"id": \(references("azurerm_mssql_server.a.id"))}]}
          """),
        Made("azurerm_mssql_server.a", "{\"location\": \"northeurope\"}"),
        Made("azurerm_mssql_server.b", "{\"location\": \"westeurope\"}"),
      ],
      regions: "westeurope, northeurope",
      strategy: "{kind: async-primary, primary: westeurope, failover: manual}",
      remark: "automatic failover after 90 min of grace")
  }

  @Test func spanner() throws {
    try check(
      [Made("google_spanner_instance.s", "{\"config\": \"projects/p/instanceConfigs/nam6\"}")],
      regions: "us-central1, us-east1, us-central2, us-west1, us-west2",
      strategy:
        "{kind: raft, reads: index, preferred: us-central1, members: [us-central1, us-east1, us-central2]}",
      remark: "by Google's table")
    try check(
      [Made("google_spanner_instance.s", "{\"config\": \"regional-europe-west1\"}")],
      regions: "europe-west1",
      strategy: "{kind: async-primary, primary: europe-west1, failover: none}")
    let both = try imported(
      plan([
        Made("google_spanner_instance.s", "{\"config\": \"moon1\"}"),
        Made("google_bigtable_instance.b", "{\"cluster\": [{\"zone\": \"us-east1-b\"}]}"),
      ]))
    #expect(
      both.hasRemark("not mapped: google_spanner_instance.s: which regions configuration 'moon1'"))
  }

  @Test func googleStores() throws {
    try check(
      [
        Made(
          "google_bigtable_instance.b",
          "{\"cluster\": [{\"zone\": \"us-east1-b\"}, {\"zone\": \"europe-west1-c\"}]}")
      ],
      regions: "us-east1, europe-west1", strategy: "{kind: crdt, clock: wall, counter: none}",
      remark: "multi-cluster routing")
    try check(
      [Made("google_firestore_database.f", "{\"location_id\": \"eur3\"}")],
      regions: "europe-west1, europe-west4, europe-north1", strategy: "{kind: raft, reads: index}")
  }

  @Test func redis() throws {
    try check(
      [
        Made(
          "azurerm_redis_linked_server.l",
          "{\"server_role\": \"Secondary\", \"linked_redis_cache_location\": \"northeurope\"}",
          of: "azurerm",
          "{\"target_redis_cache_name\": \(references("azurerm_redis_cache.a.name"))}"),
        Made("azurerm_redis_cache.a", "{\"location\": \"westeurope\"}"),
      ],
      regions: "westeurope, northeurope",
      strategy: "{kind: async-primary, primary: westeurope, failover: manual}")
    try check(
      [
        Made(
          "azurerm_redis_enterprise_database.d", "{\"linked_database_id\": [\"a\", \"b\"]}",
          of: "azurerm",
          """
          {"cluster_id": \(references("azurerm_redis_enterprise_cluster.a.id")),
           "linked_database_id": \(references("azurerm_redis_enterprise_cluster.b.id"))}
          """),
        Made("azurerm_redis_enterprise_cluster.a", "{\"location\": \"westeurope\"}"),
        Made("azurerm_redis_enterprise_cluster.b", "{\"location\": \"eastus\"}"),
      ],
      regions: "westeurope, eastus", strategy: "{kind: crdt, clock: wall}")
  }

  @Test func atlasAndCockroach() throws {
    try check(
      [
        Made(
          "mongodbatlas_advanced_cluster.m",
          """
          {"replication_specs": [{"region_configs": [
            {"provider_name": "AWS", "region_name": "EU_WEST_1", "priority": 6,
             "electable_specs": [{"node_count": 1}]},
            {"provider_name": "AWS", "region_name": "US_EAST_1", "priority": 7,
             "electable_specs": [{"node_count": 2}]},
            {"provider_name": "AWS", "region_name": "US_WEST_2", "priority": 0,
             "read_only_specs": [{"node_count": 1}]},
            {"provider_name": "GCP", "region_name": "CENTRAL_US", "priority": 5}]}]}
          """)
      ],
      regions: "us-east-1, eu-west-1, us-west-2",
      strategy:
        "{kind: raft, reads: index, preferred: us-east-1, members: [us-east-1, eu-west-1]}",
      remark: "region 'CENTRAL_US' of GCP: only AWS's names are known")
    try check(
      [
        Made(
          "cockroach_cluster.c",
          """
          {"cloud_provider": "GCP", "regions": [{"name": "us-east1"},
           {"name": "europe-west1", "primary": true}]}
          """)
      ],
      regions: "europe-west1, us-east1",
      strategy: "{kind: raft, reads: index, preferred: europe-west1, members: [europe-west1]}",
      remark: "SURVIVE ZONE FAILURE, the default")
  }

  @Test func buckets() throws {
    func rules(_ name: String, _ bucket: String, _ copy: String) -> Made {
      Made(
        "aws_s3_bucket_replication_configuration.\(name)", "{}", of: "aws",
        """
        {"bucket": \(references("aws_s3_bucket.\(bucket).id")),
         "rule": [{"destination": [{"bucket": \(references("aws_s3_bucket.\(copy).arn"))}]}]}
        """)
    }
    let buckets = [Made("aws_s3_bucket.a"), Made("aws_s3_bucket.b", "{}", of: "aws.eu")]
    try check(
      buckets + [rules("ab", "a", "b")], regions: "us-east-1, eu-west-1",
      strategy: "{kind: async-primary, primary: us-east-1, failover: none, reads: local}")
    try check(
      buckets + [rules("ab", "a", "b"), rules("ba", "b", "a")], regions: "us-east-1, eu-west-1",
      strategy: "{kind: crdt, clock: wall, counter: none}")
    // Where there is a database, objects are told of.
    try check(
      buckets + [
        rules("ab", "a", "b"),
        Made("aws_dynamodb_table.t", "{\"replica\": [{\"region_name\": \"us-west-2\"}]}"),
      ],
      regions: "us-east-1, us-west-2", strategy: "{kind: crdt, clock: wall, counter: none}",
      remark: "not mapped: aws_s3_bucket_replication_configuration.ab: S3 replication, one way")
  }
}
