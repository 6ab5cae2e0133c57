// One region of a chain: what it does with each message of the table in Chain.swift.

import Histories
import Simulation

/// One region.
public struct ChainMember: Replica {
  let plan: Chain
  let me: Region.ID
  /// The tail's place.
  let last: Int

  /// The last update applied here, and the last known to be settled.
  private var applied: Int64 = 0
  private var settled: Int64 = 0
  /// How far the successor is known to be.
  private var passed: Int64 = 0
  /// Unsettled updates here, with whom to tell: lost in a crash, unlike the updates themselves.
  private var clients: [Int64: ChainUpdate] = [:]
  /// Requests of our clients that head or tail has.
  private var asked: Set<Request.ID> = []

  init(plan: Chain, me: Region.ID, last: Int) {
    self.plan = plan
    self.me = me
    self.last = last
  }

  private var isHead: Bool { me.index == 0 }
  private var isTail: Bool { me.index == last }
  private var successor: Region.ID { Region.ID(me.index + 1) }
  private var predecessor: Region.ID { Region.ID(me.index - 1) }

  public var isPrimary: Bool { isHead }

  public var unfinished: String? {
    settled == applied ? nil : "has \(applied - settled) updates that are not settled"
  }

  public mutating func start(_ node: inout Node<ChainMessage>) {
    applied = node.store.get(Chain.meta, [0])?[0] ?? 0
    settled = node.store.get(Chain.meta, [1])?[0] ?? 0
    passed = settled
    node.wake(TimerID(0), after: plan.retryEvery)
  }

  // MARK: Clients

  public mutating func handle(_ request: Request, _ node: inout Node<ChainMessage>) {
    guard plan.supports(request.operation) else {
      node.reply(to: request.id, .fail(.unsupported))
      return
    }
    let isRead = request.operation.isReadOnly
    if isRead ? canAnswer(request.operation, node) : isHead {
      carryOut(request, for: me, &node)
      return
    }
    asked.insert(request.id)
    node.send(.ask(request), to: Region.ID(isRead ? last : 0))
  }

  /// Answers a read, or numbers an update and sends it on its way.
  private mutating func carryOut(
    _ request: Request, for region: Region.ID, _ node: inout Node<ChainMessage>
  ) {
    var attempt = Attempt(node.store)
    if request.operation.isReadOnly {
      if let answer = attempt.perform(request.operation) {
        tell(request.id, .ok(answer, attempt.version), region, &node)
      }
      return
    }
    let name = [Int64(request.id.client), request.id.number]
    guard node.store.get(Chain.requests, name) == nil else { return }
    guard let answer = attempt.perform(request.operation) else {
      node.store.put(Chain.requests, name, [0])
      tell(request.id, .fail(.conditionFailed), region, &node)
      return
    }
    node.store.put(Chain.requests, name, [applied + 1])
    // Here the tail's answer comes back as to any other region.
    if region == me { asked.insert(request.id) }
    take(
      ChainUpdate(
        number: applied + 1, changes: attempt.changes,
        client: (request: request.id, region: region, answer: answer)), &node)
  }

  private mutating func tell(
    _ request: Request.ID, _ outcome: Outcome, _ region: Region.ID,
    _ node: inout Node<ChainMessage>
  ) {
    if region == me {
      node.reply(to: request, outcome)
    } else {
      node.send(.answer(request, outcome), to: region)
    }
  }

  private func canAnswer(_ operation: Operation, _ node: Node<ChainMessage>) -> Bool {
    guard !isTail, plan.reads == .clean else { return isTail }
    guard settled < applied else { return true }
    let dirty = node.store.rows(Chain.updates).map { $0[3] }
    let keys = operation.keys.map(Int64.init)
    return !keys.contains { dirty.contains($0) }
  }

  // MARK: The chain

  public mutating func receive(
    _ message: ChainMessage, from sender: Region.ID, _ node: inout Node<ChainMessage>
  ) {
    switch message {
    case .ask(let request):
      carryOut(request, for: sender, &node)
    case .update(let update):
      if update.number == applied + 1 { take(update, &node) }
      // Also what comes a second time: the first confirmation may be lost.
      node.send(.passed(number: applied), to: sender)
      if update.number <= settled { node.send(.settled(number: settled), to: sender) }
    case .passed(let number):
      passed = max(passed, number)
    case .settled(let number):
      settle(number, &node)
    case .answer(let request, let outcome):
      if asked.remove(request) != nil { node.reply(to: request, outcome) }
    }
  }

  /// Applies the next update, and passes it on or, at the tail, commits it.
  private mutating func take(_ update: ChainUpdate, _ node: inout Node<ChainMessage>) {
    applied = update.number
    node.store.put(Chain.meta, [0], [applied])
    for (step, change) in update.changes.enumerated() {
      Objects.apply(change, Version(1, applied), to: node.store)
      node.store.put(
        Chain.updates, [applied, Int64(step)], [change.kind.rawValue, change.key, change.value])
    }
    guard isTail else {
      clients[applied] = update
      node.send(.update(update), to: successor)
      return
    }
    if let (request, region, answer) = update.client {
      tell(request, .ok(answer, Version(1, applied)), region, &node)
    }
    settle(applied, &node)
  }

  private mutating func settle(_ number: Int64, _ node: inout Node<ChainMessage>) {
    let number = min(number, applied)
    guard number > settled else { return }
    for row in node.store.rows(Chain.updates, from: settled + 1) where row[0] <= number {
      node.store.delete(Chain.updates, [row[0], row[1]])
    }
    for known in (settled + 1)...number { clients[known] = nil }
    settled = number
    passed = max(passed, number)
    node.store.put(Chain.meta, [1], [settled])
    if !isHead { node.send(.settled(number: settled), to: predecessor) }
  }

  /// What the successor has not confirmed, or nobody has called settled, goes again.
  public mutating func wake(_ timer: TimerID, _ node: inout Node<ChainMessage>) {
    node.wake(timer, after: plan.retryEvery)
    guard !isTail, settled < applied else { return }
    let from = min(passed + 1, applied)
    for number in from...min(applied, from + 63) {
      node.tally(.retransmissions)
      node.send(.update(clients[number] ?? stored(number, node)), to: successor)
    }
  }

  private func stored(_ number: Int64, _ node: Node<ChainMessage>) -> ChainUpdate {
    let changes = node.store.rows(Chain.updates, prefix: [number]).compactMap { row in
      Change.Kind(rawValue: row[2]).map { Change($0, key: row[3], value: row[4]) }
    }
    return ChainUpdate(number: number, changes: changes, client: nil)
  }
}
