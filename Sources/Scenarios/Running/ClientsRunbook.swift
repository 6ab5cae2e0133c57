// Between a runbook and the world: what it can see there, and its orders, which are what faults do too. It
// sees what clients and checks see, nothing else, but for a database's own word on whether it is the primary.

import Histories
import Simulation
import Traffic

/// What became of a runbook in a run, by phase; instants count from the first operation.
public struct RunbookRecord: Sendable, Equatable {
  public let log: RunbookLog
  /// When the fault began that health checks see and that came last before the trigger; else the trigger.
  public let began: Instant?
  /// The first write asked after the first action and acknowledged.
  public let switched: Instant?
  /// The last place's first such write; nil if some place had none.
  public let recovered: Instant?
}

/// A runbook under way, and what it has been told of clients.
struct RunbookDesk {
  var execution: RunbookExecution
  /// The number under which its orders count effects.
  let number: Int
  var lastWrites: [Instant?]
  /// Where each client was last sent, and how many askings that takes into account.
  var sent: [Int: Int] = [:]
  var seen = 0
}

extension Clients {
  /// Alarms of this client's number are the runbook's.
  static var runbooksAlarms: UInt32 { .max - 1 }

  /// Lets a runbook begin.
  func startRunbook(_ runbook: Runbook, number: Int, seed: UInt64, _ world: inout World) {
    desk = RunbookDesk(
      execution: RunbookExecution(runbook, from: world.now, seed: seed), number: number,
      lastWrites: Array(repeating: nil, count: world.topology.count))
    setRunbooksAlarm(&world)
  }

  func wakeRunbook(_ world: inout World) {
    guard var desk else { return }
    let view = view(&desk, world)
    desk.execution.wake(view, at: world.now)
    for order in desk.execution.orders {
      guard let action = order.faultAction else { continue }
      world.schedule([TimedAction(world.now, action)], fault: desk.number)
    }
    desk.execution.orders = []
    self.desk = desk
    setRunbooksAlarm(&world)
  }

  private func setRunbooksAlarm(_ world: inout World) {
    guard let alarm = desk?.execution.alarm else { return }
    world.setAlarm(Self.runbooksAlarms, 0, at: alarm)
  }

  private func view(_ desk: inout RunbookDesk, _ world: borrowing World) -> RunbookView {
    let regions = world.topology.ids
    if let askings = director?.askings {
      for asking in askings[desk.seen...] {
        desk.sent[Int(asking.client)] = asking.region?.index ?? -1
      }
      desk.seen = askings.count
    }
    let primary = regions.map { world.isPrimary($0) }
    return RunbookView(
      up: regions.map { world.isUp($0) && !world.isPaused($0) },
      healthy: director?.verdicts ?? regions.map { _ in true }, primary: primary,
      lastWrites: desk.lastWrites,
      shares: regions.map { region in
        let there = desk.sent.values.count { $0 == region.index }
        return Ratio(partsPerBillion: Int64(there * 1_000_000_000 / max(1, desk.sent.count)))
      })
  }
}

extension RunbookOrder {
  /// What it does to the world.
  fileprivate var faultAction: FaultAction? {
    // One fence a region: a number of its own, far from those of faults.
    let tag = Int.max - region.index
    return switch action {
    case .promote: .command(.promote, .region(region))
    case .switchOver: .command(.switchOver, .region(region))
    case .fence: .install(Cut(), on: .clients(of: .region(region)), tag: tag)
    case .unfence: .remove(tag: tag)
    case .routeAway: .divert(.away(from: region))
    case .routeBack: .endDiversion(.away(from: region))
    case .wait, .verify: nil
    }
  }
}

extension RunbookRecord {
  /// - Parameter places: How many places clients live at.
  init(
    _ log: RunbookLog, _ clients: Clients, places: Int, faults: [Measures.FaultTime],
    from start: Instant
  ) {
    func shifted(_ instant: Instant?) -> Instant? { instant.map { .zero + ($0 - start) } }
    self.log = log.shifted(by: start)
    let cause = log.triggered.flatMap { trigger in
      faults.filter { $0.concernsChecks && $0.at <= trigger }.map(\.at).max()
    }
    began = shifted(cause ?? log.triggered)
    let history = clients.history
    let acted = log.acted?.nanoseconds ?? .max
    var first = [Int64?](repeating: nil, count: places)
    for row in 0..<history.count
    where history.calls[row] >= acted && history.functions[row] != .read
      && history.completions[row] == .ok && !history.finals[row]
    {
      for place in 0..<places where clients.lives(Int(clients.askers[row]), at: place) {
        first[place] = min(first[place] ?? .max, history.returns[row])
      }
    }
    let all = first.compactMap { $0 }
    switched = shifted(all.min().map { Instant(nanoseconds: $0) })
    recovered = all.count < places ? nil : shifted(all.max().map { Instant(nanoseconds: $0) })
  }
}
