// The `places` of a scenario: where clients live. A place is near a region of the measured table, or
// somewhere on the globe; its way to each region is the last mile (`access`) and the table's figure, or
// the great circle's. Without the section clients live beside the regions, as many beside each.

import Simulation
import Traffic

/// Where clients live, and how many.
public struct PlacesPlan: Sendable {
  /// With the ways to every region.
  public private(set) var places: [Place] = []
  /// How many clients live at each.
  public private(set) var clients: [Int] = []
  public private(set) var geography = Geography(own: [], ways: [], metres: [], resolvers: [])

  /// The most places.
  static let most = 200
  /// The last mile, unless a place says otherwise. Our model of a wired line.
  static let access = Duration.milliseconds(5)

  /// Nobody lives anywhere.
  static var none: PlacesPlan { PlacesPlan() }

  private init() {}

  /// One place beside each region, named like it.
  init(beside network: NetworkPlan, load: Load) {
    take(Self.spots(beside: network, load), network, Problems())
  }

  private static func spots(beside network: NetworkPlan, _ load: Load) -> [Spot] {
    network.topology.regions.map { region in
      Spot(
        name: region, clients: load.clientsPerRegion, access: network.clients,
        whereabouts: .near(region), resolver: nil, mark: Mark(line: 1, column: 1))
    }
  }

  /// Reads `places`.
  init(_ setting: Setting, network: NetworkPlan, load: Load, _ problems: Problems) {
    guard case .list(let entries) = setting.content, !entries.isEmpty else {
      let found = setting.kind == "a list" ? "an empty list" : setting.kind
      problems.report(setting.mark, "places: expected a list of places, found \(found)")
      take(Self.spots(beside: network, load), network, problems)
      return
    }
    if entries.count > Self.most {
      problems.report(entries[Self.most].mark, "places: more than \(Self.most) places")
    }
    var spots: [Spot] = []
    for entry in entries.prefix(Self.most) {
      var options = Options(entry, topology: network.topology, problems: problems)
      guard let spot = Spot(&options, load: load) else { continue }
      if spots.contains(where: { $0.name == spot.name }) {
        options.reject("name", "'\(spot.name)' names two places")
      }
      spots.append(spot)
    }
    take(spots, network, problems)
  }

  /// A place's number.
  func place(named name: String) -> Int? { places.firstIndex { $0.name == name } }

  /// One entry.
  struct Spot {
    enum Whereabouts {
      case near(String)
      case at(Coordinates)
    }
    let name: String
    let clients: Int
    let access: Latency
    let whereabouts: Whereabouts
    let resolver: String?
    let mark: Mark
  }

  private mutating func take(_ spots: [Spot], _ network: NetworkPlan, _ problems: Problems) {
    let topology = network.topology
    let homes = topology.regions.map { RegionCoordinates.find($0, of: network.preset) }
    var ways: [[Duration]] = []
    var metres: [[Int64]] = []
    for spot in spots {
      let up = topology.ids.map { spot.way(to: $0, network, problems) }
      let down = topology.ids.map { spot.way(from: $0, network) ?? up[$0.index] }
      places.append(
        Place(
          name: spot.name, up: up.map { $0 ?? spot.access }, down: down.map { $0 ?? spot.access }))
      clients.append(spot.clients)
      ways.append(up.map { $0?.base ?? .zero })
      if let here = spot.coordinates(network.preset), homes.allSatisfy({ $0 != nil }) {
        metres.append(homes.map { $0.map { here.metres(to: $0) } ?? 0 })
      }
    }
    let own = ways.map { ways in
      topology.ids.min { ways[$0.index] < ways[$1.index] } ?? Region.ID(0)
    }
    let names = spots.map(\.name)
    let resolvers = spots.indices.map { place -> Int in
      guard let name = spots[place].resolver else { return place }
      guard let resolver = names.firstIndex(of: name) else {
        problems.report(
          spots[place].mark,
          "resolver: " + unknownName(name, "place of this scenario", among: names))
        return place
      }
      return resolver
    }
    geography = Geography(
      own: own, ways: ways, metres: metres.count == spots.count ? metres : [],
      resolvers: resolvers)
  }
}

extension PlacesPlan.Spot {
  /// Reads an entry; nil if it does not say where it is.
  init?(_ options: inout Options, load: Load) {
    name = options.text("name", default: nil, "its name in reports") ?? ""
    clients = options.integer(
      "clients", default: load.clientsPerRegion, in: 0...10_000, "how many clients live there")
    access =
      options.latency(
        "access", default: PlacesPlan.access.description, "the last mile, one way")
      ?? .constant(PlacesPlan.access)
    let near = options.setting("near", "region of the preset", "the region next to it")
    let north = options.setting("latitude", "degrees", "degrees north, instead of near")
    let east = options.setting("longitude", "degrees", "degrees east")
    resolver = options.text(
      "resolver", default: nil, "the place where its resolver stands; otherwise here")
    mark = options.mark
    options.finish()
    if let objection = Self.objection(to: name) { options.reject("name", objection) }
    switch (near, north, east) {
    case (let near?, nil, nil):
      guard case .scalar(let region, _) = near.content else {
        options.problems.report(near.mark, "near: expected a region, found \(near.kind)")
        return nil
      }
      whereabouts = .near(region)
    case (nil, let north?, let east?):
      guard let north = Quantity.degrees(north, "latitude", atMost: 90, options.problems),
        let east = Quantity.degrees(east, "longitude", atMost: 180, options.problems)
      else { return nil }
      whereabouts = .at(Coordinates(north: north, east: east))
    default:
      options.problems.report(
        mark, "where is it? Add near: a region, or latitude: and longitude:")
      return nil
    }
  }

  private static func objection(to name: String) -> String? {
    if name.isEmpty { return "a place needs a name" }
    if name == TrafficPlan.elsewhere {
      return "'\(name)' cannot name a place: locations use that word"
    }
    return name.utf8.count > 64 ? "it is longer than 64 letters" : nil
  }

  /// The way to a region; nil, and a problem reported, if nobody knows.
  func way(to region: Region.ID, _ network: NetworkPlan, _ problems: Problems) -> Latency? {
    let name = network.topology.name(of: region)
    switch whereabouts {
    case .near(let near):
      if let home = network.topology.region(named: near) {
        return home == region ? access : network.link(from: home, to: region).latency.after(access)
      }
      guard let table = network.preset.table else {
        problem(unknownName(near, "region", among: network.topology.regions), region, problems)
        return nil
      }
      guard table.regions.contains(near) else {
        problem(
          unknownName(near, "region of preset \(table.name)", among: table.regions), region,
          problems)
        return nil
      }
      if let way = table.oneWay(from: near, to: name, spikes: network.spikes) {
        return network.scaled(way).after(access)
      }
      problems.report(
        mark, "\(self.name): preset \(table.name) has no figure from \(near) to \(name)")
      return nil
    case .at(let here):
      guard let there = RegionCoordinates.find(name, of: network.preset) else {
        let why = "it is not known where \(name) is; use near: instead of latitude and longitude"
        problems.report(mark, "\(self.name): \(why)")
        return nil
      }
      let way = Latency.tailed(roundTrip: here.way(to: there) * 2, spikes: network.spikes)
      return network.scaled(way).after(access)
    }
  }

  /// The way back, where it is another figure.
  func way(from region: Region.ID, _ network: NetworkPlan) -> Latency? {
    guard case .near(let near) = whereabouts else { return nil }
    if let home = network.topology.region(named: near) {
      return home == region ? access : network.link(from: region, to: home).latency.after(access)
    }
    return network.preset.table?
      .oneWay(from: network.topology.name(of: region), to: near, spikes: network.spikes)
      .map { network.scaled($0).after(access) }
  }

  /// Where it is on the globe, if that is known.
  func coordinates(_ preset: NetworkPreset) -> Coordinates? {
    switch whereabouts {
    case .near(let near): RegionCoordinates.find(near, of: preset)
    case .at(let here): here
    }
  }

  /// Something that is wrong for every region is told once.
  private func problem(_ message: String, _ region: Region.ID, _ problems: Problems) {
    if region.index == 0 { problems.report(mark, "near: \(message)") }
  }
}

extension Latency {
  /// The same after another way whose median is added.
  func after(_ access: Latency) -> Latency {
    Latency(base: base + access.base, spread: spread, shape: shape, spikes: spikes)
  }
}
