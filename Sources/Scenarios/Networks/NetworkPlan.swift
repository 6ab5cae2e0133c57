// The `network` of a scenario: measured latencies of a cloud or one figure for all, the properties
// of single links, and how far clients are from their region.

import Simulation

/// A network still without its seed.
public struct NetworkPlan: Sendable {
  public let topology: Topology
  public let preset: NetworkPreset
  /// From region to region, row by row; the diagonal is not used.
  public private(set) var links: [Link]
  /// Between clients and their region, one way.
  public let clients: Latency
  /// Of measured latencies: the share of packets that meet a spike.
  let spikes: Ratio
  /// How many times as far apart everything is that the preset or a link puts apart.
  private let scale: Ratio?

  /// Reads a scenario's `network`. Region marks say where each region is named, for those that the
  /// preset does not know.
  init(_ options: inout Options, regionMarks: [Mark]) {
    topology = options.topology
    preset = options.choice(
      "preset", default: NetworkPreset.none, "measured latencies of this cloud's regions")
    let given = options.latency("latency", default: "40ms", "one way, every link without a preset")
    let near = options.latency("clients", default: "500us", "one way, client to region and back")
    clients = near ?? .constant(.microseconds(500))
    let fallback = Link(latency: given ?? .constant(.milliseconds(40)))
    links = Array(repeating: fallback, count: topology.count * topology.count)
    spikes = options.ratio(
      "spikes", default: LatencyTable.spikes,
      "with a preset: the share of packets between regions that take 50 ms longer")
    if preset == .none, options.has("spikes") {
      options.reject("spikes", "spikes are of measured latencies: give a preset")
    }
    scale = Self.scale(&options)
    if preset != .none, given != nil {
      options.reject("latency", "latency and preset exclude each other; use links to override")
    }
    let common = LinkChange(&options)
    for place in links.indices { common.apply(to: &links[place]) }
    let overridden = readLinks(&options)
    options.finish()
    takeMeasured(options.problems, options.mark, regionMarks, spikes, except: overridden)
    for place in links.indices { links[place].latency = scaled(links[place].latency) }
  }

  /// A latency as this network's scale makes it.
  func scaled(_ latency: Latency) -> Latency {
    scale.map { latency.scaled(by: $0) } ?? latency
  }

  /// Reads `scale`: what would happen if the regions were so much farther apart.
  private static func scale(_ options: inout Options) -> Ratio? {
    guard
      let setting = options.setting(
        "scale", "factor",
        "every latency between regions, and from places to them, times this, such as 0.5 or 2; default 1"
      ),
      let scale = Quantity.signedRatio(setting, "scale", options.problems)
    else { return nil }
    guard scale >= Ratio(partsPerBillion: 1_000_000),
      scale <= Ratio(partsPerBillion: 100_000_000_000)
    else {
      options.reject("scale", "scale: a factor lies between 0.001 and 100")
      return nil
    }
    return scale
  }

  /// The network of a run.
  ///
  /// - Parameter places: Where clients live, if not beside their region.
  public func makeNetwork(seed: UInt64, places: [Place] = []) -> Network {
    let count = topology.count
    var network = Network(
      regions: count, between: { links[$0 * count + $1].latency }, clients: { _ in clients },
      places: places, seed: seed)
    for place in links.indices { network.links[place] = links[place] }
    return network
  }

  /// A link's properties.
  public func link(from: Region.ID, to: Region.ID) -> Link {
    links[from.index * topology.count + to.index]
  }

  /// Reads `links`; gives the places whose latency it sets.
  private mutating func readLinks(_ options: inout Options) -> [Int] {
    guard
      let setting = options.setting(
        "links", "list of links", "properties of single links, later ones over earlier ones")
    else { return [] }
    guard case .list(let entries) = setting.content else {
      options.problems.report(setting.mark, "links: expected a list, found \(setting.kind)")
      return []
    }
    var overridden: [Int] = []
    for entry in entries {
      var options = Options(entry, topology: topology, problems: options.problems)
      let places = LinkChange.places(&options)
      let change = LinkChange(&options, withLatency: true)
      options.finish()
      for place in places {
        change.apply(to: &links[place])
        if change.latency != nil { overridden.append(place) }
      }
    }
    return overridden
  }

  private mutating func takeMeasured(
    _ problems: Problems, _ mark: Mark, _ regionMarks: [Mark], _ spikes: Ratio,
    except overridden: [Int]
  ) {
    guard let table = preset.table else { return }
    for (region, mark) in zip(topology.regions, regionMarks)
    where !table.regions.contains(region) {
      problems.report(
        mark, unknownName(region, "region of preset \(table.name)", among: table.regions))
    }
    for from in topology.ids {
      for to in topology.ids where from != to {
        let place = from.index * topology.count + to.index
        let (near, far) = (topology.name(of: from), topology.name(of: to))
        guard !overridden.contains(place), table.regions.contains(near),
          table.regions.contains(far)
        else { continue }
        if let latency = table.oneWay(from: near, to: far, spikes: spikes) {
          links[place].latency = latency
        } else if from < to {
          problems.report(
            mark, "preset \(table.name) has no figure between \(near) and \(far); give it in links")
        }
      }
    }
  }
}

/// What an entry of `links`, or `network` itself, sets on links.
struct LinkChange {
  let latency: Latency?
  private let bandwidth: Int64?
  private let loss: Ratio?
  private let duplication: Ratio?
  private let reordering: Ratio?
  private let reorderBy: Duration
  private let inOrder: Bool?

  init(_ options: inout Options, withLatency: Bool = false) {
    latency = withLatency ? options.latency("latency", default: nil, "one way") : nil
    bandwidth = options.setting("bandwidth", "bandwidth", "bits a second; otherwise unlimited")
      .flatMap { [problems = options.problems] in Quantity.bandwidth($0, "bandwidth", problems) }
    let loss = options.ratio("loss", default: .never, "the share of packets that get lost")
    let duplication = options.ratio(
      "duplicate", default: .never, "the share of packets that arrive twice")
    let reordering = options.ratio(
      "reorder", default: .never, "the share of packets held back, so that others overtake them")
    reorderBy = options.duration(
      "reorder-by", default: .milliseconds(50), "how long they are held back, at most")
    let inOrder = options.flag("ordered", default: false, "packets never overtake each other")
    self.loss = options.has("loss") ? loss : nil
    self.duplication = options.has("duplicate") ? duplication : nil
    self.reordering = options.has("reorder") ? reordering : nil
    self.inOrder = options.has("ordered") ? inOrder : nil
    if inOrder, reordering > .never {
      options.reject("reorder", "reorder: a link that is ordered cannot reorder")
    }
    if options.has("reorder-by"), !options.has("reorder") {
      options.reject("reorder-by", "reorder-by means nothing without reorder")
    }
  }

  func apply(to link: inout Link) {
    if let latency { link.latency = latency }
    if let bandwidth { link.bandwidth = bandwidth }
    if let loss { link.loss = loss }
    if let duplication { link.duplication = duplication }
    if let inOrder { link.inOrder = inOrder }
    if let reordering {
      link.reordering = reordering
      link.reorderBy = reorderBy
    }
  }

  /// The places of the links that an entry is about: `between: [a, b]`, or `from: a` and `to: b`.
  static func places(_ options: inout Options) -> [Int] {
    let topology = options.topology
    let both = options.setting("between", "two regions", "both ways between two regions")
    let from = options.setting("from", "region", "one way: from this region")
    let to = options.setting("to", "region", "one way: to this region")
    if let both {
      if from != nil || to != nil {
        options.reject("between", "between excludes from and to")
      }
      guard case .list(let ends) = both.content, ends.count == 2 else {
        options.problems.report(
          both.mark, "between: expected two regions such as [a, b], found \(both.kind)")
        return []
      }
      var seen: [Region.ID] = []
      let regions = ends.compactMap { options.distinctRegion($0, &seen) }
      guard regions.count == 2 else { return [] }
      return [
        regions[0].index * topology.count + regions[1].index,
        regions[1].index * topology.count + regions[0].index,
      ]
    }
    guard let from, let to else {
      options.problems.report(
        options.mark, "which link? Add between: [a, b], or from: a and to: b")
      return []
    }
    guard let sender = options.region(from), let receiver = options.region(to) else {
      return []
    }
    if sender == receiver {
      options.problems.report(to.mark, "from and to are the same region")
      return []
    }
    return [sender.index * topology.count + receiver.index]
  }
}

extension Options {
  /// A latency: `80ms`, `{min: 10ms, max: 20ms}` or `{median: 40ms, p99: 60ms}`.
  mutating func latency(_ name: String, default fallback: String?, _ about: String) -> Latency? {
    let about = fallback.map { "\(about); \($0) unless given" } ?? about
    guard let setting = setting(name, "latency", about) else { return nil }
    guard case .map(let entries) = setting.content else {
      return Quantity.duration(setting, name, problems).map { .constant($0) }
    }
    var ends = Options(setting, topology: topology, problems: problems)
    defer { ends.finish() }
    let isTailed = entries.contains { $0.name == "median" || $0.name == "p99" }
    let low = ends.duration(isTailed ? "median" : "min", default: .zero, "the lower figure")
    let high = ends.duration(isTailed ? "p99" : "max", default: low, "the higher figure")
    if low > high {
      ends.reject(isTailed ? "p99" : "max", "\(name): \(high) is less than \(low)")
      return nil
    }
    return isTailed ? .tailed(median: low, p99: high) : .uniform(low, high)
  }
}
