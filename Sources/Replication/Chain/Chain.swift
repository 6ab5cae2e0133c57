// Chain replication: updates enter at the head and travel down a chain of regions; what the tail has is
// committed. Van Renesse and Schneider, "Chain Replication for Supporting High Throughput and Availability",
// OSDI 2004, sections 3 and 4; reads at every region (`reads: clean`) from Terrace and Freedman, "Object
// Storage on CRAQ", USENIX ATC 2009, section 2.3, with the tail asked for what is dirty.
//
// | message  | from, when                                      | durable before it is sent            |
// |----------|-------------------------------------------------|--------------------------------------|
// | ask      | any region: a client's request, to head or tail | that it took an update in            |
// | update   | predecessor: the next in order; again, if late  | the update, applied                  |
// | passed   | successor: has all up to here                   | those updates, applied               |
// | settled  | tail, relayed towards the head: committed       | -                                    |
// | answer   | head or tail to the region that was asked       | what the answer says, at the tail    |
//
// The head tries an update against its own state, which has all earlier ones, and gives it a number; each
// region applies updates in the order of numbers (Update Propagation Invariant, section 3.2: a successor's
// history is a prefix of its predecessor's). The tail tells the client. Once: the head notes each request's
// number. An update that was sent again after a crash of the head has no answer; its client waits in vain.
//
// A region is clean in a key if all updates of it that it has are settled. A committed update has passed
// every region; so a region that is clean in a key has the tail's value of it.
//
// Promises: everything, whatever the faults and clocks, as long as disks keep what they synced. What it
// costs: there is no master here that repairs the chain (section 3.3), so while a region is down or cut off
// from a neighbour no update commits; and an update waits for the whole chain.

import Histories
import Simulation

/// A chain of regions in the order of the scenario.
public struct Chain: Strategy {
  public static let name = "chain"
  public static let summary =
    "updates pass down a chain of regions; reads at the tail, or where clean"

  /// Who answers reads.
  public enum Reads: String, Sendable, CaseIterable { case tail, clean }

  public let reads: Reads
  public let retryEvery: Duration

  public init(_ options: inout Options) {
    reads = options.choice(
      "reads", default: .tail,
      "who answers reads: the tail, or any region where all updates of the key are settled")
    retryEvery = options.duration(
      "retry", default: .milliseconds(500), in: .milliseconds(1)...(.seconds(60)),
      "send again what the successor has not confirmed")
  }

  public func schema(in topology: Topology) -> Schema {
    Schema(tables: Objects.tables + [Self.updates, Self.requests, Self.meta], views: Objects.views)
  }

  public func promises(in topology: Topology) -> Set<Guarantee> {
    Guarantee.ofOneCopy
  }

  public func supports(_ operation: Operation) -> Bool { operation.isFlat }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> ChainMember {
    ChainMember(plan: self, me: region, last: topology.count - 1)
  }

  /// Updates that are not settled yet, as far as this region knows.
  static let updates = Table(
    4, "updates", key: ["number", "step"], columns: ["kind", "key", "value"])
  /// At the head: the requests that were given numbers.
  static let requests = Table(5, "requests", key: ["client", "number"], columns: ["update"])
  /// Name 0: the last update applied here; 1: the last that is known to be settled.
  static let meta = Table(6, "meta", key: ["name"], columns: ["value"])
}

/// An update on its way.
public struct ChainUpdate: Sendable {
  var number: Int64
  var changes: [Change]
  /// Who asked, at which region, and what to tell; nil after a crash of the head.
  var client: (request: Request.ID, region: Region.ID, answer: Answer)?
}

/// What regions say to each other.
public enum ChainMessage: Payload {
  case ask(Request)
  case update(ChainUpdate)
  case passed(number: Int64)
  case settled(number: Int64)
  case answer(Request.ID, Outcome)

  public var label: String {
    switch self {
    case .ask: "ask"
    case .update(let update): "update \(update.number)"
    case .passed(let number): "passed \(number)"
    case .settled(let number): "settled \(number)"
    case .answer: "answer"
    }
  }

  public var bytes: Int {
    switch self {
    case .ask: 80
    case .update(let update): 64 + 24 * update.changes.count
    case .passed, .settled: 48
    case .answer: 72
    }
  }
}
