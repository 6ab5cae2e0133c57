// Gathers the edges of a dependency graph: those of data as the analyses find them, and the orders of
// processes and of real time. Real time is an interval order with up to n² pairs; here it costs a linear
// number of edges, through a chain of nodes that stand for instants: a transaction leads to the first
// instant after its return, and from there time leads to all that was called later.

import Histories

/// Edges and nodes of a graph that is being built.
struct DependencyBuilder {
  let transactions: Transactions
  private(set) var edges = EdgeList()
  private(set) var weights: [UInt8]
  /// How many edges come from data.
  private(set) var dataEdges = 0

  init(_ transactions: Transactions) {
    self.transactions = transactions
    weights = [UInt8](repeating: 1, count: transactions.count)
  }

  private mutating func newNode() -> Int {
    weights.append(0)
    return weights.count - 1
  }

  /// An edge between two transactions, unless they are the same.
  mutating func link(_ source: Int32, _ target: Int32, _ kind: EdgeKinds) {
    guard source != target else { return }
    edges.add(Int(source), Int(target), kind)
    dataEdges += 1
  }

  /// Edges of kind rw from every reader to every writer but itself. Few edges even where both are many:
  /// nodes that lead to all writers up to one, and to all writers from one on.
  mutating func linkAll(readers: ArraySlice<Int32>, writers: [Int32]) {
    guard readers.count > 2, writers.count > 2 else {
      for reader in readers {
        for writer in writers { link(reader, writer, .rw) }
      }
      return
    }
    let writers = writers.sorted()
    var upTo: [Int] = []
    var from: [Int] = []
    for place in writers.indices {
      upTo.append(newNode())
      edges.add(upTo[place], Int(writers[place]), .pass)
      if place > 0 { edges.add(upTo[place], upTo[place - 1], .pass) }
    }
    for place in writers.indices {
      from.append(newNode())
      edges.add(from[place], Int(writers[place]), .pass)
      if place > 0 { edges.add(from[place - 1], from[place], .pass) }
    }
    for reader in readers {
      let first = firstIndex(in: writers, notBelow: reader)
      let last = firstIndex(in: writers, above: reader)
      if first > 0 { edges.add(Int(reader), upTo[first - 1], .rw) }
      if last < writers.count { edges.add(Int(reader), from[last], .rw) }
      dataEdges += 1
    }
  }

  /// The order of each process: from each transaction to the next that was called after it had returned.
  mutating func addProcessOrder() {
    let history = transactions.history
    guard let high = history.processes.max(), high >= 0 else { return }
    // Process numbers may be sparse: sort rows by them where they are.
    var last: [Int32]
    var slots: [Int32] = []
    if Int(high) < 8 * history.count + 1_024 {
      last = [Int32](repeating: -1, count: Int(high) + 1)
    } else {
      for process in history.processes.sorted() where process != slots.last {
        slots.append(process)
      }
      last = [Int32](repeating: -1, count: slots.count)
    }
    for node in 0..<transactions.count {
      let row = Int(transactions.rows[node])
      let process = history.processes[row]
      let slot = slots.isEmpty ? Int(process) : firstIndex(in: slots, notBelow: process)
      guard history.completions[row] != .fail else { continue }
      if last[slot] >= 0 {
        let before = Int(transactions.rows[Int(last[slot])])
        guard history.returns[before] <= history.calls[row] else { continue }
        edges.add(Int(last[slot]), node, .process)
      }
      last[slot] = Int32(node)
    }
  }

  /// The order of real time: what had returned before what was called.
  mutating func addRealTime() {
    let history = transactions.history
    var ends: [Int32] = []
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      ends.append(Int32(node))
    }
    let rows = transactions.rows
    var isSorted = true
    for place in 1..<max(1, ends.count) {
      let before = history.returns[Int(rows[Int(ends[place - 1])])]
      if history.returns[Int(rows[Int(ends[place])])] < before {
        isSorted = false
        break
      }
    }
    if !isSorted {
      let times = ends.map { history.returns[Int(rows[Int($0)])] }
      let order = ends.indices.sorted { (times[$0], $0) < (times[$1], $1) }
      ends = order.map { ends[$0] }
    }
    var instant = -1
    var place = 0
    // Rows are in the order of their calls.
    for node in 0..<transactions.count where transactions.completion(node) != .fail {
      let call = history.calls[Int(rows[node])]
      let first = place
      while place < ends.count, history.returns[Int(rows[Int(ends[place])])] < call { place += 1 }
      if place > first {
        let next = newNode()
        if instant >= 0 { edges.add(instant, next, .realtime) }
        for end in ends[first..<place] { edges.add(Int(end), next, .realtime) }
        instant = next
      }
      if instant >= 0 { edges.add(instant, node, .realtime) }
    }
  }

  func graph() -> DependencyGraph { DependencyGraph(edges, weights: weights) }
}
