// The general search for a linearization of one register: depth first over configurations, as in
// Wing and Gong, "Testing and Verifying Concurrent Objects", 1993, with the memory of Lowe, "Testing
// for Linearizability", 2017, and its just-in-time rule: an operation is placed only
// when one that returns demands it. What makes it small:
//
// - A configuration holds only the pending operations, in slots, not the whole history.
// - A read that fits the state is placed at once: it changes nothing, so that can not hurt.
// - A pending write whose value nothing can need any more is buried under the next write.
// - Operations of unknown outcome are counted by class, and using fewer dominates using more.

import Histories

/// What a search found out.
enum SearchResult {
  /// There is an order.
  case found
  /// There is none.
  case none(Anomaly)
  /// Nobody knows.
  case gaveUp(String)
}

extension RegisterHistory {
  /// Looks for an order of all operations of the key.
  func search(_ budget: inout Budget) -> SearchResult {
    let problem = SearchProblem(self)
    var search = Search(problem)
    let granted = budget.steps
    let outcome = search.run(&budget)
    switch outcome {
    case .found: return .found
    case .none: return .none(witness(problem, search.furthest, granted - budget.steps))
    case .tooWide:
      return .gaveUp(
        "too many operations on \(history.name(of: key)) at once (more than 128 that returned, or "
          + "\(Search.mostClasses) of unknown outcome): \(proven(problem, search.furthest))")
    case .exhausted:
      return .gaveUp(
        "budget exhausted on \(history.name(of: key)): \(proven(problem, search.furthest))")
    }
  }

  /// What is certain although the search gave up.
  private func proven(_ problem: SearchProblem, _ furthest: Int) -> String {
    let returned = problem.events.prefix(furthest).filter { $0 >= 0 && $0 & 1 == 1 }
    let last = returned.last.map { history.returns[Int(problem.rows[Int($0 >> 1)])] }
    return
      "the first \(returned.count) of \(count(problem.actions.count, "operation")) have an order"
      + (last.map { ", those that returned up to \(history.time($0))" } ?? "")
  }

  /// A few operations that have no order, and the one at which the search gave up hope.
  private func witness(_ problem: SearchProblem, _ event: Int, _ steps: Int) -> Anomaly {
    let stuck = Int(problem.rows[Int(problem.events[event] >> 1)])
    var witness = SearchWitness(self, upTo: stuck, steps: steps)
    let rows = witness.shrink()
    let shown = rows.prefix(SearchWitness.mostShown)
    let held = witness.startsAnywhere ? ", whatever the register held before," : ""
    let others = rows.count > shown.count ? " and \(rows.count - shown.count) others" : ""
    return anomaly(
      "no-order", Array(shown),
      "no order of these \(count(shown.count, "operation"))\(others)\(held) explains that "
        + "\(history.deed(stuck)) (row \(stuck), done at \(history.returns[stuck]))")
  }
}

/// Depth-first search with a cursor over events that moves forward and back.
struct Search {
  enum Outcome { case found, none, exhausted, tooWide }

  private struct Frame {
    var event: Int
    var done: Slots
    var state: Int32
    var used: Int32
    /// Its choices in `choices`, to be taken from the end.
    var firstChoice: Int
  }

  /// How many different operations of unknown outcome; each configuration counts all.
  static let mostClasses = 4_096

  private let problem: SearchProblem
  private var cursor = 0
  /// Pending operations by slot, and the slot of each operation.
  private var holders = [Int32](repeating: -1, count: 128)
  private var slots: [UInt8]
  private var free: Slots
  private var writers = Slots()
  private var readers: [Slots]
  private var absences = Slots()
  private var absent: [Slots]
  private var called: [Int]
  private var used: UsedCounts
  private var tried = TriedConfigurations<UsedCounts>()
  private var frames: [Frame] = []
  /// Slots, or 128 + class.
  private var choices: [UInt16] = []
  /// The furthest event that any order reached.
  private(set) var furthest = 0

  init(_ problem: SearchProblem) {
    self.problem = problem
    slots = Array(repeating: 0, count: problem.actions.count)
    free = Slots(low: .max, high: .max)
    readers = Array(repeating: Slots(), count: problem.stateCount)
    absent = readers
    called = Array(repeating: 0, count: problem.classes.count)
    used = UsedCounts(classes: problem.classes.count)
  }

  /// What it remembers, as much as it is while the biggest table grows.
  private var bytes: Int { tried.bytes + used.bytes + frames.count * MemoryLayout<Frame>.stride }

  /// Looks for an order that begins in a state. May be asked again for another: what was tried in vain from
  /// the first need not be tried from there.
  mutating func run(_ budget: inout Budget, from start: Int32 = 0) -> Outcome {
    guard problem.classes.count <= Search.mostClasses else { return .tooWide }
    retreat(to: 0)
    var done = Slots()
    var state = start
    var counts: Int32 = 0
    var taken = 0
    while true {
      guard let demand = advance(&done, state) else { return .tooWide }
      if cursor == problem.events.count { return .found }
      furthest = max(furthest, cursor)
      if tried.insert(event: cursor, state: state, done: done, used: counts, used) {
        let first = choices.count
        collect(demand, done, state, counts)
        frames.append(
          Frame(event: cursor, done: done, state: state, used: counts, firstChoice: first))
      }
      while let frame = frames.last, choices.count == frame.firstChoice { frames.removeLast() }
      guard let frame = frames.last, let choice = choices.popLast() else { return .none }
      taken += 1
      budget.steps -= 1 + tried.stepsOfComparing()
      if budget.steps < 0 { return .exhausted }
      if taken & 1023 == 0, budget.isLate || bytes > budget.bytes { return .exhausted }
      retreat(to: frame.event)
      (done, state, counts) = apply(Int(choice), frame)
    }
  }

  /// Moves over events until a return demands an operation that is not done; gives the operation, or
  /// -1 at the end, or nil if there are too many pending operations for the slots.
  private mutating func advance(_ done: inout Slots, _ state: Int32) -> Int? {
    while cursor < problem.events.count {
      let event = problem.events[cursor]
      if event < 0 {
        called[Int(-1 - event)] += 1
      } else if event & 1 == 0 {
        guard let slot = free.first else { return nil }
        enter(Int(event >> 1), slot)
        done = done.union(eager(state, done))
      } else {
        let slot = Int(slots[Int(event >> 1)])
        guard done.contains(slot) else { return Int(event >> 1) }
        done = done.subtracting(.bit(slot))
        leave(Int(event >> 1), slot)
      }
      cursor += 1
    }
    return -1
  }

  /// Moves back over events, undoing what `advance` did to the slots.
  private mutating func retreat(to event: Int) {
    while cursor > event {
      cursor -= 1
      let event = problem.events[cursor]
      if event < 0 {
        called[Int(-1 - event)] -= 1
      } else if event & 1 == 0 {
        leave(Int(event >> 1), Int(slots[Int(event >> 1)]))
      } else {
        enter(Int(event >> 1), Int(slots[Int(event >> 1)]))
      }
    }
  }

  private mutating func enter(_ operation: Int, _ slot: Int) {
    let bit = Slots.bit(slot)
    let action = problem.actions[operation]
    slots[operation] = UInt8(slot)
    holders[slot] = Int32(operation)
    free = free.subtracting(bit)
    switch action.kind {
    case .read: readers[Int(action.needs)] = readers[Int(action.needs)].union(bit)
    case .absence:
      absences = absences.union(bit)
      absent[Int(action.needs)] = absent[Int(action.needs)].union(bit)
    case .write, .swap: writers = writers.union(bit)
    }
  }

  private mutating func leave(_ operation: Int, _ slot: Int) {
    let bit = Slots.bit(slot)
    let action = problem.actions[operation]
    holders[slot] = -1
    free = free.union(bit)
    switch action.kind {
    case .read: readers[Int(action.needs)] = readers[Int(action.needs)].subtracting(bit)
    case .absence:
      absences = absences.subtracting(bit)
      absent[Int(action.needs)] = absent[Int(action.needs)].subtracting(bit)
    case .write, .swap: writers = writers.subtracting(bit)
    }
  }

  /// The pending operations that hold in a state and do not change it.
  private func eager(_ state: Int32, _ done: Slots) -> Slots {
    let fitting = readers[Int(state)].union(absences.subtracting(absent[Int(state)]))
    guard problem.hasSuccessions else { return fitting }
    return ready(fitting, done)
  }

  /// Which of some pending operations may be placed one after another: each may be what the next waits for.
  private func ready(_ candidates: Slots, _ done: Slots) -> Slots {
    var found = candidates.subtracting(candidates)
    var isChanged = true
    while isChanged {
      isChanged = false
      var rest = candidates.subtracting(found)
      while let slot = rest.first {
        rest = rest.subtracting(.bit(slot))
        guard isReady(problem.earlier[Int(holders[slot])], done.union(found)) else { continue }
        found = found.union(.bit(slot))
        isChanged = true
      }
    }
    return found
  }

  /// Whether what comes before in the process, if anything, is done or has returned.
  private func isReady(_ earlier: Int32, _ done: Slots) -> Bool {
    guard earlier >= 0 else { return true }
    let slot = Int(slots[Int(earlier)])
    return holders[slot] != earlier || done.contains(slot)
  }

  /// Pushes what may be placed next, the best last: what the demand needs, then the demanded operation
  /// itself, then other pending ones, then those of unknown outcome.
  private mutating func collect(_ demand: Int, _ done: Slots, _ state: Int32, _ counts: Int32) {
    let wanted = problem.actions[demand]
    for member in problem.classes.indices {
      let action = problem.classes[member]
      guard used.used(counts, member) < called[member], action.gives != state else { continue }
      guard isReady(problem.classEarlier[member], done) else { continue }
      if action.kind == .write || action.needs == state { choices.append(UInt16(128 + member)) }
    }
    var best: UInt16?
    var rest = writers.subtracting(done)
    while let slot = rest.first {
      rest = rest.subtracting(.bit(slot))
      let action = problem.actions[Int(holders[slot])]
      guard action.kind == .write || action.needs == state else { continue }
      guard isReady(problem.earlier[Int(holders[slot])], done) else { continue }
      let fits =
        wanted.kind == .write || wanted.kind == .absence
        ? Int(holders[slot]) == demand
        : action.gives == wanted.needs || Int(holders[slot]) == demand
      if fits, best == nil { best = UInt16(slot) } else { choices.append(UInt16(slot)) }
    }
    if let best { choices.append(best) }
  }

  /// The configuration after placing one more operation.
  private mutating func apply(_ choice: Int, _ frame: Frame) -> (Slots, Int32, Int32) {
    var done = frame.done
    var counts = frame.used
    let action: SearchProblem.Action
    if choice < 128 {
      action = problem.actions[Int(holders[choice])]
      done = done.union(.bit(choice))
    } else {
      action = problem.classes[choice - 128]
      counts = used.using(choice - 128, after: counts)
    }
    if action.kind == .write { done = done.union(buried(under: done, after: frame.done)) }
    return (done.union(eager(action.gives, done)), action.gives, counts)
  }

  /// Pending writes whose values nothing can need any more: they go just before any write.
  private func buried(under done: Slots, after before: Slots) -> Slots {
    var buried = Slots()
    var rest = writers.subtracting(done)
    while let slot = rest.first {
      rest = rest.subtracting(.bit(slot))
      let action = problem.actions[Int(holders[slot])]
      if action.kind == .write, problem.lastNeed[Int(action.gives)] < Int32(cursor) {
        buried = buried.union(.bit(slot))
      }
    }
    return problem.hasSuccessions ? ready(buried, before) : buried
  }
}
