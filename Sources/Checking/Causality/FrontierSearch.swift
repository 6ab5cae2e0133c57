// The search for one order of all operations that explains every read: depth first over frontiers, how far each
// chain has come, as in Gibbons and Korach, "Testing Shared Memories", 1997. With unique values a
// frontier tells all: a write opens its register, which no other write may touch until all its readers have come.
//
// So reads that fit, writes that nobody reads and compare-and-sets whose turn it is are placed at once: whatever
// order completes the rest, they may be moved to here in it. Only other writes are choices. First is tried the one
// whose value was first heard of, from it or a reader, since such orders are likely to follow real time; and
// none is tried before what saturation put before it.

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

  private let width: Int
  private let clocks: [Int32]
  private let count: Int
  private let keys: [Int32]
  private let chains: [Int32]
  private let sources: [Int32]
  /// For each node how many read what it writes; -1 if it writes nothing.
  private let readers: [Int32]
  /// For each write when it, or the first of its readers, returned.
  private let heard: [Int64]
  private var frontier: [Int32]
  private let ends: [Int32]
  /// For each key the write that stands, and how many of its readers are still to come.
  private var current: [Int32]
  private var open: [Int32]
  private var placed: [Placed] = []
  /// Chains whose next node may have become ready.
  private var awake: [Int32]
  /// Chains whose next node waits for a step of another chain, and for a change of a key.
  private var waitingForChain: [[Int32]]
  private var waitingForKey: [[Int32]]
  private var awaitedKeys: [Int] = []
  private var tried: Set<[Int32]> = []
  private(set) var furthest = 0
  /// Beyond this frontiers are forgotten, and may be tried again: a quarter of a gigabyte.
  private static let mostRemembered = 1 << 26
  /// A step looks at all chains, which is as much work as several.
  private static let chainsPerStep = 8

  init(_ order: HappensBefore) {
    let table = order.table
    (width, clocks) = (order.width, order.clocks)
    (count, keys, chains, sources) = (table.count, table.keys, table.chains, table.sources)
    readers = (0..<table.count).map { table.isWrite[$0] ? Int32(table.readers(of: $0).count) : -1 }
    heard = (0..<table.count).map { node in
      guard table.isWrite[node] else { return History.never }
      let ends = table.readers(of: node).map { table.history.returns[Int(table.rows[Int($0)])] }
      return min(table.history.end(of: Int(table.rows[node])), ends.min() ?? History.never)
    }
    frontier = Array(table.chainStarts.dropLast())
    ends = Array(table.chainStarts.dropFirst())
    awake = (0..<Int32(order.width)).map { $0 }
    waitingForChain = [[Int32]](repeating: [], count: order.width)
    let keyCount = Int(table.keys.max() ?? -1) + 1
    current = [Int32](repeating: SessionTable.initially, count: keyCount)
    open = [Int32](repeating: 0, count: keyCount)
    waitingForKey = [[Int32]](repeating: [], count: keyCount)
    for node in 0..<table.count where table.sources[node] == SessionTable.initially {
      open[Int(table.keys[node])] += 1
    }
  }

  /// How many steps of a budget a choice takes.
  static func cost(chains: Int) -> Int { 1 + chains / chainsPerStep }

  mutating func run(_ budget: Budget) -> Outcome {
    var frames: [Frame] = []
    var steps = budget.steps
    var choicesMade = 0
    let cost = FrontierSearch.cost(chains: frontier.count)
    placeForced()
    while placed.count < count {
      furthest = max(furthest, placed.count)
      if isNew() { frames.append(Frame(placed: placed.count, choices: choices())) }
      while let frame = frames.last, frame.choices.isEmpty { frames.removeLast() }
      guard let choice = frames.indices.last.flatMap({ frames[$0].choices.popLast() }) else {
        return .none
      }
      steps -= cost
      choicesMade += 1
      if steps < 0 || choicesMade & 255 == 0 && budget.isLate { return .exhausted }
      takeBack(to: frames[frames.count - 1].placed)
      place(Int(choice))
      awake.append(chains[Int(choice)])
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

  /// What a node waits for: another chain, or -1 - its key; nil if all that comes before it is placed and its
  /// register is ready for it.
  private func obstacle(of node: Int) -> Int? {
    let key = Int(keys[node])
    let isReading = sources[node] != SessionTable.nothing
    if isReading, current[key] != sources[node] { return -1 - key }
    if readers[node] >= 0, open[key] != (isReading ? 1 : 0) { return -1 - key }
    let own = Int(chains[node])
    return clocks.withUnsafeBufferPointer { clocks in
      frontier.withUnsafeBufferPointer { frontier in
        let clock = node * width
        for chain in 0..<width where clocks[clock + chain] >= frontier[chain] && chain != own {
          return chain
        }
        return nil
      }
    }
  }

  /// Places all that may as well come now as later.
  private mutating func placeForced() {
    while let chain = awake.popLast() {
      while frontier[Int(chain)] < ends[Int(chain)] {
        let node = Int(frontier[Int(chain)])
        let isChoice = readers[node] > 0 && sources[node] == SessionTable.nothing
        guard !isChoice else { break }
        if let obstacle = obstacle(of: node) {
          wait(chain, for: obstacle)
          break
        }
        place(node)
      }
    }
  }

  private mutating func wait(_ chain: Int32, for obstacle: Int) {
    guard obstacle < 0 else { return waitingForChain[obstacle].append(chain) }
    let key = -1 - obstacle
    if waitingForKey[key].isEmpty { awaitedKeys.append(key) }
    waitingForKey[key].append(chain)
  }

  /// The writes that may come next, the one that was first heard of at the end.
  private func choices() -> [Int32] {
    var found: [Int32] = []
    for chain in frontier.indices where frontier[chain] < ends[chain] {
      if obstacle(of: Int(frontier[chain])) == nil { found.append(frontier[chain]) }
    }
    return found.sorted { (heard[Int($0)], $0) > (heard[Int($1)], $1) }
  }

  private mutating func place(_ node: Int) {
    let key = Int(keys[node])
    placed.append(Placed(node: Int32(node), current: current[key], open: open[key]))
    frontier[Int(chains[node])] += 1
    if sources[node] != SessionTable.nothing { open[key] -= 1 }
    if readers[node] >= 0 { (current[key], open[key]) = (Int32(node), readers[node]) }
    awake += waitingForChain[Int(chains[node])]
    awake += waitingForKey[key]
    waitingForChain[Int(chains[node])].removeAll(keepingCapacity: true)
    waitingForKey[key].removeAll(keepingCapacity: true)
  }

  /// Takes back what was placed after so many, and forgets who waits for what.
  private mutating func takeBack(to count: Int) {
    guard placed.count > count else { return }
    while placed.count > count { takeBack() }
    for chain in 0..<width { waitingForChain[chain].removeAll(keepingCapacity: true) }
    for key in awaitedKeys { waitingForKey[key].removeAll(keepingCapacity: true) }
    awaitedKeys.removeAll(keepingCapacity: true)
    awake = (0..<Int32(width)).map { $0 }
  }

  private mutating func takeBack() {
    let last = placed.removeLast()
    let key = Int(keys[Int(last.node)])
    frontier[Int(chains[Int(last.node)])] -= 1
    (current[key], open[key]) = (last.current, last.open)
  }
}
