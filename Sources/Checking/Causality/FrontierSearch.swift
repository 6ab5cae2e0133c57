// The search for one order of all operations that explains every read: depth first over frontiers, how far each
// chain has come, as in Gibbons and Korach, "Testing Shared Memories", 1997, section 3. With unique values a
// frontier tells all: a write opens its register, which no other write may touch until all its readers have come.
//
// So reads that fit, writes that nobody reads and compare-and-sets whose turn it is are placed at once: whatever
// order completes the rest, they may be moved to here in it. Only other writes are choices, the one called first
// tried first, and none is tried before what saturation put before it.

import Histories

struct FrontierSearch {
  enum Outcome { case found, none, exhausted }

  private struct Placed {
    var node: Int32
    var current: Int32
    var open: Int32
  }

  private struct Frame {
    var placed: Int
    var choices: [Int32]
  }

  private let order: HappensBefore
  private let table: SessionTable
  private var frontier: [Int32]
  private let ends: [Int32]
  /// For each key the write that stands, and how many of its readers are still to come.
  private var current: [Int32]
  private var open: [Int32]
  private var placed: [Placed] = []
  private var tried: Set<[Int32]> = []
  private(set) var furthest = 0
  /// Beyond this frontiers are forgotten, and may be tried again: a quarter of a gigabyte.
  private static let mostRemembered = 1 << 26

  init(_ order: HappensBefore) {
    self.order = order
    table = order.table
    frontier = Array(table.chainStarts.dropLast())
    ends = Array(table.chainStarts.dropFirst())
    let keyCount = Int(table.keys.max() ?? -1) + 1
    current = [Int32](repeating: SessionTable.initially, count: keyCount)
    open = [Int32](repeating: 0, count: keyCount)
    for node in 0..<table.count where table.sources[node] == SessionTable.initially {
      open[Int(table.keys[node])] += 1
    }
  }

  mutating func run(_ budget: Budget) -> Outcome {
    var frames: [Frame] = []
    var steps = budget.steps
    placeForced()
    while placed.count < table.count {
      furthest = max(furthest, placed.count)
      if isNew() { frames.append(Frame(placed: placed.count, choices: choices())) }
      while let frame = frames.last, frame.choices.isEmpty { frames.removeLast() }
      guard let choice = frames.indices.last.flatMap({ frames[$0].choices.popLast() }) else {
        return .none
      }
      steps -= 1
      if steps < 0 || steps & 255 == 0 && budget.isLate { return .exhausted }
      while placed.count > frames[frames.count - 1].placed { takeBack() }
      place(Int(choice))
      placeForced()
    }
    return .found
  }

  /// Whether this frontier was not tried before.
  private mutating func isNew() -> Bool {
    if tried.count * frontier.count > FrontierSearch.mostRemembered {
      return !tried.contains(frontier)
    }
    return tried.insert(frontier).inserted
  }

  /// Whether all that comes before a node is placed, and its register is ready for it.
  private func isReady(_ node: Int) -> Bool {
    let key = Int(table.keys[node])
    let isReading = table.isReading(node)
    if isReading, current[key] != table.sources[node] { return false }
    if table.isWrite[node], open[key] != (isReading ? 1 : 0) { return false }
    let own = Int(table.chains[node])
    let clock = node * order.width
    for chain in 0..<order.width
    where chain != own && order.clocks[clock + chain] >= frontier[chain] {
      return false
    }
    return true
  }

  /// Places all that may as well come now as later.
  private mutating func placeForced() {
    var isDone = false
    while !isDone {
      isDone = true
      for chain in frontier.indices {
        while frontier[chain] < ends[chain] {
          let node = Int(frontier[chain])
          let isChoice =
            table.isWrite[node] && !table.isReading(node) && !table.readers(of: node).isEmpty
          guard !isChoice, isReady(node) else { break }
          place(node)
          isDone = false
        }
      }
    }
  }

  /// The writes that may come next, the one called first at the end.
  private func choices() -> [Int32] {
    var found: [Int32] = []
    for chain in frontier.indices where frontier[chain] < ends[chain] {
      if isReady(Int(frontier[chain])) { found.append(frontier[chain]) }
    }
    return found.sorted { table.rows[Int($0)] > table.rows[Int($1)] }
  }

  private mutating func place(_ node: Int) {
    let key = Int(table.keys[node])
    placed.append(Placed(node: Int32(node), current: current[key], open: open[key]))
    frontier[Int(table.chains[node])] += 1
    if table.isReading(node) { open[key] -= 1 }
    if table.isWrite[node] {
      current[key] = Int32(node)
      open[key] = Int32(table.readers(of: node).count)
    }
  }

  private mutating func takeBack() {
    let last = placed.removeLast()
    let key = Int(table.keys[Int(last.node)])
    frontier[Int(table.chains[Int(last.node)])] -= 1
    (current[key], open[key]) = (last.current, last.open)
  }
}
