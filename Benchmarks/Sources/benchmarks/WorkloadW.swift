// Workload W: the engine alone. Five nodes in full mesh, 50 closed-loop clients, an operation is a
// request, four messages to peers, four acknowledgements and a reply at the second. No database, no
// history; network model on. Its baseline is a bare loop around a binary heap of the same events.

import Histories
import Simulation

/// Asks all peers, answers at the second acknowledgement.
struct SecondAcknowledgement: Strategy {
  static let name = "second-acknowledgement"
  static let summary = "workload W"

  init(_ options: inout Options) {}
  init() {}
  func schema(in topology: Topology) -> Schema { Schema(tables: [], views: []) }
  func promises(in topology: Topology) -> Set<Guarantee> { [] }
  func supports(_ operation: Operation) -> Bool { true }
  func makeReplica(for region: Region.ID, in topology: Topology) -> Member { Member() }

  enum Message: Payload {
    case ask(Request.ID)
    case acknowledge(Request.ID)

    var label: String {
      switch self {
      case .ask: "ask"
      case .acknowledge: "acknowledge"
      }
    }
    var bytes: Int { 64 }
  }

  struct Member: Replica {
    /// The request in hand of each client, and how many acknowledgements it has.
    var pending = [(request: Int64, acknowledgements: Int)](repeating: (0, 0), count: 64)

    mutating func start(_ node: inout Node<Message>) {}

    mutating func handle(_ request: Request, _ node: inout Node<Message>) {
      pending[Int(request.id.client)] = (request.id.number, 0)
      node.broadcast(.ask(request.id))
    }

    mutating func receive(
      _ message: Message, from sender: Region.ID, _ node: inout Node<Message>
    ) {
      switch message {
      case .ask(let request):
        node.send(.acknowledge(request), to: sender)
      case .acknowledge(let request):
        let client = Int(request.client)
        guard pending[client].request == request.number else { return }
        pending[client].acknowledgements += 1
        if pending[client].acknowledgements == 2 { node.reply(to: request, .ok(.done, nil)) }
      }
    }
  }
}

/// 50 clients in a closed loop; stops at the 200,000th completion.
final class ClosedLoop: Driver {
  var completions = 0
  var lastCompletion = Instant.zero
  var sum: Int64 = 0

  func alarm(_ client: UInt32, _ token: Int64, _ world: inout World) {
    world.request(.read(0, .register), from: client, at: Region.ID(Int(client) % 5))
  }

  func hear(_ outcome: Outcome, to request: Request.ID, _ world: inout World) {
    completions += 1
    lastCompletion = world.now
    sum += world.now.nanoseconds / 1_000 * (Int64(request.client) + 1)
    world.request(.read(0, .register), from: request.client, at: Region.ID(Int(request.client) % 5))
  }
}

enum WorkloadW {
  static let milliseconds: [[Int64]] = [
    [0, 10, 25, 43, 77], [10, 0, 18, 51, 85], [25, 18, 0, 34, 96], [43, 51, 34, 0, 120],
    [77, 85, 96, 120, 0],
  ]

  static func run() {
    let topology = Topology(["n0", "n1", "n2", "n3", "n4"])
    let network = Network(
      regions: 5, between: { .constant(.milliseconds(milliseconds[$0][$1])) },
      clients: { _ in .constant(.microseconds(200)) }, seed: 1)
    let strategy = SecondAcknowledgement()
    let driver = ClosedLoop()
    let schema = strategy.schema(in: topology)
    var world = World(
      topology: topology, network: network, clocks: Array(repeating: Clock(), count: 5),
      stores: (0..<5).map { _ in MemoryStore(schema) }, machine: Machine(cpu: .zero, sync: .zero),
      cluster: strategy.makeCluster(), driver: driver, seed: 1)
    world.boot()
    for client in 0..<50 {
      world.setAlarm(
        UInt32(client), 0, at: .zero + .microseconds(Int64(client) * 137))
    }
    let before = cpuSeconds()
    world.run(while: { driver.completions < 200_000 })
    let took = cpuSeconds() - before

    let bareBefore = cpuSeconds()
    let bare = BareHeap.run()
    let bareTook = cpuSeconds() - bareBefore

    let rate = Double(world.delivered) / took / 1e6
    let bareRate = Double(bare.delivered) / bareTook / 1e6
    print("workload W: \(world.delivered) messages in \(fixed(took, 3)) CPU s")
    print("  engine            \(fixed(rate, 2)) M messages / CPU s")
    print("  bare heap loop    \(fixed(bareRate, 2)) M messages / CPU s")
    print("  ratio             \(fixed(rate / bareRate, 2))")
    expect(world.delivered, 1_999_880, "messages delivered")
    expect(driver.lastCompletion.nanoseconds / 1_000, 236_432_839, "last completion, us")
    expect(driver.sum, 590_769_671_366_410, "sum over completions")
    expect(bare.sum, 590_769_671_366_410, "sum over completions, bare loop")
  }
}
