// What a fault can do to a world: few primitives. A fault is a pure function to a list of them.

import Histories

/// Which region an action hits.
public enum Target: Sendable, Hashable {
  case region(Region.ID)
  /// Whoever takes itself for the primary when the action happens (else the first region), and
  /// remembered under a number for the action that undoes it.
  case primary(remember: Int)
  /// The region remembered under a number.
  case remembered(Int)
}

/// Which links a packet rule is installed on.
public enum Wire: Sendable, Hashable {
  case links([Link.ID])
  /// All links between a region and the others, both ways.
  case around(Target)
  /// Between a region and its clients, both ways.
  case clients(of: Target)
}

/// One thing done to the world.
public enum FaultAction: Sendable {
  /// Installs a packet rule under a tag that is unique in the run.
  case install(any PacketRule, on: Wire, tag: Int)
  /// Removes the rule with the tag.
  case remove(tag: Int)
  case crash(Target)
  case restart(Target)
  /// A bit flips on the disk of a machine that is off.
  case rot(Target)
  case pause(Target)
  case resume(Target)
  /// Sets a wall clock forward or back.
  case stepClock(Target, by: Duration)
  /// Makes a clock run so much faster or slower than it does by itself; 0 ends it.
  case driftClock(Target, Ratio)
  /// An operator's order.
  case command(Command, Target)
  /// An operator orders so many replicas of a region's app tier.
  case scale(Region.ID, to: Int)
  /// Something happens to how clients find a region, and ends.
  case divert(Diversion)
  case endDiversion(Diversion)
}

/// What can happen to health checks and records: carried out by whoever directs the clients.
public enum Diversion: Sendable, Hashable {
  /// Checks of a region report this, whatever they find.
  case lyingChecks(Region.ID, healthy: Bool)
  /// An operator takes a region out of the records, whatever checks say.
  case away(from: Region.ID)
  /// One that applies record plans is held up between looking and applying.
  case heldUpPlan
  /// Name servers do not answer.
  case deafNameServers
}

/// An action with its time.
public struct TimedAction: Sendable {
  public let at: Instant
  public let action: FaultAction
  public init(_ at: Instant, _ action: FaultAction) {
    self.at = at
    self.action = action
  }
}

/// Bookkeeping of faults: what is planned, installed and remembered, and what each has done.
struct FaultState {
  var plan: [(fault: Int, action: FaultAction)] = []
  var rules: [Int: (id: Int, fault: Int)] = [:]
  var remembered: [Int: Region.ID] = [:]
  /// Effects other than on packets, by fault number.
  var effects: [Int: Int] = [:]
  /// Which faults have a region down or paused: it comes back when the last of them ends.
  var down: [Int: [Int]] = [:]
  var paused: [Int: [Int]] = [:]
  /// Which fault has a region's clock wrong, and since which clock reading.
  var skewed: [Int: (fault: Int, since: Int)] = [:]
  /// Which fault has made a region's disk rot, until the region notices; how often that was so.
  var rotten: [Int: Int] = [:]
  var disksReplaced: [Int: Int] = [:]
  /// What happens at present to how clients find a region.
  var diversions: [(fault: Int, what: Diversion)] = []
  /// Bugs of ours that showed up: the run must not be believed.
  var defects: [String] = []
  var unprobed: [Bool] = []

  /// Takes a fault off a region's list; true if it was the last one.
  static func release(_ holders: inout [Int]?, _ fault: Int) -> Bool {
    guard var rest = holders, let place = rest.firstIndex(of: fault) else { return false }
    rest.remove(at: place)
    holders = rest.isEmpty ? nil : rest
    return rest.isEmpty
  }

  mutating func countDown(_ region: Int) {
    for fault in down[region] ?? [] { effects[fault, default: 0] += 1 }
  }
  mutating func countReplaced(_ region: Int) {
    if let fault = rotten.removeValue(forKey: region) { effects[fault, default: 0] += 1 }
    disksReplaced[region, default: 0] += 1
  }
  mutating func countPaused(_ region: Int) {
    for fault in paused[region] ?? [] { effects[fault, default: 0] += 1 }
  }
}

extension World {
  /// Plans a fault's actions.
  public mutating func schedule(_ actions: [TimedAction], fault: Int) {
    for timed in actions {
      faults.plan.append((fault, timed.action))
      queue.schedule(
        Event(.fault, payload: Int64(faults.plan.count - 1)), at: timed.at.nanoseconds)
    }
  }

  /// What a fault has done so far: packets hit, requests caught, inputs held up, clock readings
  /// made wrong, orders given, damaged disks found.
  public func effect(ofFault fault: Int) -> Int {
    var sum = (network.effects[fault] ?? 0) + (faults.effects[fault] ?? 0)
    for region in 0..<topology.count {
      guard let skew = faults.skewed[region], skew.fault == fault else { continue }
      sum += cluster.clockReadings(region) - skew.since
    }
    return sum
  }

  /// Bugs of the testbed that showed up in this run.
  public var defects: [String] { faults.defects }

  /// Ends all faults: links pass, servers run, clocks are right. Faults still planned are void.
  public mutating func healEverything() {
    network.removeAllRules()
    faults.rules.removeAll()
    for place in faults.plan.indices { faults.plan[place].fault = -1 }
    for (fault, diversion) in faults.diversions {
      driver.divert(diversion, by: fault, begins: false, &self)
    }
    faults.diversions = []
    for region in 0..<topology.count {
      endSkew(region)
      clocks[region] = clocks[region].corrected(at: now)
      resume(region)
      restart(region)
      faults.down[region] = nil
      faults.paused[region] = nil
    }
  }

  /// Sends a probe over every link that has not passed one since `expectProbes`.
  public mutating func probe() {
    for link in network.links.indices where faults.unprobed[link] {
      let arrivals = network.send(0, over: Link.ID(link), at: now)
      guard let first = arrivals.first else { continue }
      queue.schedule(Event(.probe, payload: Int64(link)), at: first.nanoseconds)
    }
  }

  /// Forgets which links passed a probe.
  public mutating func expectProbes() {
    faults.unprobed = network.links.indices.map { link in
      link >= topology.count * topology.count || link / topology.count != link % topology.count
    }
  }

  /// Links that no probe has passed since `expectProbes`.
  public var silentLinks: [Link.ID] {
    faults.unprobed.indices.filter { faults.unprobed[$0] }.map { Link.ID($0) }
  }

  /// Counts what a fault did that the world cannot see.
  public mutating func countEffect(ofFault fault: Int, _ count: Int = 1) {
    faults.effects[fault, default: 0] += count
  }

  mutating func arrive(probeOver link: Int) {
    if !network.isCut(Link.ID(link)) { faults.unprobed[link] = false }
  }

  mutating func perform(_ place: Int) {
    let (fault, action) = faults.plan[place]
    guard fault >= 0 else { return }
    switch action {
    case .install(let rule, let wire, let tag):
      let random = Random(seed: seed, stream: "rule/\(tag)")
      let id = network.install(rule, on: links(of: wire), fault: fault, random: random)
      faults.rules[tag] = (id, fault)
    case .remove(let tag):
      if let rule = faults.rules.removeValue(forKey: tag) { network.remove(rule.id) }
    case .crash(let target):
      let region = resolve(target)
      faults.effects[fault, default: 0] += crash(region)
      faults.down[region, default: []].append(fault)
    case .restart(let target):
      let region = resolve(target)
      if FaultState.release(&faults.down[region], fault) { restart(region) }
    case .rot(let target):
      let region = resolve(target)
      guard !servers[region].isUp else { return }
      stores[region].rot(&debrisRandom[region])
      faults.rotten[region] = fault
    case .pause(let target):
      let region = resolve(target)
      pause(region)
      faults.paused[region, default: []].append(fault)
    case .resume(let target):
      let region = resolve(target)
      if FaultState.release(&faults.paused[region], fault) { resume(region) }
    case .stepClock(let target, let offset):
      let region = resolve(target)
      beginSkew(region, fault)
      clocks[region].step(by: offset)
    case .driftClock(let target, let drift):
      let region = resolve(target)
      beginSkew(region, fault)
      clocks[region].addDrift(drift, at: now)
    case .command(let command, let target):
      let region = resolve(target)
      guard servers[region].isUp else { return }
      faults.effects[fault, default: 0] += 1
      accept(Input(.command, payload: command.rawValue), at: region)
    case .scale(let region, let replicas):
      faults.effects[fault, default: 0] += 1
      scale(region, to: replicas)
    case .divert(let diversion):
      faults.diversions.append((fault, diversion))
      driver.divert(diversion, by: fault, begins: true, &self)
    case .endDiversion(let diversion):
      guard let place = faults.diversions.firstIndex(where: { $0 == (fault, diversion) }) else {
        return
      }
      faults.diversions.remove(at: place)
      driver.divert(diversion, by: fault, begins: false, &self)
    }
  }

  private mutating func beginSkew(_ region: Int, _ fault: Int) {
    endSkew(region)
    faults.skewed[region] = (fault, cluster.clockReadings(region))
  }

  private mutating func endSkew(_ region: Int) {
    guard let skew = faults.skewed.removeValue(forKey: region) else { return }
    faults.effects[skew.fault, default: 0] += cluster.clockReadings(region) - skew.since
  }

  private mutating func resolve(_ target: Target) -> Int {
    switch target {
    case .region(let region): return region.index
    case .primary(let number):
      let region = primary ?? Region.ID(0)
      faults.remembered[number] = region
      return region.index
    case .remembered(let number): return faults.remembered[number]?.index ?? 0
    }
  }

  private mutating func links(of wire: Wire) -> [Link.ID] {
    switch wire {
    case .links(let links): return links
    case .around(let target):
      let region = resolve(target)
      return (0..<topology.count).filter { $0 != region }.flatMap {
        [network.link(from: region, to: $0), network.link(from: $0, to: region)]
      }
    case .clients(let target):
      let region = resolve(target)
      return network.clientLinks(of: region)
    }
  }
}
