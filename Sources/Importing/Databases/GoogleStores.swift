// Bigtable and Firestore. Clusters of a Bigtable instance in several regions replicate by cell timestamp
// (Google Cloud, "Bigtable replication overview"); Firestore's multi-regions are two regions and a witness
// (Google Cloud, "Firestore locations").

import Histories

enum GoogleStores: DatabaseReader {
  static let types = [
    ImportedType(
      "google_bigtable_instance", "crdt by wall clock, with clusters in several regions"),
    ImportedType("google_firestore_database", "raft, in a multi-region"),
  ]

  static func databases(_ survey: Survey) throws -> [Database] {
    try survey.plan.managed("google_bigtable_instance").map(bigtable)
      + survey.plan.managed("google_firestore_database").map(firestore)
  }

  private static func bigtable(_ instance: Resource) throws -> Database {
    var remarks = Remarks()
    var regions: [CloudRegion] = []
    for cluster in try instance.values.blocks("cluster") {
      if let region = try cluster.text("zone").flatMap({ CloudRegion(google: $0) }) {
        regions.append(region)
      } else {
        remarks.omit(instance, "a cluster whose zone is not known before apply")
      }
    }
    regions = regions.distinct
    if regions.count > 1 {
      remarks.assume(
        instance,
        "multi-cluster routing: the application profile decides; with single-cluster routing one region "
          + "writes")
    }
    return Database(
      resource: instance, product: "Google Bigtable", regions: regions,
      replication: regions.count > 1 ? .lastWriterWins(byWallClock: true) : .none,
      preset: "bigtable-multi-cluster",
      remarks: remarks)
  }

  private static func firestore(_ database: Resource) throws -> Database {
    var remarks = Remarks()
    let location = try database.values.text("location_id") ?? ""
    let multi = [
      "nam5": ["us-central1", "us-central2", "us-east1"],
      "eur3": ["europe-west1", "europe-west4", "europe-north1"],
    ]
    if let names = multi[location] {
      let regions = names.map { CloudRegion(cloud: .gcp, name: $0) }
      remarks.assume(
        database,
        "\(location) is in \(names.joined(separator: ", ")), the last a witness: by Google's table")
      return Database(
        resource: database, product: "Google Firestore, \(location)", regions: regions,
        replication: .consensus(leader: nil, voters: regions), preset: "firestore-multi-region",
        remarks: remarks)
    }
    let region = CloudRegion(google: location)
    if region == nil {
      remarks.omit(database, "location '\(location.printable)' is not known; known: eur3, nam5")
    }
    return Database(
      resource: database, product: "Google Firestore", regions: region.map { [$0] } ?? [],
      replication: .none, remarks: remarks)
  }
}
