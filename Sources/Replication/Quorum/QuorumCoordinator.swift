// Reads and writes of a region's clients: ask all homes, count answers until the level is met, tell the
// client, see to it that the others catch up.
//
// DeCandia et al., "Dynamo", sections 4.5 and 4.6; Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in
// Message-Passing Systems", section 3 (a reader must write).

import Histories
import Simulation

/// A read or write that a region coordinates.
struct Pending: Sendable {
  enum Phase: Sendable { case reading, writing }

  let request: Request
  let question: QuorumMessage.Question
  let plan: Plan
  let giveUpAt: Instant
  var phase = Phase.reading
  /// The value to write once the reading is over; nil for a read.
  var value: Value?
  /// What the client hears once enough regions have stored the cells.
  var outcome = Outcome.ok(.done, nil)
  /// Whether what is written is new; else it is what a read found, written back.
  var isUpdate = false
  var answered = false
  /// Homes that have answered in this phase, or somebody in their stead.
  var heard: UInt64 = 0
  /// Who stands in for whom.
  var standIns: [(region: Region.ID, home: Region.ID)] = []
  var gathering: Gathering

  /// A home, or somebody in its stead, has answered.
  mutating func hear(_ region: Region.ID) {
    heard |= region.bit & plan.all
    for stand in standIns where stand.region == region { heard |= stand.home.bit }
  }

  /// From now on these cells are stored.
  mutating func startWriting(_ cells: [Cell], then outcome: Outcome, isUpdate: Bool) {
    phase = .writing
    heard = 0
    value = nil
    self.outcome = outcome
    self.isUpdate = isUpdate
    gathering = Gathering(gathering.conflicts, cells)
  }
}

extension QuorumReplica {
  /// A client asks for something that needs no consensus.
  mutating func coordinate(_ request: Request, _ node: inout Node<QuorumMessage>) {
    let (type, key, element, value): (CellType, Key, Value?, Value?)
    switch request.operation {
    case .read(let name, .set): (type, key, element, value) = (.element, name, nil, nil)
    case .read(let name, _): (type, key, element, value) = (.register, name, 0, nil)
    case .write(let name, let new): (type, key, element, value) = (.register, name, 0, new)
    case .insert(let name, let new): (type, key, element, value) = (.element, name, new, 1)
    case .remove(let name, let old): (type, key, element, value) = (.element, name, old, 0)
    case .compareAndSet, .increment, .append, .transaction: return
    }
    var operation = Pending(
      request: request,
      question: QuorumMessage.Question(type: type, key: key, element: element),
      plan: plan(for: key), giveUpAt: node.now + strategy.patience, value: value,
      gathering: Gathering(strategy.conflicts))
    if let value, !strategy.isLinearizable { startWriting(value, &operation, &node) }
    begin(operation, &node)
  }

  func plan(for key: Key) -> Plan { plans[strategy.placement.range(of: key)] }

  /// Asks for the first time, and wakes to ask again.
  mutating func begin(_ operation: Pending, _ node: inout Node<QuorumMessage>) {
    let id = number()
    pending[id] = operation
    if strategy.isSloppy { findStandIns(id, suspects) }
    ask(id, &node)
    if pending[id] != nil { node.wake(TimerID(id), after: strategy.retryEvery) }
  }

  /// Gives a write its version.
  private mutating func startWriting(
    _ value: Value, _ operation: inout Pending, _ node: inout Node<QuorumMessage>
  ) {
    let question = operation.question
    let name = CellName(type: question.type, key: question.key, element: question.element ?? 0)
    var cells: [Cell]
    switch strategy.conflicts {
    case .lastWriterWins:
      cells = [Cell(name: name, value: value, version: newVersion(&node))]
    case .siblings:
      let own = tables.cells.cells(name.type, name.key, name.element, in: node.store)
      let write = dotted(name, value, own, operation.request.id.client)
      // All that is here travels with it: whoever has a dot of this region has the earlier ones.
      cells = own.filter { !write.replaces($0, .siblings) } + [write]
    }
    let version = strategy.conflicts == .siblings ? nil : cells[0].version
    operation.startWriting(cells, then: .ok(.done, version), isUpdate: true)
  }

  /// Sends what the phase asks to every home that has not answered, and to those in their stead; this
  /// region's own part it does at once.
  private mutating func ask(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    guard let operation = pending[id] else { return }
    func message(standingIn home: Region.ID?) -> QuorumMessage {
      switch operation.phase {
      case .reading: .init(.query(id: id, operation.question, standingIn: home))
      case .writing: .init(.store(id: id, CellList(operation.gathering.cells), standingIn: home))
      }
    }
    var own: (standingIn: Region.ID?, isAsked: Bool) = (nil, false)
    for home in operation.plan.homes where operation.heard & home.bit == 0 {
      if home == region {
        own.isAsked = true
      } else {
        node.send(message(standingIn: nil), to: home)
      }
    }
    for stand in operation.standIns where operation.heard & stand.home.bit == 0 {
      if stand.region == region {
        own = (stand.home, true)
      } else {
        node.send(message(standingIn: stand.home), to: stand.region)
      }
    }
    guard own.isAsked else { return }
    switch operation.phase {
    case .reading:
      let cells = lookUp(operation.question, standingIn: own.standingIn, node.store)
      found(id, cells, from: region, &node)
    case .writing:
      keep(operation.gathering.cells, standingIn: own.standingIn, &node)
      stored(id, from: region, &node)
    }
  }

  /// A region has said what it has.
  mutating func found(
    _ id: Int64, _ cells: [Cell], from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    guard let place = pending.index(forKey: id), pending.values[place].phase == .reading else {
      return
    }
    pending.values[place].hear(sender)
    for cell in cells {
      notice(cell.version)
      pending.values[place].gathering.note(cell, from: sender)
    }
    let operation = pending.values[place]
    guard operation.plan.read.isMet(by: operation.heard) else { return }
    if let value = operation.value {
      // Phase two of a linearizable write: a version above all that a quorum has seen.
      var writing = operation
      startWriting(value, &writing, &node)
      pending[id] = writing
      ask(id, &node)
      return
    }
    if strategy.writesBack {
      writeBack(id, operation, &node)
      return
    }
    if !operation.answered {
      node.reply(to: operation.request.id, answer(to: operation))
      pending.values[place].answered = true
      remember(operation)
    }
    if operation.heard == operation.plan.all {
      repair(operation, &node)
      pending[id] = nil
    }
  }

  /// A read that found its value in too few regions makes sure of it before its client hears, so that
  /// no later read can miss it. Cells that are known in enough regions need no writing.
  private mutating func writeBack(
    _ id: Int64, _ operation: Pending, _ node: inout Node<QuorumMessage>
  ) {
    let short = operation.gathering.cells { !operation.plan.write.isMet(by: $0) }
    if short.isEmpty {
      node.reply(to: operation.request.id, answer(to: operation))
      pending[id] = nil
    } else {
      node.tally(.readRepairs)
      var writing = operation
      writing.startWriting(short, then: answer(to: operation), isUpdate: false)
      pending[id] = writing
      ask(id, &node)
    }
  }

  /// A region has stored the cells.
  mutating func stored(
    _ id: Int64, from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    guard let place = pending.index(forKey: id), pending.values[place].phase == .writing else {
      return
    }
    pending.values[place].hear(sender)
    let operation = pending.values[place]
    if operation.plan.write.isMet(by: operation.heard), !operation.answered {
      pending.values[place].answered = true
      node.reply(to: operation.request.id, operation.outcome)
      if !operation.isUpdate { pending[id] = nil }
    }
    if operation.heard == operation.plan.all { pending[id] = nil }
  }

  private func answer(to operation: Pending) -> Outcome {
    let cells = operation.gathering.cells
    switch operation.question.type {
    case .register:
      if cells.count > 1 { return .ok(.values(cells.map(\.value).sorted()), nil) }
      let version =
        strategy.conflicts == .siblings || strategy.hasConsensus
        ? nil : cells.first?.version
      return .ok(.value(cells.first?.value), version)
    case .element:
      // Sorted by element; of siblings, one that says it is in is enough.
      var elements: [Value] = []
      for cell in cells where cell.value == 1 && elements.last != cell.name.element {
        elements.append(cell.name.element)
      }
      return .ok(.values(elements), nil)
    }
  }

  /// Brings homes that answered with less up to date.
  private mutating func repair(_ operation: Pending, _ node: inout Node<QuorumMessage>) {
    guard strategy.repairsReads else { return }
    for home in operation.plan.homes where operation.heard & home.bit != 0 {
      let stale = operation.gathering.cells { $0 & home.bit == 0 }
      guard !stale.isEmpty else { continue }
      node.tally(.readRepairs)
      if home == region {
        keep(stale, standingIn: nil, &node)
      } else {
        node.send(.init(.store(id: number(), CellList(stale), standingIn: nil)), to: home)
      }
    }
  }

  // MARK: Those that do not answer

  /// Time has passed: asks again, finds somebody to stand in, or gives up.
  mutating func remind(_ id: Int64, _ node: inout Node<QuorumMessage>) {
    guard let operation = pending[id] else { return }
    if node.now >= operation.giveUpAt {
      giveUp(id, operation, &node)
      return
    }
    let silent = operation.plan.all & ~operation.heard & ~region.bit
    suspects |= silent
    if strategy.isSloppy { findStandIns(id, silent) }
    node.tally(.retransmissions)
    ask(id, &node)
    if pending[id] != nil { node.wake(TimerID(id), after: strategy.retryEvery) }
  }

  /// Sloppy quorums: the first regions behind the homes take the place of those that are down.
  private mutating func findStandIns(_ id: Int64, _ down: UInt64) {
    guard var operation = pending[id] else { return }
    var missing = operation.plan.homes.filter { $0.bit & down != 0 }
    missing.removeAll { home in operation.standIns.contains { $0.home == home } }
    for candidate in operation.plan.standIns where !missing.isEmpty {
      let isBusy = operation.standIns.contains { $0.region == candidate }
      guard !isBusy, candidate.bit & suspects == 0 else { continue }
      operation.standIns.append((candidate, missing.removeFirst()))
    }
    pending[id] = operation
  }

  /// The level was not reached in time, or it was and some homes never answered. A read, and a write
  /// that was not begun, certainly did nothing; what a write has spread stays, and hints carry it on.
  private mutating func giveUp(
    _ id: Int64, _ operation: Pending, _ node: inout Node<QuorumMessage>
  ) {
    pending[id] = nil
    if operation.isUpdate {
      if !operation.answered {
        node.reply(to: operation.request.id, strategy.outcomeOfTimeout)
      }
      guard strategy.handsOffHints else { return }
      for home in operation.plan.homes where operation.heard & home.bit == 0 && home != region {
        keepHint(operation.gathering.cells, for: home, &node)
      }
    } else if operation.answered {
      repair(operation, &node)
    } else {
      node.reply(to: operation.request.id, .fail(.notServing))
    }
  }
}
