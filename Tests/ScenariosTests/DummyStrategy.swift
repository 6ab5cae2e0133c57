// A strategy that does nothing, for tests of scenario files: it has options of each kind.

import Histories
import Simulation

@testable import Scenarios

struct DummyStrategy: Strategy {
  static let name = "dummy"
  static let summary = "Answers nobody"

  enum Mode: String, CaseIterable { case safe, fast }
  let mode: Mode
  let replicas: Int
  let primary: Region.ID
  let interval: Duration

  init(_ options: inout Options) {
    mode = options.choice("mode", default: Mode.safe, "how careful")
    replicas = options.integer("replicas", default: 2, in: 1...64, "how many copies")
    primary = options.region("primary", default: Region.ID(0), "who writes")
    interval = options.duration("interval", default: .seconds(1), "how often it does nothing")
  }

  func schema(in topology: Topology) -> Schema {
    Schema(tables: [Table(0, "items", key: ["key"], columns: ["stock"])], views: [])
  }
  func promises(in topology: Topology) -> Set<Guarantee> { [] }
  func supports(_ operation: Operation) -> Bool { true }
  func makeReplica(for region: Region.ID, in topology: Topology) -> Member { Member() }

  struct Message: Payload {
    var label: String { "nothing" }
    var bytes: Int { 0 }
  }

  struct Member: Replica {
    mutating func start(_ node: inout Node<Message>) {}
    mutating func handle(_ request: Request, _ node: inout Node<Message>) {}
    mutating func receive(
      _ message: Message, from sender: Region.ID, _ node: inout Node<Message>
    ) {}
  }

  static let catalog = StrategyCatalog([DummyStrategy.self, OtherStrategy.self])
}

/// Another name, to choose wrongly.
struct OtherStrategy: Strategy {
  static let name = "quorum"
  static let summary = "The same under another name"
  init(_ options: inout Options) {}
  func schema(in topology: Topology) -> Schema { Schema(tables: [], views: []) }
  func promises(in topology: Topology) -> Set<Guarantee> { [] }
  func supports(_ operation: Operation) -> Bool { true }
  func makeReplica(for region: Region.ID, in topology: Topology) -> DummyStrategy.Member {
    DummyStrategy.Member()
  }
}
