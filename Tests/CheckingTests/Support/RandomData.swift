// Random histories of sets, counters and banks, and of registers that are read at the end.

import Checking
import Histories

/// Rows before their lists are in a pool.
struct Draft {
  var entry: Entry
  var list: [Int64] = []
}

extension History {
  init(drafts: [Draft]) {
    self.init()
    for draft in drafts {
      var entry = draft.entry
      if entry.shape == .list || entry.shape == .map {
        (entry.value, entry.extra) = store(draft.list)
      }
      append(entry)
    }
  }
}

extension RandomHistories {
  private func finalRead(
    _ region: Int, _ key: Key, after time: Int64, shape: Shape, value: Int64 = 0
  ) -> Entry {
    Entry(
      process: Int32(900 + region), function: .read, key: key, shape: shape, value: value,
      call: time, return: time + 2, region: UInt8(region), isFinal: true)
  }

  /// When the last operation that returned was over, and a bit; sometimes earlier.
  private mutating func endTime(_ slots: [Slot]) -> Int64 {
    let end = slots.filter { $0.end != History.never }.map(\.end).max() ?? 0
    let last = max(end, slots.map(\.call).max() ?? 0)
    return generator.chance(15) ? max(last - 3, slots.last?.call ?? 0) : last + 1
  }

  /// Unique writes, then final reads in two regions, with or without versions.
  mutating func finalRegisters(versions: Bool) -> [Draft] {
    let slots = slots(2 + generator.below(5))
    var drafts = slots.enumerated().map { place, slot in
      Draft(entry: entry(slot, .write, key: 0, value: Value(place + 1)))
    }
    if versions {
      let order =
        generator.chance(60) ? Array(drafts.indices) : generator.shuffled(Array(drafts.indices))
      for place in drafts.indices { drafts[place].entry.version = Version(Int64(order[place]), 0) }
    }
    let end = endTime(slots)
    let common = commonFinal(drafts)
    for region in 0..<2 {
      let value = generator.chance(85) ? common : generator.below(drafts.count + 2)
      var read = finalRead(region, 0, after: end, shape: value == 0 ? .none : .scalar)
      read.value = Int64(value)
      if value >= 1, value <= drafts.count { read.version = drafts[value - 1].entry.version }
      drafts.append(Draft(entry: read))
    }
    return drafts
  }

  /// Mostly the last write that was acknowledged.
  private mutating func commonFinal(_ drafts: [Draft]) -> Int {
    if generator.chance(50), let last = drafts.lastIndex(where: { $0.entry.completion == .ok }) {
      return last + 1
    }
    return generator.below(drafts.count + 1)
  }

  /// One set of up to three elements: inserts, removes, reads, and final reads in two regions.
  mutating func sets(wrong: Int) -> [Draft] {
    let slots = slots(2 + generator.below(6))
    var drafts: [Draft] = []
    for slot in slots {
      let draw = generator.below(100)
      let element = Int64(1 + generator.below(3))
      let function: Function = draw < 45 ? .insert : draw < 70 ? .remove : .read
      var draft = Draft(entry: entry(slot, function, key: 0, value: element))
      if function == .read { draft.entry.shape = slot.completion == .ok ? .list : .none }
      drafts.append(draft)
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
    let end = endTime(slots)
    for region in 0..<2 {
      drafts.append(Draft(entry: finalRead(region, 0, after: end, shape: .list), list: state))
    }
    if generator.chance(wrong) {
      for place in drafts.indices where drafts[place].entry.shape == .list && generator.chance(50) {
        let element = Int64(1 + generator.below(4))
        if drafts[place].list.contains(element), generator.chance(90) {
          drafts[place].list.removeAll { $0 == element }
        } else {
          drafts[place].list.append(element)
        }
      }
    }
    return drafts
  }

  /// One counter with small steps up and down.
  mutating func counters(wrong: Int) -> [Draft] {
    let slots = slots(2 + generator.below(6))
    var drafts = slots.enumerated().map { place, slot in
      let isRead = place > 0 && generator.chance(30)
      let amount = isRead ? 0 : Int64(generator.pick([1, 1, 2, 3, -1, -2]))
      return Draft(entry: entry(slot, isRead ? .read : .increment, key: 0, value: amount))
    }
    var state: Int64 = 0
    for place in serviceOrder(slots) {
      if drafts[place].entry.function == .read {
        drafts[place].entry.value = state
      } else {
        state += drafts[place].entry.value
      }
    }
    let end = endTime(slots)
    for region in 0..<2 {
      drafts.append(Draft(entry: finalRead(region, 0, after: end, shape: .scalar, value: state)))
    }
    if generator.chance(wrong) {
      for place in drafts.indices
      where drafts[place].entry.function == .read && generator.chance(60) {
        drafts[place].entry.value += Int64(generator.below(7) - 3)
      }
    }
    return drafts
  }

  /// Reads of a bank with three accounts and 30 in all.
  mutating func banks() -> [Draft] {
    slots(1 + generator.below(3), info: 5, fail: 5).map { slot in
      var draft = Draft(entry: entry(slot, .read, key: 0))
      draft.entry.shape = slot.completion == .ok ? .map : .none
      let first = Int64(generator.below(generator.chance(20) ? 35 : 20))
      let third = Int64(5)
      let sum: Int64 = generator.chance(20) ? 29 : 30
      draft.list = [0, first, 1, sum - third - first, 2, third]
      if generator.chance(10) { draft.list.removeLast(2) }
      return draft
    }
  }
}
