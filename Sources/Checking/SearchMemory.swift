// What the search has tried without success, so that it tries nothing twice.
//
// A configuration is (event, which pending operations are done, state, how many of each class of
// unknown operations are used). One that used at least as many of each class as another, otherwise
// equal, can do nothing that the other could not: it is dominated and need not be tried.

/// Which of up to 128 pending operations are done.
struct Slots: Hashable {
  var low: UInt64 = 0
  var high: UInt64 = 0

  static func bit(_ slot: Int) -> Slots {
    slot < 64 ? Slots(low: 1 << UInt64(slot)) : Slots(high: 1 << UInt64(slot - 64))
  }

  var isEmpty: Bool { low | high == 0 }

  var first: Int? {
    if low != 0 { return low.trailingZeroBitCount }
    return high == 0 ? nil : 64 + high.trailingZeroBitCount
  }

  func contains(_ slot: Int) -> Bool {
    slot < 64 ? low >> UInt64(slot) & 1 == 1 : high >> UInt64(slot - 64) & 1 == 1
  }

  func union(_ other: Slots) -> Slots { Slots(low: low | other.low, high: high | other.high) }

  func subtracting(_ other: Slots) -> Slots {
    Slots(low: low & ~other.low, high: high & ~other.high)
  }
}

/// How many operations of each class were used, as small numbers: equal counts, equal number.
struct UsedCounts {
  private var counts: [[UInt32]]
  private var numbers: [[UInt32]: Int32]
  private var next: [[Int32]]

  /// Number 0 is: none used.
  init(classes: Int) {
    let none = [UInt32](repeating: 0, count: classes)
    counts = [none]
    numbers = [none: 0]
    next = [[Int32](repeating: -1, count: classes)]
  }

  /// What all counts take: two arrays each, one of them also a key.
  var bytes: Int { counts.count * (8 * counts[0].count + 160) }

  func used(_ number: Int32, _ member: Int) -> Int { Int(counts[Int(number)][member]) }

  /// The number after using one more of a class.
  mutating func using(_ member: Int, after number: Int32) -> Int32 {
    let known = next[Int(number)][member]
    if known >= 0 { return known }
    var more = counts[Int(number)]
    more[member] += 1
    let result: Int32
    if let existing = numbers[more] {
      result = existing
    } else {
      result = Int32(counts.count)
      counts.append(more)
      numbers[more] = result
      next.append([Int32](repeating: -1, count: more.count))
    }
    next[Int(number)][member] = result
    return result
  }

  /// Whether `less` used no more of any class than `more` did.
  func isAtMost(_ less: Int32, _ more: Int32) -> Bool {
    if less == more || less == 0 { return true }
    if more == 0 { return false }
    let left = counts[Int(less)]
    let right = counts[Int(more)]
    for member in left.indices where left[member] > right[member] { return false }
    return true
  }
}

/// A set of configurations: open addressing over flat arrays.
struct TriedConfigurations {
  private struct Record {
    var place: UInt64
    var done: Slots
    var used: Int32
  }

  private var records: [Record]
  private var mask: Int
  private(set) var count = 0
  /// No configuration has this place.
  private static let empty = UInt64.max

  init() {
    mask = 63
    records = Array(repeating: TriedConfigurations.vacant, count: mask + 1)
  }

  /// What it takes while it grows: itself, and itself twice as big.
  var bytes: Int { 3 * records.count * MemoryLayout<Record>.stride }

  private static let vacant = Record(place: empty, done: Slots(), used: 0)

  /// Adds a configuration; false if one that dominates it was there.
  mutating func insert(
    event: Int, state: Int32, done: Slots, used: Int32, _ counts: UsedCounts
  ) -> Bool {
    if count * 5 > records.count * 3 { grow() }
    let place = UInt64(event) << 32 | UInt64(UInt32(bitPattern: state))
    var probe = hash(place, done) & mask
    while records[probe].place != TriedConfigurations.empty {
      if records[probe].place == place, records[probe].done == done,
        counts.isAtMost(records[probe].used, used)
      {
        return false
      }
      probe = (probe + 1) & mask
    }
    records[probe] = Record(place: place, done: done, used: used)
    count += 1
    return true
  }

  private func hash(_ place: UInt64, _ done: Slots) -> Int {
    var mixed = place &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 29 ^ done.low) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 32 ^ done.high) &* 0x94D0_49BB_1331_11EB
    return Int(truncatingIfNeeded: (mixed ^ mixed >> 31) >> 1)
  }

  private mutating func grow() {
    let old = records
    mask = 2 * records.count - 1
    records = Array(repeating: TriedConfigurations.vacant, count: mask + 1)
    for record in old where record.place != TriedConfigurations.empty {
      var probe = hash(record.place, record.done) & mask
      while records[probe].place != TriedConfigurations.empty { probe = (probe + 1) & mask }
      records[probe] = record
    }
  }
}
