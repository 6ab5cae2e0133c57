// The general search for a linearization of any model: depth first as in Wing and Gong, "Testing and
// Verifying Concurrent Objects", 1993, placing an operation only when one that returns demands it, with a
// memory of configurations (Lowe, "Testing for Linearizability", 2017). As in the search
// for registers a configuration holds the pending operations alone, and of two that differ only in the
// operations of unknown outcome that they used, the one that used fewer dominates. Reads that fit are
// placed at once. Equal states are one number. What a process did at the instant when its last operation
// returned waits for that one (ProcessOrder.swift).

import Histories

struct ModelSearch<Model: SequentialModel> {
  enum Outcome { case found, none, exhausted, tooWide }

  private struct Frame {
    var event: Int
    var done: Slots
    var used: Slots
    var state: Int32
    var firstChoice: Int
  }

  private struct Choice {
    /// A slot, or 128 + an operation of unknown outcome.
    var pick: Int32
    var state: Int32
  }

  private let model: Model
  private let history: History
  /// Rows, twice plus one at returns; those of unknown outcome are below zero: -1 - number.
  private var events: [Int32] = []
  private(set) var unknowns: [Int] = []
  private var states: [Model.State] = []
  /// The hash of each state, and states by hash: open addressing; -1: vacant.
  private var hashes: [UInt64] = []
  private var known = [Int32](repeating: -1, count: 64)
  /// What the states take, and their places in the tables.
  private var stateBytes = 0
  private var tried = TriedConfigurations<UsedSlots>()
  private var frames: [Frame] = []
  private var choices: [Choice] = []
  private var cursor = 0
  private var called = 0
  private var holders = [Int](repeating: -1, count: 128)
  private var slots: [Int32: Int32] = [:]
  /// By row, the row of its process that returned when it was called.
  private var earlier: [Int: Int] = [:]
  private var free = Slots(low: .max, high: .max)
  private var observers = Slots()
  /// The furthest return that any order reached, its row, the rows pending there, and some states.
  private(set) var furthest = -1
  private(set) var stuck = -1
  private(set) var pending: [Int] = []
  private(set) var stuckStates: [String] = []

  init(_ model: Model, _ history: History, _ rows: [Int]) {
    self.model = model
    self.history = history
    var moments: [(time: Int64, isReturn: Bool, event: Int32)] = []
    for row in rows where history.completions[row] != .fail {
      let isKnown = history.completions[row] == .ok
      if !isKnown, history.isObserver(row) { continue }
      if !isKnown { unknowns.append(row) }
      let event = isKnown ? 2 * Int32(row) : -Int32(unknowns.count)
      moments.append((history.calls[row], false, event))
      if isKnown { moments.append((history.returns[row], true, event + 1)) }
    }
    moments.sort {
      ($0.time, $0.isReturn ? 1 : 0, $0.event) < ($1.time, $1.isReturn ? 1 : 0, $1.event)
    }
    events = moments.map(\.event)
    for pair in history.successions(
      among: rows,
      where: {
        history.completions[$0] == .ok
          || history.completions[$0] == .info && !history.isObserver($0)
      })
    {
      earlier[Int(pair.after)] = Int(pair.before)
    }
    _ = intern(model.initial(history, rows))
  }

  /// The rows that returned before the search got stuck.
  var placed: [Int] {
    events.prefix(max(0, furthest)).filter { $0 >= 0 && $0 & 1 == 1 }.map { Int($0 >> 1) }
  }

  mutating func run(_ budget: inout Budget) -> Outcome {
    guard unknowns.count <= 128 else { return .tooWide }
    var done = Slots()
    var used = Slots()
    var state: Int32 = 0
    var taken = 0
    while true {
      guard let demand = advance(&done, state) else { return .tooWide }
      if demand < 0 { return .found }
      note(demand, done, state)
      if tried.insert(event: cursor, state: state, done: done, used: used, UsedSlots()) {
        let first = choices.count
        collect(demand, done, used, state)
        frames.append(
          Frame(event: cursor, done: done, used: used, state: state, firstChoice: first))
      }
      while let frame = frames.last, choices.count == frame.firstChoice { frames.removeLast() }
      guard let frame = frames.last, let choice = choices.popLast() else { return .none }
      taken += 1
      budget.steps -= 1 + tried.stepsOfComparing()
      if budget.steps < 0 { return .exhausted }
      // A step tries the model on all that is pending: it takes longer than one of a register.
      if taken & 127 == 0, budget.isLate { return .exhausted }
      if stateBytes + tried.bytes > budget.bytes { return .exhausted }
      retreat(to: frame.event)
      (done, used, state) = (frame.done, frame.used, choice.state)
      if choice.pick < 128 {
        done = done.union(.bit(Int(choice.pick)))
      } else {
        used = used.union(.bit(Int(choice.pick) - 128))
      }
      done = done.union(eager(done, state, among: observers))
    }
  }

  /// Moves to the next return of an operation that is not done, which it gives; -1 at the end.
  private mutating func advance(_ done: inout Slots, _ state: Int32) -> Int? {
    while cursor < events.count {
      let event = events[cursor]
      if event < 0 {
        called += 1
      } else if event & 1 == 0 {
        guard let slot = free.first else { return nil }
        enter(Int(event >> 1), slot)
        if observers.contains(slot) { done = done.union(eager(done, state, among: .bit(slot))) }
      } else {
        let slot = Int(slots[event >> 1] ?? 0)
        guard done.contains(slot) else { return Int(event >> 1) }
        done = done.subtracting(.bit(slot))
        leave(slot)
      }
      cursor += 1
    }
    return -1
  }

  private mutating func retreat(to event: Int) {
    while cursor > event {
      cursor -= 1
      let event = events[cursor]
      if event < 0 {
        called -= 1
      } else if event & 1 == 0 {
        leave(Int(slots[event >> 1] ?? 0))
      } else {
        enter(Int(event >> 1), Int(slots[event >> 1] ?? 0))
      }
    }
  }

  private mutating func enter(_ row: Int, _ slot: Int) {
    slots[Int32(row)] = Int32(slot)
    holders[slot] = row
    free = free.subtracting(.bit(slot))
    if history.isObserver(row) { observers = observers.union(.bit(slot)) }
  }

  private mutating func leave(_ slot: Int) {
    holders[slot] = -1
    free = free.union(.bit(slot))
    observers = observers.subtracting(.bit(slot))
  }

  private func fits(_ row: Int, _ state: Int32) -> Bool {
    var fits = false
    model.step(states[Int(state)], history, row) { _ in fits = true }
    return fits
  }

  /// Whether what a row's process did before is done or has returned.
  private func isReady(_ row: Int, _ done: Slots) -> Bool {
    guard !earlier.isEmpty, let before = earlier[row], let slot = slots[Int32(before)] else {
      return true
    }
    return holders[Int(slot)] != before || done.contains(Int(slot))
  }

  /// Those of some pending reads that hold in a state; one of them may be what another waits for.
  private func eager(_ done: Slots, _ state: Int32, among candidates: Slots) -> Slots {
    var fitting = Slots()
    var isChanged = true
    while isChanged {
      isChanged = false
      var rest = candidates.subtracting(done).subtracting(fitting)
      while let slot = rest.first {
        rest = rest.subtracting(.bit(slot))
        guard isReady(holders[slot], done.union(fitting)), fits(holders[slot], state) else {
          continue
        }
        fitting = fitting.union(.bit(slot))
        isChanged = !earlier.isEmpty
      }
    }
    return fitting
  }

  /// Pushes what may be placed next, the best last: the demanded operation.
  private mutating func collect(_ demand: Int, _ done: Slots, _ used: Slots, _ state: Int32) {
    for number in unknowns.indices.prefix(called).reversed() where !used.contains(number) {
      guard isReady(unknowns[number], done) else { continue }
      push(128 + number, unknowns[number], state, keepsState: false)
    }
    let own = Int(slots[Int32(demand)] ?? 0)
    for slot in holders.indices.reversed() where holders[slot] >= 0 && slot != own {
      guard !done.contains(slot), !observers.contains(slot), isReady(holders[slot], done) else {
        continue
      }
      push(slot, holders[slot], state, keepsState: true)
    }
    if isReady(demand, done) { push(own, demand, state, keepsState: true) }
  }

  private mutating func push(_ pick: Int, _ row: Int, _ state: Int32, keepsState: Bool) {
    var next: [Model.State] = []
    model.step(states[Int(state)], history, row) { next.append($0) }
    for value in next.reversed() {
      let number = intern(value)
      if keepsState || number != state { choices.append(Choice(pick: Int32(pick), state: number)) }
    }
  }

  /// The number of a state.
  private mutating func intern(_ state: Model.State) -> Int32 {
    let hash = mixed(model.hash(state))
    var probe = Int(truncatingIfNeeded: hash) & (known.count - 1)
    while known[probe] >= 0 {
      let number = Int(known[probe])
      if hashes[number] == hash, model.equal(states[number], state) { return Int32(number) }
      probe = (probe + 1) & (known.count - 1)
    }
    let number = Int32(states.count)
    known[probe] = number
    states.append(state)
    hashes.append(hash)
    stateBytes += model.bytes(state) + 32
    if 2 * states.count > known.count { growKnown() }
    return number
  }

  private mutating func growKnown() {
    known = [Int32](repeating: -1, count: 2 * known.count)
    for (number, hash) in hashes.enumerated() {
      var probe = Int(truncatingIfNeeded: hash) & (known.count - 1)
      while known[probe] >= 0 { probe = (probe + 1) & (known.count - 1) }
      known[probe] = Int32(number)
    }
  }

  private mutating func note(_ demand: Int, _ done: Slots, _ state: Int32) {
    if cursor > furthest {
      furthest = cursor
      stuck = demand
      pending = holders.filter { $0 >= 0 && $0 != demand }.sorted()
      stuckStates = []
    }
    guard cursor == furthest, stuckStates.count < 3 else { return }
    let text = model.describe(states[Int(state)])
    if !stuckStates.contains(text) { stuckStates.append(text) }
  }
}
