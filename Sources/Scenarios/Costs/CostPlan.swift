// The `cost` of a scenario: whose prices, how much larger the real system is, and what only its owner knows.

import Simulation

/// How to price what a run measured.
public struct CostPlan: Sendable {
  /// What the regions' databases are, as far as writes are paid for.
  public enum Database: String, Sendable, CaseIterable {
    /// On instances: writes cost nothing beside them.
    case selfHosted = "self-hosted"
    /// A global table with on-demand capacity: each region pays a write unit for each write.
    case dynamoDB = "dynamodb"
    /// Provisioned throughput with one write region: each region pays for all of it.
    case cosmosDB = "cosmosdb"
  }

  public let provider: Cloud
  /// The real system has so many times the load of the run.
  public let scale: Int
  public let database: Database
  /// Request units that a write takes; nil if nobody says.
  public let requestUnits: Int?
  public let compute: Compute?

  /// Reads `cost: {provider: aws, scale: 1000, ...}`.
  init(_ options: inout Options, network: NetworkPreset) {
    let own = Cloud(rawValue: network.rawValue)
    provider = options.choice(
      "provider", default: own ?? .aws,
      "whose list prices; otherwise those of the network's preset")
    if own == nil, !options.has("provider") {
      options.reject("provider", "whose prices? Add provider: aws, gcp or azure")
    }
    scale = options.integer(
      "scale", default: 1, in: 1...1_000_000_000,
      "the real system has so many times the load of the run")
    database = options.choice(
      "database", default: Database.selfHosted,
      "how writes are paid for; self-hosted: with the instances")
    let units = options.integer(
      "request-units", default: 0, in: 0...1_000_000,
      "with cosmosdb: what a write takes; not priced without")
    requestUnits = units > 0 ? units : nil
    compute = options.setting("compute", "compute", "the instances that run all the time").map {
      var section = Options($0, topology: options.topology, problems: options.problems)
      return Compute(&section)
    }
    options.finish()
    if requestUnits != nil, database != .cosmosDB {
      options.reject("request-units", "request-units are of database: cosmosdb")
    }
    let needed: [Database: Cloud] = [.dynamoDB: .aws, .cosmosDB: .azure]
    if let needed = needed[database], needed != provider {
      options.reject("database", "\(database.rawValue) is sold by \(needed.rawValue)")
    }
  }

  /// Instances that run all the time, of the real system.
  public struct Compute: Sendable {
    /// What one costs an hour; nil if nobody says.
    public let price: Price?
    public let instances: [(region: String, count: Int)]

    /// Reads `compute: {price: 0.2, source: ..., instances: {us: 3}}`.
    init(_ options: inout Options) {
      let dollars = options.dollars("price", "dollars for an instance and hour; not priced without")
      let source = options.text("source", default: "given", "where that price is from") ?? "given"
      price = dollars.map { Price(dollars: $0, unit: "hour", source: source, date: "") }
      var counts: [(region: String, count: Int)] = []
      let setting = options.setting(
        "instances", "counts by region", "how many run in each region, such as {us: 3}; others none"
      )
      if let setting {
        var section = Options(setting, topology: options.topology, problems: options.problems)
        for region in options.topology.regions {
          let count = section.integer(region, default: 0, in: 0...1_000_000, "how many there")
          counts.append((region, count))
        }
        section.finish()
      } else {
        options.reject("instances", "how many instances? Add instances: {REGION: 3}")
      }
      instances = counts
      options.finish()
    }
  }
}

extension Options {
  /// An amount of dollars, such as 0.192; nil if it is not given.
  mutating func dollars(_ name: String, _ about: String) -> Double? {
    guard let setting = setting(name, "dollars", about) else { return nil }
    guard case .scalar(let text, _) = setting.content, text.last?.isNumber == true,
      let amount = Quantity.signedRatio(setting, name, Problems()), amount >= .never
    else {
      problems.report(
        setting.mark, "\(name): expected dollars such as 0.192, found \(setting.kind)")
      return nil
    }
    return Double(amount.partsPerBillion) / 1e9
  }
}
