// How many answers are enough, and whose: consistency levels. A number counts homes anywhere; the names
// are those of Apache Cassandra (its documentation, "Dynamo", section "Tunable Consistency").

import Histories
import Simulation

/// A consistency level as a scenario writes it.
enum Level: Sendable, Hashable {
  /// So many homes, wherever they are.
  case count(Int)
  case named(Name)

  enum Name: String, CaseIterable, Sendable {
    case one, quorum, all
    /// One, or a majority, of the homes in the coordinator's data center.
    case localOne = "local-one"
    case localQuorum = "local-quorum"
    /// A majority in every data center.
    case eachQuorum = "each-quorum"
    /// By consensus; reads only.
    case serial
  }

  var isLocal: Bool { self == .named(.localOne) || self == .named(.localQuorum) }

  /// Reads a level, a number or a name.
  init(
    _ name: String, _ options: inout Options, homes: Int, alsoSerial: Bool, _ about: String
  ) {
    let names = Name.allCases.filter { alsoSerial || $0 != .serial }.map(\.rawValue)
    let about = "\(about): a number, or \(names.joined(separator: ", ")); default quorum"
    self = .named(.quorum)
    guard let setting = options.setting(name, "level", about) else { return }
    guard case .scalar(let text, _) = setting.content else {
      options.reject(name, "\(name): expected a number or a level, found \(setting.kind)")
      return
    }
    if let count = Int(text) {
      self = .count(count)
      if count < 1 { options.reject(name, "\(name): \(count) is out of range, 1 to \(homes)") }
      if count > homes { options.reject(name, "\(name): \(count) is more than n, \(homes)") }
    } else if names.contains(text), let level = Name(rawValue: text) {
      self = .named(level)
    } else {
      options.reject(name, unknownName(text, "number or level of \(name)", among: names))
    }
  }

  /// What it asks of a coordinator in a data center.
  ///
  /// - Parameter homes: The homes by data center.
  func threshold(homes: [[Region.ID]], center: Int) -> Threshold {
    let local = homes.indices.contains(center) ? homes[center] : []
    let all = homes.flatMap(\.self)
    switch self {
    case .count(let count): return Threshold([.init(all, least: count)])
    case .named(.one): return Threshold([.init(all, least: 1)])
    case .named(.all): return Threshold([.init(all, least: all.count)])
    case .named(.quorum), .named(.serial): return Threshold([.majority(of: all)])
    case .named(.localOne): return Threshold([.init(local, least: 1)])
    case .named(.localQuorum): return Threshold([.majority(of: local)])
    case .named(.eachQuorum): return Threshold(homes.map { .majority(of: $0) })
    }
  }
}

/// Which sets of regions are enough: from each group at least so many.
struct Threshold: Sendable, Hashable {
  struct Part: Sendable, Hashable {
    /// The group, a bit a region.
    let mask: UInt64
    let least: Int

    init(_ regions: [Region.ID], least: Int) {
      mask = regions.reduce(0) { $0 | $1.bit }
      self.least = least
    }

    static func majority(of regions: [Region.ID]) -> Part {
      Part(regions, least: regions.count / 2 + 1)
    }
  }

  /// Groups that do not overlap.
  let parts: [Part]

  init(_ parts: [Part]) { self.parts = parts }

  func isMet(by regions: UInt64) -> Bool {
    parts.allSatisfy { (regions & $0.mask).nonzeroBitCount >= $0.least }
  }

  /// Whether no two sets that are enough, one for each threshold, can be disjoint: in some group the
  /// two need more regions than there are.
  func meets(_ other: Threshold) -> Bool {
    (parts + other.parts).contains { part in
      least(in: part.mask) + other.least(in: part.mask) > part.mask.nonzeroBitCount
    }
  }

  /// How many regions of a group are in any set that is enough.
  private func least(in mask: UInt64) -> Int {
    parts.reduce(0) { sum, part in
      sum + max(0, part.least - (part.mask & ~mask).nonzeroBitCount)
    }
  }
}

/// All that a coordinator must know about a range of keys.
struct Plan: Sendable {
  let homes: [Region.ID]
  let standIns: [Region.ID]
  /// All homes, a bit each.
  let all: UInt64
  let read: Threshold
  let write: Threshold
  /// Who decides on compare-and-set, and how many of them must agree.
  let acceptors: [Region.ID]
  let serial: Threshold

  init(_ range: Int, for region: Region.ID, _ strategy: Quorum) {
    let placement = strategy.placement
    homes = placement.homes(of: range)
    standIns = placement.standIns(of: range)
    all = homes.reduce(0) { $0 | $1.bit }
    let homes = self.homes
    let byCenter = placement.datacenters.map { center in homes.filter(center.contains) }
    let center = placement.center(of: region)
    read = strategy.read.threshold(homes: byCenter, center: center)
    write = strategy.write.threshold(homes: byCenter, center: center)
    acceptors = strategy.serialLevel == .localSerial ? byCenter[center] : homes
    serial = Threshold([.majority(of: acceptors)])
  }
}
