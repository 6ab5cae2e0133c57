// Consensus on one register, the proposers' half. An operation is a function of the register's value
// (Rystsov, "CASPaxos"): a majority promises a ballot and tells the newest value that any of
// it accepted; the function's result is proposed under the ballot; a majority accepts it: it is chosen,
// and stored in all homes (`store`), where plain reads find it.
//
// Whatever changes nothing (a read, a condition that does not hold) is answered after the promises if the
// value is known to be chosen; else that value is proposed again first, since it may or may not become it.
//
// A proposal that lost its ballot may still have been accepted by somebody, and be carried on by others.
// So a value carries, for each region, the number of the last operation that it includes. A coordinator
// takes the operations of one key one after another; when it tries again it looks whether the newest
// value includes its operation: if so that is done; if not, it will not be once this try is chosen.
// (`resubmit: blind` does not look: what products do that send an update again without an identity.)

import Histories
import Simulation

/// An operation that its coordinator brings to consensus.
struct Proposal: Sendable {
  enum Phase: Sendable {
    /// Another operation on the key comes first.
    case queued
    case preparing
    case accepting
    /// It lost, and lets others pass.
    case waiting
  }

  let request: Request
  let key: Key
  let plan: Plan
  let giveUpAt: Instant
  var phase = Phase.queued
  var ballot = Version.initial
  var attempts = 0
  /// Who has granted what this phase asks, and who has refused.
  var granted: UInt64 = 0
  var refused: UInt64 = 0
  /// The newest value that anybody has told of in this attempt, and whether it is known to be chosen.
  var newest: Cell?
  var isChosen = false
  /// What is proposed, and what the client hears once it is chosen.
  var proposed: Cell?
  var outcome = Outcome.ok(.done, nil)
  /// What the client hears if the operation's own change turns out to be done; nil if it never was
  /// proposed.
  var ownOutcome: Outcome?

  /// A promise tells of a value.
  mutating func note(_ cell: Cell?, isChosen chosen: Bool) {
    guard let cell else { return }
    if let newest, newest.version >= cell.version {
      isChosen = isChosen || chosen && newest.version == cell.version
    } else {
      newest = cell
      isChosen = chosen
    }
  }

  /// The new value, nil if the operation changes nothing; and what the client hears.
  func apply(to value: Value?) -> (value: Value?, outcome: Outcome) {
    switch request.operation {
    case .write(_, let new): return (new, .ok(.done, nil))
    case .compareAndSet(_, let expected, let new):
      return value == expected ? (new, .ok(.done, nil)) : (nil, .fail(.conditionFailed))
    case .increment(_, let amount, let floor):
      let (sum, overflow) = (value ?? 0).addingReportingOverflow(amount)
      let isBelow = floor.map { sum < $0 } ?? false
      return overflow || isBelow ? (nil, .fail(.conditionFailed)) : (sum, .ok(.done, nil))
    default: return (nil, .ok(.value(value), nil))
    }
  }
}

extension QuorumReplica {
  /// A client asks for something that needs consensus.
  mutating func propose(_ request: Request, _ node: inout Node<QuorumMessage>) {
    let key: Key
    switch request.operation {
    case .read(let name, _), .write(let name, _), .compareAndSet(let name, _, _),
      .increment(let name, _, _):
      key = name
    case .insert, .remove, .append, .transaction: return
    }
    let id = number()
    proposals[id] = Proposal(
      request: request, key: key, plan: plan(for: key), giveUpAt: node.now + strategy.patience)
    node.wake(TimerID(id), after: strategy.retryEvery)
    queues[key, default: []].append(id)
    if queues[key]?.first == id { prepare(id, &node) }
  }

  /// Begins an attempt under a ballot of its own.
  private mutating func prepare(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    let ballot = newVersion(&node)
    guard var proposal = proposals[id] else { return }
    proposal.phase = .preparing
    proposal.ballot = ballot
    proposal.attempts += 1
    (proposal.granted, proposal.refused) = (0, 0)
    (proposal.newest, proposal.isChosen) = (nil, false)
    proposals[id] = proposal
    askAcceptors(id, &node)
  }

  /// Sends what the phase asks to all that have not answered; this region's own part it does at once.
  private mutating func askAcceptors(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    guard let proposal = proposals[id] else { return }
    let heard = proposal.granted | proposal.refused
    let message: QuorumMessage
    switch (proposal.phase, proposal.proposed) {
    case (.preparing, _):
      message = .init(.prepare(id: id, proposal.key, ballot: proposal.ballot))
    case (.accepting, let cell?): message = .init(.accept(id: id, cell))
    default: return
    }
    let silent = proposal.plan.acceptors.filter { heard & $0.bit == 0 }
    for acceptor in silent where acceptor != region { node.send(message, to: acceptor) }
    guard silent.contains(region) else { return }
    if proposal.phase == .preparing {
      let promise = promise(proposal.key, proposal.ballot, node.store)
      promised(id, promise, from: region, &node)
    } else if let cell = proposal.proposed {
      accepted(id, accept(cell, node.store), from: region, &node)
    }
  }

  /// An acceptor has promised, or refused to.
  mutating func promised(
    _ id: Int64, _ promise: Promise, from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    guard var proposal = proposals[id], proposal.phase == .preparing,
      proposal.ballot == promise.ballot
    else { return }
    guard promise.isGranted else {
      refuse(id, promise.floor, sender, &node)
      return
    }
    proposal.granted |= sender.bit
    proposal.note(promise.newest, isChosen: promise.isChosen)
    proposals[id] = proposal
    if proposal.plan.serial.isMet(by: proposal.granted) { decide(id, proposal, &node) }
  }

  /// A majority has promised: nothing below this ballot that they have not told of can be chosen.
  private mutating func decide(
    _ id: Int64, _ proposal: Proposal, _ node: inout Node<QuorumMessage>
  ) {
    var proposal = proposal
    let newest = proposal.newest
    var (value, outcome) = proposal.apply(to: newest?.value)
    var isOver = proposal.ownOutcome == nil
    if strategy.resubmission == .onceOnly, let own = proposal.ownOutcome,
      newest?.seen.includes(id, of: region) ?? false
    {
      (value, outcome, isOver) = (nil, own, true)
    }
    if value == nil, isOver, newest == nil || proposal.isChosen {
      node.reply(to: proposal.request.id, outcome)
      finish(id, &node)
      return
    }
    // An earlier try of this operation may still be carried on by others, until something is chosen
    // above it. Nothing cannot be proposed.
    guard value != nil || newest != nil else {
      giveWay(id, &node)
      return
    }
    var seen = newest?.seen ?? VersionVector()
    if value != nil {
      seen[region] = max(seen[region], id)
      proposal.ownOutcome = outcome
    }
    proposal.proposed = Cell(
      name: .register(proposal.key), value: value ?? newest?.value ?? 0,
      version: proposal.ballot, seen: seen)
    proposal.outcome = outcome
    proposal.phase = .accepting
    (proposal.granted, proposal.refused) = (0, 0)
    proposals[id] = proposal
    askAcceptors(id, &node)
  }

  /// An acceptor has accepted, or refused to.
  mutating func accepted(
    _ id: Int64, _ answer: Acceptance, from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    guard let proposal = proposals[id], proposal.phase == .accepting,
      proposal.ballot == answer.ballot
    else { return }
    guard answer.isGranted else {
      refuse(id, answer.floor, sender, &node)
      return
    }
    proposals[id]?.granted |= sender.bit
    guard let cell = proposal.proposed,
      proposal.plan.serial.isMet(by: proposal.granted | sender.bit)
    else { return }
    // Chosen. What is left is an ordinary write of the cell.
    var commit = Pending(
      request: proposal.request,
      question: QuorumMessage.Question(type: .register, key: proposal.key, element: 0),
      plan: proposal.plan, giveUpAt: node.now + strategy.patience,
      gathering: Gathering(strategy.conflicts))
    commit.startWriting([cell], then: proposal.outcome, isUpdate: true)
    begin(commit, &node)
    finish(id, &node)
  }

  /// An acceptor has promised or chosen more. Once too many have, others pass first for a random time.
  private mutating func refuse(
    _ id: Int64, _ floor: Version, _ sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    lastMajor = max(lastMajor, floor.major)
    proposals[id]?.refused |= sender.bit
    guard let proposal = proposals[id] else { return }
    let possible = proposal.plan.acceptors.reduce(0) { $0 | $1.bit } & ~proposal.refused
    if !proposal.plan.serial.isMet(by: possible) { giveWay(id, &node) }
  }

  private mutating func giveWay(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    node.tally(.conflicts)
    proposals[id]?.phase = .waiting
    let tries = Int64(min(proposals[id]?.attempts ?? 1, 4))
    let most = max(2_000_000, strategy.retryEvery.nanoseconds / 4 * tries)
    let pause = Duration(nanoseconds: node.random.within(1_000_000...most))
    node.wake(TimerID(-id), after: pause)
  }

  /// The random time is over.
  mutating func tryAgain(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    if proposals[id]?.phase == .waiting { prepare(id, &node) }
  }

  /// Time has passed: asks again, or gives up. A change that was never proposed certainly did nothing.
  mutating func remindAcceptors(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    guard let proposal = proposals[id] else { return }
    if node.now >= proposal.giveUpAt {
      let isUnknown = proposal.ownOutcome != nil
      node.reply(
        to: proposal.request.id, isUnknown ? strategy.outcomeOfTimeout : .fail(.notServing))
      finish(id, &node)
      return
    }
    if proposal.phase != .queued, proposal.phase != .waiting { node.tally(.retransmissions) }
    askAcceptors(id, &node)
    if proposals[id] != nil { node.wake(TimerID(id), after: strategy.retryEvery) }
  }

  /// An operation is over; the next one on its key begins.
  private mutating func finish(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    guard let key = proposals.removeValue(forKey: id)?.key, var queue = queues[key] else { return }
    let wasFirst = queue.first == id
    queue.removeAll { $0 == id }
    queues[key] = queue.isEmpty ? nil : queue
    if wasFirst, let next = queue.first { prepare(next, &node) }
  }
}
