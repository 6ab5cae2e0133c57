// Leaderless replication with quorums.
//
// Sources. DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", sections 4.3 to 4.6
// (N, R, W, read repair, hinted handoff). Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in
// Message-Passing Systems", and its multi-writer form in Lynch and Shvartsman, "Robust Emulation of
// Shared Memory Using Dynamic Quorum-Acknowledged Broadcasts", section 3 (`linearizable: true`).
//
// The region that a client asks coordinates. A cell (a register, or one element of a set) lives in
// its N regions, with a version that orders its writes.
//
//   message                      receiver                                             answer
//   query(id, cells asked for)   looks them up                                        found
//   found(id, cells)             coordinator counts to R, answers, repairs the stale  -
//   store(id, cells)             keeps what is newer than its own                     stored
//   stored(id)                   coordinator counts to W, answers; forgets the hint   -
//
// Durable before sent. A region's copy before `stored`; the coordinator's own copy before `store`
// leaves it; the number of its incarnation before anything: versions carry it, so that a coordinator
// that crashed between choosing a version and spreading it never uses that version again.
//
// Versions. Last writer wins: (wall clock in ns, incarnation and region): a slow clock loses writes
// silently. Linearizable: (counter, incarnation and region), the counter one above what R regions
// have seen; a read that finds its value in fewer than W regions writes it back before it answers.
//
// Promises. linearizable: true => everything, for registers and sets, whatever the clocks, while
// R + W > N (refused otherwise). Without it: replicas converge, with read repair; no more. It loses
// writes whose timestamps are too low; with R + W <= N reads are stale besides.
// No transactions, no counters, no compare-and-set: clients read and then write, and lose updates.

import Histories
import Simulation

/// Dynamo-style quorums, or the linearizable register of Attiya, Bar-Noy and Dolev.
public struct Quorum: Strategy {
  public static let name = "quorum"
  public static let summary = "leaderless N / R / W: last writer wins, or a linearizable register"

  /// How many regions hold each cell.
  public let replicas: Int
  /// How many regions answer a read before the client hears.
  public let readQuorum: Int
  /// How many regions hold a write before the client hears.
  public let writeQuorum: Int
  public let isLinearizable: Bool
  public let repairsReads: Bool
  public let handsOffHints: Bool
  /// Unanswered messages are sent again after so long.
  public let retryEvery: Duration
  /// A coordinator gives up on an operation after so long, and leaves hints.
  public let patience: Duration

  public init(_ options: inout Options) {
    let count = max(1, options.topology.count)
    let majority = count / 2 + 1
    replicas = options.integer("n", default: count, in: 1...count, "regions that hold each key")
    let usual = min(majority, replicas / 2 + 1)
    readQuorum = options.integer(
      "r", default: usual, in: 1...count, "regions that answer a read")
    writeQuorum = options.integer(
      "w", default: usual, in: 1...count, "regions that hold a write before it is acknowledged")
    isLinearizable = options.flag(
      "linearizable", default: false, "two phases (ABD): no clocks, linearizable registers")
    repairsReads = options.flag(
      "read-repair", default: true, "a read brings stale regions up to date")
    handsOffHints = options.flag(
      "hinted-handoff", default: true, "keep writes for regions that do not answer")
    retryEvery = options.duration(
      "retry", default: .milliseconds(500), in: .milliseconds(1)...(.seconds(60)),
      "send again what was not answered")
    patience = options.duration(
      "patience", default: .seconds(2), in: .milliseconds(1)...(.seconds(600)),
      "how long a coordinator tries before it gives up")
    if readQuorum > replicas { options.reject("r", "r: \(readQuorum) is more than n, \(replicas)") }
    if writeQuorum > replicas {
      options.reject("w", "w: \(writeQuorum) is more than n, \(replicas)")
    }
    if isLinearizable, readQuorum + writeQuorum <= replicas {
      options.reject(
        "linearizable",
        "linearizable: needs r + w > n, and \(readQuorum) + \(writeQuorum) <= \(replicas)")
    }
  }

  public func schema(in topology: Topology) -> Schema {
    Schema(
      tables: [Self.cells, Self.hints, Self.meta],
      views: [
        Schema.View("items", "SELECT key, value FROM cells WHERE type = 0"),
        Schema.View(
          "elements", "SELECT key, element FROM cells WHERE type = 1 AND value = 1"),
      ])
  }

  public func promises(in topology: Topology) -> Set<Guarantee> {
    if isLinearizable {
      return [
        .linearizable, .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads,
        .converged, .noLostWrites, .set,
      ]
    }
    return repairsReads ? [.converged] : []
  }

  public func supports(_ operation: Operation) -> Bool {
    switch operation {
    case .read(_, let type): type == .register || type == .set
    case .write, .insert, .remove: true
    case .compareAndSet, .increment, .append, .transaction: false
    }
  }

  public func makeReplica(for region: Region.ID, in topology: Topology) -> QuorumReplica {
    QuorumReplica(strategy: self, region: region, topology: topology)
  }

  static let cells = Table(
    0, "cells", key: ["type", "key", "element"], columns: ["value", "major", "minor"])
  static let hints = Table(
    1, "hints", key: ["region", "type", "key", "element"], columns: ["value", "major", "minor"])
  static let meta = Table(2, "meta", key: ["name"], columns: ["value"])

  /// The N regions of a key: the ring of regions, from a place that depends on the key.
  func homes(of key: Key, in topology: Topology) -> [Region.ID] {
    (0..<replicas).map { Region.ID((Int(key) + $0) % topology.count) }
  }
}

/// What a cell is: the whole register of a key, or one element of its set.
enum CellType: Int64, Sendable {
  case register = 0
  case element = 1
}

/// Which cell.
struct CellName: Hashable, Sendable {
  var type: CellType
  var key: Key
  /// 0 for a register.
  var element: Value
}

/// A cell's content: a register's value; 1 or 0 for an element that is in or out.
struct Cell: Hashable, Sendable {
  var name: CellName
  var value: Value
  var version: Version
}

/// What coordinators and regions say to each other.
public enum QuorumMessage: Payload {
  /// `element` nil asks for all elements of the key's set.
  case query(id: Int64, type: Int64, key: Key, element: Value?)
  case found(id: Int64, cells: CellList)
  case store(id: Int64, cells: CellList)
  case stored(id: Int64)

  public var label: String {
    switch self {
    case .query(_, _, let key, _): "query key \(key)"
    case .found(_, let cells): "found \(cells)"
    case .store(_, let cells): "store \(cells)"
    case .stored: "stored"
    }
  }

  public var bytes: Int {
    switch self {
    case .query: 64
    case .found(_, let cells), .store(_, let cells): 48 + 40 * cells.list.count
    case .stored: 48
    }
  }
}

/// Cells in a message.
public struct CellList: Sendable, CustomStringConvertible {
  let list: [Cell]
  public var description: String {
    list.map { "\($0.name.key)=\($0.value)@\($0.version.major)" }.joined(separator: " ")
  }
}
