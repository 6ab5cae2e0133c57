// The network: directed links between regions, from the clients beside each region to it and back, and
// where clients live elsewhere, from each of their places to every region and back.
//
// A link is a queue with a bandwidth followed by a delay line: a packet leaves when the packets
// before it have left, then travels. Links are datagrams: they lose, duplicate and reorder as they
// are told to. Nothing here knows what a packet means.

/// A directed link's properties and state.
public struct Link: Sendable {
  /// A link's number in its network.
  public struct ID: Hashable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
  }

  public var latency: Latency
  /// Bits a second; 0 is unlimited.
  public var bandwidth: Int64 = 0
  public var loss = Ratio.never
  public var duplication = Ratio.never
  /// The share of packets that are held back by up to `reorderBy`.
  public var reordering = Ratio.never
  public var reorderBy = Duration.zero
  /// Never overtakes: a packet arrives no earlier than the one before.
  public var inOrder = false

  /// When the last bit of the last packet leaves.
  var busyUntil = Instant.zero
  var lastArrival = Instant.zero
  /// How many rules are installed on it, and how many of those are cuts.
  var rules = 0
  var cuts = 0
  /// Counters since the run began.
  public internal(set) var sent = 0
  public internal(set) var dropped = 0
  public internal(set) var bytes = 0

  public init(latency: Latency) { self.latency = latency }
}

/// A place where clients live, and how far each region is from it.
public struct Place: Sendable, Hashable {
  public let name: String
  /// One way, to each region and from it.
  public let up: [Latency]
  public let down: [Latency]

  public init(name: String, up: [Latency], down: [Latency]) {
    self.name = name
    self.up = up
    self.down = down
  }
}

/// When a packet arrives: never, once, or twice.
struct Arrivals {
  var first: Instant?
  var second: Instant?
}

/// All links, and the rules that faults have installed on them.
public struct Network: Sendable {
  /// How many regions it joins.
  public let regions: Int
  /// Where clients live that are not simply beside a region: their names.
  public let places: [String]
  public var links: [Link]
  private var installed: [Installed] = []
  private var random: Random
  private var nextRule = 0

  private struct Installed {
    let id: Int
    let fault: Int
    let links: [Bool]
    var rule: any PacketRule
    var random: Random
  }

  /// Packets that each fault's rules dropped, delayed or duplicated, by fault number.
  public private(set) var effects: [Int: Int] = [:]

  /// A full mesh: one-way delays between regions, between each region and the clients beside it, and
  /// between each place and every region.
  public init(
    regions: Int, between: (Int, Int) -> Latency, clients: (Int) -> Latency,
    places: [Place] = [], seed: UInt64
  ) {
    self.regions = regions
    links = []
    for from in 0..<regions {
      for to in 0..<regions { links.append(Link(latency: between(from, to))) }
    }
    for region in 0..<regions { links.append(Link(latency: clients(region))) }
    for region in 0..<regions { links.append(Link(latency: clients(region))) }
    self.places = places.map(\.name)
    for place in places { links += place.up.map { Link(latency: $0) } }
    for place in places { links += place.down.map { Link(latency: $0) } }
    random = Random(seed: seed, stream: "network")
  }

  /// The link from one region to another.
  public func link(from: Int, to: Int) -> Link.ID { Link.ID(from * regions + to) }
  /// The link from a region's clients to it.
  public func uplink(of region: Int) -> Link.ID { Link.ID(regions * regions + region) }
  /// The link from a region to its clients.
  public func downlink(of region: Int) -> Link.ID {
    Link.ID(regions * regions + regions + region)
  }

  /// The link from a place to a region.
  public func uplink(from place: Int, to region: Int) -> Link.ID {
    Link.ID(regions * regions + 2 * regions + place * regions + region)
  }
  /// The link from a region to a place.
  public func downlink(from region: Int, to place: Int) -> Link.ID {
    Link.ID(regions * regions + 2 * regions + (places.count + place) * regions + region)
  }
  /// All links between clients and a region, wherever they live.
  public func clientLinks(of region: Int) -> [Link.ID] {
    [uplink(of: region), downlink(of: region)]
      + places.indices.flatMap {
        [uplink(from: $0, to: region), downlink(from: region, to: $0)]
      }
  }

  /// "us -> eu", "clients -> us", "us -> clients", "london -> us" or "us -> london".
  public func name(of link: Link.ID, in topology: Topology) -> String {
    let pairs = regions * regions
    if link.index < pairs {
      let (from, to) = (link.index / regions, link.index % regions)
      return "\(topology.regions[from]) -> \(topology.regions[to])"
    }
    let region = topology.regions[(link.index - pairs) % regions]
    if link.index >= pairs + 2 * regions {
      let row = (link.index - pairs) / regions - 2
      let place = places[row % places.count]
      return row < places.count ? "\(place) -> \(region)" : "\(region) -> \(place)"
    }
    return link.index < pairs + regions ? "clients -> \(region)" : "\(region) -> clients"
  }

  /// Whether a cut keeps everything from passing.
  public func isCut(_ link: Link.ID) -> Bool { links[link.index].cuts > 0 }

  /// Installs a rule for a fault; gives a number to remove it by.
  mutating func install(
    _ rule: any PacketRule, on targets: [Link.ID], fault: Int, random: Random
  ) -> Int {
    var mask = [Bool](repeating: false, count: links.count)
    for target in targets where !mask[target.index] {
      mask[target.index] = true
      links[target.index].rules += 1
      if rule.isCut { links[target.index].cuts += 1 }
    }
    nextRule += 1
    installed.append(
      Installed(id: nextRule, fault: fault, links: mask, rule: rule, random: random))
    return nextRule
  }

  /// Removes an installed rule.
  mutating func remove(_ id: Int) {
    guard let place = installed.firstIndex(where: { $0.id == id }) else { return }
    let rule = installed.remove(at: place)
    for link in links.indices where rule.links[link] {
      links[link].rules -= 1
      if rule.rule.isCut { links[link].cuts -= 1 }
    }
  }

  /// Removes all rules: every fault on the wire heals.
  mutating func removeAllRules() {
    for rule in installed.map(\.id) { remove(rule) }
  }

  /// Sends a packet; says when it arrives.
  mutating func send(_ bytes: Int, over id: Link.ID, at now: Instant) -> Arrivals {
    let index = id.index
    links[index].sent += 1
    links[index].bytes += bytes
    var held = Duration.zero
    var copyAfter: Duration?
    if links[index].rules > 0 {
      switch judge(Packet(link: id, sentAt: now, bytes: bytes)) {
      case .pass: break
      case .drop:
        links[index].dropped += 1
        return Arrivals()
      case .delay(let duration): held = duration
      case .duplicate(let after): copyAfter = after
      }
    }
    if random.chance(links[index].loss) {
      links[index].dropped += 1
      return Arrivals()
    }
    if copyAfter == nil, random.chance(links[index].duplication) {
      copyAfter = links[index].latency.draw(&random)
    }
    if random.chance(links[index].reordering) {
      held = held + random.within(.zero...links[index].reorderBy)
    }
    var leaves = now
    if links[index].bandwidth > 0 {
      leaves = max(now, links[index].busyUntil)
      leaves = leaves + transmission(of: bytes, at: links[index].bandwidth)
      links[index].busyUntil = leaves
    }
    var arrives = leaves + links[index].latency.draw(&random) + held
    if links[index].inOrder {
      arrives = max(arrives, links[index].lastArrival)
      links[index].lastArrival = arrives
    }
    return Arrivals(first: arrives, second: copyAfter.map { arrives + $0 })
  }

  /// Whether a packet that has reached the far end is lost after all, since the link was cut
  /// meanwhile.
  mutating func loses(arrivingOver id: Link.ID, at now: Instant) -> Bool {
    guard links[id.index].cuts > 0 else { return false }
    links[id.index].dropped += 1
    for rule in installed where rule.rule.isCut && rule.links[id.index] {
      effects[rule.fault, default: 0] += 1
      break
    }
    return true
  }

  private mutating func judge(_ packet: Packet) -> Fate {
    for place in installed.indices where installed[place].links[packet.link.index] {
      var random = installed[place].random
      let fate = installed[place].rule.judge(packet, &random)
      installed[place].random = random
      guard fate != .pass else { continue }
      effects[installed[place].fault, default: 0] += 1
      return fate
    }
    return .pass
  }

  private func transmission(of bytes: Int, at bandwidth: Int64) -> Duration {
    Duration(nanoseconds: Int64(bytes) * 8_000_000_000 / bandwidth)
  }
}
