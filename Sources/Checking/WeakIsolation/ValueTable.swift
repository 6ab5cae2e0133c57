// Which transaction wrote a value of a key: a hash table over flat arrays, filled once. With unique
// written values it tells for each read where it read from, which is what makes weak isolation easy
// (Biswas and Enea, "On the Complexity of Checking Transactional Consistency", OOPSLA 2019, section 2).
//
// Where values count up, as those of test clients do, the first write of each is found by the value itself:
// what is written at about the same time then lies together in memory, as what is read mostly does. Only
// values that several keys share are hashed.

import Histories

/// One written value.
struct WriteRecord {
  var key: Int32
  var value: Value
  /// The transaction; -1 for one that failed.
  var transaction: Int32
  /// The row in the history.
  var row: Int32
  /// Whether the transaction wrote the key again later.
  var isIntermediate = false
  /// Whether several transactions wrote this value to this key.
  var isAmbiguous = false
}

/// Writes by key and value.
struct ValueTable {
  private(set) var records: [WriteRecord] = []
  /// Indexes of records, or -1.
  private var slots: [Int32]
  private let mask: Int
  /// For each value from `low` on, the index of the first record that has it, or -1.
  private var direct: [Int32] = []
  private var low: Value = 0

  /// A table for at most so many writes.
  /// - Parameter values: all values that may be added, if known.
  init(capacity: Int, values: ClosedRange<Value>? = nil) {
    if let values {
      let (width, isWide) = values.upperBound.subtractingReportingOverflow(values.lowerBound)
      if !isWide, width < 2 * Int64(capacity) + 1_024 {
        direct = Array(repeating: -1, count: Int(width) + 1)
        low = values.lowerBound
      }
    }
    var size = 64
    while size < 2 * capacity { size *= 2 }
    slots = Array(repeating: -1, count: size)
    mask = size - 1
    records.reserveCapacity(capacity)
  }

  private func slot(_ key: Int32, _ value: Value) -> Int {
    var mixed = UInt64(bitPattern: value) &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ mixed >> 29 ^ UInt64(UInt32(bitPattern: key))) &* 0xBF58_476D_1CE4_E5B9
    var probe = Int(truncatingIfNeeded: (mixed ^ mixed >> 32) >> 1) & mask
    while slots[probe] >= 0 {
      let record = records[Int(slots[probe])]
      if record.value == value, record.key == key { break }
      probe = (probe + 1) & mask
    }
    return probe
  }

  /// The index of the record of a written value; -1 for none.
  func find(_ key: Int32, _ value: Value) -> Int {
    if !direct.isEmpty {
      let first = first(value)
      if first < 0 || records[first].key == key { return first }
    }
    return Int(slots[slot(key, value)])
  }

  /// The index of the first record of a value; -1 for none.
  private func first(_ value: Value) -> Int {
    let (place, isFar) = value.subtractingReportingOverflow(low)
    return !isFar && place >= 0 && place < direct.count ? Int(direct[Int(place)]) : -1
  }

  /// Adds a write; gives the index of its record. A write that may have happened takes the place of one
  /// that failed; two that may have happened make the value ambiguous.
  mutating func add(_ record: WriteRecord) -> Int {
    let known = find(record.key, record.value)
    guard known >= 0 else {
      if !direct.isEmpty, first(record.value) < 0 {
        direct[Int(record.value - low)] = Int32(records.count)
      } else {
        slots[slot(record.key, record.value)] = Int32(records.count)
      }
      records.append(record)
      return records.count - 1
    }
    if records[known].transaction < 0 {
      records[known] = record
    } else if record.transaction >= 0 {
      if records[known].row != record.row { records[known].isAmbiguous = true }
      records[known].isIntermediate = false
    }
    return known
  }

  /// Whether no two rows of a history may have written the same value to the same key.
  static func isUnique(_ history: History) -> Bool {
    var table = ValueTable(
      capacity: history.steps.count, values: ValueTable.written(by: history))
    for row in 0..<history.count where history.completions[row] != .fail {
      for step in history.steps(of: row) where step.function == .write {
        let record = WriteRecord(
          key: step.key, value: step.value, transaction: 0, row: Int32(row))
        if table.records[table.add(record)].isAmbiguous { return false }
      }
    }
    return true
  }

  /// All values that transactions and plain writes wrote lie in this range; nil if there are none.
  static func written(by history: History) -> ClosedRange<Value>? {
    var (low, high) = (Value.max, Value.min)
    for step in history.steps where step.function == .write {
      low = min(low, step.value)
      high = max(high, step.value)
    }
    for row in 0..<history.count where history.functions[row] == .write {
      low = min(low, history.values[row])
      high = max(high, history.values[row])
    }
    return low <= high ? low...high : nil
  }

  /// Notes that the transaction of a write overwrote it itself.
  mutating func overwrite(_ index: Int) { records[index].isIntermediate = true }
}
