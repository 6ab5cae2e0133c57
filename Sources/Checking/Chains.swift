// Compare-and-sets among zones. If every value is written at most once, a compare-and-set from a to b that
// happened comes right after all reads of a, and nothing comes between. So a, b, and whatever was made of b
// in the same way are one block in every order, and their order inside is given. A block is right inside if
// nothing in it returned before something that stands earlier in it was called.
//
// This extends Gibbons and Korach's zones ("Testing Shared Memories", 1997) to read-modify-writes, and
// keeps them exact: blocks have zones, and two conflicts between them are enough as before.

import Histories

/// Clusters that follow each other without anything between.
struct Blocks {
  private(set) var zones: [Zone] = []
  /// By cluster: in which block it is, and how many stand before it there; -1: left out.
  private(set) var block: [Int32]
  private(set) var depth: [Int32]

  /// No blocks yet.
  init(clusters: Int) {
    block = Array(repeating: -1, count: clusters)
    depth = block
  }

  /// Each needed cluster is a block of its own.
  init(_ clusters: [Zone]) {
    self.init(clusters: clusters.count)
    zones.reserveCapacity(clusters.count)
    for cluster in clusters.indices where clusters[cluster].isNeeded {
      (block[cluster], depth[cluster]) = (Int32(zones.count), 0)
      zones.append(clusters[cluster])
    }
  }

  /// Adds a block of some clusters, in their order.
  mutating func add(_ zone: Zone, _ members: [Int]) {
    for (place, cluster) in members.enumerated() {
      (block[cluster], depth[cluster]) = (Int32(zones.count), Int32(place))
    }
    zones.append(zone)
  }
}

extension RegisterHistory {
  /// The zones of blocks; a cluster that no compare-and-set touched is a block of its own. Clusters that
  /// need not have taken effect are left out.
  func blocks(of clusters: [Zone], _ findings: inout Findings) -> Blocks {
    guard hasSwaps else { return Blocks(clusters) }
    let proofs = proofs(clusters)
    let isNeeded = proofs.map { $0 >= 0 }
    var child = [Int32](repeating: -1, count: clusters.count)
    var isRoot = isNeeded
    for cluster in clusters.indices where isNeeded[cluster] {
      let parent = Int(clusters[cluster].parent)
      let rows = [Int(clusters[cluster].write)]
      // Screening has looked at those that were acknowledged.
      if parent == Int(Zone.orphan), history.completions[rows[0]] == .info {
        let expected = history.extras[rows[0]]
        findings.add(
          anomaly(
            "phantom-read", rows + evidence(cluster, clusters, proofs),
            "nobody wrote \(name(of: expected))"))
      }
      guard parent >= 0 else { continue }
      if child[parent] >= 0 {
        findings.add(lostUpdate(clusters, Int(child[parent]), cluster, proofs))
        continue
      }
      child[parent] = Int32(cluster)
      isRoot[cluster] = false
    }
    var blocks = Blocks(clusters: clusters.count)
    var isPlaced = [Bool](repeating: false, count: clusters.count)
    for root in clusters.indices where isRoot[root] {
      addBlock(from: root, clusters, child, &blocks, &isPlaced, &findings)
    }
    for cluster in clusters.indices where isNeeded[cluster] && !isPlaced[cluster] {
      findings.add(circle(through: cluster, clusters, proofs, &isPlaced))
    }
    return blocks
  }

  /// A cluster must have taken effect if something in it returned, or if one that must have was made of it: by
  /// cluster itself, or that one; -1: it need not have.
  private func proofs(_ clusters: [Zone]) -> [Int32] {
    var proofs = clusters.indices.map { clusters[$0].isNeeded ? Int32($0) : -1 }
    for start in clusters.indices where clusters[start].isNeeded {
      var child = start
      var cluster = Int(clusters[start].parent)
      while cluster >= 0, proofs[cluster] < 0 {
        proofs[cluster] = Int32(child)
        child = cluster
        cluster = Int(clusters[cluster].parent)
      }
    }
    return proofs
  }

  /// The rows beside its write that show that a cluster took effect.
  private func evidence(_ cluster: Int, _ clusters: [Zone], _ proofs: [Int32]) -> [Int] {
    var rows: [Int] = []
    var cluster = cluster
    while history.completions[Int(clusters[cluster].write)] == .info {
      let proof = Int(proofs[cluster])
      guard proof != cluster else { return rows + [Int(clusters[cluster].firstRow)] }
      rows.append(Int(clusters[proof].write))
      cluster = proof
    }
    return rows
  }

  private func addBlock(
    from root: Int, _ clusters: [Zone], _ child: [Int32], _ blocks: inout Blocks,
    _ isPlaced: inout [Bool], _ findings: inout Findings
  ) {
    var zone = clusters[root]
    var members = [root]
    isPlaced[root] = true
    // The cluster so far with the latest call.
    var latest = clusters[root]
    var next = Int(child[root])
    while next >= 0 {
      let cluster = clusters[next]
      isPlaced[next] = true
      members.append(next)
      if cluster.firstReturn < latest.lastCall { findings.add(disorder(latest, cluster)) }
      if cluster.lastCall > latest.lastCall { latest = cluster }
      zone.isBlock = true
      if cluster.firstReturn < zone.firstReturn {
        (zone.firstReturn, zone.firstRow) = (cluster.firstReturn, cluster.firstRow)
      }
      if cluster.lastCall > zone.lastCall {
        (zone.lastCall, zone.lastRow) = (cluster.lastCall, cluster.lastRow)
      }
      next = Int(child[next])
    }
    blocks.add(zone, members)
  }

  /// Two clusters of one block, in this order, of which the later must come first by real time.
  private func disorder(_ earlier: Zone, _ later: Zone) -> Anomaly {
    var rows: [Int] = []
    for row in [earlier.write, later.write, later.firstRow, earlier.lastRow]
    where row >= 0 && !rows.contains(Int(row)) {
      rows.append(Int(row))
    }
    rows.sort()
    let made = "\(name(of: history.values[Int(later.write)])) was made of what was there before it"
    return anomaly("stale-read", rows, made, before(later, earlier))
  }

  private func lostUpdate(
    _ clusters: [Zone], _ first: Int, _ second: Int, _ proofs: [Int32]
  ) -> Anomaly {
    let writes = [clusters[first].write, clusters[second].write].map(Int.init)
    let proof = [first, second].flatMap { evidence($0, clusters, proofs) }
    return anomaly(
      "lost-update", Set(writes + proof).sorted(),
      "rows \(writes[0]) and \(writes[1]) both replaced the same "
        + "\(name(of: history.extras[writes[0]])), which was written once")
  }

  private func circle(
    through start: Int, _ clusters: [Zone], _ proofs: [Int32], _ isPlaced: inout [Bool]
  ) -> Anomaly {
    var rows = Set(evidence(start, clusters, proofs))
    var cluster = start
    while cluster >= 0, !isPlaced[cluster] {
      isPlaced[cluster] = true
      rows.insert(Int(clusters[cluster].write))
      cluster = Int(clusters[cluster].parent)
    }
    return anomaly("circular-cas", rows.sorted(), "each expected what another made: a circle")
  }
}
