// The clients of a run: each beside a region, or at a place from where a director sends it to one
// (ClientsTraffic.swift); one operation at a time, as Jepsen's processes. An
// operation that was not answered in time is of unknown outcome, and its client goes on as a new
// process. All that they ask and hear goes into the history.
//
// The world calls in from one place, its loop, and what is called there does not call back: so the
// hot state goes without dynamic checks for overlapping access.

import Histories
import Simulation
import Traffic

/// Drives a workload against a world and records its history.
final class Clients: Driver {
  @exclusivity(unchecked) private(set) var history = History()
  /// When each row was meant to begin; before its call if its client was busy.
  @exclusivity(unchecked) private(set) var intended: [Int64] = []
  /// Whether each row failed because a condition of its own did not hold: the region did serve it.
  @exclusivity(unchecked) private(set) var refusedByCondition: [Bool] = []
  /// The client of each row.
  @exclusivity(unchecked) private(set) var askers: [UInt32] = []
  /// Who sends clients to regions, if they are not simply beside them.
  @exclusivity(unchecked) var director: Director?
  /// A runbook under way, if the scenario has one (ClientsRunbook.swift).
  @exclusivity(unchecked) var desk: RunbookDesk?
  /// Operations that have begun and not ended.
  @exclusivity(unchecked) private(set) var outstanding = 0
  /// By client: open-loop arrivals that had waited for a free client for a timeout's length when the
  /// load stopped.
  private(set) var neverBegun: [Int] = []
  /// When all of those were to begin.
  private(set) var neverBegunSince: [Int64] = []
  /// What was sent again, if clients do that.
  @exclusivity(unchecked) private(set) var retries: Retries?
  /// How many clients make the load; they come first.
  private(set) var workers = 0

  @exclusivity(unchecked) private var workload: any IntentSource
  private let supports: (Operation) -> Bool
  private let load: Load
  private let topology: Topology
  @exclusivity(unchecked) private var clients: [Client] = []
  @exclusivity(unchecked) private var processes: Int32 = 0
  @exclusivity(unchecked) private var isOpen = false
  /// Readers still to finish, and what they may try.
  private(set) var unreadKeys = 0

  private struct Client {
    /// The region that it is beside, or that is nearest to where it lives.
    let home: Region.ID
    /// Where its present operation goes if nobody directs it.
    var region: Region.ID
    /// Where it lives, if not right beside its region.
    let place: Int?
    /// Workload client, set-up client, operator or final reader.
    let role: Role
    var random: Random
    var process: Int32
    var intent: Intent?
    var row = -1
    /// Counts what this client has waited for: tells an old timeout from a new one.
    var operation: Int64 = 0
    var request: Int64 = -1
    /// What its last request was, if it may have to send it again.
    var asked: Operation?
    var backlog: [Int64] = []
    var attempts = 0
  }

  private enum Role { case worker, setup, prober, reader(isFinal: Bool) }

  private enum Alarm: Int64 { case next, timeout, retry, noRegion }

  init(
    workload: any IntentSource, load: Load, topology: Topology, traffic: TrafficPlan? = nil,
    seed: UInt64, supports: @escaping (Operation) -> Bool
  ) {
    self.workload = workload
    self.load = load
    self.topology = topology
    self.supports = supports
    history.regionNames = topology.regions
    history.ticksPerSecond = 1_000_000_000
    if let traffic {
      settle(at: traffic.places, seed)
      director = Director(
        traffic.routing, regions: topology.count, clientsAt: clients.compactMap(\.place),
        seed: seed)
    } else {
      for region in topology.ids {
        for number in 0..<load.clientsPerRegion {
          let stream = "client/\(topology.name(of: region))/\(number)"
          add(region, .worker, Random(seed: seed, stream: stream))
        }
      }
    }
    workers = clients.count
    retries = load.retries.map { Retries($0, clients: workers, seed: seed) }
  }

  /// Makes the clients that live at places.
  private func settle(at places: PlacesPlan, _ seed: UInt64) {
    for (number, place) in places.places.enumerated() {
      for client in 0..<places.clients[number] {
        let stream = "client/\(place.name)/\(client)"
        add(
          places.geography.own[number], .worker, Random(seed: seed, stream: stream),
          living: number)
      }
    }
  }

  /// Whether a client is one of a region, or of a place.
  func lives(_ client: Int, at place: Int) -> Bool {
    clients[client].place.map { $0 == place } ?? (clients[client].region.index == place)
  }

  /// Whether a client is the testbed's own, not one of the system that it tests.
  func isOfTestbed(_ client: UInt32) -> Bool {
    switch clients[Int(client)].role {
    case .worker, .prober: false
    case .setup, .reader: true
    }
  }

  /// Whether whoever sent a request still waits for its answer.
  func awaits(_ request: Request.ID) -> Bool {
    clients[Int(request.client)].request == request.number
  }

  // MARK: Phases

  /// Makes the workload's starting state, through one region. `unfinishedSetup` tells when done.
  func beginSetup(at region: Region.ID, _ world: inout World) {
    setupLeft = workload.setup(supports)
    setupClient = add(region, .setup, Random(seed: 0))
    continueSetup(&world)
  }

  private var setupLeft: [Operation] = []
  private var setupClient = 0
  /// Whether the starting state is not complete.
  var isSettingUp: Bool { !setupLeft.isEmpty }

  /// Lets the load begin.
  func open(_ world: inout World) {
    isOpen = true
    for client in clients.indices {
      if case .worker = clients[client].role { pace(client, &world) }
    }
  }

  /// Lets no further operation begin.
  func close(at now: Instant) {
    isOpen = false
    let patient = (now - load.timeout).nanoseconds
    for client in clients.indices {
      let late = clients[client].backlog.filter { $0 < patient }
      neverBegun.append(late.count)
      neverBegunSince += late
      clients[client].backlog = []
    }
  }

  /// Has every region read everything. A first round lets read repair do its work; the second is
  /// the final one.
  func readEverything(isFinal: Bool, _ world: inout World) {
    for region in topology.ids {
      for intent in workload.finalReads(supports) {
        let reader = add(region, .reader(isFinal: isFinal), Random(seed: 0))
        unreadKeys += 1
        begin(intent, for: reader, intendedAt: world.now.nanoseconds, &world)
      }
    }
  }

  /// A client of the operator's, right beside a region; what it asks is not in the history.
  func addProber(at region: Region.ID) -> Int { add(region, .prober, Random(seed: 0)) }

  /// Has an operator's client write; the desk is told how it ended.
  func probe(_ client: Int, _ key: Key, _ value: Value, _ world: inout World) {
    let intent = Intent(
      function: .write, key: key, procedure: Procedure(.single(.write(key, value))))
    begin(intent, for: client, intendedAt: world.now.nanoseconds, &world)
  }

  // MARK: Driver

  func alarm(_ client: UInt32, _ token: Int64, _ world: inout World) {
    guard client != Self.directorsAlarms else { return wakeDirector(token, &world) }
    guard client != Self.runbooksAlarms else { return wakeRunbook(&world) }
    let client = Int(client)
    switch Alarm(rawValue: token & 3) {
    case .next:
      if case .open = load.arrival { pace(client, &world) }
      guard isOpen else { return }
      if clients[client].intent == nil {
        beginNext(client, intendedAt: world.now.nanoseconds, &world)
      } else {
        clients[client].backlog.append(world.now.nanoseconds)
      }
    case .timeout:
      guard clients[client].intent != nil, clients[client].operation == token >> 2 else { return }
      giveUp(client, isLate: true, &world)
    case .retry:
      switch clients[client].role {
      case .setup: continueSetup(&world)
      case .worker, .prober:
        guard clients[client].intent != nil, clients[client].operation == token >> 2 else { return }
        sendAgain(client, &world)
      case .reader:
        guard let intent = clients[client].intent else { return }
        clients[client].intent = nil
        begin(intent, for: client, intendedAt: world.now.nanoseconds, &world)
      }
    case .noRegion:
      guard clients[client].intent != nil, clients[client].operation == token >> 2 else { return }
      if !sendLater(client, &world) { fail(client, &world) }
    case nil: break
    }
  }

  func hear(_ outcome: Outcome, to request: Request.ID, _ world: inout World) {
    let client = Int(request.client)
    guard clients[client].request == request.number, var intent = clients[client].intent else {
      return
    }
    switch outcome {
    case .ok(let answer, let version):
      switch intent.procedure.advance(answer) {
      case .ask(let operation):
        clients[client].intent = intent
        ask(operation, client, &world)
      case .done(let answer):
        workload.heard(answer, to: intent, by: client)
        // The version of the last of several requests says nothing about the others.
        let isWhole = intent.procedure.isOneRequest
        end(client, .ok, answer, isWhole ? version : nil, &world)
      case .refused:
        clients[client].intent = intent
        noteCondition(client)
        end(client, .fail, nil, nil, &world)
      }
    case .fail(let refusal):
      if refusal == .conditionFailed {
        if let answer = intent.procedure.meaningOfFailedCondition {
          workload.heard(answer, to: intent, by: client)
          end(client, .ok, answer, nil, &world)
          return
        }
        noteCondition(client)
      } else {
        if refusal != .aborted, refusal != .unsupported { noteFailure(client) }
        if refusal != .unsupported, sendLater(client, &world) { return }
      }
      fail(client, &world)
    case .info:
      giveUp(client, isLate: false, &world)
    }
  }

  /// Nobody told how a request ended: the client sends it again if that is its way.
  private func giveUp(_ client: Int, isLate: Bool, _ world: inout World) {
    if isLate { noteFailure(client) }
    guard isOpen, let operation = clients[client].intent?.procedure.retry() else {
      if clients[client].asked?.isReadOnly == true, sendLater(client, &world) { return }
      end(client, .info, nil, nil, &world)
      return
    }
    if isLate { setTimeout(client, &world) }
    ask(operation, client, &world)
  }

  /// Ends an operation whose present request certainly had no effect.
  private func fail(_ client: Int, _ world: inout World) {
    let hasWritten = clients[client].intent?.procedure.hasWrittenNothing == false
    end(client, hasWritten ? .info : .fail, nil, nil, &world)
  }

  /// Has a client send its present request again after a pause; false if it does not.
  private func sendLater(_ client: Int, _ world: inout World) -> Bool {
    guard isOpen, client < workers, let pause = retries?.pause(client) else { return false }
    // What may still come of the request is no longer waited for: no answer, no timeout.
    clients[client].operation += 1
    clients[client].request = -1
    world.setAlarm(
      UInt32(client), clients[client].operation << 2 | Alarm.retry.rawValue, at: world.now + pause)
    return true
  }

  private func sendAgain(_ client: Int, _ world: inout World) {
    guard isOpen, let operation = clients[client].asked else {
      fail(client, &world)
      return
    }
    if load.retries?.goesOn == true {
      let next = (clients[client].region.index + 1) % topology.count
      clients[client].region = Region.ID(next)
    }
    setTimeout(client, &world)
    ask(operation, client, &world)
  }

  // MARK: One operation

  @discardableResult
  private func add(
    _ region: Region.ID, _ role: Role, _ random: Random, living place: Int? = nil
  ) -> Int {
    clients.append(
      Client(
        home: region, region: region, place: place, role: role, random: random,
        process: processes))
    processes += 1
    return clients.count - 1
  }

  /// Sets the alarm for a worker's next operation.
  private func pace(_ client: Int, _ world: inout World) {
    guard isOpen else { return }
    let pause: Duration
    switch load.arrival {
    case .closed(let think):
      pause = clients[client].random.interval(mean: think)
    case .open(let every):
      pause = clients[client].random.interval(mean: every * max(1, workers))
    }
    world.setAlarm(UInt32(client), Alarm.next.rawValue, at: world.now + pause)
  }

  private func beginNext(_ client: Int, intendedAt: Int64, _ world: inout World) {
    let intent = workload.next(for: client, supports, &clients[client].random)
    roam(client)
    begin(intent, for: client, intendedAt: intendedAt, &world)
  }

  /// Chooses the region for the next operation. Draws nothing if nobody roams.
  private func roam(_ client: Int) {
    let home = clients[client].home
    clients[client].region = home
    guard load.roam != .never, topology.count > 1 else { return }
    guard clients[client].random.chance(load.roam) else { return }
    clients[client].region = clients[client].random.pick(topology.ids.filter { $0 != home })
  }

  private func begin(_ intent: Intent, for client: Int, intendedAt: Int64, _ world: inout World) {
    clients[client].intent = intent
    clients[client].operation += 1
    outstanding += 1
    if client < workers { retries?.begin(client) }
    var isFinal = false
    if case .reader(let final) = clients[client].role { isFinal = final }
    let region = direct(client, world.now)
    switch clients[client].role {
    case .setup, .prober:
      clients[client].row = -1
    case .worker, .reader:
      let (shape, value, extra) = history.columns(asking: intent)
      clients[client].row = history.append(
        Entry(
          process: clients[client].process, function: intent.function, key: intent.key,
          shape: shape, value: value, extra: extra,
          completion: .info, call: world.now.nanoseconds, return: History.never,
          region: (region ?? clients[client].region).raw, isFinal: isFinal))
      intended.append(intendedAt)
      askers.append(UInt32(client))
      refusedByCondition.append(false)
    }
    setTimeout(client, &world)
    ask(intent.procedure.begin(), client, at: region, &world)
  }

  /// The region for a client's next request; nil if it finds none.
  private func direct(_ client: Int, _ now: Instant) -> Region.ID? {
    guard clients[client].place != nil else { return clients[client].region }
    return director?.region(for: client, at: now)
  }

  /// A request was refused or not answered: a client that was directed closes its connection.
  private func noteFailure(_ client: Int) {
    if clients[client].place != nil { director?.failed(client) }
  }

  private func setTimeout(_ client: Int, _ world: inout World) {
    world.setAlarm(
      UInt32(client), clients[client].operation << 2 | Alarm.timeout.rawValue,
      at: world.now + load.timeout)
  }

  private func ask(_ operation: Operation, _ client: Int, _ world: inout World) {
    ask(operation, client, at: direct(client, world.now), &world)
  }

  private func ask(
    _ operation: Operation, _ client: Int, at region: Region.ID?, _ world: inout World
  ) {
    if retries != nil { clients[client].asked = operation }
    guard let region else {
      // A lookup in vain takes its time; then the client is told that there is no such name.
      clients[client].request = -1
      world.setAlarm(
        UInt32(client), clients[client].operation << 2 | Alarm.noRegion.rawValue,
        at: world.now + Self.lookup)
      return
    }
    clients[client].request =
      world.request(
        operation, from: UInt32(client), living: clients[client].place, at: region
      ).number
  }

  private func end(
    _ client: Int, _ completion: Completion, _ answer: Answer?, _ version: Version?,
    _ world: inout World
  ) {
    guard let intent = clients[client].intent else { return }
    let row = clients[client].row
    clients[client].intent = nil
    clients[client].request = -1
    outstanding -= 1
    if row >= 0, completion != .info {
      let (shape, value, extra) =
        answer.flatMap { history.columns(of: $0, intent) }
        ?? (history.shapes[row], history.values[row], history.extras[row])
      history.complete(
        row, completion, at: world.now.nanoseconds, shape: shape, value: value, extra: extra,
        version: completion == .ok ? version : nil)
    }
    if row >= 0, completion == .ok, intent.function != .read {
      desk?.acknowledged(Int(history.regions[row]), at: world.now)
    }
    switch clients[client].role {
    case .worker:
      if completion != .ok { workload.failed(intent, by: client) }
      if completion == .info { renew(client) }
      if !clients[client].backlog.isEmpty {
        beginNext(client, intendedAt: clients[client].backlog.removeFirst(), &world)
      } else if case .closed = load.arrival {
        pace(client, &world)
      }
    case .setup:
      if completion == .ok { setupLeft.removeFirst() }
      clients[client].attempts += completion == .ok ? 0 : 1
      // An unknown outcome must not be tried again: it would count twice.
      if completion == .info { return }
      world.setAlarm(
        UInt32(client), Alarm.retry.rawValue,
        at: world.now + (completion == .ok ? .zero : .milliseconds(200)))
    case .prober: desk?.ended(clients[client].region, completion == .ok)
    case .reader:
      if completion == .info { renew(client) }
      if completion == .ok || clients[client].attempts >= 20 {
        unreadKeys -= completion == .ok ? 1 : 0
      } else {
        clients[client].attempts += 1
        clients[client].intent = intent
        world.setAlarm(
          UInt32(client), Alarm.retry.rawValue, at: world.now + .milliseconds(500))
      }
    }
  }

  private func continueSetup(_ world: inout World) {
    guard let operation = setupLeft.first else { return }
    let intent = Intent(function: .write, key: 0, procedure: Procedure(.single(operation)))
    begin(intent, for: setupClient, intendedAt: world.now.nanoseconds, &world)
  }

  private func noteCondition(_ client: Int) {
    if clients[client].row >= 0 { refusedByCondition[clients[client].row] = true }
  }

  private func renew(_ client: Int) {
    clients[client].process = processes
    processes += 1
  }
}
