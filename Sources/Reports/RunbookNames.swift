// The names in angle brackets that stand in a runbook's command lines for what a reader has in an account: to
// be filled in before anybody needs them.

/// Finds such names, and says what those of ours mean.
enum RunbookNames {
  /// Each once, in their order, with its meaning; an empty one if the name is not of ours.
  static func found(in lines: [String]) -> [(name: String, meaning: String)] {
    var names: [(name: String, meaning: String)] = []
    for line in lines {
      for piece in line.split(separator: "<").dropFirst() {
        guard let end = piece.firstIndex(of: ">"), let first = piece.first, first.isUppercase,
          piece[..<end].allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) })
        else { continue }
        let name = String(piece[..<end])
        if names.contains(where: { $0.name == name }) { continue }
        // The longest beginning that is known: ADDRESS-OF-us-east-1 is an ADDRESS-OF.
        let known = meanings.filter { name.hasPrefix($0.0) }.max { $0.0.count < $1.0.count }
        names.append((name, known?.1 ?? ""))
      }
    }
    return names
  }

  private static let meanings: [(String, String)] = [
    (
      "ACL-OF-LOAD-BALANCER-SUBNETS",
      "network ACL of the load balancer's subnets, not the database's"
    ),
    ("ADDRESS-OF", "host name or address of that region's load balancer"),
    ("ARN-OF-CLUSTER-IN", "ARN of the database cluster there"),
    ("BACKEND-SERVICE", "backend service of the load balancer"),
    ("CLUSTER-ENDPOINT", "one of the five endpoints of the routing control cluster"),
    ("CLUSTER-IN", "identifier of the database cluster there"),
    ("CLUSTER-REGION", "the region of that endpoint"),
    ("CONTEXT-OF", "kubectl's context for the cluster of that region"),
    ("DEPLOYMENT", "name of the application's deployment"),
    ("ENDPOINT", "name of that region's endpoint in the profile"),
    ("ENDPOINT-GROUP", "ARN of that region's endpoint group"),
    ("FAILOVER-GROUP", "name of the failover group"),
    ("GLOBAL-CLUSTER", "identifier of the global database"),
    ("GROUP", "instance group of that region"),
    ("HEALTH-CHECK", "id of that region's health check"),
    ("NAMESPACE", "namespace of the deployment"),
    ("NETWORK", "name of the network"),
    ("NSG-OF-LOAD-BALANCER", "network security group before that region's load balancer"),
    ("ORIGIN", "name of that region's origin"),
    ("ORIGIN-GROUP", "name of the origin group"),
    ("PROFILE", "name of the routing profile"),
    ("REGION-OF-THE-PRESENT-PRIMARY", "where the primary is when you type this"),
    ("REPLICA-IN", "name of the database replica there"),
    ("RESOURCE-GROUP", "name of the resource group"),
    ("ROUTING-CONTROL", "ARN of that region's routing control"),
    ("SERVER-IN", "name of the database server there"),
    ("SERVICE-NAME", "the name that clients look up"),
    ("TAG-OF-FRONT-ENDS", "network tag of that region's front ends"),
    ("TEST-WRITE", "path of a request that writes a record for tests"),
    ("WEIGHT", "the weight that the record has on other days"),
    ("ZONE", "id of the hosted zone"),
  ]
}
