// Where cells live. The regions form a ring, or one ring for each data center; a key's homes are the N
// regions from its place on, in each ring; behind them come those that stand in for homes that do not
// answer (DeCandia et al., "Dynamo", sections 4.2 and 4.6; Lakshman and Malik, "Cassandra: A
// Decentralized Structured Storage System", section 5.2, for replicas in every data center).

import Histories
import Simulation

/// Which regions hold which keys.
struct Placement: Sendable {
  /// The regions of each data center; one that has them all if the scenario names none.
  let datacenters: [[Region.ID]]
  /// How many regions of each data center hold a key.
  let replicas: Int
  /// After so many keys homes repeat.
  let period: Int

  init(_ datacenters: [[Region.ID]], replicas: Int) {
    self.datacenters = datacenters
    self.replicas = replicas
    period = datacenters.filter { replicas < $0.count }.reduce(1) { period, center in
      period / greatestCommonDivisor(period, center.count) * center.count
    }
  }

  /// Keys of one range have the same homes.
  func range(of key: Key) -> Int { Int(key.magnitude) % period }

  /// The homes of a range.
  func homes(of range: Int) -> [Region.ID] {
    datacenters.flatMap { center in
      (0..<min(replicas, center.count)).map { center[(range + $0) % center.count] }
    }
  }

  /// The other regions, in the order in which they stand in.
  func standIns(of range: Int) -> [Region.ID] {
    datacenters.flatMap { center in
      (min(replicas, center.count)..<center.count).map { center[(range + $0) % center.count] }
    }
  }

  /// The data center that a region is in.
  func center(of region: Region.ID) -> Int {
    datacenters.firstIndex { $0.contains(region) } ?? 0
  }

  /// Reads `datacenters` and `n`.
  init(_ options: inout Options) {
    let everywhere = options.topology.ids
    let setting = options.setting(
      "datacenters", "lists of regions",
      "lists of regions: each list a data center, each of its regions a zone")
    let centers = setting.map { Placement.centers($0, options) } ?? [everywhere]
    let smallest = max(1, centers.map(\.count).min() ?? 1)
    let replicas = options.integer(
      "n", default: smallest, in: 1...max(1, everywhere.count),
      "regions that hold each key; with datacenters, in each of them")
    if replicas > smallest {
      options.reject("n", "n: \(replicas) is more than the \(smallest) regions of a data center")
    }
    self.init(centers.isEmpty ? [everywhere] : centers, replicas: min(replicas, smallest))
  }

  private static func centers(_ setting: Setting, _ options: Options) -> [[Region.ID]] {
    let problems = options.problems
    guard case .list(let lists) = setting.content, !lists.isEmpty else {
      problems.report(setting.mark, "datacenters: expected lists of regions, [[a, b], [c, d]]")
      return []
    }
    var seen: Set<Region.ID> = []
    let centers = lists.map { list -> [Region.ID] in
      guard case .list(let names) = list.content, !names.isEmpty else {
        problems.report(list.mark, "datacenters: expected a list of regions, found \(list.kind)")
        return []
      }
      return names.compactMap { name in
        guard case .scalar(let text, _) = name.content,
          let region = options.topology.region(named: text)
        else {
          let what = if case .scalar(let text, _) = name.content { text } else { name.kind }
          problems.report(
            name.mark, unknownName(what, "region of this scenario", among: options.topology.regions)
          )
          return nil
        }
        if !seen.insert(region).inserted {
          problems.report(name.mark, "datacenters: \(text) is in two of them")
          return nil
        }
        return region
      }
    }
    let missing = options.topology.ids.filter { !seen.contains($0) }
    if !missing.isEmpty {
      let names = missing.map { options.topology.name(of: $0) }.joined(separator: ", ")
      problems.report(setting.mark, "datacenters: \(names) is in none of them")
    }
    return centers.allSatisfy { !$0.isEmpty } ? centers : []
  }
}

private func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
  right == 0 ? left : greatestCommonDivisor(right, left % right)
}
