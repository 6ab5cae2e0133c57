// One region of a quorum system: it keeps cells for others, and coordinates what its clients ask.
// Quorum.swift has the messages and the law.

import Histories
import Simulation

/// A region's state machine.
public struct QuorumReplica: Replica {
  let strategy: Quorum
  let region: Region.ID
  let topology: Topology
  /// The homes of keys, by key modulo regions.
  private let rings: [[Region.ID]]

  /// Boots so far; part of every version and operation number that this region makes.
  private var incarnation: Int64 = 0
  private var nextNumber: Int64 = 0
  /// The highest version counter or timestamp that this incarnation has used.
  private var lastMajor: Int64 = .min
  private var pending: [Int64: Pending] = [:]
  /// What reads that are being written back will answer.
  private var answers: [Int64: [Cell]] = [:]
  private var hintCount = 0
  /// The hints being handed off: operation number to target.
  private var handoffs: [Int64: (target: Region.ID, cell: Cell)] = [:]

  private static let handoffTimer: Int64 = -1

  init(strategy: Quorum, region: Region.ID, topology: Topology) {
    self.strategy = strategy
    self.region = region
    self.topology = topology
    rings = topology.ids.map { strategy.homes(of: Key($0.index), in: topology) }
  }

  /// An operation that this region coordinates.
  private struct Pending {
    enum Phase { case reading, writing, repairing }
    let request: Request
    var homes: [Region.ID]
    var phase: Phase
    /// What is being asked: one cell, or with nil all elements of the set.
    let type: CellType
    let key: Key
    let element: Value?
    /// The value to write, nil for a read.
    let value: Value?
    let giveUpAt: Instant
    /// Who has answered in this phase.
    var heard: UInt64 = 0
    var answered = false
    /// Newest version of each cell, in the order first seen, and who is known to have it.
    var cells: [Cell] = []
    var holders: [UInt64] = []

    /// A region has said what it has; how many have in this phase, or nil if it is over.
    mutating func found(_ found: [Cell], from region: Region.ID) -> Int? {
      guard phase == .reading else { return nil }
      heard |= 1 << UInt64(region.raw)
      for cell in found { note(cell, from: region) }
      return heard.nonzeroBitCount
    }

    /// A region has stored the cells; how many have in this phase, or nil if it has not begun.
    mutating func stored(in region: Region.ID) -> Int? {
      guard phase != .reading else { return nil }
      heard |= 1 << UInt64(region.raw)
      return heard.nonzeroBitCount
    }

    private mutating func note(_ cell: Cell, from region: Region.ID) {
      let bit: UInt64 = 1 << UInt64(region.raw)
      guard let place = cells.firstIndex(where: { $0.name == cell.name }) else {
        cells.append(cell)
        holders.append(bit)
        return
      }
      if cell.version == cells[place].version {
        holders[place] |= bit
      } else if cell.version > cells[place].version {
        cells[place] = cell
        holders[place] = bit
      }
    }
  }

  public var unfinished: String? {
    if !pending.isEmpty { return "\(pending.count) operations in hand" }
    return hintCount > 0 ? "\(hintCount) hints to hand off" : nil
  }

  // MARK: Inputs

  public mutating func start(_ node: inout Node<QuorumMessage>) {
    incarnation = (node.store.get(Quorum.meta, [0])?[0] ?? 0) + 1
    node.store.put(Quorum.meta, [0], [incarnation])
    hintCount = node.store.rows(Quorum.hints).count
    if strategy.handsOffHints { node.wake(TimerID(Self.handoffTimer), after: strategy.retryEvery) }
  }

  public mutating func handle(_ request: Request, _ node: inout Node<QuorumMessage>) {
    switch request.operation {
    case .read(let key, .register):
      begin(request, .register, key, element: 0, value: nil, &node)
    case .read(let key, .set):
      begin(request, .element, key, element: nil, value: nil, &node)
    case .write(let key, let value):
      begin(request, .register, key, element: 0, value: value, &node)
    case .insert(let key, let element):
      begin(request, .element, key, element: element, value: 1, &node)
    case .remove(let key, let element):
      begin(request, .element, key, element: element, value: 0, &node)
    case .read(_, .counter), .read(_, .list), .compareAndSet, .increment, .append, .transaction:
      node.reply(to: request.id, .fail(.unsupported))
    }
  }

  public mutating func receive(
    _ message: QuorumMessage, from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    switch message {
    case .query(let id, let type, let key, let element):
      let cells = lookUp(CellType(rawValue: type) ?? .register, key, element, node.store)
      node.send(.found(id: id, cells: CellList(list: cells)), to: sender)
    case .found(let id, let cells):
      found(id, cells.list, from: sender, &node)
    case .store(let id, let cells):
      for cell in cells.list { keep(cell, node.store) }
      node.send(.stored(id: id), to: sender)
    case .stored(let id):
      if let (target, cell) = handoffs.removeValue(forKey: id) {
        forgetHint(cell, for: target, node.store)
      } else {
        stored(id, from: sender, &node)
      }
    }
  }

  public mutating func wake(_ timer: TimerID, _ node: inout Node<QuorumMessage>) {
    if timer.number == Self.handoffTimer {
      handOff(&node)
    } else if let operation = pending[timer.number] {
      if node.now >= operation.giveUpAt {
        giveUp(timer.number, operation, &node)
      } else {
        node.tally(.retransmissions)
        ask(timer.number, operation, &node)
        node.wake(timer, after: strategy.retryEvery)
      }
    }
  }

  // MARK: Coordinating

  private mutating func begin(
    _ request: Request, _ type: CellType, _ key: Key, element: Value?, value: Value?,
    _ node: inout Node<QuorumMessage>
  ) {
    let id = number()
    var operation = Pending(
      request: request, homes: rings[Int(key) % rings.count], phase: .reading, type: type,
      key: key, element: element, value: value, giveUpAt: node.now + strategy.patience)
    if let value, !strategy.isLinearizable {
      lastMajor = max(lastMajor + 1, node.wallClock.nanoseconds)
      startWriting(&operation, value, element ?? 0)
    }
    pending[id] = operation
    ask(id, operation, &node)
    if pending[id] != nil { node.wake(TimerID(id), after: strategy.retryEvery) }
  }

  private mutating func startWriting(
    _ operation: inout Pending, _ value: Value, _ element: Value
  ) {
    let name = CellName(type: operation.type, key: operation.key, element: element)
    let version = Version(lastMajor, incarnation << 6 | Int64(region.raw))
    operation.phase = .writing
    operation.heard = 0
    operation.cells = [Cell(name: name, value: value, version: version)]
    operation.holders = [0]
  }

  /// Sends what the phase asks to every home that has not answered; its own part it does at once.
  private mutating func ask(
    _ id: Int64, _ operation: Pending, _ node: inout Node<QuorumMessage>
  ) {
    let message: QuorumMessage =
      operation.phase == .reading
      ? .query(
        id: id, type: operation.type.rawValue, key: operation.key, element: operation.element)
      : .store(id: id, cells: CellList(list: operation.cells))
    let own: UInt64 = 1 << UInt64(region.raw)
    for home in operation.homes where operation.heard & (1 << UInt64(home.raw)) == 0 {
      if home != region { node.send(message, to: home) }
    }
    guard operation.homes.contains(region), operation.heard & own == 0 else { return }
    if operation.phase == .reading {
      let cells = lookUp(operation.type, operation.key, operation.element, node.store)
      found(id, cells, from: region, &node)
    } else {
      for cell in operation.cells { keep(cell, node.store) }
      stored(id, from: region, &node)
    }
  }

  private mutating func found(
    _ id: Int64, _ cells: [Cell], from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    guard let place = pending.index(forKey: id),
      let count = pending.values[place].found(cells, from: sender), count >= strategy.readQuorum
    else { return }
    var operation = pending.values[place]
    if let value = operation.value {
      // Phase two of a linearizable write: a version above all that a quorum has seen.
      lastMajor = max(lastMajor, operation.cells.map(\.version.major).max() ?? 0, 0) + 1
      startWriting(&operation, value, operation.element ?? 0)
      pending.values[place] = operation
      ask(id, operation, &node)
    } else if strategy.isLinearizable {
      if operation.holders.allSatisfy({ $0.nonzeroBitCount >= strategy.writeQuorum }) {
        answerRead(operation, &node)
        pending.remove(at: place)
      } else {
        writeBack(id, operation, &node)
      }
    } else {
      if !operation.answered {
        pending.values[place].answered = true
        answerRead(operation, &node)
      }
      if count == operation.homes.count {
        repair(operation, &node)
        pending.remove(at: place)
      }
    }
  }

  /// A read that found its value in too few regions makes sure of it before it answers, so that no
  /// later read can miss it (Attiya, Bar-Noy and Dolev: "the reader must write").
  private mutating func writeBack(
    _ id: Int64, _ operation: Pending, _ node: inout Node<QuorumMessage>
  ) {
    node.tally(.readRepairs)
    let short = operation.holders.indices.filter {
      operation.holders[$0].nonzeroBitCount < strategy.writeQuorum
    }
    // Cells known in enough regions need no writing; the answer is kept whole.
    var writing = operation
    writing.phase = .repairing
    writing.heard = 0
    writing.cells = short.map { operation.cells[$0] }
    answers[id] = operation.cells
    pending[id] = writing
    ask(id, writing, &node)
  }

  private mutating func stored(
    _ id: Int64, from sender: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    guard let place = pending.index(forKey: id),
      let count = pending.values[place].stored(in: sender)
    else { return }
    if count >= strategy.writeQuorum, !pending.values[place].answered {
      pending.values[place].answered = true
      var operation = pending.values[place]
      if let cells = answers.removeValue(forKey: id) {
        operation.cells = cells
        answerRead(operation, &node)
        pending.remove(at: place)
        return
      }
      node.reply(to: operation.request.id, .ok(.done, operation.cells.first?.version))
    }
    if count == strategy.replicas { pending.remove(at: place) }
  }

  private func answerRead(_ operation: Pending, _ node: inout Node<QuorumMessage>) {
    switch operation.type {
    case .register:
      let cell = operation.cells.first
      node.reply(to: operation.request.id, .ok(.value(cell?.value), cell?.version))
    case .element:
      let elements = operation.cells.filter { $0.value == 1 }.map(\.name.element).sorted()
      node.reply(to: operation.request.id, .ok(.values(elements), nil))
    }
  }

  /// Brings regions that answered with less up to date, once all have answered.
  private mutating func repair(_ operation: Pending, _ node: inout Node<QuorumMessage>) {
    guard strategy.repairsReads else { return }
    for home in operation.homes {
      let bit: UInt64 = 1 << UInt64(home.raw)
      let stale = operation.cells.indices.filter { operation.holders[$0] & bit == 0 }
      guard !stale.isEmpty else { continue }
      node.tally(.readRepairs)
      let cells = stale.map { operation.cells[$0] }
      if home == region {
        for cell in cells { keep(cell, node.store) }
      } else {
        node.send(.store(id: number(), cells: CellList(list: cells)), to: home)
      }
    }
  }

  /// The quorum did not come together. A read, and a write that was not begun, certainly did
  /// nothing; what a write has spread stays, and hints carry it to the rest.
  private mutating func giveUp(
    _ id: Int64, _ operation: Pending, _ node: inout Node<QuorumMessage>
  ) {
    pending[id] = nil
    answers[id] = nil
    switch operation.phase {
    case .reading:
      if !operation.answered { node.reply(to: operation.request.id, .fail(.notServing)) }
      if operation.answered { repairAmongHeard(operation, &node) }
    case .repairing:
      node.reply(to: operation.request.id, .fail(.notServing))
    case .writing:
      guard strategy.handsOffHints else { return }
      for home in operation.homes where operation.heard & (1 << UInt64(home.raw)) == 0 {
        guard home != region else { continue }
        for cell in operation.cells { keepHint(cell, for: home, &node) }
      }
    }
  }

  /// Read repair when some home never answered: among those that did.
  private mutating func repairAmongHeard(
    _ operation: Pending, _ node: inout Node<QuorumMessage>
  ) {
    var heard = operation
    heard.homes = operation.homes.filter { operation.heard & (1 << UInt64($0.raw)) != 0 }
    repair(heard, &node)
  }

  // MARK: Hints

  private mutating func keepHint(
    _ cell: Cell, for home: Region.ID, _ node: inout Node<QuorumMessage>
  ) {
    let key = hintKey(cell.name, home)
    let old = node.store.get(Quorum.hints, key)
    if let old, Version(old[1], old[2]) >= cell.version { return }
    if old == nil { hintCount += 1 }
    node.tally(.hints)
    node.store.put(Quorum.hints, key, [cell.value, cell.version.major, cell.version.minor])
  }

  private mutating func forgetHint(_ cell: Cell, for home: Region.ID, _ store: any Store) {
    let key = hintKey(cell.name, home)
    guard let kept = store.get(Quorum.hints, key),
      Version(kept[1], kept[2]) == cell.version
    else { return }
    store.delete(Quorum.hints, key)
    hintCount -= 1
  }

  private mutating func handOff(_ node: inout Node<QuorumMessage>) {
    handoffs.removeAll(keepingCapacity: true)
    if hintCount > 0 {
      for row in node.store.rows(Quorum.hints, from: .min, limit: 100) {
        let target = Region.ID(Int(row[0]))
        let cell = Cell(
          name: CellName(
            type: CellType(rawValue: row[1]) ?? .register, key: Key(row[2]), element: row[3]),
          value: row[4], version: Version(row[5], row[6]))
        let id = number()
        handoffs[id] = (target, cell)
        node.send(.store(id: id, cells: CellList(list: [cell])), to: target)
      }
    }
    node.wake(TimerID(Self.handoffTimer), after: strategy.retryEvery)
  }

  private func hintKey(_ name: CellName, _ home: Region.ID) -> Row {
    [Int64(home.raw), name.type.rawValue, Int64(name.key), name.element]
  }

  // MARK: Cells

  private func lookUp(
    _ type: CellType, _ key: Key, _ element: Value?, _ store: any Store
  ) -> [Cell] {
    if let element {
      guard let row = store.get(Quorum.cells, [type.rawValue, Int64(key), element]) else {
        return []
      }
      let name = CellName(type: type, key: key, element: element)
      return [Cell(name: name, value: row[0], version: Version(row[1], row[2]))]
    }
    return store.rows(Quorum.cells, prefix: [type.rawValue, Int64(key)]).map { row in
      Cell(
        name: CellName(type: type, key: key, element: row[2]), value: row[3],
        version: Version(row[4], row[5]))
    }
  }

  /// Keeps a cell unless a newer version is there.
  private func keep(_ cell: Cell, _ store: any Store) {
    let key = [cell.name.type.rawValue, Int64(cell.name.key), cell.name.element]
    if let row = store.get(Quorum.cells, key), Version(row[1], row[2]) >= cell.version { return }
    store.put(Quorum.cells, key, [cell.value, cell.version.major, cell.version.minor])
  }

  private mutating func number() -> Int64 {
    nextNumber += 1
    return incarnation << 32 | nextNumber
  }
}
