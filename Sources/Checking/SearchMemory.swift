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

/// Which operations of unknown outcome a configuration used, and when that is no more than another used.
protocol UsedOrder {
  associatedtype Used
  /// None used.
  static var none: Used { get }
  func isAtMost(_ less: Used, _ more: Used) -> Bool
}

/// Up to 128 operations of unknown outcome, each of its own kind.
struct UsedSlots: UsedOrder {
  static let none = Slots()
  func isAtMost(_ less: Slots, _ more: Slots) -> Bool { less.subtracting(more).isEmpty }
}

/// How many operations of each class were used, as small numbers: equal counts, equal number. Flat arrays, a
/// row for each number.
struct UsedCounts: UsedOrder {
  static let none: Int32 = 0

  private let classes: Int
  private var counts: [UInt32]
  /// The number after using one more of a class; -1: not looked up yet.
  private var next: [Int32]
  /// A sum over what is used, so that it goes on from row to row.
  private var hashes: [UInt64] = [0]
  /// Numbers by hash: open addressing; -1: vacant.
  private var places: [Int32]
  private var mask = 15

  /// Number 0 is: none used.
  init(classes: Int) {
    self.classes = classes
    counts = Array(repeating: 0, count: classes)
    next = Array(repeating: -1, count: classes)
    places = Array(repeating: -1, count: mask + 1)
    places[0] = 0
  }

  /// What all counts take.
  var bytes: Int { hashes.count * (8 * classes + 8) + 4 * places.count }

  func used(_ number: Int32, _ member: Int) -> Int { Int(counts[Int(number) * classes + member]) }

  /// The number after using one more of a class.
  mutating func using(_ member: Int, after number: Int32) -> Int32 {
    let step = Int(number) * classes + member
    if next[step] >= 0 { return next[step] }
    let hash = hashes[Int(number)] &+ mixed(UInt64(member))
    var probe = Int(truncatingIfNeeded: hash) & mask
    while places[probe] >= 0 {
      if hashes[Int(places[probe])] == hash, isNext(places[probe], member, number) {
        next[step] = places[probe]
        return places[probe]
      }
      probe = (probe + 1) & mask
    }
    let result = Int32(hashes.count)
    for other in 0..<classes { counts.append(counts[Int(number) * classes + other]) }
    counts[Int(result) * classes + member] += 1
    next.append(contentsOf: repeatElement(-1, count: classes))
    hashes.append(hash)
    places[probe] = result
    next[step] = result
    if 2 * hashes.count > places.count { grow() }
    return result
  }

  /// Whether a row is another with one more of a class.
  private func isNext(_ row: Int32, _ member: Int, _ number: Int32) -> Bool {
    (0..<classes).allSatisfy { used(row, $0) == used(number, $0) + ($0 == member ? 1 : 0) }
  }

  private mutating func grow() {
    mask = 2 * places.count - 1
    places = Array(repeating: -1, count: mask + 1)
    for (number, hash) in hashes.enumerated() {
      var probe = Int(truncatingIfNeeded: hash) & mask
      while places[probe] >= 0 { probe = (probe + 1) & mask }
      places[probe] = Int32(number)
    }
  }

  /// Whether `less` used no more of any class than `more` did.
  func isAtMost(_ less: Int32, _ more: Int32) -> Bool {
    if less == more || less == 0 { return true }
    if more == 0 { return false }
    let (left, right) = (Int(less) * classes, Int(more) * classes)
    for member in 0..<classes where counts[left + member] > counts[right + member] { return false }
    return true
  }
}

/// A set of configurations: open addressing over flat arrays.
struct TriedConfigurations<Order: UsedOrder> {
  private struct Record {
    var place: UInt64
    var done: Slots
    var used: Order.Used
  }

  private var records: [Record]
  private var mask: Int
  private(set) var count = 0
  /// Where many configurations differ only in what they used, comparing them is what takes time: 64 comparisons
  /// count as a step.
  private var comparisons = 0
  /// No configuration has this place.
  private static var empty: UInt64 { .max }

  init() {
    mask = 63
    records = Array(repeating: TriedConfigurations.vacant, count: mask + 1)
  }

  /// What it takes while it grows: itself, and itself twice as big.
  var bytes: Int { 3 * records.count * MemoryLayout<Record>.stride }

  private static var vacant: Record { Record(place: empty, done: Slots(), used: Order.none) }

  /// The steps that its comparisons since the last call were worth.
  mutating func stepsOfComparing() -> Int {
    defer { comparisons &= 63 }
    return comparisons >> 6
  }

  /// Adds a configuration; false if one that dominates it was there.
  mutating func insert(
    event: Int, state: Int32, done: Slots, used: Order.Used, _ order: Order
  ) -> Bool {
    if count * 5 > records.count * 3 { grow() }
    let place = UInt64(event) << 32 | UInt64(UInt32(bitPattern: state))
    var probe = hash(place, done) & mask
    while records[probe].place != TriedConfigurations.empty {
      comparisons += 1
      if records[probe].place == place, records[probe].done == done,
        order.isAtMost(records[probe].used, used)
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
