// What to type for a step, and how to look whether it worked, where the scenario does not say: generated
// from what the step does, for the cloud that the network is of and the provider that directs clients. Names
// in angle brackets are for the reader to fill in. Command lines as of the vendors' references in 2026: AWS
// CLI (rds, ec2, route53, route53-recovery-cluster, globalaccelerator), Azure CLI (sql failover-group, network
// nsg, network traffic-manager, afd), gcloud (sql, compute).

import Scenarios
import Simulation
import Traffic

/// The words of ours for a scenario's runbook.
struct RunbookCommands {
  let cloud: NetworkPreset
  /// Whose records or edges direct clients; nil: nobody's.
  let provider: Provider?
  let policy: RoutingPolicy
  let ttl: Duration
  let strategy: String
  let topology: Topology

  init(_ scenario: Scenario) {
    cloud = scenario.network.preset
    provider = scenario.traffic.flatMap { $0.clientsMove ? $0.provider : nil }
    policy = scenario.traffic?.routing.policy ?? .nearestOwn
    ttl = scenario.traffic?.routing.ttl ?? .zero
    strategy = scenario.strategy.name
    topology = scenario.topology
  }

  /// What to type.
  struct Instruction {
    let text: String
    /// Whether it is a command line; else it is said in words.
    var isCommand = true
  }

  /// What to look at.
  struct Look {
    /// A command line; nil: there is none for it.
    var command: String?
    /// What it prints, or where else to look.
    let shows: String
  }

  // MARK: To do

  func instruction(_ order: RunbookOrder) -> Instruction {
    let region = topology.name(of: order.region)
    switch order.action {
    case .promote, .switchOver, .failOver: return database(order.action, region)
    case .fence: return fence(region)
    case .unfence: return unfence(region)
    case .routeAway: return routing(region, isAway: true)
    case .routeBack: return routing(region, isAway: false)
    case .scale:
      return Instruction(
        text: "\(kubectl(region)) scale deployment/<DEPLOYMENT> --replicas=\(order.replicas)")
    case .wait: return Instruction(text: "Wait.", isCommand: false)
    case .verify: return Instruction(text: "Nothing: look.", isCommand: false)
    }
  }

  /// Orders to a primary and its followers as the clouds' relational databases know them.
  private func database(_ action: RunbookAction, _ region: String) -> Instruction {
    let others = topology.regions.filter { $0 != region }
    let present = others.count == 1 ? others[0] : "<REGION-OF-THE-PRESENT-PRIMARY>"
    let isForced = action == .failOver
    switch (strategy == "async-primary" ? cloud : .none, action) {
    case (.aws, .promote):
      return Instruction(
        text: "aws rds promote-read-replica --region \(region)"
          + " --db-instance-identifier <REPLICA-IN-\(region)>")
    case (.aws, _):
      return Instruction(
        text: "aws rds --region \(isForced ? region : present)"
          + " \(isForced ? "failover" : "switchover")-global-cluster"
          + " --global-cluster-identifier <GLOBAL-CLUSTER>"
          + " --target-db-cluster-identifier <ARN-OF-CLUSTER-IN-\(region)>"
          + (isForced ? " --allow-data-loss" : ""))
    case (.azure, _):
      return Instruction(
        text: "az sql failover-group set-primary --resource-group <RESOURCE-GROUP>"
          + " --server <SERVER-IN-\(region)> --name <FAILOVER-GROUP>"
          + (isForced ? " --allow-data-loss" : ""))
    case (.gcp, .switchOver):
      return Instruction(text: "gcloud sql instances switchover <REPLICA-IN-\(region)>")
    case (.gcp, _):
      return Instruction(text: "gcloud sql instances promote-replica <REPLICA-IN-\(region)>")
    case (.none, _):
      let how =
        switch action {
        case .switchOver: "as planned, after the present primary has handed over"
        case .failOver: "at once; what only the old primary has is lost, or must be reconciled"
        default: "without waiting for the old one"
        }
      return Instruction(
        text: "Order the database of \(region) to become the primary, \(how) "
          + "(strategy \(strategy): \(action.rawValue)).", isCommand: false)
    }
  }

  private func fence(_ region: String) -> Instruction {
    switch cloud {
    case .aws:
      Instruction(
        text: "aws ec2 create-network-acl-entry --region \(region)"
          + " --network-acl-id <ACL-OF-LOAD-BALANCER-SUBNETS-\(region)> --ingress --rule-number 1"
          + " --protocol -1 --rule-action deny --cidr-block 0.0.0.0/0")
    case .azure:
      Instruction(
        text: "az network nsg rule create --resource-group <RESOURCE-GROUP>"
          + " --nsg-name <NSG-OF-LOAD-BALANCER-\(region)> --name fence --priority 100"
          + " --direction Inbound --access Deny --protocol '*' --source-address-prefixes Internet"
          + " --destination-port-ranges '*'")
    case .gcp:
      Instruction(
        text: "gcloud compute firewall-rules create fence-\(region) --network=<NETWORK>"
          + " --direction=INGRESS --action=DENY --rules=all --source-ranges=0.0.0.0/0 --priority=0"
          + " --target-tags=<TAG-OF-FRONT-ENDS-\(region)>")
    case .none:
      Instruction(
        text: "Close \(region) to clients at its load balancer or firewall.", isCommand: false)
    }
  }

  private func unfence(_ region: String) -> Instruction {
    switch cloud {
    case .aws:
      Instruction(
        text: "aws ec2 delete-network-acl-entry --region \(region)"
          + " --network-acl-id <ACL-OF-LOAD-BALANCER-SUBNETS-\(region)> --ingress --rule-number 1")
    case .azure:
      Instruction(
        text: "az network nsg rule delete --resource-group <RESOURCE-GROUP>"
          + " --nsg-name <NSG-OF-LOAD-BALANCER-\(region)> --name fence")
    case .gcp:
      Instruction(text: "gcloud compute firewall-rules delete fence-\(region) --quiet")
    case .none:
      Instruction(
        text: "Open \(region) to clients at its load balancer or firewall.", isCommand: false)
    }
  }

  private func routing(_ region: String, isAway: Bool) -> Instruction {
    switch provider?.name {
    case "route53" where policy == .weighted:
      Instruction(
        text: "aws route53 change-resource-record-sets --hosted-zone-id <ZONE> --change-batch "
          + #"'{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"<SERVICE-NAME>","#
          + #""Type":"A","SetIdentifier":"\#(region)","Weight":\#(isAway ? "0" : "<WEIGHT>"),"#
          + #""TTL":\#(ttl.nanoseconds / 1_000_000_000),"#
          + #""ResourceRecords":[{"Value":"<ADDRESS-OF-\#(region)>"}]}}]}'"#)
    case "route53":
      // A record that fails over by a health check follows a routing control instead.
      Instruction(
        text: "aws route53-recovery-cluster update-routing-control-state"
          + " --region <CLUSTER-REGION> --endpoint-url <CLUSTER-ENDPOINT>"
          + " --routing-control-arn <ROUTING-CONTROL-\(region)>"
          + " --routing-control-state \(isAway ? "Off" : "On")")
    case "global-accelerator":
      Instruction(
        text: "aws globalaccelerator update-endpoint-group --region us-west-2"
          + " --endpoint-group-arn <ENDPOINT-GROUP-\(region)>"
          + " --traffic-dial-percentage \(isAway ? "0" : "100")")
    case "traffic-manager":
      Instruction(
        text: "az network traffic-manager endpoint update --resource-group <RESOURCE-GROUP>"
          + " --profile-name <PROFILE> --type azureEndpoints --name <ENDPOINT-\(region)>"
          + " --endpoint-status \(isAway ? "Disabled" : "Enabled")")
    case "front-door":
      Instruction(
        text: "az afd origin update --resource-group <RESOURCE-GROUP> --profile-name <PROFILE>"
          + " --origin-group-name <ORIGIN-GROUP> --origin-name <ORIGIN-\(region)>"
          + " --enabled-state \(isAway ? "Disabled" : "Enabled")")
    case "global-load-balancer":
      Instruction(
        text: "gcloud compute backend-services update-backend <BACKEND-SERVICE> --global"
          + " --instance-group=<GROUP-\(region)> --instance-group-region=\(region)"
          + " --capacity-scaler=\(isAway ? "0" : "1")")
    default:
      Instruction(
        text: isAway
          ? "Take \(region) out of the records of the service, whatever health checks say."
          : "Put \(region) back into the records of the service.", isCommand: false)
    }
  }

  // MARK: To see

  func look(_ condition: RunbookCondition) -> Look {
    let region = topology.name(of: condition.region)
    switch condition.what {
    case .up, .down:
      return Look(shows: "the cloud's status of \(region), and whether its machines answer")
    case .healthy, .unhealthy: return health(region, condition.what == .healthy)
    case .primary: return primary(region)
    case .caughtUp: return lag(region)
    case .ready:
      return Look(
        command: "\(kubectl(region)) get deployment/<DEPLOYMENT>"
          + " -o jsonpath='{.status.readyReplicas}'",
        shows: "\(condition.replicas) or more")
    case .writes: return Look(command: testWrite(region), shows: "`200` or another 2xx")
    case .fenced:
      return Look(command: testWrite(region), shows: "`000` or 5xx, never 2xx")
    case .traffic:
      guard policy.usesNames else {
        return Look(shows: "the request counts of the load balancers, by region")
      }
      return Look(
        command: "dig +short <SERVICE-NAME>",
        shows: "addresses of \(region) alone; and its load balancer's request count rises")
    }
  }

  private func kubectl(_ region: String) -> String {
    "kubectl --context <CONTEXT-OF-\(region)> --namespace <NAMESPACE>"
  }

  private func testWrite(_ region: String) -> String {
    "curl -sS -m 10 -o /dev/null -w '%{http_code}\\n' -X POST"
      + " --connect-to ::<ADDRESS-OF-\(region)>: https://<SERVICE-NAME>/<TEST-WRITE>"
  }

  private func health(_ region: String, _ isHealthy: Bool) -> Look {
    switch provider?.name {
    case "route53":
      Look(
        command: "aws route53 get-health-check-status --health-check-id <HEALTH-CHECK-\(region)>"
          + " --query 'HealthCheckObservations[].StatusReport.Status' --output text",
        shows: isHealthy
          ? "`Success: ...` from most checkers" : "`Failure: ...` from most checkers")
    case "traffic-manager":
      Look(
        command: "az network traffic-manager endpoint show --resource-group <RESOURCE-GROUP>"
          + " --profile-name <PROFILE> --type azureEndpoints --name <ENDPOINT-\(region)>"
          + " --query endpointMonitorStatus -o tsv",
        shows: isHealthy ? "`Online`" : "`Degraded` or `Stopped`")
    default:
      Look(shows: "\(provider?.title ?? "the health checks"): the state of \(region)")
    }
  }

  private func primary(_ region: String) -> Look {
    switch strategy == "async-primary" ? cloud : .none {
    case .aws:
      Look(
        command: "aws rds describe-global-clusters --region \(region)"
          + " --global-cluster-identifier <GLOBAL-CLUSTER> --query"
          + " 'GlobalClusters[0].GlobalClusterMembers[?IsWriter].DBClusterArn' --output text",
        shows: "one ARN, and it begins with `arn:aws:rds:\(region):`")
    case .azure:
      Look(
        command: "az sql failover-group show --resource-group <RESOURCE-GROUP>"
          + " --server <SERVER-IN-\(region)> --name <FAILOVER-GROUP> --query replicationRole -o tsv",
        shows: "`Primary`")
    case .gcp:
      Look(
        command: "gcloud sql instances describe <REPLICA-IN-\(region)>"
          + " --format='value(instanceType)'",
        shows: "`CLOUD_SQL_INSTANCE`")
    case .none: Look(shows: "what the database of \(region) says its role is")
    }
  }

  private func lag(_ region: String) -> Look {
    guard strategy == "async-primary", cloud == .aws else {
      return Look(shows: "the replication lag of \(region), and writes that were put aside there")
    }
    return Look(
      command: "aws cloudwatch get-metric-statistics --region \(region) --namespace AWS/RDS"
        + " --metric-name AuroraGlobalDBReplicationLag"
        + " --dimensions Name=DBClusterIdentifier,Value=<CLUSTER-IN-\(region)>"
        + " --start-time $(date -u -d '-5 min' +%FT%TZ) --end-time $(date -u +%FT%TZ) --period 60"
        + " --statistics Maximum --query 'Datapoints[].Maximum' --output text",
      shows: "milliseconds, below 1000; and no writes are left that only \(region) has")
  }
}
