// The replicas that an order for more must first become: a pod needs room on a machine, then time to start;
// a machine must be asked for, may not be to be had, and needs minutes. So minutes pass between "scale" and
// capacity, and in the hour when everybody evacuates the same region there may be no machines at all.
//
// Kubernetes cluster-autoscaler FAQ: looks for pods without room every 10 s; a machine on GCE takes 3 to
// 4 minutes; after a refusal the group backs off, 5 minutes at first (initial-node-group-backoff-duration).
// How often a region is out of stock is published by nobody: 0 unless a scenario says so. Machines once
// there stay: they are removed after 10 minutes at the earliest (scale-down-unneeded-time).

import Simulation

/// Where replicas run.
public struct NodeRules: Sendable, Hashable {
  /// Replicas on one machine.
  public var pods = 4
  /// Replicas that still fit on the machines there are.
  public var spare = 0
  /// How often somebody looks for replicas without room.
  public var scan = Duration.seconds(10)
  public var provisioning = Latency.uniform(.seconds(180), .seconds(240))
  /// How often the provider has no machine when asked for one.
  public var stockOut = Ratio.never
  /// How long it is not asked again then.
  public var backoff = Duration.seconds(300)
  /// The most machines that can be added; nil: as many as wanted.
  public var limit: Int?

  public init() {}
}

/// A region's replicas: those that serve and those that will.
struct Fleet: Sendable {
  private let nodes: NodeRules?
  private let start: Duration
  private(set) var ready: Int
  /// When each that has room will serve.
  private var starting: [Instant] = []
  /// Those without room.
  private var homeless = 0
  private var room: Int
  /// When machines that were asked for come.
  private var coming: [Instant] = []
  private var added = 0
  private var scanAt: Instant?
  private var askAgain = Instant.zero
  private(set) var stockOuts = 0

  init(ready: Int, _ nodes: NodeRules?, start: Duration) {
    self.ready = ready
    self.nodes = nodes
    self.start = start
    room = nodes?.spare ?? Int.max
  }

  /// What there will be if nothing else is ordered.
  var ordered: Int { ready + starting.count + homeless }

  /// When something happens next.
  var next: Instant? { (starting + coming + (scanAt.map { [$0] } ?? [])).min() }

  /// So many are wanted from now on.
  mutating func order(_ count: Int, at now: Instant, _ random: inout Random) {
    var surplus = ordered - count
    if surplus < 0 {
      homeless -= surplus
      house(at: now, &random)
      return
    }
    let cancelled = min(surplus, homeless)
    homeless -= cancelled
    surplus -= cancelled
    let unstarted = min(surplus, starting.count)
    starting.removeLast(unstarted)
    ready -= surplus - unstarted
    if nodes != nil { room += surplus }
  }

  /// What is due by now happens.
  mutating func pass(to now: Instant, _ random: inout Random) {
    ready += starting.count { $0 <= now }
    starting.removeAll { $0 <= now }
    let come = coming.count { $0 <= now }
    if come > 0, let nodes {
      coming.removeAll { $0 <= now }
      room += come * nodes.pods
      house(at: now, &random)
    }
    if let scan = scanAt, scan <= now { look(at: now, &random) }
  }

  private mutating func house(at now: Instant, _ random: inout Random) {
    let housed = min(room, homeless)
    homeless -= housed
    if let nodes {
      room -= housed
      // Whoever looks for the homeless does so at times of his own.
      if homeless > 0, scanAt == nil { scanAt = now + random.within(.zero...nodes.scan) }
    }
    starting += Array(repeating: now + start, count: housed)
  }

  /// Asks for as many machines as the homeless need.
  private mutating func look(at now: Instant, _ random: inout Random) {
    scanAt = nil
    guard let nodes else { return }
    var missing = homeless - coming.count * nodes.pods
    while missing > 0, now >= askAgain {
      if added == nodes.limit ?? Int.max || random.chance(nodes.stockOut) {
        stockOuts += 1
        askAgain = now + nodes.backoff
      } else {
        added += 1
        missing -= nodes.pods
        coming.append(now + nodes.provisioning.draw(&random))
      }
    }
    if missing > 0 { scanAt = max(now + nodes.scan, askAgain) }
  }
}
