// A node is a server with a queue. It takes the inputs that wait as one batch, runs them through
// its replica inside one transaction, pays CPU time for each and one disk sync if the batch wrote,
// and only then releases its outputs. Group commit, saturation and queueing come out as on a real
// server; a crash inside the window loses what a real crash would: nothing was released, and the
// transaction is there or gone, never half.

import Histories

/// What the machines are like.
public struct Machine: Sendable, Hashable {
  /// CPU time for one input (message, request or timer).
  public var cpu: Duration
  /// One sync of the disk.
  public var sync: Duration
  /// When outputs may leave.
  public var durability: Durability
  /// With `before-sync`: how often the disk is synced in the background.
  public var flushEvery: Duration
  /// The most inputs that one batch takes.
  public var largestBatch: Int

  /// When a batch's outputs may leave its server.
  public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// Once what it wrote is on disk: the law.
    case afterSync = "after-sync"
    /// At once; the disk follows within `flushEvery`. As Redis with `appendfsync everysec` or MySQL
    /// with `innodb_flush_log_at_trx_commit = 2`: a crash loses acknowledged writes.
    case beforeSync = "before-sync"
  }

  public init(
    cpu: Duration, sync: Duration, durability: Durability = .afterSync,
    flushEvery: Duration = .seconds(1), largestBatch: Int = 1_000
  ) {
    self.cpu = cpu
    self.sync = sync
    self.durability = durability
    self.flushEvery = flushEvery
    self.largestBatch = largestBatch
  }
}

struct Server {
  var isUp = false
  var isPaused = false
  /// A batch has been computed and is on its way to the disk.
  var isBusy = false
  /// The batch reached the disk while the server was paused.
  var holdsRelease = false
  var flushIsScheduled = false
  /// Counts boots: timers and batches of an earlier life are void.
  var incarnation: UInt32 = 0
  var inbox: [Input] = []
  /// Requests received and not yet answered.
  var outstanding = 0
  var crashes = 0
}

extension World {
  /// Whether a region's server runs.
  public func isUp(_ region: Region.ID) -> Bool { servers[region.index].isUp }
  /// Whether a region's server runs but does nothing.
  public func isPaused(_ region: Region.ID) -> Bool { servers[region.index].isPaused }
  /// Whether a region's server runs and takes itself for the primary.
  public func isPrimary(_ region: Region.ID) -> Bool {
    servers[region.index].isUp && cluster.isPrimary(region.index)
  }
  /// Whether a region's server runs and nothing is left for it to do.
  public func isSettled(_ region: Region.ID) -> Bool {
    servers[region.index].isUp && cluster.unfinished(region.index) == nil
  }
  /// The first region that takes itself for the primary.
  public var primary: Region.ID? { topology.ids.first { cluster.isPrimary($0.index) } }
  /// What regions still have to do before nothing would change any more.
  public var unfinished: [String] {
    topology.ids.compactMap { region in
      guard servers[region.index].isUp else { return "\(topology.name(of: region)) is down" }
      return cluster.unfinished(region.index).map { "\(topology.name(of: region)): \($0)" }
    }
  }
  /// The most that a replica's reading of its wall clock was off, ahead or behind.
  public var clockError: Duration {
    topology.ids.map { cluster.clockError($0.index) }.max() ?? .zero
  }
  /// How often the regions got an empty disk in place of a damaged one, all together.
  public var disksReplaced: Int { topology.ids.reduce(0) { $0 + disksReplaced(in: $1.index) } }
  @usableFromInline func disksReplaced(in region: Int) -> Int {
    faults.disksReplaced[region] ?? 0
  }
  /// What strategies counted, by `Tally.rawValue`.
  public var tallies: [Int] { cluster.tallies() }

  mutating func start(_ region: Int) {
    servers[region].incarnation += 1
    servers[region].isUp = true
    cluster.boot(region, &self)
    accept(Input(.start, payload: 0), at: region)
    door?.booted(Region.ID(region), &self)
  }

  /// Whether what arrives over a link gets into the server at its end.
  mutating func admits(_ region: Int, arrivingOver link: Link.ID) -> Bool {
    if network.isCut(link), network.loses(arrivingOver: link, at: now) { return false }
    if servers[region].isUp { return true }
    faults.countDown(region)
    return false
  }

  /// A request reaches its region: refused if the server is down, as a connection would be.
  mutating func arrive(request slot: Int, over link: Link.ID, at region: Int) {
    if network.isCut(link), network.loses(arrivingOver: link, at: now) {
      requests.discard(slot)
      return
    }
    servers[region].outstanding += 1
    guard servers[region].isUp else {
      faults.countDown(region)
      if let request = requests.take(slot) {
        answer(request.id, .fail(.unavailable), from: region)
      }
      return
    }
    if door != nil, let request = requests.peek(slot) {
      knock(.request(request.id, slot: slot), at: region)
    } else {
      enter(request: slot, at: region)
    }
  }

  /// A request gets into the server.
  mutating func enter(request slot: Int, at region: Int) {
    countDelivery()
    accept(Input(.request, payload: Int64(slot)), at: region)
  }

  mutating func accept(_ input: Input, at region: Int) {
    servers[region].inbox.append(input)
    if !servers[region].isBusy, !servers[region].isPaused { cluster.work(region, &self) }
    if servers[region].isPaused { faults.countPaused(region) }
  }

  @usableFromInline mutating func takeInbox(_ region: Int) -> [Input] {
    var taken: [Input] = []
    if servers[region].inbox.count > machine.largestBatch {
      taken = Array(servers[region].inbox.prefix(machine.largestBatch))
      servers[region].inbox.removeFirst(machine.largestBatch)
    } else {
      swap(&taken, &servers[region].inbox)
    }
    return taken
  }

  /// A batch has been computed and committed: true if its outputs may leave at once.
  @usableFromInline mutating func endBatch(
    _ region: Int, _ inputs: inout [Input], wrote: Bool
  ) -> Bool {
    if let failure = stores[region].failure {
      faults.defects.append("\(topology.regions[region]): the database failed: \(failure)")
    }
    var takes = machine.cpu * inputs.count
    // Give the array back, so that a quiet server allocates nothing.
    if servers[region].inbox.isEmpty {
      inputs.removeAll(keepingCapacity: true)
      swap(&inputs, &servers[region].inbox)
    }
    if wrote, machine.durability == .afterSync { takes = takes + machine.sync }
    if wrote, machine.durability == .beforeSync, !servers[region].flushIsScheduled {
      servers[region].flushIsScheduled = true
      queue.schedule(
        Event(.flush, node: UInt8(region), token: servers[region].incarnation),
        at: (now + machine.flushEvery).nanoseconds)
    }
    guard takes > .zero else {
      if wrote, machine.durability == .afterSync { stores[region].synced() }
      return true
    }
    servers[region].isBusy = true
    queue.schedule(
      Event(.release, node: UInt8(region), token: servers[region].incarnation),
      at: (now + takes).nanoseconds)
    return false
  }

  mutating func releaseBatch(_ region: Int, incarnation: UInt32) {
    guard incarnation == servers[region].incarnation, servers[region].isUp else { return }
    guard !servers[region].isPaused else {
      servers[region].holdsRelease = true
      return
    }
    servers[region].isBusy = false
    if machine.durability == .afterSync { stores[region].synced() }
    cluster.release(region, &self)
    if !servers[region].inbox.isEmpty, !servers[region].isBusy { cluster.work(region, &self) }
  }

  mutating func flush(_ region: Int, incarnation: UInt32) {
    guard incarnation == servers[region].incarnation else { return }
    servers[region].flushIsScheduled = false
    stores[region].synced()
  }

  /// The server stops at once; what its disk had not synced is all, partly or not there. Gives the
  /// number of requests it had in hand.
  mutating func crash(_ region: Int) -> Int {
    guard servers[region].isUp else { return 0 }
    let caught = servers[region].outstanding
    for input in servers[region].inbox {
      switch input.kind {
      case .message: cluster.discard(Int(input.payload))
      case .request: requests.discard(Int(input.payload))
      default: break
      }
    }
    let incarnation = servers[region].incarnation
    let crashes = servers[region].crashes + 1
    servers[region] = Server()
    servers[region].incarnation = incarnation + 1
    servers[region].crashes = crashes
    cluster.crash(region)
    // Two streams: what the disk draws for its debris must not move what survives the next crash,
    // or a store without a disk would go another way.
    let surviving = crashRandom[region].below(stores[region].unsynced + 1)
    stores[region].crash(surviving: surviving, &debrisRandom[region])
    door?.crashed(Region.ID(region), &self)
    return caught
  }

  /// A stopped server boots: its database recovers, and a new replica starts from it.
  mutating func restart(_ region: Int) {
    guard !servers[region].isUp else { return }
    do {
      do { try stores[region].reopen() } catch is DamagedDisk {
        try stores[region].replaceDisk()
        faults.countReplaced(region)
      }
    } catch {
      faults.defects.append("\(topology.regions[region]): did not recover: \(error)")
      return
    }
    start(region)
  }

  mutating func pause(_ region: Int) { servers[region].isPaused = servers[region].isUp }

  mutating func resume(_ region: Int) {
    guard servers[region].isPaused else { return }
    servers[region].isPaused = false
    if servers[region].holdsRelease {
      servers[region].holdsRelease = false
      releaseBatch(region, incarnation: servers[region].incarnation)
    } else if !servers[region].isBusy, !servers[region].inbox.isEmpty {
      cluster.work(region, &self)
    }
  }
}
