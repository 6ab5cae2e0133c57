// Prices and bills: by hand, and never a nothing for what is not known.

import Simulation
import Testing
import Traffic

@testable import Scenarios

@Suite struct BillTests {
  /// A plan as a scenario has it.
  private func plan(_ cost: String, preset: String = "aws") throws -> CostPlan {
    let regions = preset == "aws" ? "[us-east-1, eu-west-1]" : "[eastus, japanwest]"
    let text = """
      regions: \(regions)
      strategy: {kind: dummy}
      network: {preset: \(preset)}
      cost: \(cost)
      """
    return try #require(try loadOne(text).cost)
  }

  private let meter = Meter(
    seconds: 100,
    transfers: [
      .init(from: "us-east-1", to: "eu-west-1", bytes: 1_000_000),
      .init(from: "eu-west-1", to: "us-east-1", bytes: 0),
    ], operations: 5_000, writes: 2_000, regions: ["us-east-1", "eu-west-1"],
    routing: .init(
      service: "route53", policy: .failover, queries: 40, endpoints: 2, areChecksFast: true))

  @Test func aBillByHand() throws {
    let plan = try plan(
      """
      {scale: 10, compute: {price: 0.2, source: "a quote", instances: {us-east-1: 3, eu-west-1: 1}}}
      """)
    let bill = Bill(plan, meter)
    // 730 h x 3600 s / 100 s x 10 = 262,800 times the run.
    let dollars = Dictionary(uniqueKeysWithValues: bill.items.map { ($0.name, $0.dollars) })
    func near(_ name: String, _ expected: Double) -> Bool {
      abs(((dollars[name] ?? nil) ?? -1) - expected) < 1e-6
    }
    #expect(near("egress us-east-1 -> eu-west-1", 262.8 * 0.02))
    #expect(near("compute us-east-1", 3 * 730 * 0.2))
    #expect(near("compute eu-west-1", 730 * 0.2))
    #expect(near("DNS queries", 40 * 262_800 / 1e6 * 0.4))
    #expect(near("health checks", 2 * 1.5))
    #expect(bill.items.count == 5 && bill.unpriced.isEmpty)
    let sum = 262.8 * 0.02 + 4 * 730 * 0.2 + 3 + 40 * 262_800 / 1e6 * 0.4
    #expect(abs(bill.monthly - sum) < 1e-6)
    #expect(abs((bill.perMillionOperations ?? 0) - sum / (5_000 * 262_800) * 1e6) < 1e-9)
    #expect(bill.items.first { $0.name == "compute us-east-1" }?.price?.source == "a quote")
  }

  @Test func eachRegionPaysForEachWrite() throws {
    let bill = Bill(try plan("{database: dynamodb}"), meter)
    let writes = bill.items.filter { $0.name.hasPrefix("replicated writes") }
    // 2,000 writes in 100 s are 52.56 million a month.
    #expect(writes.map { ($0.quantity * 100).rounded() / 100 } == [52.56, 52.56])
    #expect(abs((writes[0].dollars ?? 0) - 52.56 * 0.625) < 1e-6)
    // Nobody could date that price.
    #expect(writes[1].dollars == nil)
    #expect(bill.unpriced.map(\.name) == ["replicated writes eu-west-1", "compute"])
  }

  @Test(arguments: [
    ("route53", RoutingPolicy.latency, 0.6 as Double?), ("route53", .geolocation, 0.7),
    ("route53", .simple, 0.4),
    ("route53", .geoproximity, nil), ("traffic-manager", .latency, 0.54),
    ("cloud-dns", .failover, nil),
    ("custom", .failover, nil),
  ])
  func queriesGoByServiceAndPolicy(_ service: String, _ policy: RoutingPolicy, _ price: Double?)
    throws
  {
    let meter = Meter(
      seconds: 730 * 3_600, transfers: [], operations: 1, writes: 0, regions: ["us-east-1"],
      routing: .init(
        service: service, policy: policy, queries: 1_000_000, endpoints: 0, areChecksFast: false))
    let bill = Bill(try plan("{}"), meter)
    #expect(bill.items.first { $0.name == "DNS queries" }?.dollars == price)
  }

  @Test func anAcceleratorIsPaidForByTheHour() throws {
    let meter = Meter(
      seconds: 100, transfers: [], operations: 1, writes: 0, regions: ["us-east-1"],
      routing: .init(
        service: "global-accelerator", policy: .accelerator, queries: 0, endpoints: 2,
        areChecksFast: true))
    let bill = Bill(try plan("{}"), meter)
    #expect(
      abs((bill.items.first { $0.name == "global-accelerator" }?.dollars ?? 0) - 18.25) < 1e-9)
    #expect(bill.unpriced.map(\.name) == ["compute", "data through global-accelerator"])
  }

  @Test func throughputIsPaidForInEachRegion() throws {
    let meter = Meter(
      seconds: 100, transfers: [], operations: 5_000, writes: 2_000,
      regions: ["eastus", "japanwest"])
    let unknown = Bill(try plan("{database: cosmosdb}", preset: "azure"), meter)
    #expect(unknown.unpriced.count == 3)
    let bill = Bill(try plan("{database: cosmosdb, request-units: 10}", preset: "azure"), meter)
    // 20 writes/s of 10 units are 2 x 100 RU/s, for 730 h at 0.008.
    #expect(abs((bill.items[0].dollars ?? 0) - 2 * 730 * 0.008) < 1e-9)
    #expect(abs(bill.monthly - 2 * 2 * 730 * 0.008) < 1e-9)
  }

  @Test func whatIsNotPricedIsNeverNothing() throws {
    let meter = Meter(
      seconds: 10, transfers: [.init(from: "me-central-1", to: "us-east-1", bytes: 1_000)],
      operations: 0, writes: 0, regions: ["us-east-1"])
    let bill = Bill(try plan("{compute: {instances: {us-east-1: 2}}}"), meter)
    #expect(bill.items.allSatisfy { $0.price == nil && $0.dollars == nil })
    #expect(bill.unpriced.map(\.name) == ["egress me-central-1 -> us-east-1", "compute us-east-1"])
    #expect(bill.perMillionOperations == nil)
  }

  @Test func everyPriceHasItsSourceAndDate() {
    let lines = PriceTable.prices.split(separator: "\n").map { $0.split(separator: "|") }
    #expect(PriceTable.list.count == lines.count && lines.count > 40)
    for line in lines {
      let provider = Cloud(rawValue: String(line[0]))
      let item = PriceTable.Item(rawValue: String(line[1]))
      guard let provider, let item,
        let price = PriceTable.list.price(item, provider, scope: String(line[2]))
      else {
        Issue.record("no price: \(line)")
        continue
      }
      #expect(price.dollars > 0 && !price.source.isEmpty)
      #expect(price.date.count == 10 && price.date.hasPrefix("2024-"))
    }
  }

  @Test(arguments: [
    ("us-east-1", "eu-west-1", "aws", 0.02), ("us-east-2", "us-east-1", "aws", 0.01),
    ("us-east-2", "us-west-1", "aws", 0.02), ("sa-east-1", "us-east-1", "aws", 0.138),
    ("us-east1", "northamerica-northeast1", "gcp", 0.02), ("europe-west1", "us-east1", "gcp", 0.08),
    ("asia-east1", "asia-south1", "gcp", 0.08),
    ("australia-southeast1", "us-east1", "gcp", 0.1), ("us-east1", "asia-southeast2", "gcp", 0.1),
    ("southamerica-east1", "southamerica-west1", "gcp", 0.14),
    ("eastus", "westeurope", "azure", 0.07), ("eastus", "japanwest", "azure", 0.125),
  ])
  func egressGoesByTheSource(_ from: String, _ to: String, _ name: String, _ dollars: Double) throws
  {
    let provider = try #require(Cloud(rawValue: name))
    let price = try #require(PriceTable.list.egress(from: from, to: to, provider))
    #expect(abs(price.dollars - dollars) < 1e-12)
  }

  @Test(arguments: [
    ("mx-central-1", "us-east-1", "aws"), ("me-west1", "me-central2", "gcp"),
    ("nowhere", "us-east1", "gcp"), ("eastus", "brazilsouth", "azure"),
    ("africa-south1", "africa-south2", "gcp"),
  ])
  func egressThatNobodyPriced(_ from: String, _ to: String, _ name: String) throws {
    let provider = try #require(Cloud(rawValue: name))
    #expect(PriceTable.list.egress(from: from, to: to, provider) == nil)
  }

  @Test(arguments: [
    ("{provider: awz}", "4:18: 'awz' is not a value of provider; did you mean 'aws'?"),
    ("{scale: 0}", "4:15: scale: 0 is out of range, 1 to 1000000000"),
    ("{database: cosmosdb}", "4:18: cosmosdb is sold by azure"),
    ("{request-units: 3}", "4:23: request-units are of database: cosmosdb"),
    ("{compute: {price: 1}}", "4:17: how many instances? Add instances: {REGION: 3}"),
    (
      "{compute: {price: -1, instances: {us-east-1: 1}}}",
      "4:25: price: expected dollars such as 0.192, found '-1'"
    ),
    (
      "{compute: {price: 20%, instances: {us-east-1: 1}}}",
      "4:25: price: expected dollars such as 0.192, found '20%'"
    ),
    (
      "{compute: {instances: {us-eats-1: 1}}}",
      "4:30: 'us-eats-1' is not a known key here; did you mean 'us-east-1'?"
    ),
    ("[]", "4:7: expected a map of options, found a list"),
  ])
  func plansThatAreWrong(_ cost: String, _ message: String) {
    let text = """
      regions: [us-east-1, eu-west-1]
      strategy: {kind: dummy}
      network: {preset: aws}
      cost: \(cost)
      """
    #expect(complaints(text) == [message])
  }

  @Test func withoutAPresetOneMustSayWhosePrices() {
    #expect(
      complaints("regions: [a, b]\nstrategy: {kind: dummy}\ncost: {scale: 2}")
        == ["3:7: whose prices? Add provider: aws, gcp or azure"])
  }
}
