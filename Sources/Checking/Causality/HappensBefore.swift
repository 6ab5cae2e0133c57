// What comes before what: a vector clock for each node (Mattern, "Virtual Time and Global States of Distributed
// Systems", 1989), which holds the last node of every chain that comes before it, kept up while edges are added.
// A node from which something changed is dirty; dirty nodes pass on what they know in the order of the history,
// again and again until nothing changes. A node that hears of a later one of its own chain, or of itself, stands
// on a circle.
//
// Two rules derive edges from reads, as in Bouajjani, Enea, Guerraoui and Hamza, "On Verifying Causal
// Consistency", 2017, section 4 (conflict and happened-before relations), and Gibbons and Korach, "Testing Shared
// Memories", 1997: if a write comes before a read that returned another's value, it comes before that
// other; and if it comes after the other, it comes after the read. Of each chain only its nearest write matters.

import Histories

/// An edge that follows from a read.
struct Derived {
  enum Rule {
    /// The source comes before the read, which saw the target.
    case overwritten
    /// The read, which is the source, saw something that came before the target.
    case missed
  }

  var source: Int32
  var target: Int32
  var read: Int32
  var rule: Rule
  /// How many derived edges its reason may use.
  var known: Int32
}

/// Why there is no order.
enum Contradiction {
  /// A write comes before a read of the initial value.
  case initial(write: Int, read: Int)
  /// An edge leads from the source to the target, and the target comes before the source.
  case circle(source: Int, target: Int)
  case gaveUp(String)
}

struct HappensBefore {
  let table: SessionTable
  let width: Int
  private(set) var clocks: [Int32]
  private(set) var derived: [Derived] = []
  private var firstDerived: [Int32]
  private var nextDerived: [Int32] = []
  /// Whether only the viewer's reads know what they read.
  private let viewersOnly: Bool
  /// The chain whose view is taken; -1: everybody's.
  private var viewer: Int32 = -1
  /// The last node of each chain that is worth knowing.
  private var limits: [Int32]
  private var dirty: [UInt64]
  private var lowestDirty = Int.max
  /// Reads that learned something since they were looked at.
  private(set) var changed: [Int32] = []
  private var isChanged: [Bool]
  private var undo: Undo?
  private var work = 0
  /// Small steps since the deadline was looked at.
  private var unasked = 0
  private let budget: Budget

  /// What to put back for the next viewer.
  private struct Undo {
    var nodes: [Int32] = []
    var clocks: [Int32] = []
    var isKept: [Bool]
  }

  /// More would not fit into memory: one gigabyte.
  private static let mostClockEntries = 1 << 28
  /// Joining two clocks is a small part of a step.
  private static let joinsPerStep = 20

  /// Each node knows itself alone.
  /// - Parameter viewersOnly: whether only the reads of one chain, the viewer's, know what they read.
  init?(_ table: SessionTable, viewersOnly: Bool = false, _ budget: Budget) {
    self.table = table
    self.budget = budget
    width = table.chainCount
    self.viewersOnly = viewersOnly
    guard table.count * width <= HappensBefore.mostClockEntries else { return nil }
    clocks = [Int32](repeating: -1, count: table.count * width)
    firstDerived = [Int32](repeating: -1, count: table.count)
    limits = (0..<width).map { Int32(table.nodes(of: $0).upperBound - 1) }
    dirty = [UInt64](repeating: 0, count: (table.count + 63) / 64)
    isChanged = [Bool](repeating: false, count: table.count)
    for node in 0..<table.count { clocks[node * width + Int(table.chains[node])] = Int32(node) }
  }

  /// Whether a node comes before another, or is it.
  func comes(_ node: Int, before other: Int) -> Bool {
    clocks[other * width + Int(table.chains[node])] >= Int32(node)
  }

  // MARK: Passing on what is known

  mutating func mark(_ node: Int) {
    let place = Int(table.places[node])
    dirty[place >> 6] |= 1 << UInt64(place & 63)
    lowestDirty = min(lowestDirty, place >> 6)
  }

  mutating func markAll() {
    for node in 0..<table.count { mark(node) }
  }

  /// Passes on all that is known, until nothing changes.
  mutating func propagate() -> Contradiction? {
    while lowestDirty < dirty.count {
      var word = lowestDirty
      lowestDirty = Int.max
      while word < dirty.count {
        while dirty[word] != 0 {
          let bit = dirty[word].trailingZeroBitCount
          dirty[word] &= dirty[word] - 1
          let node = Int(table.order[word << 6 + bit])
          if let contradiction = visit(node) { return contradiction }
        }
        word += 1
      }
    }
    return nil
  }

  private mutating func visit(_ node: Int) -> Contradiction? {
    let chain = table.chains[node]
    let next = node + 1
    if next < table.count, table.chains[next] == chain, !pass(node, next) {
      return .circle(source: node, target: next)
    }
    let other = Int(table.others[node])
    if other >= 0, !pass(node, other) { return .circle(source: node, target: other) }
    if table.isWrite[node] {
      for reader in table.readers(of: node) where sees(reader) {
        if !pass(node, Int(reader)) { return .circle(source: node, target: Int(reader)) }
      }
    }
    var edge = firstDerived[node]
    while edge >= 0 {
      let target = Int(derived[Int(edge)].target)
      if !pass(node, target) { return .circle(source: node, target: target) }
      edge = nextDerived[Int(edge)]
    }
    return exhausted()
  }

  /// Tells a node what another knows; false if that closes a circle.
  private mutating func pass(_ source: Int, _ target: Int) -> Bool {
    guard Int32(target) <= limits[Int(table.chains[target])] else { return true }
    if comes(target, before: source) { return false }
    work += 1
    let (from, to) = (source * width, target * width)
    let first = clocks.withUnsafeBufferPointer { clocks in
      var place = 0
      while place < width, clocks[from + place] <= clocks[to + place] { place += 1 }
      return place
    }
    guard first < width else { return true }
    keep(target)
    clocks.withUnsafeMutableBufferPointer { clocks in
      for place in first..<width {
        clocks[to + place] = max(clocks[to + place], clocks[from + place])
      }
    }
    mark(target)
    if table.isReading(target), !isChanged[target] {
      isChanged[target] = true
      changed.append(Int32(target))
    }
    return true
  }

  private mutating func exhausted() -> Contradiction? {
    let limit = budget.steps.multipliedReportingOverflow(by: HappensBefore.joinsPerStep)
    if !limit.overflow, work > limit.partialValue { return .gaveUp("budget exhausted") }
    return isLate(after: 8) ? .gaveUp(HappensBefore.late) : nil
  }

  static let late =
    "time limit reached: not all that follows from what was read was derived; no contradiction so far"

  /// Whether time is up: asked now and then, after so many more small steps.
  mutating func isLate(after steps: Int) -> Bool {
    unasked += steps
    guard unasked >= 1 << 14 else { return false }
    unasked = 0
    return budget.isLate
  }

  /// Whether a reader knows what it read.
  func sees(_ reader: Int32) -> Bool { !viewersOnly || table.chains[Int(reader)] == viewer }

  func forEachDerived(from node: Int, _ body: (Int) -> Void) {
    var edge = firstDerived[node]
    while edge >= 0 {
      body(Int(edge))
      edge = nextDerived[Int(edge)]
    }
  }

  // MARK: Edges that follow from reads

  /// The reads that learned something, which are then no longer marked so.
  mutating func takeChanged() -> [Int32] {
    let reads = changed
    changed = []
    for read in reads { isChanged[Int(read)] = false }
    return reads
  }

  /// The writes that come before a read and, for that, before the write that it saw, but are not known to.
  func overwritten(by read: Int) -> (initial: Int?, edges: [Derived]) {
    let source = Int(table.sources[read])
    var edges: [Derived] = []
    for segment in table.writers.segments(table.keys[read]) {
      let chain = Int(table.writers.chains[segment])
      var last = clocks[read * width + chain]
      if chain == Int(table.chains[read]) { last = min(last, Int32(read - 1)) }
      guard last >= 0, let write = table.writers.last(segment, upTo: last), write != source
      else { continue }
      if source < 0 { return (write, []) }
      if comes(write, before: source) { continue }
      edges.append(
        Derived(
          source: Int32(write), target: Int32(source), read: Int32(read), rule: .overwritten,
          known: Int32(derived.count)))
    }
    return (nil, edges)
  }

  /// The writes that come after what a read saw and, for that, after the read, but are not known to.
  func missed(by read: Int) -> [Derived] {
    let source = Int(table.sources[read])
    var edges: [Derived] = []
    for segment in table.writers.segments(table.keys[read]) {
      let found = table.writers.first(segment) { source < 0 || comes(source, before: $0) }
      guard var write = found?.node else { continue }
      if write == source {
        guard let next = found?.next else { continue }
        write = next
      }
      if write == read || comes(read, before: write) { continue }
      edges.append(
        Derived(
          source: Int32(read), target: Int32(write), read: Int32(read), rule: .missed,
          known: Int32(derived.count)))
    }
    return edges
  }

  /// Adds an edge.
  mutating func add(_ edge: Derived) -> Contradiction? {
    let (source, target) = (Int(edge.source), Int(edge.target))
    nextDerived.append(firstDerived[source])
    firstDerived[source] = Int32(derived.count)
    derived.append(edge)
    return pass(source, target) ? nil : .circle(source: source, target: target)
  }

  /// Derives the first rule's edges for reads that learned something, until there are no more.
  mutating func saturate() -> Contradiction? {
    while true {
      if let contradiction = propagate() { return contradiction }
      let reads = takeChanged()
      if reads.isEmpty { return nil }
      for read in reads.lazy.map(Int.init) where viewer < 0 || table.chains[read] == viewer {
        work += 1
        if isLate(after: width) { return .gaveUp(HappensBefore.late) }
        let (initial, edges) = overwritten(by: read)
        if let initial { return .initial(write: initial, read: read) }
        for edge in edges { if let contradiction = add(edge) { return contradiction } }
      }
    }
  }

  // MARK: One process's view

  /// Begins the view of one chain: only its reads derive edges, and only what comes before the last of them
  /// matters. `end` puts back what was known before.
  mutating func begin(viewOf chain: Int, limits: [Int32]) {
    if undo == nil { undo = Undo(isKept: [Bool](repeating: false, count: table.count)) }
    viewer = Int32(chain)
    self.limits = limits
    for node in table.nodes(of: chain) where table.isReading(node) && !isChanged[node] {
      isChanged[node] = true
      changed.append(Int32(node))
    }
  }

  mutating func end() {
    _ = takeChanged()
    for edge in derived { firstDerived[Int(edge.source)] = -1 }
    derived = []
    nextDerived = []
    guard var undo else { return }
    // Else the copy below would be a real one.
    self.undo = nil
    for (place, node) in undo.nodes.enumerated() {
      let (to, from) = (Int(node) * width, place * width)
      for offset in 0..<width { clocks[to + offset] = undo.clocks[from + offset] }
      undo.isKept[Int(node)] = false
    }
    undo.nodes.removeAll(keepingCapacity: true)
    undo.clocks.removeAll(keepingCapacity: true)
    self.undo = undo
  }

  private mutating func keep(_ node: Int) {
    guard undo != nil, undo?.isKept[node] == false else { return }
    undo?.isKept[node] = true
    undo?.nodes.append(Int32(node))
    undo?.clocks.append(contentsOf: clocks[(node * width)..<((node + 1) * width)])
  }
}
