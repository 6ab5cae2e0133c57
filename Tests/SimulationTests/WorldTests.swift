// Servers in a world: batches and group commit, crashes inside the window, pauses, refusals, timers,
// faults that overlap, probes. The strategy under test writes what it is asked and answers.

import Histories
import Testing

@testable import Simulation

/// Writes to its own store and answers; a timer answers the request that set it.
private struct Scribe: Strategy {
  static let name = "scribe"
  static let summary = "for tests"
  static let table = Table(0, "items", key: ["key"], columns: ["value"])

  init(_ options: inout Options) {}
  init() {}
  func schema(in topology: Topology) -> Schema { Schema(tables: [Self.table], views: []) }
  func promises(in topology: Topology) -> Set<Guarantee> { [] }
  func supports(_ operation: Operation) -> Bool { true }
  func makeReplica(for region: Region.ID, in topology: Topology) -> Member { Member() }

  struct Message: Payload {
    var label: String { "note" }
    var bytes: Int { 10 }
  }

  struct Member: Replica {
    var waiting: Request.ID?
    var heard = 0

    mutating func start(_ node: inout Node<Message>) {}
    mutating func handle(_ request: Request, _ node: inout Node<Message>) {
      switch request.operation {
      case .write(let key, let value):
        node.store.put(Scribe.table, [Int64(key)], [value])
        node.broadcast(Message())
        node.reply(to: request.id, .ok(.done, nil))
      case .increment:
        waiting = request.id
        node.wake(TimerID(1), after: .seconds(1))
      default:
        let value = node.store.get(Scribe.table, [0])?[0]
        node.reply(to: request.id, .ok(.value(value), nil))
      }
    }
    mutating func receive(_ message: Message, from sender: Region.ID, _ node: inout Node<Message>) {
      heard += 1
    }
    mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {
      if let waiting { node.reply(to: waiting, .ok(.done, nil)) }
    }
    var unfinished: String? { heard > 0 ? "heard \(heard)" : nil }
  }
}

private final class Notebook: Driver {
  var heard: [(request: Int64, outcome: Outcome, at: Instant)] = []
  var checked: [(number: Int64, at: Instant)] = []
  func alarm(_ client: UInt32, _ token: Int64, _ world: inout World) {}
  func hear(_ outcome: Outcome, to request: Request.ID, _ world: inout World) {
    heard.append((request.number, outcome, world.now))
  }
  func hear(checkNumbered number: Int64, _ world: inout World) {
    checked.append((number, world.now))
  }
}

@Suite struct WorldTests {
  /// Two regions 10 ms apart, clients 1 ms away, 1 ms of CPU an input, 5 ms a sync.
  private func world(
    _ notebook: Notebook, durability: Machine.Durability = .afterSync, places: [Place] = []
  ) -> World {
    let topology = Topology(["a", "b"])
    let scribe = Scribe()
    var world = World(
      topology: topology,
      network: Network(
        regions: 2, between: { _, _ in .constant(.milliseconds(10)) },
        clients: { _ in .constant(.milliseconds(1)) }, places: places, seed: 1),
      clocks: [Clock(), Clock()],
      stores: (0..<2).map { _ in MemoryStore(scribe.schema(in: topology)) },
      machine: Machine(
        cpu: .milliseconds(1), sync: .milliseconds(5), durability: durability,
        flushEvery: .seconds(1)),
      cluster: scribe.makeCluster(), driver: notebook, seed: 1)
    world.boot()
    world.run(until: .zero + .milliseconds(100))
    return world
  }

  private func milliseconds(_ instant: Instant) -> Int64 { instant.nanoseconds / 1_000_000 }

  // MARK: Places and health checks

  /// 20 ms to `a` and 30 ms back; 40 ms to `b` and 50 ms back.
  private let place = Place(
    name: "london", up: [.constant(.milliseconds(20)), .constant(.milliseconds(40))],
    down: [.constant(.milliseconds(30)), .constant(.milliseconds(50))])

  @Test func aPlaceIsAsFarAsItsLinksSay() {
    let notebook = Notebook()
    var world = world(notebook, places: [place])
    world.request(.read(0, .register), from: 5, living: 0, at: Region.ID(0))
    world.request(.read(0, .register), from: 5, living: 0, at: Region.ID(1))
    world.request(.read(0, .register), from: 6, at: Region.ID(0))
    world.run(until: .zero + .seconds(1))
    #expect(notebook.heard.map { milliseconds($0.at) } == [103, 151, 191])
    let names = world.network.links.indices.suffix(4).map {
      world.network.name(of: Link.ID($0), in: world.topology)
    }
    #expect(names == ["london -> a", "london -> b", "a -> london", "b -> london"])
  }

  @Test func cutClientsAreCutWhereverTheyLive() {
    let notebook = Notebook()
    var world = world(notebook, places: [place])
    let cut = FaultAction.install(Cut(), on: .clients(of: .region(Region.ID(0))), tag: 1)
    world.schedule([TimedAction(.zero + .milliseconds(100), cut)], fault: 0)
    world.run(until: .zero + .milliseconds(100))
    for region in 0..<2 {
      world.request(.read(0, .register), from: 5, living: 0, at: Region.ID(region))
      world.request(.read(0, .register), from: UInt32(region), at: Region.ID(region))
      world.check(Int64(region), from: 0, of: Region.ID(region))
    }
    world.run(until: .zero + .seconds(1))
    #expect(notebook.heard.map(\.request) == [4, 3])
    #expect(notebook.checked.map(\.number) == [1])
    #expect(world.effect(ofFault: 0) == 3)
    world.healEverything()
    world.expectProbes()
    world.probe()
    world.run(until: .zero + .seconds(2))
    #expect(world.silentLinks.isEmpty, "places' links too")
  }

  /// Who is down or paused answers no checks; who is busy does.
  @Test func checksAreAnsweredByWhoIsUp() {
    let notebook = Notebook()
    var world = world(notebook, places: [place])
    world.check(1, from: 0, of: Region.ID(0))
    world.run(until: .zero + .milliseconds(200))
    #expect(notebook.checked.map { milliseconds($0.at) } == [150])
    let target = Target.region(Region.ID(0))
    world.schedule(
      [
        TimedAction(.zero + .milliseconds(200), .crash(target)),
        TimedAction(.zero + .milliseconds(400), .restart(target)),
        TimedAction(.zero + .milliseconds(400), .pause(target)),
        TimedAction(.zero + .milliseconds(600), .resume(target)),
      ], fault: 2)
    for number in 2...4 as ClosedRange<Int64> {
      world.run(until: .zero + .milliseconds(number * 200 - 199))
      world.check(number, from: 0, of: Region.ID(0))
    }
    world.run(until: .zero + .seconds(1))
    #expect(notebook.checked.map(\.number) == [1, 4])
    #expect(world.effect(ofFault: 2) >= 2)
  }

  @Test func waitingInputsShareOneSync() {
    let notebook = Notebook()
    var world = world(notebook)
    // The first arrives at 101 and holds the disk until 107; the others wait and go together.
    for key in 0..<3 { world.request(.write(Key(key), 1), from: UInt32(key), at: Region.ID(0)) }
    world.run(until: .zero + .seconds(1))
    // 1 up, 1 CPU + 5 sync, 1 down; then 2 CPU + 5 sync for the two that waited.
    #expect(notebook.heard.map { milliseconds($0.at) } == [108, 115, 115])
  }

  @Test func aReadPaysNoSync() {
    let notebook = Notebook()
    var world = world(notebook)
    world.request(.read(0, .register), from: 0, at: Region.ID(0))
    world.run(until: .zero + .seconds(1))
    #expect(notebook.heard.map { milliseconds($0.at) } == [103])
  }

  @Test func nothingLeavesBeforeTheSync() {
    let notebook = Notebook()
    var world = world(notebook)
    world.request(.write(0, 7), from: 0, at: Region.ID(0))
    world.schedule(
      [
        TimedAction(.zero + .milliseconds(106), .crash(.region(Region.ID(0)))),
        TimedAction(.zero + .milliseconds(300), .restart(.region(Region.ID(0)))),
      ], fault: 0)
    world.run(until: .zero + .seconds(1))
    #expect(notebook.heard.isEmpty)
    #expect(world.unfinished.isEmpty)  // b has heard nothing
    #expect(world.effect(ofFault: 0) == 1)
  }

  @Test func beforeSyncAnswersFirstAndLosesIt() {
    var lost = 0
    for _ in 0..<1 {
      let notebook = Notebook()
      var world = world(notebook, durability: .beforeSync)
      for value in 1...20 {
        world.request(.write(0, Int64(value)), from: 0, at: Region.ID(0))
        world.run(until: world.now + .milliseconds(10))
      }
      #expect(notebook.heard.count == 20)
      world.schedule(
        [
          TimedAction(world.now + .milliseconds(1), .crash(.region(Region.ID(0)))),
          TimedAction(world.now + .milliseconds(2), .restart(.region(Region.ID(0)))),
        ], fault: 0)
      world.run(until: world.now + .milliseconds(50))
      world.request(.read(0, .register), from: 1, at: Region.ID(0))
      world.run(until: world.now + .milliseconds(50))
      if case .ok(.value(let value), _) = notebook.heard.last?.outcome, value != 20 { lost += 1 }
    }
    #expect(lost == 1)
  }

  @Test func aServerThatIsDownRefuses() {
    let notebook = Notebook()
    var world = world(notebook)
    world.schedule(
      [TimedAction(.zero + .milliseconds(150), .crash(.region(Region.ID(0))))], fault: 3)
    world.run(until: .zero + .milliseconds(200))
    world.request(.write(0, 1), from: 0, at: Region.ID(0))
    world.run(until: .zero + .seconds(1))
    #expect(notebook.heard.map(\.outcome) == [.fail(.unavailable)])
    #expect(world.effect(ofFault: 3) == 1)
  }

  @Test func aPausedServerAnswersLater() {
    let notebook = Notebook()
    var world = world(notebook)
    world.schedule(
      [
        TimedAction(.zero + .milliseconds(103), .pause(.region(Region.ID(0)))),
        TimedAction(.zero + .milliseconds(500), .resume(.region(Region.ID(0)))),
      ], fault: 0)
    // In hand at 103, its batch reaches the disk at 107, and leaves at 500.
    world.request(.write(0, 1), from: 0, at: Region.ID(0))
    world.run(until: .zero + .milliseconds(200))
    world.request(.read(0, .register), from: 1, at: Region.ID(0))
    world.run(until: .zero + .seconds(1))
    #expect(notebook.heard.map { milliseconds($0.at) } == [501, 502])
  }

  @Test func timersOfAnEarlierLifeAreVoid() {
    let notebook = Notebook()
    var world = world(notebook)
    world.request(.increment(0, by: 1, floor: nil), from: 0, at: Region.ID(0))
    world.schedule(
      [
        TimedAction(.zero + .milliseconds(500), .crash(.region(Region.ID(0)))),
        TimedAction(.zero + .milliseconds(600), .restart(.region(Region.ID(0)))),
      ], fault: 0)
    world.run(until: .zero + .seconds(3))
    #expect(notebook.heard.isEmpty)
  }

  @Test func overlappingCrashesEndTogether() {
    let notebook = Notebook()
    var world = world(notebook)
    func window(_ from: Int64, _ to: Int64, _ fault: Int) {
      world.schedule(
        [
          TimedAction(.zero + .milliseconds(from), .crash(.region(Region.ID(0)))),
          TimedAction(.zero + .milliseconds(to), .restart(.region(Region.ID(0)))),
        ], fault: fault)
    }
    window(200, 400, 0)
    window(300, 600, 1)
    world.run(until: .zero + .milliseconds(500))
    let during = world.isUp(Region.ID(0))
    world.run(until: .zero + .milliseconds(700))
    let after = world.isUp(Region.ID(0))
    #expect(!during && after)
  }

  @Test func probesFindACutAndItsHealing() {
    let notebook = Notebook()
    var world = world(notebook)
    let link = world.network.link(from: 0, to: 1)
    world.schedule(
      [TimedAction(.zero + .milliseconds(150), .install(Cut(), on: .links([link]), tag: 1))],
      fault: 0)
    world.run(until: .zero + .milliseconds(200))
    world.expectProbes()
    world.probe()
    world.run(until: .zero + .milliseconds(300))
    #expect(world.silentLinks == [link])
    world.healEverything()
    world.probe()
    world.run(until: .zero + .milliseconds(400))
    #expect(world.silentLinks.isEmpty)
  }

  @Test func driftingClocksStretchTimersAndTimestamps() {
    var clock = Clock(offset: .seconds(5), drift: Ratio(partsPerBillion: 1_000_000))
    let later = Instant.zero + .seconds(1_000)
    #expect(clock.wall(at: later) == .zero + .seconds(1_006))
    #expect(clock.monotonic(at: later) == .zero + .seconds(1_001))
    clock.step(by: .seconds(-10))
    #expect(clock.wall(at: later) == .zero + .seconds(996))
    clock.addDrift(Ratio(partsPerBillion: -1_000_000), at: later)
    #expect(clock.wall(at: later + .seconds(500)) == .zero + .seconds(1_496))
    #expect(clock.monotonic(at: later + .seconds(500)) == .zero + .seconds(1_501))
  }
}
