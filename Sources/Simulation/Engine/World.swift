// One run's universe: time, network, servers, clocks, and the event loop that drives them. A world
// shares nothing and runs on one thread, so a sweep runs worlds on all cores.
//
// Here: the loop and what travels. Server.swift: a server's batches, crashes and pauses.
// FaultAction.swift: what faults do to it. Not copyable, so there is never a second owner of time
// (and the compiler need not check for one: 10 % of the loop).

import Histories

/// Who asks: the clients of a run. The world tells it when an alarm it set goes off and what its
/// requests came to.
public protocol Driver: AnyObject {
  /// An alarm set by `World.setAlarm` goes off.
  func alarm(_ client: UInt32, _ token: Int64, _ world: inout World)
  /// A region's answer reaches its client. May come twice, or after the client gave up.
  func hear(_ outcome: Outcome, to request: Request.ID, _ world: inout World)
  /// A health check that `World.check` sent was answered.
  func hear(checkNumbered number: Int64, _ world: inout World)
  /// A fault that concerns how clients find a region begins or ends.
  func divert(_ diversion: Diversion, by fault: Int, begins: Bool, _ world: inout World)
}

extension Driver {
  // For drivers that neither check nor direct.
  public func hear(checkNumbered number: Int64, _ world: inout World) {}
  public func divert(
    _ diversion: Diversion, by fault: Int, begins: Bool, _ world: inout World
  ) {}
}

/// A simulated world.
public struct World: ~Copyable {
  public let topology: Topology
  /// True time.
  public internal(set) var now = Instant.zero
  public internal(set) var network: Network
  public internal(set) var clocks: [Clock]
  public let stores: [any DurableStore]
  /// Events so far.
  public private(set) var events = 0
  /// Messages and requests and answers delivered so far.
  public private(set) var delivered = 0
  /// Over every event so far; the runner adds history and databases.
  public private(set) var digest = Digest()

  /// Set to receive one line for each event.
  public var trace: ((Instant, String) -> Void)?
  /// Set to keep `digest.short` after every event.
  public var trail: [UInt64]?

  let machine: Machine
  let cluster: Cluster
  unowned let driver: any Driver
  /// What stands before the servers; nil: whoever comes gets in.
  unowned let door: (any Door)?
  var queue = EventQueue()
  @usableFromInline var requests = Slab<Request>()
  var answers = Slab<(request: Request.ID, outcome: Outcome)>()
  var servers: [Server]
  /// How many unsynced commits survive a crash, and what debris the others leave: by region.
  var crashRandom: [Random]
  var debrisRandom: [Random]
  var faults = FaultState()
  let seed: UInt64
  private var requestCount: Int64 = 0
  /// Where each client lives, plus one; 0 beside its region. Shorter if nobody lives elsewhere.
  var clientPlaces: [UInt8] = []

  /// A world at time zero, its regions not yet booted.
  public init(
    topology: Topology, network: Network, clocks: [Clock], stores: [any DurableStore],
    machine: Machine, cluster: Cluster, driver: any Driver, door: (any Door)? = nil, seed: UInt64
  ) {
    self.topology = topology
    self.network = network
    self.clocks = clocks
    self.stores = stores
    self.machine = machine
    self.cluster = cluster
    self.driver = driver
    self.door = door
    self.seed = seed
    servers = Array(repeating: Server(), count: topology.count)
    crashRandom = topology.regions.map { Random(seed: seed, stream: "crash/\($0)") }
    debrisRandom = topology.regions.map { Random(seed: seed, stream: "debris/\($0)") }
  }

  /// Boots all regions.
  public mutating func boot() {
    for region in 0..<topology.count { start(region) }
  }

  /// Runs all events up to and including an instant, which then is now.
  public mutating func run(until limit: Instant) {
    while let (at, event) = queue.next(until: limit.nanoseconds) { happen(at, event) }
    now = max(now, limit)
  }

  /// Runs while the condition holds and there are events.
  public mutating func run(while condition: () -> Bool) {
    while condition(), let (at, event) = queue.next(until: .max) { happen(at, event) }
  }

  // MARK: What clients do

  /// Sends a request from a client to a region; gives the number its answer will carry.
  ///
  /// - Parameter place: Where the client lives, for good; nil if right beside the region.
  @discardableResult
  public mutating func request(
    _ operation: Operation, from client: UInt32, living place: Int? = nil, at region: Region.ID
  ) -> Request.ID {
    requestCount += 1
    let id = Request.ID(number: requestCount, client: client)
    let origin = UInt8((place ?? -1) + 1)
    if origin > 0 { note(client, livesAt: origin) }
    let arrivals = network.send(
      operation.wireBytes, over: uplink(from: origin, to: region.index), at: now)
    for arrival in [arrivals.first, arrivals.second] {
      guard let arrival else { continue }
      let slot = requests.insert(Request(id: id, operation: operation), uses: 1)
      queue.schedule(
        Event(.request, node: region.raw, peer: origin, token: client, payload: Int64(slot)),
        at: arrival.nanoseconds)
    }
    return id
  }

  /// Has the driver's `alarm` called.
  public mutating func setAlarm(_ client: UInt32, _ token: Int64, at instant: Instant) {
    queue.schedule(Event(.alarm, token: client, payload: token), at: instant.nanoseconds)
  }

  // MARK: What replicas do (called by ReplicaHall)

  @usableFromInline func makeNode<Message>(_ region: Int) -> Node<Message> {
    Node(
      region: Region.ID(region), topology: topology, store: stores[region],
      random: Random(seed: seed, stream: "replica/\(topology.regions[region])"),
      clock: clocks[region])
  }

  /// Puts a message on the wire; says how many copies are under way: 0, 1 or 2.
  @usableFromInline mutating func transmit(
    _ slot: Int, from: Int, to: Int, bytes: Int
  ) -> Int {
    let arrivals = network.send(bytes, over: network.link(from: from, to: to), at: now)
    guard let first = arrivals.first else { return 0 }
    let event = Event(
      .message, node: UInt8(truncatingIfNeeded: to), peer: UInt8(truncatingIfNeeded: from),
      payload: Int64(slot))
    queue.schedule(event, at: first.nanoseconds)
    guard let second = arrivals.second else { return 1 }
    queue.schedule(event, at: second.nanoseconds)
    return 2
  }

  mutating func countDelivery() { delivered += 1 }

  @usableFromInline mutating func answer(
    _ request: Request.ID, _ outcome: Outcome, from region: Int
  ) {
    servers[region].outstanding -= 1
    let client = Int(request.client)
    let origin = client < clientPlaces.count ? clientPlaces[client] : 0
    let arrivals = network.send(
      outcome.wireBytes, over: downlink(from: region, to: origin), at: now)
    for arrival in [arrivals.first, arrivals.second] {
      guard let arrival else { continue }
      let slot = answers.insert((request, outcome), uses: 1)
      queue.schedule(
        Event(
          .reply, node: UInt8(truncatingIfNeeded: region), peer: origin, token: request.client,
          payload: Int64(slot)), at: arrival.nanoseconds)
    }
  }

  @usableFromInline mutating func setTimer(_ timer: TimerID, after delay: Duration, at region: Int)
  {
    let event = Event(
      .timer, node: UInt8(truncatingIfNeeded: region), token: servers[region].incarnation,
      payload: timer.number)
    queue.schedule(event, at: (now + clocks[region].trueTime(of: delay)).nanoseconds)
  }

  // MARK: The loop

  private mutating func happen(_ at: Int64, _ event: Event) {
    now = Instant(nanoseconds: at)
    events += 1
    digest.mix(at)
    digest.mix(
      event.payload ^ Int64(event.kind.rawValue) << 56 ^ Int64(event.node) << 48
        ^ Int64(event.peer) << 40)
    if trail != nil { trail?.append(digest.short) }
    if trace != nil { describe(event) }
    let region = Int(event.node)
    switch event.kind {
    case .message:
      let link = network.link(from: Int(event.peer), to: region)
      guard admits(region, arrivingOver: link) else {
        cluster.discard(Int(event.payload))
        return
      }
      delivered += 1
      accept(Input(.message, peer: event.peer, payload: event.payload), at: region)
    case .request:
      arrive(request: Int(event.payload), over: uplink(from: event.peer, to: region), at: region)
    case .reply:
      let link = downlink(from: region, to: event.peer)
      guard let (request, outcome) = answers.take(Int(event.payload)) else { return }
      if network.isCut(link), network.loses(arrivingOver: link, at: now) { return }
      delivered += 1
      driver.hear(outcome, to: request, &self)
    case .timer:
      guard event.token == servers[region].incarnation else { return }
      accept(Input(.timer, payload: event.payload), at: region)
    case .release: releaseBatch(region, incarnation: event.token)
    case .flush: flush(region, incarnation: event.token)
    case .alarm: driver.alarm(event.token, event.payload, &self)
    case .fault: perform(Int(event.payload))
    case .probe: arrive(probeOver: Int(event.payload))
    case .check: arrive(check: event.payload, from: event.peer, at: region)
    case .checked:
      let link = downlink(from: region, to: event.peer)
      if network.isCut(link), network.loses(arrivingOver: link, at: now) { return }
      driver.hear(checkNumbered: event.payload, &self)
    case .door: door?.alarm(event.payload, at: Region.ID(region), &self)
    }
  }

  private func describe(_ event: Event) {
    let place = topology.regions[Int(event.node)]
    let what: String
    switch event.kind {
    case .message:
      what =
        "\(topology.regions[Int(event.peer)]) -> \(place): \(cluster.label(Int(event.payload)))"
    case .request: what = "client \(event.token) -> \(place): request"
    case .reply: what = "\(place) -> client \(event.token): answer"
    case .timer: what = "\(place): timer \(event.payload)"
    case .release: what = "\(place): batch on disk"
    case .flush: what = "\(place): background flush"
    case .alarm: what = "client \(event.token): alarm \(event.payload)"
    case .fault: what = "fault action \(event.payload)"
    case .probe: what = "probe over link \(event.payload)"
    case .check: what = "health check -> \(place)"
    case .checked: what = "\(place) -> health check: answer"
    case .door: what = "\(place): app tier alarm \(event.payload)"
    }
    trace?(now, what)
  }
}

extension Operation {
  /// A plausible size on the wire: a header, and 16 bytes a step.
  var wireBytes: Int {
    if case .transaction(let steps) = self { return 64 + 16 * steps.count }
    return 80
  }
}

extension Outcome {
  var wireBytes: Int {
    if case .ok(.values(let values), _) = self { return 64 + 8 * values.count }
    return 72
  }
}
