// How a fault says where it strikes: a region, several, or a word such as `any`. A word is resolved
// for each occurrence; `primary` only when the action happens, since nobody knows it before.

/// Whom a fault hits.
public enum RegionChoice: Sendable, Hashable {
  case some([Region.ID])
  case word(Word)

  /// Words that stand for regions; no region may be called so.
  public enum Word: String, Sendable, Hashable, CaseIterable {
    /// One region, drawn.
    case any
    case all
    /// Whoever takes itself for the primary at that moment.
    case primary
    /// As many regions as are fewer than half, drawn.
    case minority
  }

  /// The regions it comes to this time.
  func aims(
    in topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [Aim] {
    switch self {
    case .some(let regions): return regions.map { Aim($0) }
    case .word(.any): return [Aim(random.pick(topology.ids))]
    case .word(.all): return topology.ids.map { Aim($0) }
    case .word(.minority):
      let count = max(1, (topology.count - 1) / 2)
      return random.shuffled(topology.ids).prefix(count).sorted().map { Aim($0) }
    case .word(.primary):
      let number = tags.fresh()
      return [Aim(target: .primary(remember: number), undo: .remembered(number))]
    }
  }

  /// One region, for faults that need to know it in advance.
  func region(in topology: Topology, _ random: inout Random) -> Region.ID {
    if case .some(let regions) = self, let first = regions.first { return first }
    return random.pick(topology.ids)
  }
}

/// Whom an action hits, and whom the one that undoes it.
struct Aim {
  let target: Target
  let undo: Target

  init(target: Target, undo: Target) {
    self.target = target
    self.undo = undo
  }
  init(_ region: Region.ID) {
    target = .region(region)
    undo = .region(region)
  }
}

/// Which links between regions a fault on the wire is about.
public enum LinkChoice: Sendable, Hashable {
  case all
  case between(Region.ID, Region.ID)

  func wire(in topology: Topology) -> Wire {
    switch self {
    case .all: .links(topology.regionLinks)
    case .between(let one, let other): .links(topology.links(across: [[one], [other]]))
    }
  }
}

extension Options {
  /// A region, a list of regions (if `many`), or one of some words.
  mutating func regions(
    _ name: String, or words: [RegionChoice.Word], many: Bool = false, _ about: String
  ) -> RegionChoice {
    let kind = (["a region"] + words.map(\.rawValue) + (many ? ["a list of regions"] : []))
    guard let setting = setting(name, kind.joined(separator: ", "), about) else {
      return .word(.any)
    }
    switch setting.content {
    case .scalar(let text, _):
      if let word = words.first(where: { $0.rawValue == text }) { return .word(word) }
      return region(setting, or: words.map(\.rawValue)).map { .some([$0]) } ?? .word(.any)
    case .list(let elements) where many:
      if elements.isEmpty { problems.report(setting.mark, "\(name): names no region") }
      var seen: [Region.ID] = []
      return .some(elements.compactMap { distinctRegion($0, &seen) })
    default:
      problems.report(
        setting.mark, "\(name): expected \(choices(kind)), found \(setting.kind)")
      return .word(.any)
    }
  }

  /// `between: [a, b]`, or else all links.
  mutating func between(_ about: String = "two regions; otherwise all links") -> LinkChoice {
    guard let setting = setting("between", "two regions", about) else { return .all }
    guard case .list(let ends) = setting.content, ends.count == 2 else {
      problems.report(
        setting.mark, "between: expected two regions such as [a, b], found \(setting.kind)")
      return .all
    }
    var seen: [Region.ID] = []
    let regions = ends.compactMap { distinctRegion($0, &seen) }
    return regions.count == 2 ? .between(regions[0], regions[1]) : .all
  }

  /// The region that a setting names.
  public func region(_ setting: Setting, or words: [String] = []) -> Region.ID? {
    guard case .scalar(let text, _) = setting.content else {
      problems.report(setting.mark, "expected a region, found \(setting.kind)")
      return nil
    }
    if let region = topology.region(named: text) { return region }
    problems.report(
      setting.mark,
      unknownName(text, "region of this scenario", among: topology.regions + words))
    return nil
  }

  /// The region that a setting names, unless it was named before.
  public func distinctRegion(_ setting: Setting, _ seen: inout [Region.ID]) -> Region.ID? {
    guard let region = region(setting) else { return nil }
    if seen.contains(region) {
      problems.report(setting.mark, "'\(topology.name(of: region))' is named twice")
      return nil
    }
    seen.append(region)
    return region
  }

  /// Reports a fault that this topology is too small for.
  func needs(_ least: Int, _ name: String) {
    guard topology.count > 0, topology.count < least else { return }
    reject(name, "\(name): needs at least \(least) regions, this scenario has \(topology.count)")
  }

  private func choices(_ kinds: [String]) -> String {
    kinds.count < 2
      ? kinds.joined() : kinds.dropLast().joined(separator: ", ") + " or " + (kinds.last ?? "")
  }
}
