// What each way to a region becomes.

import Testing

@testable import Importing

@Suite("Routing")
struct RoutingTests {
  private func check(
    _ resources: [Made], _ traffic: String, remark: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try imported(plan(resources))
    #expect(result.section("traffic") == traffic, sourceLocation: sourceLocation)
    if let remark {
      #expect(result.hasRemark(remark), "\(result.remarks)", sourceLocation: sourceLocation)
    }
  }

  /// A record for each region, with a policy.
  private func records(_ policies: [String], ttl: Int = 30) -> [Made] {
    let balancers = [Made("aws_lb.a"), Made("aws_lb.b", "{}", of: "aws.eu")]
    return balancers
      + zip(["a", "b"], policies).map { name, policy in
        Made(
          "aws_route53_record.\(name)",
          "{\"name\": \"x\", \"type\": \"A\", \"zone_id\": \"Z\", \"ttl\": \(ttl), \(policy)}",
          of: "aws",
          "{\"records\": \(references("aws_lb.\(name).dns_name", "aws_lb.\(name)"))}")
      }
  }

  @Test func weighted() throws {
    try check(
      records([
        "\"weighted_routing_policy\": [{\"weight\": 80}]",
        "\"weighted_routing_policy\": [{\"weight\": 20}]",
      ]),
      """
      provider: route53
      policy: weighted
      order: [us-east-1, eu-west-1]
      weights: {us-east-1: 4, eu-west-1: 1}
      ttl: 30s
      """)
  }

  @Test func byPlace() throws {
    let order = "order: [us-east-1, eu-west-1]"
    try check(
      records([
        "\"geolocation_routing_policy\": [{\"continent\": \"NA\"}]",
        "\"geolocation_routing_policy\": [{\"country\": \"*\"}]",
      ]),
      """
      provider: route53
      policy: geolocation
      \(order)
      locations: {us-east-1: us-east-1, default: eu-west-1}
      ttl: 30s
      """)
    // The narrower record wins; whom none is for gets no answer.
    try check(
      records([
        "\"geolocation_routing_policy\": [{\"continent\": \"EU\"}]",
        "\"geolocation_routing_policy\": [{\"country\": \"IE\"}]",
      ]),
      """
      provider: route53
      policy: geolocation
      \(order)
      locations: {eu-west-1: eu-west-1}
      ttl: 30s
      """, remark: "who is near us-east-1 gets no answer")
    try check(
      records([
        "\"geolocation_routing_policy\": [{\"country\": \"US\", \"subdivision\": \"WA\"}]",
        "\"geolocation_routing_policy\": [{\"continent\": \"AF\"}]",
      ]),
      "provider: route53\npolicy: latency\n\(order)\nttl: 30s",
      remark: "geolocation with no region in its areas: by latency")
    try check(
      records([
        "\"geoproximity_routing_policy\": [{\"aws_region\": \"us-west-2\", \"bias\": 10}]",
        "\"geoproximity_routing_policy\": [{\"aws_region\": \"eu-central-1\"}]",
      ]),
      """
      provider: route53
      policy: geoproximity
      order: [us-west-2, eu-central-1]
      bias: {us-west-2: 10}
      ttl: 30s
      """)
    try check(
      records([
        "\"geoproximity_routing_policy\": [{\"aws_region\": \"cn-north-1\"}]",
        "\"geoproximity_routing_policy\": [{\"aws_region\": \"eu-central-1\"}]",
      ]),
      "provider: route53\npolicy: latency\norder: [cn-north-1, eu-central-1]\nttl: 30s",
      remark: "geoproximity where the regions' places are not known")
    try check(
      records(
        [
          "\"multivalue_answer_routing_policy\": true",
          "\"multivalue_answer_routing_policy\": true",
        ], ttl: 1_000_000),
      "provider: route53\npolicy: multivalue\n\(order)\nttl: 604800s",
      remark: "a TTL of 1000000 s; in the scenario a week")
    // However long a record lives, a run ends within the hour.
    let week = try imported(
      plan(
        records(
          Array(repeating: "\"multivalue_answer_routing_policy\": true", count: 2), ttl: 604_800)))
    #expect(week.hasRemark("clients leave a region only after some 604890 s"))
    #expect(week.section("duration") == "2760s")
    let cidr = try imported(
      plan(
        records(
          Array(repeating: "\"cidr_routing_policy\": [{\"location_name\": \"*\"}]", count: 2))))
    #expect(cidr.section("traffic") == nil)
    #expect(cidr.hasRemark("policies by the client's network (CIDR)"))
  }

  @Test func territories() {
    func codes(_ cloud: Cloud, _ name: String) -> [String] {
      Territory.codes(of: CloudRegion(cloud: cloud, name: name))
    }
    #expect(codes(.aws, "ap-southeast-2") == ["AU", "GEO-OC"])
    #expect(codes(.gcp, "europe-west1") == ["BE", "GEO-EU"])
    #expect(codes(.gcp, "europe-west12") == ["IT", "GEO-EU"])
    #expect(codes(.azure, "southeastasia") == ["SG", "GEO-AS"])
    #expect(codes(.azure, "uaenorth") == ["AE", "GEO-ME", "GEO-AS"])
    #expect(codes(.aws, "xx-north-1").isEmpty)
  }

  @Test("checks: calculated, disabled, not a probe, none at all")
  func healthChecks() throws {
    func failover(_ check: String) -> [Made] {
      let records = records(
        ["PRIMARY", "SECONDARY"].map { "\"failover_routing_policy\": [{\"type\": \"\($0)\"}]" })
      return records.map { record in
        guard record.address == "aws_route53_record.a", !check.isEmpty else { return record }
        var record = record
        record.expressions =
          record.expressions.dropLast() + ", \"health_check_id\": \(references(check))}"
        return record
      }
    }
    let calculated = [
      Made(
        "aws_route53_health_check.all", "{\"type\": \"CALCULATED\", \"child_health_threshold\": 1}",
        of: "aws",
        """
        {"child_healthchecks": \(references("aws_route53_health_check.x.id", "aws_route53_health_check.y.id"))}
        """),
      Made(
        "aws_route53_health_check.x",
        "{\"type\": \"HTTP\", \"request_interval\": 10, \"failure_threshold\": 5, \"disabled\": true}"
      ),
      Made("aws_route53_health_check.y", "{\"type\": \"HTTP\", \"request_interval\": 30}"),
    ]
    let head = "provider: route53\npolicy: failover\norder: [us-east-1, eu-west-1]\nttl: 30s"
    try check(
      failover("aws_route53_health_check.all.id") + calculated,
      "\(head)\nhealth-check: {interval: 10s, threshold: 5}", remark: "it counts 2 others")
    try check(
      failover("aws_route53_health_check.all.id") + calculated,
      "\(head)\nhealth-check: {interval: 10s, threshold: 5}",
      remark: "aws_route53_health_check.x: it is disabled")
    try check(
      failover("aws_route53_health_check.c.id")
        + [Made("aws_route53_health_check.c", "{\"type\": \"RECOVERY_CONTROL\"}")],
      head, remark: "it is no probe (RECOVERY_CONTROL)")
    try check(failover(""), head, remark: "it has no health check: Route 53 would never fail over")
  }

  @Test("an alias and an accelerator have their load balancer's word for its health")
  func targetGroups() throws {
    let front = [
      Made("aws_lb.a"), Made("aws_lb.b", "{}", of: "aws.eu"),
      Made(
        "aws_lb_listener.a", "{}", of: "aws",
        """
        {"load_balancer_arn": \(references("aws_lb.a.arn", "aws_lb.a")),
         "default_action": [{"target_group_arn": \(references("aws_lb_target_group.a.arn"))}]}
        """),
      Made(
        "aws_lb_target_group.a",
        "{\"health_check\": [{\"interval\": 15, \"unhealthy_threshold\": 2, \"timeout\": 5}]}"),
    ]
    func record(_ name: String) -> Made {
      Made(
        "aws_route53_record.\(name)",
        """
        {"name": "x", "type": "A", "weighted_routing_policy": [{"weight": 1}],
         "alias": [{"evaluate_target_health": true}]}
        """, of: "aws", "{\"alias\": [{\"name\": \(references("aws_lb.\(name).dns_name"))}]}")
    }
    try check(
      front + [record("a"), record("b")],
      """
      provider: route53
      policy: weighted
      order: [us-east-1, eu-west-1]
      weights: {us-east-1: 1, eu-west-1: 1}
      ttl: 60s
      health-check: {interval: 15s, threshold: 2, timeout: 5s}
      """, remark: "aws_route53_record.b: its target's health is checked as by default")
    func group(_ name: String, _ region: String) -> Made {
      Made(
        "aws_globalaccelerator_endpoint_group.\(name)",
        "{\"endpoint_group_region\": \"\(region)\"}",
        of: "aws",
        """
        {"listener_arn": \(references("aws_globalaccelerator_listener.l.id")),
         "endpoint_configuration": [{"endpoint_id": \(references("aws_lb.\(name).arn"))}]}
        """)
    }
    try check(
      front + [
        Made("aws_globalaccelerator_listener.l"), group("a", "us-east-1"), group("b", "eu-west-1"),
      ],
      """
      provider: global-accelerator
      policy: accelerator
      order: [us-east-1, eu-west-1]
      health-check: {interval: 15s, threshold: 2, timeout: 5s}
      """, remark: "health checks that differ; the first group's is taken")
  }

  @Test("a region that the plan does not give is told of, and names are an assumption")
  func unknownRegions() throws {
    func record(_ name: String, _ host: String) -> Made {
      Made(
        "aws_route53_record.\(name)",
        """
        {"name": "x", "type": "A", "zone_id": "Z", "ttl": 30, "records": ["\(host)"],
         "set_identifier": "\(name)", "weighted_routing_policy": [{"weight": 1}]}
        """)
    }
    let table = Made("aws_dynamodb_table.t", "{}")
    let lost = try imported(plan([record("a", "192.0.2.1"), record("b", "192.0.2.2"), table]))
    #expect(lost.section("traffic") == nil)
    #expect(lost.hasRemark("not mapped: aws_route53_record.a: the plan does not say which region"))
    let named = try imported(
      plan([record("a", "x.us-west-2.elb.amazonaws.com"), record("to-eu-central-1", "192.0.2.2")]))
    #expect(named.section("traffic")?.contains("{us-west-2: 1, eu-central-1: 1}") == true)
    #expect(named.hasRemark("assumed: aws_route53_record.a: leads to us-west-2: that is in"))
    #expect(named.hasRemark("leads to eu-central-1: it is called 'to-eu-central-1'"))
    let local = Made(
      "aws_route53_record.c",
      "{\"name\": \"x\", \"type\": \"A\", \"weighted_routing_policy\": [{\"weight\": 1}]}",
      of: "aws",
      "{\"records\": \(references("local.hosts"))}")
    #expect(
      try imported(plan([local, table])).hasRemark("it leads through a local value"))
  }

  @Test func globalAccelerator() throws {
    func group(_ name: String, _ region: String, _ dial: Int) -> Made {
      Made(
        "aws_globalaccelerator_endpoint_group.\(name)",
        """
        {"endpoint_group_region": "\(region)", "health_check_interval_seconds": 30,
         "threshold_count": 3, "traffic_dial_percentage": \(dial)}
        """, of: "aws",
        "{\"listener_arn\": \(references("aws_globalaccelerator_listener.l.id"))}")
    }
    let front = [
      Made("aws_globalaccelerator_accelerator.x"),
      Made(
        "aws_globalaccelerator_listener.l", "{}", of: "aws",
        "{\"accelerator_arn\": \(references("aws_globalaccelerator_accelerator.x.id"))}"),
    ]
    let tail = "order: [us-east-1, eu-west-1]\nhealth-check: {interval: 30s, threshold: 3}"
    try check(
      front + [group("a", "us-east-1", 100), group("b", "eu-west-1", 100)],
      "provider: global-accelerator\npolicy: accelerator\n\(tail)")
    try check(
      front + [group("a", "us-east-1", 50), group("b", "eu-west-1", 100)],
      "provider: global-accelerator\npolicy: accelerator\n\(tail)",
      remark: "traffic dials (us-east-1 50 %, eu-west-1 100 %)")
  }

  @Test func trafficManager() throws {
    let profile = Made(
      "azurerm_traffic_manager_profile.p",
      """
      {"traffic_routing_method": "Weighted", "dns_config": [{"relative_name": "x", "ttl": 60}],
       "monitor_config": [{"interval_in_seconds": 30, "timeout_in_seconds": 10,
        "tolerated_number_of_failures": 3}]}
      """)
    func endpoint(_ name: String, _ more: String) -> Made {
      Made(
        "azurerm_traffic_manager_external_endpoint.\(name)", "{\"name\": \"\(name)\", \(more)}",
        of: "azurerm",
        "{\"profile_id\": \(references("azurerm_traffic_manager_profile.p.id"))}")
    }
    try check(
      [
        profile,
        endpoint("a", "\"weight\": 3, \"target\": \"x.westeurope.cloudapp.azure.com\""),
        endpoint(
          "b", "\"weight\": 1, \"target\": \"b.example\", \"endpoint_location\": \"East US\""),
        endpoint("c", "\"weight\": 9, \"enabled\": false, \"endpoint_location\": \"northeurope\""),
      ],
      """
      provider: traffic-manager
      policy: weighted
      order: [westeurope, eastus]
      weights: {westeurope: 3, eastus: 1}
      ttl: 60s
      health-check: {interval: 30s, threshold: 4, timeout: 10s}
      """, remark: "azurerm_traffic_manager_external_endpoint.c: it is disabled")
  }

  @Test("Traffic Manager by place: countries, continents, the world")
  func geographic() throws {
    func endpoint(_ name: String, _ codes: String, _ location: String) -> Made {
      Made(
        "azurerm_traffic_manager_external_endpoint.\(name)",
        "{\"geo_mappings\": [\(codes)], \"endpoint_location\": \"\(location)\"}", of: "azurerm",
        "{\"profile_id\": \(references("azurerm_traffic_manager_profile.p.id"))}")
    }
    try check(
      [
        Made("azurerm_traffic_manager_profile.p", "{\"traffic_routing_method\": \"Geographic\"}"),
        endpoint("a", "\"GEO-EU\"", "westeurope"), endpoint("b", "\"WORLD\", \"US-WA\"", "eastus"),
      ],
      """
      provider: traffic-manager
      policy: geolocation
      order: [westeurope, eastus]
      locations: {westeurope: westeurope, default: eastus}
      """, remark: "US-WA: regions have countries only")
  }

  @Test func frontDoor() throws {
    func origin(_ name: String, _ priority: Int) -> Made {
      Made(
        "azurerm_cdn_frontdoor_origin.\(name)",
        "{\"enabled\": true, \"priority\": \(priority), \"weight\": 500}", of: "azurerm",
        """
        {"cdn_frontdoor_origin_group_id": \(references("azurerm_cdn_frontdoor_origin_group.g.id")),
         "host_name": \(references("azurerm_linux_web_app.\(name).default_hostname"))}
        """)
    }
    func app(_ name: String, _ location: String) -> Made {
      Made("azurerm_linux_web_app.\(name)", "{\"location\": \"\(location)\"}")
    }
    let group = Made(
      "azurerm_cdn_frontdoor_origin_group.g",
      """
      {"health_probe": [{"interval_in_seconds": 30}],
       "load_balancing": [{"sample_size": 4, "successful_samples_required": 2}]}
      """)
    try check(
      [group, origin("a", 2), origin("b", 1), app("a", "westeurope"), app("b", "northeurope")],
      """
      provider: front-door
      policy: accelerator
      order: [westeurope, northeurope]
      health-check: {interval: 30s, sample: 4, successes: 2}
      """,
      remark:
        "priorities and weights (westeurope priority 2, weight 500; northeurope priority 1, weight 500)"
    )
  }

  @Test func cloudDNS() throws {
    try check(
      [
        Made(
          "google_dns_record_set.geo",
          """
          {"ttl": 60, "routing_policy": [{"geo": [{"location": "us-east1", "rrdatas": ["192.0.2.1"]},
           {"location": "europe-west1", "rrdatas": ["192.0.2.2"]}]}]}
          """)
      ],
      """
      provider: cloud-dns
      policy: geolocation
      order: [us-east1, europe-west1]
      locations: {us-east1: us-east1, europe-west1: europe-west1, default: us-east1}
      ttl: 60s
      """,
      remark: "health is checked as by default")
    try check(
      [
        Made(
          "google_dns_record_set.failover",
          """
          {"ttl": 60, "routing_policy": [{"primary_backup": [{"trickle_ratio": 0.1,
           "primary": [{"internal_load_balancers": [{"region": "us-east1", "port": "80"}]}],
           "backup_geo": [{"location": "europe-west1", "rrdatas": ["192.0.2.2"]}]}]}]}
          """)
      ],
      "provider: cloud-dns\npolicy: failover\norder: [us-east1, europe-west1]\nttl: 60s",
      remark: "the trickle to its backups")
  }

  @Test func globalLoadBalancer() throws {
    func group(_ name: String, _ region: String) -> Made {
      Made(
        "google_compute_region_network_endpoint_group.\(name)", "{\"region\": \"\(region)\"}",
        of: "google")
    }
    func backend(_ name: String) -> String {
      "{\"group\": \(references("google_compute_region_network_endpoint_group.\(name).id"))}"
    }
    try check(
      [
        Made(
          "google_compute_backend_service.s",
          "{\"backend\": [{\"capacity_scaler\": 1}, {\"capacity_scaler\": 1}, {\"capacity_scaler\": 0}]}",
          of: "google",
          """
          {"backend": [\(backend("a")), \(backend("b")), \(backend("c"))],
           "health_checks": \(references("google_compute_health_check.h.id"))}
          """),
        Made(
          "google_compute_health_check.h",
          "{\"check_interval_sec\": 5, \"timeout_sec\": 4, \"unhealthy_threshold\": 2}"),
        group("a", "us-east1"), group("b", "europe-west1"), group("c", "us-west1"),
      ],
      """
      provider: global-load-balancer
      policy: accelerator
      order: [us-east1, europe-west1]
      health-check: {interval: 5s, threshold: 2, timeout: 4s}
      """, remark: "backend 3 is drained")
  }
}
