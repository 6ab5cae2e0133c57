// The transactions of a history as dense columns: node numbers for rows, small numbers for keys, and for
// every write who wrote it, found by key and value in an open hash table. Values are unique per key in the
// histories that Elle's method needs (Kingsbury and Alvaro, "Elle", 2020, section 4.2: recoverability).

import Histories

/// All writes by key and value.
struct WriteTable {
  private var slots: [Int32]
  private var mask: Int
  /// Per write, in the order in which they were added: dense key, value, its transaction and its step.
  private(set) var keys: [Int32] = []
  private(set) var values: [Int64] = []
  private(set) var writers: [Int32] = []
  private(set) var places: [Int32] = []

  var count: Int { keys.count }

  init(capacity: Int) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
    mask = size - 1
  }

  private func slot(_ key: Int32, _ value: Int64) -> Int {
    var bits = UInt64(bitPattern: value) &* 0x9E37_79B9_7F4A_7C15
    bits ^= UInt64(UInt32(bitPattern: key)) &* 0xC2B2_AE3D_27D4_EB4F
    bits = (bits ^ bits >> 29) &* 0xBF58_476D_1CE4_E5B9
    var slot = Int(truncatingIfNeeded: bits >> 20) & mask
    while slots[slot] >= 0 {
      let write = Int(slots[slot])
      if keys[write] == key, values[write] == value { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  /// The write of a value to a key; nil if nobody wrote it.
  func find(_ key: Int32, _ value: Int64) -> Int? {
    let write = slots[slot(key, value)]
    return write < 0 ? nil : Int(write)
  }

  /// Adds a write; gives its number, or the number of the one that was there.
  mutating func add(
    _ key: Int32, _ value: Int64, writer: Int, place: Int
  ) -> (write: Int, isNew: Bool) {
    let slot = slot(key, value)
    if slots[slot] >= 0 { return (Int(slots[slot]), false) }
    slots[slot] = Int32(keys.count)
    keys.append(key)
    values.append(value)
    writers.append(Int32(writer))
    places.append(Int32(place))
    return (keys.count - 1, true)
  }
}

/// The transactions of a history.
struct Transactions {
  let history: History
  /// The row of each transaction: transactions are numbered in the order of rows.
  let rows: [Int32]
  /// For each place in `history.steps`, its key as a small number.
  let stepKeys: [Int32]
  /// The keys that these numbers stand for.
  let keys: [Key]

  init(_ history: History) {
    self.history = history
    var rows: [Int32] = []
    for row in 0..<history.count where history.shapes[row] == .steps { rows.append(Int32(row)) }
    self.rows = rows
    (keys, stepKeys) = Transactions.number(history.steps)
  }

  var count: Int { rows.count }

  /// Whether they are about lists: somebody appends, or nobody writes and somebody reads a list.
  var areLists: Bool {
    history.steps.contains { $0.function == .append }
      || !haveWrites && history.steps.contains { $0.shape == .list }
  }

  /// Whether they write registers.
  var haveWrites: Bool { history.steps.contains { $0.function == .write } }

  func completion(_ transaction: Int) -> Completion { history.completions[Int(rows[transaction])] }

  /// Where the steps of a transaction are in `history.steps`.
  func steps(_ transaction: Int) -> Range<Int> {
    let row = Int(rows[transaction])
    return Int(history.values[row])..<Int(history.values[row] + history.extras[row])
  }

  /// The list that a step read; empty if it read nothing.
  func list(_ place: Int) -> Range<Int> {
    let step = history.steps[place]
    guard step.shape == .list else { return 0..<0 }
    return Int(step.value)..<Int(step.value + step.extra)
  }

  /// The name of a key given by its small number.
  func name(_ key: Int32) -> String { history.name(of: keys[Int(key)]) }

  private static func number(_ steps: [Step]) -> (keys: [Key], numbers: [Int32]) {
    guard var low = steps.first?.key else { return ([], []) }
    var high = low
    for step in steps {
      low = min(low, step.key)
      high = max(high, step.key)
    }
    let width = Int(high) - Int(low) + 1
    guard width <= 4 * steps.count + 1_024 else {
      var keys: [Key] = []
      for key in steps.map(\.key).sorted() where key != keys.last { keys.append(key) }
      return (keys, steps.map { Int32(firstIndex(in: keys, notBelow: $0.key)) })
    }
    var numbers = [Int32](repeating: -1, count: width)
    for step in steps { numbers[Int(step.key) - Int(low)] = 0 }
    var keys: [Key] = []
    for offset in 0..<width where numbers[offset] == 0 {
      numbers[offset] = Int32(keys.count)
      keys.append(Key(Int(low) + offset))
    }
    return (keys, steps.map { numbers[Int($0.key) - Int(low)] })
  }
}
