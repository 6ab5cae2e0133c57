// What a run cost and what it gave: figures measured in that run, all in simulated time.

import Checking
import Histories
import Histogram
import Simulation
import Traffic

/// Percentiles of one kind of operation, in milliseconds of simulated time.
public struct LatencySummary: Sendable, Equatable {
  public let count: Int
  public let p50: Double
  public let p95: Double
  public let p99: Double
  public let max: Double

  init?(_ nanoseconds: [Int64]) {
    guard !nanoseconds.isEmpty else { return nil }
    var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    for value in nanoseconds { histogram.record(UInt64(Swift.max(0, value))) }
    func milliseconds(_ value: UInt64) -> Double { Double(value) / 1e6 }
    count = nanoseconds.count
    p50 = milliseconds(histogram.valueAtPercentile(50))
    p95 = milliseconds(histogram.valueAtPercentile(95))
    p99 = milliseconds(histogram.valueAtPercentile(99))
    max = milliseconds(UInt64(nanoseconds.max() ?? 0))
  }
}

/// How long regions were without service, and what was lost. Nil where nothing is to be said.
public struct Recovery: Sendable, Equatable {
  /// The longest that clients of some place waited, after a fault began, for a write asked after
  /// that moment to be acknowledged. Nil without faults or writes; infinite if one never was.
  public let rtoSeconds: Double?
  /// The place (without places, the region) that waited so long.
  public let slowestRegion: String?
  /// Acknowledged writes that are gone.
  public let rpoOperations: Int
  /// From the first lost acknowledgement to the last: how much time's work is gone.
  public let rpoSeconds: Double
}

/// All figures of a run.
public struct Measures: Sendable {
  public let ok: Int
  public let fail: Int
  public let info: Int
  public let operationsPerSecond: Double
  /// By operation name, in the order of `Function`.
  public let latencies: [(name: String, summary: LatencySummary)]
  /// Over all operations.
  public let overall: LatencySummary?
  /// Over all that change something.
  public let writes: LatencySummary?
  /// Open-loop operations that waited a timeout's length for a free client and had not begun when
  /// the load stopped.
  public let neverBegun: Int
  /// The share of intended operations that were answered, be it with a condition that failed.
  public let availability: Double
  /// The share of operations that were to begin in the last quarter and were answered: whether the system
  /// has found its way back. Nil if there were none.
  public let finalAvailability: Double?
  /// The same as `availability` by region that was asked.
  public let availabilityByRegion: [(region: String, share: Double)]
  /// By place where clients live: the regions, unless the scenario has places.
  public let places: [PlaceFigures]
  /// What became of clients when records changed; nil if they are not directed by any.
  public let traffic: TrafficFigures?
  /// What became of the scenario's runbook, if it has one.
  public let runbook: RunbookRecord?
  /// How load met capacity; nil without app tiers.
  public let capacity: CapacityFigures?
  /// What clients sent again; nil if they do not.
  public let retries: RetryFigures?
  public let staleness: Staleness
  public let tallies: [(name: String, count: Int)]
  public let lostAcknowledgedWrites: Int
  public let recovery: Recovery
  public let messages: Int
  public let dropped: Int
  public let bytes: Int
  public let bytesBetweenRegions: Int
  /// Regions that faults had down.
  public let outages: [RegionLoss]
  /// What is paid for.
  public let meter: Meter

  /// Reads that were refused because what they found did not fit together.
  public let refusedReads: Int
  /// Conflicts that the strategy counted.
  public var conflicts: Int { tallies.first { $0.name == "conflicts" }?.count ?? 0 }
}

extension Measures {
  /// When a fault began.
  struct FaultTime {
    let text: String
    let at: Instant
    /// Whether a region may be called unhealthy because of it.
    let concernsChecks: Bool
    /// Whether it is a fault of the traffic layer itself, as where an operator routes away: no outage.
    let isOfTraffic: Bool
  }

  init(
    _ clients: Clients, _ world: borrowing World, facts: Facts, traffic plan: TrafficPlan?,
    runbook runbookPlan: RunbookPlan?, capacity: (plan: CapacityPlan, record: [TierLog])?,
    from start: Instant, to end: Instant, faults: [FaultTime],
    losses: [(region: Region.ID, window: Range<Instant>)], bytesDuringLoad: [Int]
  ) {
    let history = clients.history
    let window = start.nanoseconds..<end.nanoseconds
    let rows = (0..<history.count).filter {
      !history.finals[$0] && window.contains(history.calls[$0])
    }
    func count(_ completion: Completion) -> Int {
      rows.count { history.completions[$0] == completion }
    }
    ok = count(.ok)
    fail = count(.fail)
    info = count(.info)
    operationsPerSecond = Double(ok) / max(1e-9, (end - start).seconds)

    latencies = Function.allCases.compactMap { function in
      let samples = rows.filter {
        history.functions[$0] == function && history.completions[$0] == .ok
      }.map { history.returns[$0] - clients.intended[$0] }
      return LatencySummary(samples).map { (function.name, $0) }
    }

    overall = LatencySummary(
      rows.filter { history.completions[$0] == .ok }
        .map { history.returns[$0] - clients.intended[$0] })
    writes = LatencySummary(
      rows.filter { history.completions[$0] == .ok && history.functions[$0] != .read }
        .map { history.returns[$0] - clients.intended[$0] })

    func share(_ rows: [Int], neverBegun: Int) -> Double {
      let served = rows.count { history.completions[$0] == .ok || clients.refusedByCondition[$0] }
      return rows.isEmpty ? 1 : Double(served) / Double(rows.count + neverBegun)
    }
    refusedReads = rows.count {
      clients.refusedByCondition[$0] && history.functions[$0] == .read
    }
    neverBegun = clients.neverBegun.reduce(0, +)
    availability = share(rows, neverBegun: neverBegun)
    let lastQuarter = (end - (end - start) / 4).nanoseconds
    let late = rows.filter { clients.intended[$0] >= lastQuarter }
    finalAvailability =
      late.isEmpty
      ? nil : share(late, neverBegun: clients.neverBegunSince.count { $0 >= lastQuarter })
    let byRegion = Dictionary(grouping: rows) { history.regions[$0] }
    availabilityByRegion = world.topology.ids.map { region in
      // Who is directed has not begun anywhere: that is told by place.
      let waiting = clients.neverBegun.indices.filter {
        plan == nil && clients.lives($0, at: region.index)
      }
      return (
        world.topology.name(of: region),
        share(
          byRegion[region.raw] ?? [],
          neverBegun: waiting.reduce(0) { $0 + clients.neverBegun[$1] })
      )
    }
    let residents = Residents(
      clients, named: plan?.places.places.map(\.name) ?? world.topology.regions, rows: rows)
    places = residents.figures(until: end)
    if let director = clients.director, plan?.clientsMove == true {
      traffic = TrafficFigures(
        director, names: world.topology.regions, from: start, to: end, faults: faults)
    } else {
      traffic = nil
    }
    if let runbookPlan, let log = clients.desk?.execution.log {
      runbook = RunbookRecord(
        runbookPlan, log, history, residents.rows, traffic, faults: faults, from: start)
    } else {
      runbook = nil
    }

    self.capacity = capacity.map {
      CapacityFigures(
        $0.plan, $0.record, world.topology, from: start, to: end,
        firstFault: faults.map(\.at).min())
    }
    retries = clients.retries.map { RetryFigures($0) }

    staleness = Staleness(history, facts)
    tallies = zip(Tally.allCases, world.tallies).map { ($0.name, $1) }

    let lost = LostWrites.rows(in: history, facts)
    lostAcknowledgedWrites = lost.count
    recovery = Recovery(
      history, residents.rows, lost: lost, faultsBegin: faults.map(\.at), end: end)

    let links = world.network.links
    messages = links.reduce(0) { $0 + $1.sent }
    dropped = links.reduce(0) { $0 + $1.dropped }
    bytes = links.reduce(0) { $0 + $1.bytes }
    bytesBetweenRegions =
      links.prefix(world.topology.count * world.topology.count).reduce(0) { $0 + $1.bytes }
    outages = losses.map {
      RegionLoss(
        of: $0.region, $0.window, history, residents.rows, world.topology, from: start,
        clientsMove: plan?.clientsMove ?? false)
    }
    meter = Meter(
      seconds: (end - start).seconds,
      transfers: Meter.transfers(bytes: bytesDuringLoad, in: world.topology), operations: ok,
      writes: writes?.count ?? 0, regions: world.topology.regions,
      routing: plan.flatMap { Meter.Routing($0, queries: clients.director?.lookups ?? 0) })
  }
}

extension Measures {
  /// A measure in its unit (see `Measure.Unit`); nil if there was nothing to measure.
  func amount(of measure: Measure) -> Int64? {
    func nanoseconds(_ milliseconds: Double?) -> Int64? {
      milliseconds.map { Int64(($0 * 1e6).rounded()) }
    }
    func p99(_ name: String) -> Double? { latencies.first { $0.name == name }?.summary.p99 }
    switch measure {
    case .rto:
      return recovery.rtoSeconds.map { $0.isFinite ? Int64(($0 * 1e9).rounded()) : .max }
    case .rpo: return Int64((recovery.rpoSeconds * 1e9).rounded())
    case .availability: return Int64((availability * 1e9).rounded())
    case .finalAvailability: return finalAvailability.map { Int64(($0 * 1e9).rounded()) }
    case .finalLoad:
      let loads = capacity?.regions.compactMap { $0.late?.load } ?? []
      return loads.max().map { Int64(($0 * 1e9).rounded()) }
    case .queueDepth: return capacity?.regions.map { Int64($0.longestQueue) }.max()
    case .shed: return capacity?.regions.reduce(0) { $0 + Int64($1.shed + $1.expired) }
    case .wasted: return capacity?.regions.reduce(0) { $0 + Int64($1.wasted) }
    case .retries: return retries.map { Int64($0.retries) }
    case .throughput: return Int64((operationsPerSecond * 1e3).rounded())
    case .lostAcknowledgedWrites: return Int64(lostAcknowledgedWrites)
    case .conflicts: return Int64(conflicts)
    case .refusedReads: return Int64(refusedReads)
    case .errorTime:
      let clients = places.reduce(0) { $0 + $1.clients }
      let sum = places.reduce(0.0) { $0 + $1.errorSeconds * Double($1.clients) }
      return clients > 0 ? Int64((sum / Double(clients) * 1e9).rounded()) : nil
    case .failoverTime:
      guard let episode = traffic?.episodes.first else { return nil }
      guard let moved = episode.honouring else { return nil }
      return moved.all?.nanoseconds ?? .max
    case .runbookTime:
      guard let runbook, runbook.log.isTriggered else { return nil }
      return runbook.after(.failedOver)?.nanoseconds ?? .max
    case .unverifiedSteps:
      guard let runbook, runbook.log.isTriggered else { return nil }
      return Int64(runbook.log.unverified)
    case .recordRegressions: return traffic.map { Int64($0.regressions) }
    case .p50: return nanoseconds(overall?.p50)
    case .p95: return nanoseconds(overall?.p95)
    case .p99: return nanoseconds(overall?.p99)
    case .max: return nanoseconds(overall?.max)
    case .readP99: return nanoseconds(p99("read"))
    case .writeP99: return nanoseconds(p99("write"))
    case .staleness: return staleness.judged > 0 ? staleness.age.p99 : nil
    case .versionStaleness: return staleness.judged > 0 ? staleness.lag.p99 : nil
    case .staleReads:
      guard staleness.judged > 0 else { return nil }
      return Int64((Double(staleness.stale) / Double(staleness.judged) * 1e9).rounded())
    }
  }
}

extension Measure {
  /// An amount with its unit, for people.
  func text(_ amount: Int64) -> String {
    func decimal(_ thousandths: Int64) -> String {
      let rest = String(thousandths % 1_000)
      return "\(thousandths / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
    switch unit {
    case .time: return amount == .max ? "never" : decimal(amount / 1_000_000) + " s"
    case .share, .load: return decimal(amount / 10_000) + " %"
    case .count: return String(amount)
    case .rate: return decimal(amount) + " /s"
    }
  }
}

extension Recovery {
  init(
    _ history: History, _ groups: [(name: String, rows: [Int])], lost: [Int],
    faultsBegin: [Instant], end: Instant
  ) {
    var worst: (seconds: Double, region: String)?
    for group in groups {
      let writes = WritesBack(history, group.rows)
      for fault in faultsBegin where fault < end {
        guard let back = writes.first(since: fault) else { continue }
        let seconds = back == .never ? Double.infinity : (back - fault).seconds
        if seconds > worst?.seconds ?? -1 { worst = (seconds, group.name) }
      }
    }
    rtoSeconds = worst?.seconds
    slowestRegion = worst?.region
    rpoOperations = lost.count
    let returns = lost.map { history.returns[$0] }.filter { $0 != History.never }
    rpoSeconds = Double((returns.max() ?? 0) - (returns.min() ?? 0)) / 1e9
  }
}

/// When the writes of some clients were acknowledged again.
struct WritesBack {
  /// When each was asked, and the earliest acknowledgement of it and all later ones. Calls ascend with rows,
  /// so that the first since any instant is found by one search.
  private var asked: [Int64] = []
  private var earliest: [Int64] = []

  init(_ history: History, _ rows: [Int]) {
    var back = History.never
    for row in rows.reversed() where history.functions[row] != .read {
      if history.completions[row] == .ok { back = min(back, history.returns[row]) }
      asked.append(history.calls[row])
      earliest.append(back)
    }
    asked.reverse()
    earliest.reverse()
  }

  /// The first acknowledgement of a write asked since then: never if there was none; nil if none was asked.
  func first(since instant: Instant) -> Instant? {
    let place = asked.partition { $0 >= instant.nanoseconds }
    return place < asked.count ? Instant(nanoseconds: earliest[place]) : nil
  }
}

extension Array {
  /// The first place from which on the condition holds; the array must be so ordered.
  func partition(_ condition: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
