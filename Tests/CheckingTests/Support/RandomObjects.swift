// Random histories of queues, identifiers, names, stock, orders, locks and ledgers: answers of an atomic
// object, of which some are then made wrong.

import Checking
import Histories

extension RandomHistories {
  private func finalRead(after drafts: [Draft], list: [Int64]) -> Draft {
    let end = drafts.map(\.entry).reduce(0) {
      max($0, $1.call, $1.return == History.never ? 0 : $1.return)
    }
    return Draft(
      entry: Entry(
        process: 900, function: .read, key: 0, shape: .list, call: end + 1, return: end + 2,
        isFinal: true), list: list)
  }

  /// One queue of a few elements; sometimes read out at the end.
  mutating func queues() -> [Draft] {
    let slots = slots(2 + generator.below(6))
    var drafts = slots.enumerated().map { place, slot in
      let element = Int64(generator.chance(70) ? place + 1 : 1 + generator.below(3))
      let function: Function = generator.chance(55) ? .enqueue : .dequeue
      return Draft(entry: entry(slot, function, key: 0, value: element))
    }
    var state: [Int64] = []
    for place in serviceOrder(slots) {
      if drafts[place].entry.function == .enqueue {
        state.append(drafts[place].entry.value)
      } else if state.isEmpty {
        drafts[place].entry.shape = .none
      } else {
        drafts[place].entry.value = state.removeFirst()
      }
    }
    for place in drafts.indices where drafts[place].entry.function == .dequeue {
      if drafts[place].entry.completion != .ok { drafts[place].entry.shape = .none }
      guard drafts[place].entry.shape == .scalar, generator.chance(12) else { continue }
      drafts[place].entry.value = Int64(1 + generator.below(6))
    }
    if generator.chance(70) {
      if !state.isEmpty, generator.chance(25) {
        state.remove(at: generator.below(state.count))
      }
      drafts.append(finalRead(after: drafts, list: state))
    }
    return drafts
  }

  /// Draws of identifiers.
  mutating func identifiers() -> [Draft] {
    slots(2 + generator.below(7)).enumerated().map { place, slot in
      let value = generator.chance(85) ? place : generator.below(5)
      return Draft(entry: entry(slot, .generate, key: 0, value: Int64(value)))
    }
  }

  /// Claims of one name, which is free while it holds 0, and reads of it.
  mutating func claims() -> [Draft] {
    let slots = slots(2 + generator.below(7), info: 20, fail: 15)
    var drafts = slots.enumerated().map { place, slot in
      generator.chance(60)
        ? Draft(entry: entry(slot, .compareAndSet, key: 0, value: Int64(place + 1)))
        : Draft(entry: entry(slot, .read, key: 0))
    }
    var state: Int64 = 0
    for place in serviceOrder(slots) {
      if drafts[place].entry.function == .read {
        drafts[place].entry.value = state
      } else if state == 0 {
        state = drafts[place].entry.value
      } else if drafts[place].entry.completion == .ok, generator.chance(85) {
        drafts[place].entry.completion = .fail
      }
    }
    for place in drafts.indices where drafts[place].entry.function == .read {
      guard drafts[place].entry.completion == .ok else { continue }
      let failed = drafts.filter { $0.entry.completion == .fail && $0.entry.value > 0 }
      if generator.chance(12) { drafts[place].entry.value = Int64(generator.below(7)) }
      if !failed.isEmpty, generator.chance(12) {
        drafts[place].entry.value = generator.pick(failed).entry.value
      }
      if generator.chance(10) { drafts[place].entry.shape = .none }
    }
    return drafts
  }

  /// One article of which there are 5: sales, deliveries and reads.
  mutating func sales() -> [Draft] {
    let slots = slots(2 + generator.below(6))
    var drafts = slots.map { slot in
      let draw = slot.call == slots[0].call ? 0 : generator.below(100)
      let amount = Int64(draw < 60 ? -1 - generator.below(4) : 1 + generator.below(2))
      return Draft(
        entry: entry(slot, draw < 85 ? .increment : .read, key: 0, value: draw < 85 ? amount : 0))
    }
    var state: Int64 = 5
    for place in serviceOrder(slots) {
      if drafts[place].entry.function == .read {
        drafts[place].entry.value = state
      } else if state + drafts[place].entry.value >= 0 {
        state += drafts[place].entry.value
      } else if drafts[place].entry.completion == .ok, generator.chance(65) {
        drafts[place].entry.completion = .fail
      }
    }
    for place in drafts.indices
    where drafts[place].entry.function == .read && generator.chance(8) {
      drafts[place].entry.value = -1
    }
    return drafts
  }

  /// Orders 1, 2, ... with items 11, 12 and so on, and reads of what is there.
  mutating func orders() -> [Draft] {
    let slots = slots(2 + generator.below(7))
    var drafts = slots.enumerated().map { place, slot in
      let order = Int64(place + 1)
      var draft = Draft(entry: entry(slot, generator.chance(55) ? .insert : .read, key: 0))
      draft.entry.shape = .list
      guard draft.entry.function == .insert else { return draft }
      draft.list = [order] + (1...1 + Int64(generator.below(2))).map { 10 * order + $0 }
      return draft
    }
    var state: [Int64] = []
    for place in serviceOrder(slots) {
      if drafts[place].entry.function == .read {
        drafts[place].list = state
      } else {
        state += drafts[place].list
      }
    }
    for place in drafts.indices where drafts[place].entry.function == .read {
      if drafts[place].entry.completion != .ok { drafts[place].entry.shape = .none }
      let failed = drafts.filter { $0.entry.completion == .fail && $0.entry.function == .insert }
      if !failed.isEmpty, generator.chance(15) {
        drafts[place].list += generator.pick(failed).list
      }
      guard generator.chance(75), !drafts[place].list.isEmpty else { continue }
      if generator.chance(50) {
        drafts[place].list.remove(at: generator.below(drafts[place].list.count))
      } else {
        drafts[place].list.append(Int64(1 + generator.below(5)))
      }
    }
    return drafts
  }

  /// Rows and index entries that come and go together, and reads that sometimes see half of it.
  mutating func indexes() -> [Draft] {
    let slots = slots(2 + generator.below(7))
    var drafts = slots.enumerated().map { place, slot in
      var draft = Draft(entry: entry(slot, generator.chance(50) ? .insert : .read, key: 0))
      draft.entry.shape = .list
      if draft.entry.function == .insert { draft.list = [Int64(place + 1), -Int64(place + 1)] }
      return draft
    }
    var state: [Int64] = []
    for place in serviceOrder(slots) {
      switch drafts[place].entry.function {
      case .read: drafts[place].list = state.sorted()
      default: state += drafts[place].list
      }
      if let row = state.first, generator.chance(15) { state.removeAll { abs($0) == row } }
    }
    for place in drafts.indices where drafts[place].entry.function == .read {
      if drafts[place].entry.completion != .ok { drafts[place].entry.shape = .none }
      guard generator.chance(30), !drafts[place].list.isEmpty else { continue }
      drafts[place].list.remove(at: generator.below(drafts[place].list.count))
    }
    return drafts
  }

  /// Updates of one value, most of which start from what is there.
  mutating func updates() -> [Draft] {
    let slots = slots(2 + generator.below(7), info: 15, fail: 15)
    var state: Int64 = 0
    return slots.enumerated().map { place, slot in
      // Readers are given siblings, true or not.
      if place > 1, generator.chance(20) {
        let other = Int64(1 + generator.below(place))
        var draft = Draft(entry: entry(slot, .read, key: 0))
        draft.entry.shape = .list
        draft.list = Array(Set([other, Int64(1 + generator.below(place)), state])).sorted()
        return draft
      }
      var draft = Draft(entry: entry(slot, .compareAndSet, key: 0, value: Int64(place + 1)))
      draft.entry.extra = generator.chance(85) ? state : Int64(generator.below(place + 1))
      if slot.completion != .fail { state = draft.entry.value }
      return draft
    }
  }

  /// One lock: acquires with or without tokens, guarded writes, releases. Locks lapse, and those that held
  /// them go on without knowing.
  mutating func locks(tokens: Bool) -> [Draft] {
    var token: Int64 = 0
    var holder: Int32?
    var held: [Int32: Int64] = [:]
    return slots(3 + generator.below(6), processes: 2, info: 5).map { slot in
      var draft = Draft(entry: entry(slot, .acquire, key: 0))
      if let own = held[slot.process] {
        draft.entry.function = tokens && generator.chance(70) ? .write : .release
        draft.entry.value = own
        if tokens, slot.completion == .ok, generator.chance(15) { draft.entry.completion = .fail }
        if draft.entry.function == .release, draft.entry.completion == .ok {
          held[slot.process] = nil
        }
        if draft.entry.function == .release, holder == slot.process { holder = nil }
      } else if holder == nil || generator.chance(35) {
        token += Int64(generator.chance(90) ? 1 : 0)
        draft.entry.value = generator.chance(95) ? token : max(1, token - 1)
        holder = slot.process
        held[slot.process] = draft.entry.value
      } else if slot.completion == .ok {
        draft.entry.completion = .fail
      }
      if !tokens { draft.entry.shape = .none }
      return draft
    }
  }

  /// One lock that does not lapse, and who has it in the end.
  mutating func locksInTheEnd() -> [Draft] {
    var drafts = locks(tokens: true)
    for place in drafts.indices where drafts[place].entry.function == .write {
      drafts[place].entry.function = .release
    }
    let known = drafts.map(\.entry.value)
    let end = drafts.map { max($0.entry.call, $0.entry.return) }.filter { $0 < History.never }.max()
    let holder = generator.chance(10) ? 0 : known[generator.below(known.count)]
    drafts.append(
      Draft(
        entry: Entry(
          process: 900, function: .read, key: 0, shape: .scalar, value: holder,
          call: (end ?? 0) + 1, return: (end ?? 0) + 3, isFinal: true)))
    return drafts
  }

  /// A set of three elements that grows, with many reads of which some miss or double something, and
  /// final reads.
  mutating func growingSets() -> [Draft] {
    let slots = slots(3 + generator.below(6), processes: 4)
    let next = slots.map { _ in generator.below(100) }
    var drafts = zip(slots, next).map { slot, draw in
      let function: Function = draw < 45 ? .insert : draw < 50 ? .remove : .read
      var draft = Draft(entry: entry(slot, function, key: 0, value: Int64(1 + draw % 3)))
      if function == .read { draft.entry.shape = slot.completion == .ok ? .list : .none }
      return draft
    }
    var state: [Int64] = []
    for place in serviceOrder(slots) {
      switch drafts[place].entry.function {
      case .insert:
        state = (state.filter { $0 != drafts[place].entry.value }) + [drafts[place].entry.value]
      case .remove: state.removeAll { $0 == drafts[place].entry.value }
      default: drafts[place].list = state
      }
    }
    drafts.append(finalRead(after: drafts, list: state))
    let isWrong = generator.chance(55)
    for place in drafts.indices where isWrong && drafts[place].entry.shape == .list {
      if !drafts[place].list.isEmpty, generator.chance(50) {
        drafts[place].list.remove(at: generator.below(drafts[place].list.count))
      } else if generator.chance(15) {
        drafts[place].list.append(Int64(1 + generator.below(3)))
      }
    }
    return drafts
  }

  /// One list to which each operation appends a value of its own; some twice, some never.
  mutating func ledgers() -> [Draft] {
    let slots = slots(2 + generator.below(7))
    var drafts = slots.enumerated().map { place, slot in
      var draft = Draft(
        entry: entry(
          slot, place > 0 && generator.chance(30) ? .read : .append, key: 0,
          value: Int64(generator.chance(90) ? place + 1 : 1)))
      if draft.entry.function == .read { draft.entry.shape = .list }
      return draft
    }
    var state: [Int64] = []
    for place in serviceOrder(slots) {
      if drafts[place].entry.function == .read {
        drafts[place].list = state
      } else {
        let times = generator.pick([1, 1, 1, 1, 1, 1, 1, 2, 0])
        state += Array(repeating: drafts[place].entry.value, count: times)
      }
    }
    for place in drafts.indices where drafts[place].entry.function == .read {
      if drafts[place].entry.completion != .ok { drafts[place].entry.shape = .none }
    }
    if generator.chance(8) { state.append(Int64(1 + generator.below(6))) }
    drafts.append(finalRead(after: drafts, list: state))
    return drafts
  }

  /// Registers with reads during the run, some of what failed or was undone, and final reads.
  mutating func undoneRegisters() -> [Draft] {
    var drafts = finalRegisters(versions: false)
    let writes = drafts.filter { !$0.entry.isFinal }
    for slot in slots(1 + generator.below(3), info: 5, fail: 5) {
      var draft = Draft(entry: entry(slot, .read, key: 0))
      let sources = writes.filter { $0.entry.completion != .fail || generator.chance(30) }
      draft.entry.value = sources.isEmpty ? 0 : generator.pick(sources).entry.value
      if sources.isEmpty || slot.completion != .ok { draft.entry.shape = .none }
      draft.entry.process += 100
      drafts.append(draft)
    }
    return drafts.enumerated().sorted {
      ($0.element.entry.call, $0.offset) < ($1.element.entry.call, $1.offset)
    }.map(\.element)
  }
}
