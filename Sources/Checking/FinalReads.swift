// What was there when everything had calmed down. A run marks its final reads. A history from elsewhere
// may mark none: then the last read of each key counts as final, if it was called after every
// acknowledged update of the key had returned.

import Histories

/// The final reads of one key.
struct FinalReads {
  let rows: [Int]

  /// Whether a history marks any final read.
  static func areMarked(in history: History) -> Bool { history.finals.contains(true) }

  init(_ history: History, _ rows: ArraySlice<Int32>, areMarked: Bool) {
    let reads = rows.map(Int.init).filter {
      history.functions[$0] == .read && history.completions[$0] == .ok
    }
    if areMarked {
      self.rows = reads.filter { history.finals[$0] }
      return
    }
    var settled = Int64.min
    for row in rows.lazy.map(Int.init)
    where history.functions[row] != .read && history.completions[row] == .ok {
      settled = max(settled, history.returns[row])
    }
    self.rows = reads.last.map { history.calls[$0] > settled ? [$0] : [] } ?? []
  }
}

/// What is known of one element of a set.
struct ElementLife {
  /// The first insert that may have happened, its call, and when the last of them was over.
  var firstInsert = -1
  var firstInsertCall = Int64.max
  var insertsEnd = Int64.min
  /// When the last remove that may have happened was over.
  var removesEnd = Int64.min
  /// An insert that failed.
  var failedInsert = -1
  /// Acknowledged inserts and removes.
  var inserted: [Int32] = []
  var removed: [Int32] = []
}

/// All elements of one set, in the order in which they were first mentioned.
struct SetElements {
  private(set) var values: [Value] = []
  private(set) var lives: [ElementLife] = []
  private var places: [Value: Int] = [:]

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    for row in rows.lazy.map(Int.init) {
      switch (history.functions[row], history.completions[row]) {
      case (.insert, .fail): lives[place(history.values[row])].failedInsert = row
      case (.insert, let completion):
        let place = place(history.values[row])
        if lives[place].firstInsert < 0 {
          lives[place].firstInsert = row
          lives[place].firstInsertCall = history.calls[row]
        }
        lives[place].insertsEnd = max(lives[place].insertsEnd, history.end(of: row))
        if completion == .ok { lives[place].inserted.append(Int32(row)) }
      case (.remove, .ok), (.remove, .info):
        let place = place(history.values[row])
        lives[place].removesEnd = max(lives[place].removesEnd, history.end(of: row))
        if history.completions[row] == .ok { lives[place].removed.append(Int32(row)) }
      default: break
      }
    }
  }

  subscript(value: Value) -> ElementLife? { places[value].map { lives[$0] } }

  private mutating func place(_ value: Value) -> Int {
    if let place = places[value] { return place }
    places[value] = values.count
    values.append(value)
    lives.append(ElementLife())
    return values.count - 1
  }

  /// Acknowledged inserts that a read misses, although no remove of the element may have followed.
  func lost(in read: Int, _ history: History) -> [Int] {
    var isPresent = [Bool](repeating: false, count: values.count)
    for value in history.list(of: read) {
      if let place = places[value] { isPresent[place] = true }
    }
    var lost: [Int] = []
    for (place, life) in lives.enumerated() where !isPresent[place] {
      let insert = life.inserted.map(Int.init).last {
        life.removesEnd < history.calls[$0] && history.returns[$0] < history.calls[read]
      }
      if let insert { lost.append(insert) }
    }
    return lost
  }

  /// An acknowledged remove that was called after all inserts of an element were over and returned
  /// before a read that sees the element.
  func resurrection(of value: Value, in read: Int, _ history: History) -> Int? {
    guard let life = self[value], life.firstInsert >= 0 else { return nil }
    return life.removed.map(Int.init).first {
      life.insertsEnd < history.calls[$0] && history.returns[$0] < history.calls[read]
    }
  }
}
