// Dollars a month, extrapolated from what a run measured: its rates while clients worked, times `scale`, for
// a month of 730 hours. The run is priced as it was, faults included.

import Simulation
import Traffic

/// What a system like the one in a run would cost.
public struct Bill: Sendable {
  /// One thing that is paid for.
  public struct Item: Sendable {
    /// "egress us-east-1 -> eu-west-1".
    public let name: String
    /// How much of it a month.
    public let quantity: Double
    /// What `quantity` counts: "GB", "million", "instance hours".
    public let unit: String
    /// Nil: it is not priced.
    public let price: Price?
    /// Dollars a month; nil if it is not priced.
    public var dollars: Double? { price.map { quantity * $0.dollars } }
  }

  public let provider: Cloud
  public let scale: Int
  public let items: [Item]
  /// Operations a month.
  public let operations: Double

  /// The hours of a month, as providers reckon.
  public static let hoursAMonth = 730.0

  /// Dollars a month, of what is priced.
  public var monthly: Double { items.reduce(0) { $0 + ($1.dollars ?? 0) } }
  /// What has no price: the sum is short of it.
  public var unpriced: [Item] { items.filter { $0.price == nil } }
  /// Dollars for a million acknowledged operations, of what is priced; nil if none was.
  public var perMillionOperations: Double? {
    operations > 0 ? monthly / operations * 1e6 : nil
  }

  /// Prices a run.
  public init(_ plan: CostPlan, _ meter: Meter) {
    self.init(plan, meter, .list)
  }

  init(_ plan: CostPlan, _ meter: Meter, _ prices: PriceTable) {
    provider = plan.provider
    scale = plan.scale
    let months = Bill.hoursAMonth * 3_600 / max(1e-9, meter.seconds) * Double(plan.scale)
    operations = Double(meter.operations) * months
    items =
      Self.egress(plan, meter, prices, months) + Self.writes(plan, meter, prices, months)
      + Self.compute(plan) + Self.routing(meter, prices, months)
  }

  private static func egress(
    _ plan: CostPlan, _ meter: Meter, _ prices: PriceTable, _ months: Double
  ) -> [Item] {
    meter.transfers.filter { $0.bytes > 0 }.map { transfer in
      Item(
        name: "egress \(transfer.from) -> \(transfer.to)",
        quantity: Double(transfer.bytes) * months / 1e9, unit: "GB",
        price: prices.egress(from: transfer.from, to: transfer.to, plan.provider))
    }
  }

  /// Each region pays for each write.
  private static func writes(
    _ plan: CostPlan, _ meter: Meter, _ prices: PriceTable, _ months: Double
  ) -> [Item] {
    let perSecond = Double(meter.writes) / max(1e-9, meter.seconds) * Double(plan.scale)
    switch plan.database {
    case .selfHosted: return []
    case .dynamoDB:
      return meter.regions.map { region in
        Item(
          name: "replicated writes \(region)", quantity: Double(meter.writes) * months / 1e6,
          unit: "million", price: prices.price(.writeUnits, .aws, scope: region))
      }
    case .cosmosDB:
      return meter.regions.map { region in
        let units = plan.requestUnits.map { perSecond * Double($0) / 100 * hoursAMonth }
        return Item(
          name: "replicated writes \(region)", quantity: units ?? perSecond,
          unit: units == nil ? "writes/s, request-units not given" : "100 RU/s hours",
          price: units == nil ? nil : prices.price(.requestUnits, .azure))
      }
    }
  }

  /// What runs all the time, busy or not.
  private static func compute(_ plan: CostPlan) -> [Item] {
    guard let compute = plan.compute else {
      return [Item(name: "compute", quantity: 0, unit: "instances, not given", price: nil)]
    }
    return compute.instances.filter { $0.count > 0 }.map { instances in
      Item(
        name: "compute \(instances.region)", quantity: Double(instances.count) * hoursAMonth,
        unit: "instance hours", price: compute.price)
    }
  }

  /// Each service by its own provider's prices, whoever runs the regions.
  private static func routing(_ meter: Meter, _ prices: PriceTable, _ months: Double) -> [Item] {
    guard let routing = meter.routing else { return [] }
    let clouds: [String: Cloud] = [
      "route53": .aws, "global-accelerator": .aws, "traffic-manager": .azure, "cloud-dns": .gcp,
      "global-load-balancer": .gcp, "front-door": .azure,
    ]
    let cloud = clouds[routing.service]
    func price(_ item: PriceTable.Item, _ scope: String) -> Price? {
      cloud.flatMap { prices.price(item, $0, scope: scope) }
    }
    var items: [Item] = []
    let isNamed = ["route53", "traffic-manager", "cloud-dns", "custom"].contains(routing.service)
    if isNamed {
      items.append(
        Item(
          name: "DNS queries", quantity: Double(routing.queries) * months / 1e6, unit: "million",
          price: price(.queries, queryClass(routing))))
      if routing.endpoints > 0 {
        items.append(
          Item(
            name: "health checks", quantity: Double(routing.endpoints), unit: "endpoints",
            price: price(.healthChecks, routing.areChecksFast ? "fast" : "basic")))
      }
    } else {
      let isAccelerator = routing.service == "global-accelerator"
      items.append(
        Item(
          name: routing.service, quantity: hoursAMonth, unit: "hours",
          price: isAccelerator ? price(.accelerators, "any") : nil))
      items.append(
        Item(
          name: "data through \(routing.service)", quantity: 0, unit: "GB, not measured", price: nil
        )
      )
    }
    return items
  }

  /// What a query is sold as. Traffic Manager asks one price for all.
  private static func queryClass(_ routing: Meter.Routing) -> String {
    guard routing.service == "route53" else { return "standard" }
    switch routing.policy {
    case .latency, .geolocation, .geoproximity: return routing.policy.rawValue
    default: return "standard"
    }
  }
}
