// The rows of a history, grouped by key: most guarantees are about one object at a time, and
// linearizability may be judged one object at a time (Herlihy and Wing, "Linearizability: A
// Correctness Condition for Concurrent Objects", 1990: locality).

import Histories

/// What kind of object a key names, as its operations tell.
enum ObjectKind: Sendable {
  case register, counter, set
  /// Banks, queues, locks, transactions, or several kinds mixed.
  case other
}

/// All rows, grouped by key in ascending order of keys; in a group, in the order of calls.
struct KeyRows: Sendable {
  let keys: [Key]
  let kinds: [ObjectKind]
  private let rows: [Int32]
  private let starts: [Int]

  init(_ history: History) {
    let indexes = KeyRows.groups(history.keys)
    keys = indexes.keys
    var starts = [Int](repeating: 0, count: keys.count + 1)
    for group in indexes.group { starts[Int(group) + 1] += 1 }
    for group in keys.indices { starts[group + 1] += starts[group] }
    var rows = [Int32](repeating: 0, count: history.count)
    var next = starts
    for row in 0..<history.count {
      let group = Int(indexes.group[row])
      rows[next[group]] = Int32(row)
      next[group] += 1
    }
    self.rows = rows
    self.starts = starts
    kinds = keys.indices.map { KeyRows.kind(history, rows[starts[$0]..<starts[$0 + 1]]) }
  }

  /// How many keys.
  var count: Int { keys.count }

  /// The rows of one key.
  subscript(group: Int) -> ArraySlice<Int32> { rows[starts[group]..<starts[group + 1]] }

  /// The groups of one kind.
  func groups(_ kind: ObjectKind) -> [Int] { keys.indices.filter { kinds[$0] == kind } }

  /// The distinct keys in ascending order, and which of them each row has.
  private static func groups(_ all: [Key]) -> (keys: [Key], group: [Int32]) {
    guard let low = all.min(), let high = all.max() else { return ([], []) }
    let width = Int(high) - Int(low) + 1
    guard width <= 4 * all.count + 1024 else {
      var keys: [Key] = []
      for key in all.sorted() where key != keys.last { keys.append(key) }
      return (keys, all.map { Int32(firstIndex(in: keys, notBelow: $0)) })
    }
    var group = [Int32](repeating: -1, count: width)
    for key in all { group[Int(key) - Int(low)] = 0 }
    var keys: [Key] = []
    for offset in 0..<width where group[offset] == 0 {
      group[offset] = Int32(keys.count)
      keys.append(Key(Int(low) + offset))
    }
    return (keys, all.map { group[Int($0) - Int(low)] })
  }

  private static func kind(_ history: History, _ rows: ArraySlice<Int32>) -> ObjectKind {
    var writes = false
    var increments = false
    var elements = false
    var lists = false
    for row in rows.lazy.map(Int.init) {
      if history.shapes[row] == .string { return .other }
      switch history.functions[row] {
      case .read:
        if history.shapes[row] == .map { return .other }
        if history.shapes[row] == .list { lists = true }
      case .write, .compareAndSet: writes = true
      case .increment: increments = true
      case .insert where history.shapes[row] == .list: return .other
      case .insert, .remove: elements = true
      default: return .other
      }
    }
    switch (writes, increments, elements) {
    case (true, false, false): return .register
    case (false, true, false): return .counter
    case (false, false, true): return .set
    case (false, false, false): return lists ? .set : .register
    default: return .other
    }
  }
}

extension History {
  /// An operation on an object that is no read, to go with reads, which alone do not tell what kind of object it
  /// is; none if all are.
  func change(among rows: some Sequence<Int32>) -> [Int] {
    for row in rows where functions[Int(row)] != .read { return [Int(row)] }
    return []
  }
}

/// The first index whose element is not below a value, in an ascending array.
func firstIndex<Element: Comparable>(in sorted: [Element], notBelow value: Element) -> Int {
  var low = 0
  var high = sorted.count
  while low < high {
    let middle = (low + high) / 2
    if sorted[middle] < value { low = middle + 1 } else { high = middle }
  }
  return low
}

/// The first index whose element is above a value, in an ascending array.
func firstIndex<Element: Comparable>(in sorted: [Element], above value: Element) -> Int {
  var low = 0
  var high = sorted.count
  while low < high {
    let middle = (low + high) / 2
    if value < sorted[middle] { high = middle } else { low = middle + 1 }
  }
  return low
}
