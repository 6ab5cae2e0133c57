// Linearizability of sets that only grow, in the time that it takes to sort and read the lists.
//
// Reads of such a set must happen in the order of their sizes, each holding what the smaller ones held; reads
// of the same elements are one group. An element is inserted for the first time between the last group
// without it and the first with it. So every order is a sequence of blocks (inserts, group, inserts, ...)
// that the answers fix, and inside a block anything goes. It fits real time iff nothing was over before
// something in an earlier block was called: real time has no cycles of its own, and an operation that
// is over before another is called is so for all that follows that one.
//
// This is the ordering of reads by inclusion of Emmi and Enea, "Sound, Complete, and Tractable
// Linearizability Monitoring for Concurrent Collections", POPL 2018, for reads that return all elements.
// An element that is inserted several times: none of the inserts comes before its block, and the one
// that was called first is in it. Where a process goes on at the instant at which it heard (ProcessOrder.swift),
// blocks must fit that as well, and which of several inserts is in its block is left to the search.

import Histories

/// Judges one set; nil where it does not apply.
struct GrowingSet {
  private let history: History
  private let rows: [Int]
  private let successions: [Succession]
  private(set) var anomaly: Anomaly?
  /// The first read of each group.
  private var groups: [Int] = []

  /// An operation in its block.
  private struct Placed {
    var block: Int
    var row: Int
    /// Whether it must not come later than its block.
    var isBound: Bool
  }

  /// Nil if something may have been removed, or it is not plain which of several inserts counts.
  init?(_ history: History, _ rows: [Int]) {
    self.history = history
    self.rows = rows
    for row in rows where history.completions[row] != .fail {
      switch history.functions[row] {
      case .insert, .read: break
      default: return nil
      }
    }
    successions = history.successions(among: rows) {
      history.completions[$0] == .ok
        || history.completions[$0] == .info && history.functions[$0] == .insert
    }
    let inserted = rows.filter {
      history.functions[$0] == .insert && history.completions[$0] != .fail
    }.map { history.values[$0] }
    if !successions.isEmpty, Set(inserted).count < inserted.count { return nil }
    judge()
  }

  private mutating func judge() {
    var reads: [(row: Int, list: [Value])] = []
    for row in rows
    where history.functions[row] == .read && history.completions[row] == .ok {
      reads.append((row, history.list(of: row).sorted()))
    }
    reads.sort { ($0.list.count, $0.row) < ($1.list.count, $1.row) }
    // Blocks: 2n for the inserts before group n, 2n + 1 for the group; elements by the block of theirs.
    var blocks: [Value: Int] = [:]
    var placed: [Placed] = []
    var group = 0
    for (place, read) in reads.enumerated() {
      let before = place > 0 ? reads[place - 1].list : []
      if place > 0, read.list != before { group += 1 }
      if group == groups.count { groups.append(read.row) }
      if let wrong = GrowingSet.firstExtra(before, read.list) {
        return complain(
          [reads[place - 1].row, read.row],
          "neither holds all that the other does: "
            + "\(wrong) is only in the smaller")
      }
      for (at, value) in read.list.enumerated() {
        if at > 0, read.list[at - 1] == value {
          return complain([read.row], "\(value) is there twice")
        }
        if blocks[value] == nil { blocks[value] = 2 * group }
      }
      placed.append(Placed(block: 2 * group + 1, row: read.row, isBound: true))
    }
    guard place(&placed, blocks, end: 2 * group + 2) else { return }
    if !successions.isEmpty { follow(placed) }
    if anomaly == nil { sweep(placed) }
  }

  /// Looks for something that its process did right after something of a later block.
  private mutating func follow(_ placed: [Placed]) {
    var block: [Int: Int] = [:]
    for item in placed { block[item.row] = item.block }
    for pair in successions.map({ (before: Int($0.before), after: Int($0.after)) }) {
      guard let first = block[pair.before], let second = block[pair.after], first > second else {
        continue
      }
      return complain(
        [pair.before, pair.after] + reader(after: pair.after, in: second),
        "by what reads returned row \(pair.after) must come before row \(pair.before), which its "
          + "process did first")
    }
  }

  /// Puts inserts into blocks; false if an element has none.
  private mutating func place(
    _ placed: inout [Placed], _ blocks: [Value: Int], end: Int
  ) -> Bool {
    var isInserted: Set<Value> = []
    for row in rows
    where history.functions[row] == .insert && history.completions[row] != .fail {
      let value = history.values[row]
      // Rows come in the order of their calls.
      let isFirst = isInserted.insert(value).inserted
      placed.append(Placed(block: blocks[value] ?? end, row: row, isBound: isFirst))
    }
    for read in rows
    where history.functions[read] == .read && history.completions[read] == .ok {
      for value in history.list(of: read) where !isInserted.contains(value) {
        complain([read], "nobody inserted \(value)")
        return false
      }
    }
    return true
  }

  /// Looks for something that was over before something of an earlier block was called.
  private mutating func sweep(_ placed: [Placed]) {
    let sorted = placed.sorted { ($0.block, $0.row) < ($1.block, $1.row) }
    // The latest call in earlier blocks, and in this one.
    var latest = -1
    var own = -1
    for (place, item) in sorted.enumerated() {
      if place > 0, item.block != sorted[place - 1].block {
        if latest < 0 || own >= 0 && history.calls[own] > history.calls[latest] { latest = own }
        own = -1
      }
      if latest >= 0, history.end(of: item.row) < history.calls[latest] {
        let block = sorted.first { $0.row == latest }?.block ?? 0
        return complain(
          [latest, item.row] + reader(after: latest, in: block),
          "by what reads returned row \(latest) must come before row \(item.row), which was over "
            + "before it was called")
      }
      if item.isBound, own < 0 || history.calls[item.row] > history.calls[own] { own = item.row }
    }
  }

  /// A read that holds what was inserted in a block, but nothing that was inserted later; none if what is in the block
  /// is a read itself.
  private func reader(after row: Int, in block: Int) -> [Int] {
    history.functions[row] == .insert && block / 2 < groups.count ? [groups[block / 2]] : []
  }

  /// An element of one ascending list that the other lacks.
  private static func firstExtra(_ small: [Value], _ large: [Value]) -> Value? {
    var place = 0
    for value in small {
      while place < large.count, large[place] < value { place += 1 }
      guard place < large.count, large[place] == value else { return value }
    }
    return nil
  }

  private mutating func complain(_ rows: [Int], _ reason: String) {
    let rows = Set(rows).sorted()
    anomaly = Anomaly(
      name: "no-order", rows: rows, explanation: rows.map(history.story) + [reason])
  }
}
