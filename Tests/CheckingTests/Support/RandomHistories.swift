// Small random histories: first who is busy when, then what they did. Answers come from an atomic
// object at random moments, so that they are often right; then one or two may be changed, so that they
// are often wrong.

import Histories

/// An operation before it is known what it does.
struct Slot {
  var process: Int32
  var call: Int64
  var end: Int64
  var completion: Completion
}

struct RandomHistories {
  var generator: SmallGenerator
  /// How often, of a hundred, a process goes on at the very instant when it heard.
  var tightness = 0

  init(seed: Int) { generator = SmallGenerator(seed) }

  /// Intervals of some operations; few distinct times, so that ties happen.
  mutating func slots(
    _ count: Int, processes: Int = 3, info: Int = 12, fail: Int = 8
  ) -> [Slot] {
    var free = [Int64](repeating: 0, count: processes)
    var names = (0..<processes).map { Int32($0) }
    var slots: [Slot] = []
    for _ in 0..<count {
      let client = generator.below(processes)
      let isTight = tightness > 0 && generator.chance(tightness)
      let call = free[client] + (isTight ? 0 : Int64(generator.below(4)))
      let end = call + Int64(generator.below(isTight ? 3 : 6))
      free[client] = end + (isTight ? 0 : Int64(generator.below(3)))
      let draw = generator.below(100)
      let completion: Completion = draw < info ? .info : draw < info + fail ? .fail : .ok
      slots.append(
        Slot(
          process: names[client], call: call, end: completion == .info ? History.never : end,
          completion: completion))
      if completion == .info { names[client] += Int32(processes) }
    }
    return slots.enumerated().sorted { ($0.element.call, $0.offset) < ($1.element.call, $1.offset) }
      .map(\.element)
  }

  /// The order in which an atomic object would serve slots: random moments inside them. Operations of
  /// unknown outcome are served half of the time.
  mutating func serviceOrder(_ slots: [Slot]) -> [Int] {
    var moments: [(Int64, UInt64, Int)] = []
    for (place, slot) in slots.enumerated() where slot.completion != .fail {
      if slot.completion == .info, generator.chance(50) { continue }
      let length = slot.completion == .info ? 10 : Int(slot.end - slot.call)
      let moment = slot.call + Int64(generator.below(length + 1))
      moments.append((moment, generator.next(), place))
    }
    return moments.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
  }

  func entry(_ slot: Slot, _ function: Function, key: Key, value: Int64 = 0, extra: Int64 = 0)
    -> Entry
  {
    Entry(
      process: slot.process, function: function, key: key, value: value, extra: extra,
      completion: slot.completion, call: slot.call, return: slot.end)
  }

  /// Registers. With unique values writes write 1, 2, ...; else values come from a few, with cas.
  mutating func registers(
    unique: Bool, keys: Int = 1, most: Int = 8, wrong: Int = 55, initial: Value? = nil,
    cas: Int? = nil, info: Int = 12, fail: Int = 8, processes: Int = 3, reads: Int = 50,
    changed: Int = 40
  ) -> [Entry] {
    let slots = slots(
      2 + generator.below(most - 1), processes: processes, info: info, fail: fail)
    var entries: [Entry] = []
    var next: Value = 1
    for slot in slots {
      let key = Key(generator.below(keys))
      let draw = generator.below(100)
      if draw < reads {
        entries.append(entry(slot, .read, key: key))
      } else if draw < 100 - (cas ?? (unique ? 0 : 28)) {
        let value = unique ? next : Value(1 + generator.below(3))
        next += 1
        entries.append(entry(slot, .write, key: key, value: value))
      } else {
        let new = unique ? next : Value(1 + generator.below(3))
        let old = Value(1 + generator.below(unique ? max(1, Int(next)) : 3))
        next += 1
        entries.append(entry(slot, .compareAndSet, key: key, value: new, extra: old))
      }
    }
    var state: [Key: Value] = [:]
    for place in serviceOrder(slots) {
      let key = entries[place].key
      switch entries[place].function {
      case .read: answer(&entries[place], state[key] ?? initial)
      case .write: state[key] = entries[place].value
      default:
        if let current = state[key] ?? initial { entries[place].extra = current }
        if entries[place].extra == state[key] ?? initial { state[key] = entries[place].value }
      }
    }
    if generator.chance(wrong) {
      for place in entries.indices
      where entries[place].function == .read && generator.chance(changed) {
        let value = Value(generator.below(unique ? Int(next) + 1 : 5))
        answer(&entries[place], value == 0 ? nil : value)
      }
      for place in entries.indices
      where entries[place].function == .compareAndSet && generator.chance(15) {
        let old = Value(1 + generator.below(unique ? max(1, Int(next) - 1) : 3))
        if old != entries[place].value { entries[place].extra = old }
      }
    }
    return entries
  }

  /// Registers of few processes and keys, so that reads of several orders happen.
  mutating func severalOrders(wrong: Int) -> [Entry] {
    registers(
      unique: true, keys: 1 + generator.below(2), most: generator.pick([5, 8]), wrong: wrong,
      cas: generator.pick([0, 0, 25]), info: generator.pick([0, 15]), fail: 4,
      processes: generator.pick([2, 3]), reads: generator.pick([45, 60]),
      changed: generator.pick([25, 50]))
  }

  /// Gives writes a random true order, and reads what their value's write has.
  mutating func versioned(
    _ entries: [Entry]
  ) -> (entries: [Entry], places: [Value: Int]) {
    let values = entries.filter { $0.function == .write }.map(\.value)
    let inOrder = generator.chance(50)
    let order = inOrder ? values : generator.shuffled(values)
    var places: [Value: Int] = [:]
    for (place, value) in order.enumerated() { places[value] = place }
    let versioned = entries.map { entry in
      var entry = entry
      let isWritten = entries.contains {
        $0.function == .write && $0.completion != .fail && $0.key == entry.key
          && $0.value == entry.value
      }
      if entry.shape == .scalar, isWritten || entry.function == .write {
        entry.version = places[entry.value].map { Version(1, Int64($0)) }
      }
      return entry
    }
    return (versioned, places)
  }

  func answer(_ entry: inout Entry, _ value: Value?) {
    guard entry.completion == .ok, let value else {
      (entry.shape, entry.value) = (.none, 0)
      return
    }
    (entry.shape, entry.value) = (.scalar, value)
  }
}

extension History {
  /// A history of some entries, in the order of their calls.
  init(_ entries: [Entry]) {
    self.init()
    for entry in entries { append(entry) }
  }

  /// The history as lines, for failure messages.
  var picture: String { String(decoding: jsonLines(), as: UTF8.self) }
}
