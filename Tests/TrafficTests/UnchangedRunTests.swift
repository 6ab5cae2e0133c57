// A run without places and traffic is to the byte what it was before there were any: same draws, same
// links, same events. The digests are those of a program that gave every file of scenarios/ the digests
// which the one before it gave, and then were taken anew once, when draws between two steps of a table came
// to be interpolated. The strategy is of this file, so that none of the real ones moves them.

import Histories
import Simulation
import Testing

@testable import Scenarios

/// Tells everybody what it is told, and answers when the first has heard.
private struct Gossip: Strategy {
  static let name = "gossip"
  static let summary = "for tests"
  static let table = Table(0, "items", key: ["key", "element"], columns: ["count"])

  init(_ options: inout Options) {}
  func schema(in topology: Topology) -> Schema { Schema(tables: [Self.table], views: []) }
  func promises(in topology: Topology) -> Set<Guarantee> { [] }
  func supports(_ operation: Operation) -> Bool { true }
  func makeReplica(for region: Region.ID, in topology: Topology) -> Member { Member() }

  enum Message: Payload {
    case element(Int64, Int64, Request.ID)
    case thanks(Request.ID)
    var label: String { if case .element = self { "element" } else { "thanks" } }
    var bytes: Int { 40 }
  }

  struct Member: Replica {
    var waiting: [Int64: Request.ID] = [:]

    mutating func start(_ node: inout Node<Message>) {
      node.wake(TimerID(1), after: .milliseconds(100 + Int64(node.random.below(100))))
    }
    mutating func handle(_ request: Request, _ node: inout Node<Message>) {
      switch request.operation {
      case .insert(let key, let element), .remove(let key, let element):
        node.store.put(Gossip.table, [Int64(key), element], [1])
        waiting[request.id.number] = request.id
        node.broadcast(.element(Int64(key), element, request.id))
      default:
        let rows = node.store.rows(Gossip.table)
        node.reply(to: request.id, .ok(.values(rows.map { $0[1] }.sorted()), nil))
      }
    }
    mutating func receive(
      _ message: Message, from sender: Region.ID, _ node: inout Node<Message>
    ) {
      switch message {
      case .element(let key, let element, let request):
        node.store.put(Gossip.table, [key, element], [1])
        node.send(.thanks(request), to: sender)
      case .thanks(let request):
        guard let asked = waiting.removeValue(forKey: request.number) else { return }
        node.reply(to: asked, .ok(.done, nil))
      }
    }
    mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {
      node.wake(timer, after: .milliseconds(100 + Int64(node.random.below(100))))
    }
  }
}

@Suite struct UnchangedRunTests {
  @Test(arguments: [
    ("closed", "think: 50ms", "e32a67a7c984a861addb032c64fb55a1"),
    ("open", "rate: 60/s", "62ebb1104f387e51d2422cb88c0a355e"),
  ])
  func withoutPlaces(_ name: String, _ load: String, _ digest: String) throws {
    let text = """
      regions: [us-east-1, eu-west-1, ap-southeast-1]
      network: {latency: {min: 20ms, max: 90ms}, loss: 1%, duplicate: 1%, reorder: 2%}
      strategy: {kind: gossip}
      workload: {kind: set, keys: 2, clients-per-region: 2, \(load)}
      duration: 8s
      faults:
        - {at: 2s, for: 3s, isolate: us-east-1}
        - {at: 3s, for: 1s, cut-clients: eu-west-1}
        - {at: 6s, for: 500ms, crash: any}
      """
    let catalog = StrategyCatalog([Gossip.self])
    let scenario = try Scenario.load(Array(text.utf8), file: "t.yaml", catalog: catalog)[0]
    var options = RunOptions()
    options.store = .memory
    let run = try Runner.run(scenario, seed: 1, options, wallClock: { 0 }).run
    #expect(run.history.count > 100 && run.faults.allSatisfy { $0.effect > 0 })
    #expect(run.digest == digest, "\(name)")
  }
}
