// Spanner: the instance configuration says which regions vote. Two read-write regions and a witness hold a
// majority among them; read-only regions follow. Which regions a configuration has is not in the plan: the
// table is from the Spanner documentation, "Regional, dual-region, and multi-region configurations" (2025). A
// configuration that is not in the table is not mapped.

import Histories

enum SpannerInstances: DatabaseReader {
  static let types = [
    ImportedType("google_spanner_instance", "raft, the default leader's region preferred")
  ]

  struct Configuration {
    /// The default leader first.
    let readWrite: [String]
    let witness: String
    var readOnly: [String] = []
  }

  static let configurations: [String: Configuration] = [
    "nam3": .init(readWrite: ["us-east4", "us-east1"], witness: "us-central1"),
    "nam6": .init(
      readWrite: ["us-central1", "us-east1"], witness: "us-central2",
      readOnly: ["us-west1", "us-west2"]),
    "nam7": .init(readWrite: ["us-central1", "us-east4"], witness: "us-central2"),
    "nam8": .init(readWrite: ["us-west2", "us-west1"], witness: "us-west3"),
    "nam10": .init(readWrite: ["us-central1", "us-west3"], witness: "us-central2"),
    "nam11": .init(readWrite: ["us-central1", "us-east1"], witness: "us-central2"),
    "eur3": .init(readWrite: ["europe-west1", "europe-west4"], witness: "europe-north1"),
    "eur5": .init(readWrite: ["europe-west2", "europe-west1"], witness: "europe-west4"),
    "eur6": .init(readWrite: ["europe-west4", "europe-west3"], witness: "europe-west6"),
    "asia1": .init(readWrite: ["asia-northeast1", "asia-northeast2"], witness: "asia-northeast3"),
    "nam-eur-asia1": .init(
      readWrite: ["us-central1", "us-central2"], witness: "us-east1",
      readOnly: ["europe-west1", "asia-east1"]),
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    try survey.plan.managed("google_spanner_instance").map { try database($0) }
  }

  private static func database(_ instance: Resource) throws -> Database {
    var remarks = Remarks()
    // Also as projects/p/instanceConfigs/nam3.
    let config = (try instance.values.text("config") ?? "").split(separator: "/").last ?? ""
    if config.hasPrefix("regional-"),
      let region = CloudRegion(google: String(config.dropFirst("regional-".count)))
    {
      return Database(
        resource: instance, product: "Cloud Spanner, regional", regions: [region],
        replication: .none)
    }
    guard let found = configurations[String(config)] else {
      let known = configurations.keys.sorted().joined(separator: ", ")
      remarks.omit(
        instance,
        "which regions configuration '\(String(config).printable)' has is not known; known: \(known)"
      )
      return Database(
        resource: instance, product: "Cloud Spanner", regions: [], replication: .none,
        remarks: remarks)
    }
    func region(_ name: String) -> CloudRegion { CloudRegion(cloud: .gcp, name: name) }
    let voters = (found.readWrite + [found.witness]).map(region)
    remarks.assume(
      instance,
      "\(config) votes in \(voters.map(\.name).joined(separator: ", ")), the last a witness, led from "
        + "\(voters[0].name): by Google's table; one voter a region in the scenario, and the witness "
        + "serves as the others do")
    return Database(
      resource: instance, product: "Cloud Spanner, \(config)",
      regions: voters + found.readOnly.map(region),
      replication: .consensus(leader: voters[0], voters: voters),
      preset: "spanner-multi-region", remarks: remarks)
  }
}
