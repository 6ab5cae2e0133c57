// Looks up list prices. A price comes with its source and date or not at all; where the table has none, the
// bill lists the item as not priced, and never counts it as nothing.

import Simulation

/// A cloud provider whose prices are in the table.
public enum Cloud: String, Sendable, Hashable, CaseIterable { case aws, gcp, azure }

/// A price with where it comes from.
public struct Price: Sendable, Hashable {
  public let dollars: Double
  /// What that buys: a GB, a million, a month, an hour.
  public let unit: String
  /// Who says so: a title, or "given" for what the scenario says.
  public let source: String
  /// When the source was made, such as 2024-09-25; empty for what the scenario says.
  public let date: String
}

/// The list prices.
struct PriceTable {
  /// The things that are sold, as the list names them.
  enum Item: String, CaseIterable {
    case egress
    case writeUnits = "write-units"
    case requestUnits = "request-units"
    case healthChecks = "health-checks"
    case queries = "dns-queries"
    case accelerators
  }

  private struct Key: Hashable {
    let provider: Cloud
    let item: Item
    let scope: String
  }

  private var known: [Key: Price] = [:]

  /// The table in this package.
  static let list = PriceTable(prices: prices, sources: sources)

  /// Reads lines as `prices` and `sources` have them.
  init(prices: String, sources: String) {
    var titles: [String: (date: String, title: String)] = [:]
    for line in sources.split(separator: "\n") {
      let fields = line.split(separator: "|").map(String.init)
      titles[fields[0]] = (fields[1], fields[2])
    }
    for line in prices.split(separator: "\n") {
      let fields = line.split(separator: "|").map(String.init)
      guard fields.count == 6, let provider = Cloud(rawValue: fields[0]),
        let item = Item(rawValue: fields[1]), let dollars = Double(fields[3]),
        let source = titles[fields[5]]
      else { preconditionFailure("no price: \(line)") }
      let price = Price(
        dollars: dollars, unit: fields[4], source: source.title, date: source.date)
      known[Key(provider: provider, item: item, scope: fields[2])] = price
    }
  }

  /// How many prices there are.
  var count: Int { known.count }

  /// The price of something; nil if it is not known.
  func price(_ item: Item, _ provider: Cloud, scope: String = "any") -> Price? {
    known[Key(provider: provider, item: item, scope: scope)]
  }

  /// The price of a GB from one region to another; nil if it is not known.
  func egress(from: String, to: String, _ provider: Cloud) -> Price? {
    switch provider {
    case .aws:
      let pair = [from, to].sorted().joined(separator: " <-> ")
      return price(.egress, .aws, scope: pair) ?? price(.egress, .aws, scope: from)
    case .gcp:
      return Continent.gcpClass(from: from, to: to).flatMap { price(.egress, .gcp, scope: $0) }
    case .azure:
      // Peered networks: each side pays by its own zone.
      guard let near = Continent.azureZone(of: from), let far = Continent.azureZone(of: to),
        let out = price(.egress, .azure, scope: near), let into = price(.egress, .azure, scope: far)
      else { return nil }
      return Price(
        dollars: out.dollars + into.dollars, unit: out.unit, source: out.source, date: out.date)
    }
  }
}

/// Where regions are, as far as prices go by it.
enum Continent {
  /// The class of a transfer between two Google Cloud regions; nil if the list has none for it.
  static func gcpClass(from: String, to: String) -> String? {
    func area(_ region: String) -> String? {
      if region == "asia-southeast2" || region.hasPrefix("australia-") { return "Oceania" }
      let areas = [
        ("us-", "US/Canada"), ("northamerica-northeast", "US/Canada"), ("europe-", "Europe"),
        ("asia-", "Asia"), ("southamerica-", "South America"), ("africa-", "Africa"),
        ("me-", "Middle East"), ("northamerica-south", "Mexico"),
      ]
      return areas.first { region.hasPrefix($0.0) }?.1
    }
    guard let near = area(from), let far = area(to) else { return nil }
    if near == "Oceania" || far == "Oceania" { return "to/from Indonesia and Oceania" }
    return near == far ? "within \(near)" : "between continents"
  }

  /// The peering zone of an Azure region; nil if the list has no price for it.
  static func azureZone(of region: String) -> String? {
    if region == "japanwest" { return "zone 2" }
    let first = [
      "us", "us2", "us3", "canadacentral", "canadaeast", "europe", "austriaeast",
      "belgiumcentral", "francecentral", "francesouth", "germanynorth", "germanywestcentral",
      "italynorth", "norwayeast", "norwaywest", "polandcentral", "spaincentral", "swedencentral",
      "switzerlandnorth", "switzerlandwest", "uksouth", "ukwest",
    ]
    return first.contains { region == $0 || region.hasSuffix($0) } ? "zone 1" : nil
  }
}
