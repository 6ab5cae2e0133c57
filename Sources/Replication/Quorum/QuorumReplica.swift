// One region of a quorum system: it keeps cells for others, and coordinates what its clients ask.
// Quorum.swift has the messages and the law. This file is the frame: inputs, the store, the numbers that
// a region makes. Beside it: QuorumCoordinator (reads and writes), QuorumHints, QuorumAntiEntropy,
// QuorumProposer and QuorumAcceptor (consensus).

import Histories
import Simulation

/// A region's state machine.
public struct QuorumReplica: Replica {
  let strategy: Quorum
  let region: Region.ID
  let topology: Topology
  let tables: QuorumTables
  /// What to know about keys, by range.
  let plans: [Plan]

  /// Boots so far; part of every version and number that this region makes.
  private var incarnation: Int64 = 0
  private var lastNumber: Int64 = 0
  /// The highest version counter or timestamp that this incarnation has used or seen.
  var lastMajor: Int64 = .min

  /// Reads and writes in hand, by number.
  var pending: [Int64: Pending] = [:]
  /// Homes that did not answer the last time, a bit each; stand-ins are asked at once.
  var suspects: UInt64 = 0
  /// What each client last saw of each register: the context of its next write.
  var contexts: [Context: VersionVector] = [:]
  var hints = HintIndex()
  var antiEntropy: AntiEntropy
  /// Operations that need consensus, by number, and the order of those on one key.
  var proposals: [Int64: Proposal] = [:]
  var queues: [Key: [Int64]] = [:]

  /// A client and what it looked at.
  struct Context: Hashable {
    let client: UInt32
    let key: Key
  }

  /// Timers with these numbers; with others it is an operation's.
  enum Timer {
    static let handOff: Int64 = -1
    static let antiEntropy: Int64 = -2
  }

  init(strategy: Quorum, region: Region.ID, topology: Topology) {
    self.strategy = strategy
    self.region = region
    self.topology = topology
    tables = QuorumTables(strategy, in: topology)
    plans = (0..<strategy.placement.period).map { Plan($0, for: region, strategy) }
    antiEntropy = AntiEntropy(ranges: plans.map { $0.homes.contains(region) })
  }

  public var unfinished: String? {
    let operations = pending.count + proposals.count
    if operations > 0 { return "\(operations) operations in hand" }
    if hints.count > 0 { return "\(hints.count) hints to hand off" }
    return notKnownAlike
  }

  // MARK: Inputs

  public mutating func start(_ node: inout Node<QuorumMessage>) {
    incarnation = (node.store.get(tables.meta, [0])?[0] ?? 0) + 1
    node.store.put(tables.meta, [0], [incarnation])
    startHints(&node)
    startAntiEntropy(&node)
    if strategy.clock == .hybrid {
      lastMajor = tables.cells.all(in: node.store).map(\.version.major).max() ?? .min
    }
  }

  public mutating func handle(_ request: Request, _ node: inout Node<QuorumMessage>) {
    guard strategy.supports(request.operation) else {
      node.reply(to: request.id, .fail(.unsupported))
      return
    }
    guard request.operation.isReadOnly || isNew(request.id, node.store) else { return }
    if strategy.decides(request.operation) {
      propose(request, &node)
    } else {
      coordinate(request, &node)
    }
  }

  public mutating func receive(
    _ message: QuorumMessage, from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    suspects &= ~sender.bit
    switch message.content {
    case .query(let id, let question, let home):
      let cells = lookUp(question, standingIn: home, node.store)
      node.send(.init(.found(id: id, CellList(cells))), to: sender)
    case .found(let id, let cells):
      found(id, cells.list, from: sender, &node)
    case .store(let id, let cells, let home):
      keep(cells.list, standingIn: home, &node)
      node.send(.init(.stored(id: id)), to: sender)
    case .stored(let id):
      if hints.isHint(id) {
        forgetHint(id, node.store)
      } else {
        stored(id, from: sender, &node)
      }
    case .prepare(let id, let key, let ballot):
      notice(ballot)
      let promise = promise(key, ballot, node.store)
      node.send(.init(.promise(id: id, promise)), to: sender)
    case .promise(let id, let promise):
      promised(id, promise, from: sender, &node)
    case .accept(let id, let cell):
      let answer = accept(cell, node.store)
      node.send(.init(.accepted(id: id, answer)), to: sender)
    case .accepted(let id, let answer):
      accepted(id, answer, from: sender, &node)
    case .hashes(let comparison):
      compare(comparison, with: sender, &node)
    case .alike(let range, let root):
      antiEntropy.note(range, root, alikeAt: sender)
    case .leaves(let range, let leaves, let cells, let isReply):
      exchange(range, leaves, cells.list, isReply: isReply, with: sender, &node)
    }
  }

  public mutating func wake(_ timer: TimerID, _ node: inout Node<QuorumMessage>) {
    switch timer.number {
    case Timer.handOff: handOff(&node)
    case Timer.antiEntropy: compareWithNext(&node)
    case ..<0: tryAgain(-timer.number, &node)
    default:
      if pending[timer.number] != nil {
        remind(timer.number, &node)
      } else {
        remindAcceptors(timer.number, &node)
      }
    }
  }

  // MARK: The store

  /// What this region knows; in a home's stead, what it keeps for it as well.
  func lookUp(
    _ question: QuorumMessage.Question, standingIn home: Region.ID?, _ store: any Store
  ) -> [Cell] {
    let own = tables.cells.cells(question.type, question.key, question.element, in: store)
    guard let home else { return own }
    let kept = tables.hints.cells(
      question.type, question.key, question.element, prefix: [Int64(home.raw)], in: store)
    return own + kept
  }

  /// Keeps writes of its own, or as hints for another.
  mutating func keep(
    _ cells: [Cell], standingIn home: Region.ID?, _ node: inout Node<QuorumMessage>
  ) {
    if let home, home != region {
      keepHint(cells, for: home, &node)
      return
    }
    for cell in cells {
      notice(cell.version)
      guard let replaced = tables.cells.keep(cell, in: node.store) else { continue }
      noteForAntiEntropy(cell, replaced)
    }
  }

  /// Notes a client's update; false if it, or a later one of that client, was noted before.
  private func isNew(_ request: Request.ID, _ store: any Store) -> Bool {
    let client = [Int64(request.client)]
    if let last = store.get(tables.requests, client), last[0] >= request.number { return false }
    store.put(tables.requests, client, [request.number])
    return true
  }

  // MARK: Numbers

  /// A number for an operation or a hint, never used before in this region.
  mutating func number() -> Int64 {
    lastNumber += 1
    return incarnation << 32 | lastNumber
  }

  /// What tells this incarnation's versions from all others with the same counter.
  private var mark: Int64 { incarnation << 6 | Int64(region.raw) }

  /// Counters and hybrid clocks are never behind a version that their region has seen (Kulkarni et
  /// al., "Logical Physical Clocks", section 3, with both parts in one number).
  mutating func notice(_ version: Version) {
    if strategy.clock == .hybrid || strategy.isLinearizable {
      lastMajor = max(lastMajor, version.major)
    }
  }

  /// A version above all that this incarnation has used or noted; by the clock unless quorums count.
  mutating func newVersion(_ node: inout Node<QuorumMessage>) -> Version {
    lastMajor = max(lastMajor, 0) + 1
    if !strategy.isLinearizable { lastMajor = max(lastMajor, node.wallClock.nanoseconds) }
    return Version(lastMajor, mark)
  }
}
