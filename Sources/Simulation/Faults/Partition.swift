// The network falls apart into groups: links between different groups are cut, both ways. A region
// in no group still reaches everybody. Clients always reach their own region.

/// Groups of regions that cannot reach each other.
public struct Partition: Fault {
  public static let name = "partition"
  public static let summary = "Cuts the links between groups of regions"
  public static let example = "{at: 10s, for: 20s, partition: [[eu], [us, asia]]}"

  let split: Split

  public init(_ options: inout Options) {
    split = options.split(Self.name, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let groups = split.groups(in: topology, &random)
    return window.install(Cut(), on: .links(topology.links(across: groups)), &tags)
  }
}

/// How the regions are divided.
public enum Split: Sendable, Hashable {
  case groups([[Region.ID]])
  case drawn(Draw)

  /// Ways to divide them by chance, once for each occurrence.
  public enum Draw: String, Sendable, Hashable, CaseIterable {
    /// A bare majority on one side, all others on the other: 3 of 5, 3 of 4.
    case majority
    /// From one region up to as many as are fewer than half, against all others.
    case minority
    /// As even as possible: 2 and 2, 2 and 3.
    case halves
    /// Any two sides, each region by the toss of a coin, neither side empty.
    case random
  }

  func groups(in topology: Topology, _ random: inout Random) -> [[Region.ID]] {
    guard case .drawn(let draw) = self else {
      if case .groups(let groups) = self { return groups }
      return []
    }
    let count = topology.count
    guard count > 1 else { return [] }
    let order = random.shuffled(topology.ids)
    let first: Int
    switch draw {
    case .majority: first = min(topology.majority, count - 1)
    case .minority: first = 1 + random.below(max(1, (count - 1) / 2))
    case .halves: first = count / 2
    case .random:
      // A side for each but the first of the shuffled regions; all on the first one's side is no
      // partition, and then the last is on its own.
      var near = [order[0]]
      var far: [Region.ID] = []
      for region in order.dropFirst() {
        if random.below(2) == 0 { near.append(region) } else { far.append(region) }
      }
      if far.isEmpty, let last = near.popLast() { far.append(last) }
      return [near.sorted(), far.sorted()]
    }
    return [order.prefix(first).sorted(), order.dropFirst(first).sorted()]
  }
}

extension Options {
  /// A list of groups, or a way to draw them.
  mutating func split(_ name: String, _ about: String) -> Split {
    let words = Split.Draw.allCases.map(\.rawValue)
    let fallback = Split.drawn(.halves)
    let kind = "groups of regions, or " + words.joined(separator: ", ")
    guard let setting = setting(name, kind, about) else { return fallback }
    needs(2, name)
    switch setting.content {
    case .scalar(let text, _):
      if let draw = Split.Draw(rawValue: text) { return .drawn(draw) }
      problems.report(setting.mark, unknownName(text, "way to split regions", among: words))
      return fallback
    case .map:
      problems.report(
        setting.mark, "\(name): expected groups of regions such as [[a], [b, c]], found a map")
      return fallback
    case .list(let elements):
      var seen: [Region.ID] = []
      var groups: [[Region.ID]] = []
      for element in elements {
        guard case .list(let members) = element.content else {
          problems.report(
            element.mark, "\(name): expected a group such as [a, b], found \(element.kind)")
          continue
        }
        groups.append(members.compactMap { member(of: name, $0, &seen) })
      }
      if elements.count < 2 {
        problems.report(setting.mark, "\(name): needs at least two groups")
      }
      return .groups(groups)
    }
  }

  private func member(
    of name: String, _ setting: Setting, _ seen: inout [Region.ID]
  ) -> Region.ID? {
    guard let region = region(setting) else { return nil }
    if seen.contains(region) {
      problems.report(
        setting.mark, "\(name): '\(topology.name(of: region))' is in two groups")
      return nil
    }
    seen.append(region)
    return region
  }
}
