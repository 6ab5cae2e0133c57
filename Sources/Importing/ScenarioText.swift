// The scenario: at its head, as comments, what was found, assumed and left out; then the sections, as a person
// would write them. Load, time and the fault are not in a plan; they are chosen so that the run shows something,
// and marked as not from the plan.

/// Everything that goes into the file.
struct ScenarioText {
  let file: String
  let format: String
  let version: String?
  let database: Database?
  let routing: Routing?
  let regions: [CloudRegion]
  let network: NetworkText
  let assumptions: [String]
  let omissions: [String]
  /// Types that were not read, with their numbers.
  let unread: [String]

  /// The most lines of one kind at the head.
  private static let most = 60

  var text: String {
    (head + [""] + body).joined(separator: "\n") + "\n"
  }

  // MARK: Comments

  private var head: [String] {
    let made = version.map { "Terraform \($0.printable), " } ?? ""
    var lines = Self.comment(
      "Imported from \(file.printable) (\(made)format \(format)) by splitbrain import terraform. Check what "
        + "was assumed; what is not mapped is not in the run.")
    lines += section("From the plan", found)
    lines += section("Assumed", assumptions)
    lines += section("Not mapped", omissions)
    lines += section(
      "Not read: says nothing of data or routing between regions, as far as is known",
      unread.isEmpty ? [] : [unread.joined(separator: ", ")])
    return lines
  }

  private var found: [String] {
    var found: [String] = []
    if let database {
      let model = database.preset.map { ", as scenarios/presets/\($0).yaml" } ?? ""
      let regions = database.regions.map(\.name).joined(separator: ", ")
      found.append(
        "\(database.resource.title): \(database.product.printable) in \(regions)"
          + (database.isReplicated ? model : ""))
    }
    if let routing {
      let others = Set(routing.parts.map(\.address)).subtracting([routing.resource.address]).count
      found.append(
        "\(routing.resource.title)\(others > 0 ? " and \(others) more" : ""): \(routing.policy.rawValue), "
          + routing.regions.map(\.name).joined(separator: ", "))
    }
    return found
  }

  private func section(_ title: String, _ items: [String]) -> [String] {
    guard !items.isEmpty else { return [] }
    let shown = items.prefix(Self.most).flatMap { Self.comment("- \($0)", indent: "    ") }
    let rest = items.count - Self.most
    return ["#", "# \(title):"] + shown + (rest > 0 ? ["#   - and \(rest) more"] : [])
  }

  /// A paragraph as comment lines of at most 100 columns.
  private static func comment(_ text: String, indent: String = "") -> [String] {
    broken(text, at: 98 - indent.count).enumerated().map { place, line in
      "# " + (place == 0 ? String(indent.dropLast(2)) : indent) + line
    }
  }

  /// Lines that break between words.
  private static func broken(_ text: String, at width: Int) -> [String] {
    text.split(separator: " ").reduce(into: []) { lines, word in
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }

  // MARK: Sections

  private var body: [String] {
    let replication = database?.replication ?? .none
    let home = database?.regions ?? [regions[0]]
    return ["name: \(name)", "about: >-"] + Self.broken(about, at: 98).map { "  \($0)" } + [
      "seed: 1"
    ]
      + ["regions: [\(regions.map(\.name).joined(separator: ", "))]"] + network.lines
      + Self.broken(
        "strategy: \(replication.strategy(regions: home, of: regions))", at: 98
      ).enumerated().map { $0 == 0 ? $1 : "  \($1)" }
      + (routing?.lines(in: regions) ?? [])
      + ["", "# Not from the plan: load, time and the fault."]
      + ["workload: \(replication.workload(isLong: routing != nil))"]
      + ["duration: \(timing.duration)s", "faults:", "  - \(fault)"] + promotion
  }

  /// The file's name without its ending, of letters, digits and dashes.
  private var name: String {
    let stem = file.split(separator: ".").first.map(String.init) ?? "plan"
    let plain = stem.lowercased().unicodeScalars.prefix(60).map { scalar in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
    }
    let trimmed = String(plain).split(separator: "-").joined(separator: "-")
    return trimmed.isEmpty ? "imported" : "imported-\(trimmed)"
  }

  private var about: String {
    let data = database.map { $0.product.printable } ?? "No database that the plan shows"
    let way = routing.map { ", reached by \($0.provider.rawValue) (\($0.policy.rawValue))" } ?? ""
    return "\(data)\(way). \(victim.name) is lost for a while: who notices, and what is left?"
  }

  /// Seconds. Long enough for the failure to be seen, for records to expire, and for the way back.
  private var timing: (at: Int, length: Int, duration: Int) {
    guard let routing else { return (3, regions.count > 1 ? 5 : 2, 12) }
    let switching = min(routing.switching, Routing.longestSwitch)
    let length = max(60, 2 * switching)
    return (30, length, 30 + length + switching + 30)
  }

  /// The region that is lost: where clients go first, or where the writer is.
  private var victim: CloudRegion {
    guard let routing, routing.policy == .failover || !routing.regions.contains(regions[0]) else {
      return regions[0]
    }
    return routing.regions[0]
  }

  private var fault: String {
    let (at, length, _) = timing
    let what = routing != nil ? "outage" : regions.count == 1 ? "crash" : "isolate"
    return "{at: \(at)s, for: \(length)s, \(what): \(victim.name)}"
  }

  /// What a person would do, where the database waits for one.
  private var promotion: [String] {
    guard case .asyncPrimary(.manual, _, _) = database?.replication, let database,
      let heir = database.regions.first(where: { $0 != victim })
    else { return [] }
    let (at, length, _) = timing
    return [
      "  # Nobody takes over by itself. A person would force it (with fencing: false in strategy):",
      "  # - {at: \(at + length / 2)s, promote: \(heir.name)}",
    ]
  }
}
