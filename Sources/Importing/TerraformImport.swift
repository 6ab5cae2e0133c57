// The import: read the plan, let every reader find what it knows, choose one database and one decision about
// traffic, write the scenario. What was not chosen is told of, with the option that chooses it.

import Histories

/// A scenario made from a plan or state of Terraform, as `terraform show -json` writes them.
public struct TerraformImport: Sendable {
  /// What the person who imports decides.
  public struct Choices: Sendable {
    /// The address of the database to take.
    public var database: String?
    /// The address of the record, accelerator or profile to take.
    public var traffic: String?
    /// The region of providers that have none in the plan.
    public var region: String?

    public init(database: String? = nil, traffic: String? = nil, region: String? = nil) {
      (self.database, self.traffic, self.region) = (database, traffic, region)
    }
  }

  /// A choice that the plan does not offer.
  public struct ChoiceError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
  }

  /// The scenario file.
  public let scenario: String
  /// What was assumed and what was not mapped, a line each; the scenario's head has them too.
  public let remarks: [String]

  /// All types that are read, and what becomes of each.
  public static var listing: String {
    let types = Readers.types
    return types.map(\.name).distinct.map { name in
      let becomes = types.filter { $0.name == name }.map(\.becomes)
      return "\(name)\n    \(becomes.joined(separator: "; "))\n"
    }.joined()
  }

  /// Imports a file.
  /// - Parameters:
  ///   - file: Its bytes.
  ///   - name: What it is called in the scenario.
  ///   - networks: What is measured between regions.
  /// - Throws: `ImportError` if it can not be read, `ChoiceError` if it has not what was chosen.
  public init(
    _ file: [UInt8], named name: String, choices: Choices = Choices(),
    networks: [any MeasuredNetwork]
  ) throws {
    // What values say of their places is of the text, which may be another than the file.
    var bytes = file
    do {
      let text = try PlanText(file)
      bytes = text.bytes
      let plan = try TerraformPlan(text.value())
      let survey = Survey(plan: plan, fallback: try Self.fallback(choices.region))
      let last = name.split(separator: "/").last.map(String.init) ?? name
      let result = try Self.result(survey, named: last, choices, networks)
      (scenario, remarks) = (result.text, result.remarks)
    } catch let complaint as Complaint {
      throw ImportError(complaint, in: bytes)
    } catch let error as HistoryError {
      throw ImportError(error)
    }
  }

  private static func fallback(_ name: String?) throws -> CloudRegion? {
    guard let name else { return nil }
    if let region = CloudRegion(aws: name) ?? CloudRegion(google: name) { return region }
    throw ChoiceError(
      description: "--region: '\(name)' is no region of AWS or Google Cloud, such as us-east-1")
  }

  private static func result(
    _ survey: Survey, named name: String, _ choices: Choices, _ networks: [any MeasuredNetwork]
  ) throws -> (text: String, remarks: [String]) {
    let databases = try Readers.databases.flatMap { try $0.databases(survey) }
    let routings = try Readers.routings.flatMap { try $0.routings(survey) }
    let database = try choose(databases, choices.database)
    var routing = try choose(routings, choices.traffic)
    var assumptions = (database?.remarks.assumptions ?? []) + (routing?.remarks.assumptions ?? [])
    var omissions =
      survey.plan.remarks + (database?.remarks.omissions ?? []) + (routing?.remarks.omissions ?? [])
    var regions = ((database?.regions ?? []) + (routing?.regions ?? [])).distinct
    if regions.isEmpty {
      regions = try survey.plan.resources.filter { !$0.isData }.compactMap {
        try survey.plan.region(of: $0, fallback: survey.fallback)?.region
      }.distinct
    }
    guard let first = regions.first else {
      throw Complaint(offset: 0, message: nothing(survey, databases, routings))
    }
    if let database {
      let bare = regions.filter { !database.regions.contains($0) }.map(\.name)
      if !bare.isEmpty {
        assumptions.append(
          "\(database.resource.title): "
            + (database.replication.copiesEverywhere
              ? "a copy in \(bare.joined(separator: ", ")) too, where the plan has none: in a scenario every "
                + "region has one"
              : "it is in \(database.regions[0].name) alone; \(bare.joined(separator: ", ")) asks there")
        )
      }
    } else {
      assumptions.append(
        "a database in \(first.name) alone, without failover: the plan shows none that is known")
      if routing == nil {
        assumptions.append("the regions in which the plan has resources of any kind")
      }
    }
    let network = NetworkText(regions, networks)
    if let chosen = routing { routing = fitted(chosen, regions, network, &omissions) }
    assumptions += network.remarks
    omissions += others(databases, than: database) + others(routings, than: routing)
    let known = Set(Readers.types.map(\.name))
    let used = Set(
      databases.flatMap { [$0.resource] + $0.parts }.map(\.address)
        + routings.flatMap { [$0.resource] + $0.parts }.map(\.address))
    omissions += idle(survey.plan.resources, known, used)
    let unread = counts(survey.plan.resources.filter { !known.contains($0.type) && !$0.isData })
    let text = ScenarioText(
      file: name, format: survey.plan.format, version: survey.plan.version, database: database,
      routing: routing, regions: regions, network: network, assumptions: assumptions,
      omissions: omissions, unread: unread)
    return (
      text.text, assumptions.map { "assumed: \($0)" } + omissions.map { "not mapped: \($0)" }
    )
  }

  /// What a scenario can run of a decision; what it cannot is told of.
  private static func fitted(
    _ routing: Routing, _ regions: [CloudRegion], _ network: NetworkText,
    _ omissions: inout [String]
  ) -> Routing {
    var routing = routing
    let title = routing.resource.title
    if let ttl = routing.ttl, ttl > Routing.longestTTL {
      omissions.append("\(title): a TTL of \(ttl) s; in the scenario a week")
    }
    if routing.switching > Routing.longestSwitch {
      omissions.append(
        "\(title): clients leave a region only after some \(routing.switching) s, which is longer than the "
          + "fault in the scenario")
    }
    if routing.policy == .geoproximity, network.preset == nil {
      routing.policy = .latency
      omissions.append(
        "\(title): geoproximity where the regions' places are not known: by latency")
    }
    if routing.policy == .geolocation {
      let known = Set(routing.locations(of: regions).map(\.place))
      let lost = regions.map(\.name).filter { !known.contains($0) }
      if known.isEmpty {
        routing.policy = .latency
        omissions.append("\(title): geolocation with no region in its areas: by latency")
      } else if !known.contains("default"), !lost.isEmpty {
        omissions.append(
          "\(title): who is near \(lost.joined(separator: ", ")) gets no answer: no record is for them"
        )
      }
    }
    if let check = routing.check, let timeout = check.timeout, timeout > check.interval {
      omissions.append("\(title): a time-out of \(timeout) s, longer than its interval")
    }
    return routing
  }

  /// Why there is nothing to make a scenario of.
  private static func nothing(
    _ survey: Survey, _ databases: [Database], _ routings: [Routing]
  ) -> String {
    let why = (databases.flatMap(\.remarks.omissions) + routings.flatMap(\.remarks.omissions)).first
    let count = survey.plan.resources.count { !$0.isData }
    return "no region is known among \(count) resources"
      + (why.map { "; for one, \($0)" } ?? "")
      + "; splitbrain import terraform --list-types shows what is read"
  }

  /// Resources of types that are read, but that take part in nothing.
  private static func idle(
    _ resources: [Resource], _ known: Set<String>, _ used: Set<String>
  ) -> [String] {
    let idle = resources.filter {
      !$0.isData && known.contains($0.type) && !used.contains($0.address)
    }
    return idle.map(\.type).distinct.map { type in
      let titles = idle.filter { $0.type == type }.map(\.title)
      let more = titles.count > 5 ? " and \(titles.count - 5) more" : ""
      return titles.prefix(5).joined(separator: ", ") + more
        + ": takes no part in a decision between regions"
    }
  }

  private static func counts(_ resources: [Resource]) -> [String] {
    var counts: [String: Int] = [:]
    for resource in resources { counts[resource.type, default: 0] += 1 }
    return counts.keys.sorted().map { type in
      let count = counts[type] ?? 0
      return count > 1 ? "\(type.printable) (\(count))" : type.printable
    }
  }
}

/// Something that one of is chosen.
private protocol Candidate {
  static var option: String { get }
  var resource: Resource { get }
  var regions: [CloudRegion] { get }
  /// The greater, the better; 0 is not to be chosen.
  var rank: Int { get }
  var remarks: Remarks { get }
  /// What it is, for the list of what was not chosen.
  var title: String { get }
}

extension Database: Candidate {
  static var option: String { "--database" }
  var rank: Int {
    if regions.isEmpty { return 0 }
    return (isReplicated ? 4 : 2) - (isObjectStore ? 1 : 0)
  }
  var title: String { product.printable }
}

extension Routing: Candidate {
  static var option: String { "--traffic" }
  var rank: Int { regions.count > 1 ? 1 : 0 }
  var title: String { "\(provider.rawValue), \(policy.rawValue)" }
}

extension TerraformImport {
  /// The one that was asked for, or else the first of the best.
  private static func choose<Choice: Candidate>(
    _ candidates: [Choice], _ address: String?
  ) throws -> Choice? {
    guard let address else {
      let best = candidates.map(\.rank).max() ?? 0
      return best == 0 ? nil : candidates.first { $0.rank == best }
    }
    if let choice = candidates.first(where: { $0.resource.address == address }) {
      if choice.rank > 0 { return choice }
      let why = choice.remarks.omissions.first ?? "the plan does not say which regions it has"
      throw ChoiceError(description: "\(Choice.option): \(why)")
    }
    let known = candidates.filter { $0.rank > 0 }.map(\.resource.title)
    throw ChoiceError(
      description: "\(Choice.option): '\(address.printable)' is not in the plan; known: "
        + (known.isEmpty ? "none" : known.joined(separator: ", ")))
  }

  private static func others<Choice: Candidate>(
    _ candidates: [Choice], than chosen: Choice?
  ) -> [String] {
    candidates.filter { $0.resource.address != chosen?.resource.address }.flatMap { other in
      guard other.rank > 0 else {
        return other.remarks.omissions.isEmpty
          ? ["\(other.resource.title): \(other.title): the plan shows fewer than two regions of it"]
          : other.remarks.omissions
      }
      let regions = other.regions.map(\.name).joined(separator: ", ")
      return [
        "\(other.resource.title): \(other.title) in \(regions): one of each is mapped, "
          + "\(Choice.option) '\(other.resource.title)' takes this one"
      ]
    }
  }
}
