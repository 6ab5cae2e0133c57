// Between a runbook and the world: what there is to be seen, and its orders, which are what faults do too.
// Whether a region takes writes is found out by writing there, as a client beside it: the same servers, the
// same cuts. A probe is no part of the workload: it has a key of its own, and no row in the history.

import Histories
import Simulation
import Traffic

/// A runbook under way, and what it has been told of clients.
struct RunbookDesk {
  var execution: RunbookExecution
  /// The number of the fault that its orders count as.
  let number: Int
  /// When the load ends. Faults end in the same instant: what is seen from then on is no longer evidence.
  let end: Instant
  private(set) var sights: [RunbookView.Sight]
  /// By region: the operator's client there, and since when its probe has been under way.
  let probers: [Int]
  var probed: [Instant?]
  var probes: Value = 0
  /// By region: whether it is cut off from clients, or taken out of the records.
  private var isFenced: [Bool]
  private var isAway: [Bool]
  /// Where each client was last sent, and how many askings that takes into account.
  private var sent: [Region.ID?]
  private var seen = 0

  /// Registers that no workload uses.
  static let key: Key = 2_000_000_000

  init(
    _ execution: RunbookExecution, until end: Instant, number: Int, probers: [Int], clients: Int
  ) {
    self.execution = execution
    self.end = end
    self.number = number
    self.probers = probers
    sights = probers.map { _ in RunbookView.Sight() }
    probed = probers.map { _ in nil }
    isFenced = probers.map { _ in false }
    isAway = isFenced
    sent = Array(repeating: nil, count: clients)
  }

  /// A client's write was acknowledged.
  mutating func acknowledged(_ region: Int, at now: Instant) { sights[region].acknowledged = now }

  /// A probe has ended.
  mutating func ended(_ region: Region.ID, _ isAccepted: Bool) {
    guard let asked = probed[region.index] else { return }
    sights[region.index].probe = RunbookProbe(asked: asked, isAccepted: isAccepted)
    probed[region.index] = nil
  }

  /// What there is to be seen now.
  mutating func look(_ director: Director?, _ world: borrowing World) -> RunbookView {
    if let askings = director?.askings {
      for asking in askings[seen...] { sent[Int(asking.client)] = asking.region }
      seen = askings.count
    }
    let findings = director?.findings
    let all = sent.count { $0 != nil }
    for region in world.topology.ids {
      let there = sent.count { $0 == region }
      sights[region.index].isUp = world.isUp(region) && !world.isPaused(region)
      sights[region.index].isHealthy = findings?[region.index] ?? true
      sights[region.index].isPrimary = world.isPrimary(region)
      sights[region.index].replicas = world.replicas(of: region)
      sights[region.index].isCaughtUp = world.isSettled(region)
      sights[region.index].share = Ratio(
        partsPerBillion: Int64(there) * 1_000_000_000 / Int64(max(1, all)))
    }
    return RunbookView(regions: sights)
  }

  /// What an order does to the world; nothing if it has been done already.
  mutating func action(_ order: RunbookOrder) -> FaultAction? {
    let region = order.region
    // One fence a region: a number of its own, far from those of faults.
    let tag = Int.max - region.index
    func flip(_ flag: inout Bool, to value: Bool, _ action: FaultAction) -> FaultAction? {
      defer { flag = value }
      return flag == value ? nil : action
    }
    switch order.action {
    case .promote: return .command(.promote, .region(region))
    case .switchOver: return .command(.switchOver, .region(region))
    case .failOver: return .command(.failOver, .region(region))
    case .fence:
      let cut = FaultAction.install(Cut(), on: .clients(of: .region(region)), tag: tag)
      return flip(&isFenced[region.index], to: true, cut)
    case .unfence: return flip(&isFenced[region.index], to: false, .remove(tag: tag))
    case .routeAway: return flip(&isAway[region.index], to: true, .divert(.away(from: region)))
    case .routeBack:
      return flip(&isAway[region.index], to: false, .endDiversion(.away(from: region)))
    case .scale: return .scale(region, to: order.replicas)
    case .wait, .verify: return nil
    }
  }
}

extension Clients {
  /// Alarms of this client's number are the runbook's.
  static var runbooksAlarms: UInt32 { .max - 1 }

  /// Lets a runbook begin, if there is one.
  func startRunbook(
    _ runbook: Runbook?, until end: Instant, number: Int, seed: UInt64, _ world: inout World
  ) {
    guard let runbook else { return }
    desk = RunbookDesk(
      RunbookExecution(runbook, from: world.now, seed: seed), until: end, number: number,
      probers: world.topology.ids.map { addProber(at: $0) }, clients: workers)
    setRunbooksAlarm(&world)
  }

  func wakeRunbook(_ world: inout World) {
    guard var desk else { return }
    let view = desk.look(director, world)
    desk.execution.wake(view, at: world.now)
    let actions = desk.execution.orders.compactMap { desk.action($0) }
    // What an order does is not to be probed before it is done.
    let regions = desk.execution.orders.isEmpty ? desk.execution.probes : []
    desk.execution.orders = []
    self.desk = desk
    world.schedule(actions.map { TimedAction(world.now, $0) }, fault: desk.number)
    for region in regions where desk.probed[region.index] == nil { probe(region, &world) }
    setRunbooksAlarm(&world)
  }

  private func probe(_ region: Region.ID, _ world: inout World) {
    guard let prober = desk?.probers[region.index] else { return }
    desk?.probed[region.index] = world.now
    desk?.probes += 1
    probe(prober, RunbookDesk.key + Key(region.raw), desk?.probes ?? 0, &world)
  }

  private func setRunbooksAlarm(_ world: inout World) {
    guard let desk, let alarm = desk.execution.alarm, alarm < desk.end else { return }
    world.setAlarm(Self.runbooksAlarms, 0, at: alarm)
  }
}
