// Which write put a value there: the question that every register checker asks of every read. Answered
// from an array where the values lie close together, as generated ones do, else from a dictionary
// (looked up, never iterated).

import Histories

/// What a read of a register returned.
enum Seen: Equatable {
  case nothing
  case value(Value)
  /// Siblings of a multi-value register.
  case several
}

extension History {
  /// What a read of a register returned.
  func seen(by row: Int) -> Seen {
    switch shapes[row] {
    case .scalar: return .value(values[row])
    case .list:
      let list = list(of: row)
      guard list.count < 2 else { return .several }
      return list.first.map(Seen.value) ?? .nothing
    default: return .nothing
    }
  }

  /// All values that a read of a register or a set returned.
  func valuesSeen(by row: Int) -> ArraySlice<Value> {
    shapes[row] == .scalar ? [values[row]] : list(of: row)
  }

  /// The value that a write or a compare-and-set would leave.
  func writtenValue(of row: Int) -> Value? {
    switch functions[row] {
    case .write, .compareAndSet: values[row]
    default: nil
    }
  }

  /// When an operation that may have happened was over for sure: never, unless it was acknowledged.
  func end(of row: Int) -> Int64 { completions[row] == .ok ? returns[row] : History.never }
}

/// The writes of one register by their values.
struct WriteIndex {
  /// Several writes of one value; or a write of the initial one.
  private(set) var isUnique = true
  private var low: Value = 0
  private var dense: [Int32] = []
  private var sparse: [Value: Int32] = [:]
  private static let absent: Int32 = -1

  /// Indexes the writes among some rows of one key: those that may have happened, or only the failed.
  init(_ history: History, _ rows: ArraySlice<Int32>, failed: Bool = false) {
    var least = Value.max
    var most = Value.min
    var count = 0
    for row in rows.lazy.map(Int.init) where (history.completions[row] == .fail) == failed {
      guard let value = history.writtenValue(of: row) else { continue }
      least = min(least, value)
      most = max(most, value)
      count += 1
    }
    guard count > 0 else { return }
    low = least
    let (width, overflow) = most.subtractingReportingOverflow(least)
    if !overflow, width < Value(4 * count + 64) {
      dense = Array(repeating: WriteIndex.absent, count: Int(width) + 1)
    }
    for row in rows where (history.completions[Int(row)] == .fail) == failed {
      guard let value = history.writtenValue(of: Int(row)) else { continue }
      if self.row(of: value) != nil {
        isUnique = false
      } else if dense.isEmpty {
        sparse[value] = row
      } else {
        dense[Int(value - low)] = row
      }
    }
  }

  /// The first write of a value.
  func row(of value: Value) -> Int? {
    if dense.isEmpty { return sparse[value].map(Int.init) }
    let (offset, overflow) = value.subtractingReportingOverflow(low)
    guard !overflow, offset >= 0, offset < Value(dense.count) else { return nil }
    let row = dense[Int(offset)]
    return row == WriteIndex.absent ? nil : Int(row)
  }
}
