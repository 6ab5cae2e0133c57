// A graph of what must come before what. If it has a cycle, what it was built from can not all be true.
// Cycles are found as strongly connected components in one pass, Tarjan, "Depth-First Search and
// Linear Graph Algorithms", 1972, without recursion. The witness is a cycle with the fewest rows through
// the edge that looks most out of place: the one whose row comes longest after that of its target.

/// Nodes are small numbers, some with the row that they stand for; an edge carries a row that shows it,
/// or -1.
struct OrderGraph {
  private var nodeRows: [Int32]
  private var sources: [Int32] = []
  private var targets: [Int32] = []
  private var rows: [Int32] = []

  init(nodeRows: [Int32]) { self.nodeRows = nodeRows }

  var nodeCount: Int { nodeRows.count }

  var edgeCount: Int { sources.count }

  mutating func addNode() -> Int {
    nodeRows.append(-1)
    return nodeRows.count - 1
  }

  mutating func addEdge(_ source: Int, _ target: Int, row: Int = -1) {
    sources.append(Int32(source))
    targets.append(Int32(target))
    rows.append(Int32(row))
  }

  /// One edge of a cycle.
  struct Link: Equatable {
    var source: Int
    var target: Int
    var row: Int
  }

  /// A cycle of each component that has one, in the order of their first nodes.
  func cycles() -> [[Link]] {
    let (starts, order) = adjacency()
    let component = components(starts, order)
    var best = [Int32](repeating: -1, count: nodeCount)
    for edge in sources.indices {
      let own = Int(component[Int(sources[edge])])
      guard own == Int(component[Int(targets[edge])]) else { continue }
      if best[own] < 0 || gap(edge) > gap(Int(best[own])) { best[own] = Int32(edge) }
    }
    guard best.contains(where: { $0 >= 0 }) else { return [] }
    var arrival = [Int32](repeating: -1, count: nodeCount)
    var found: [[Link]] = []
    for node in 0..<nodeCount {
      let edge = best[Int(component[node])]
      guard edge >= 0 else { continue }
      best[Int(component[node])] = -1
      found.append(cycle(through: Int(edge), component, starts, order, &arrival))
    }
    return found
  }

  /// How long after its target's row an edge's row comes.
  private func gap(_ edge: Int) -> Int {
    let target = nodeRows[Int(targets[edge])]
    return target >= 0 && rows[edge] >= 0 ? Int(rows[edge] - target) : -1
  }

  /// Edge numbers grouped by source.
  private func adjacency() -> (starts: [Int], order: [Int32]) {
    var starts = [Int](repeating: 0, count: nodeCount + 1)
    for source in sources { starts[Int(source) + 1] += 1 }
    for node in 0..<nodeCount { starts[node + 1] += starts[node] }
    var next = starts
    var order = [Int32](repeating: 0, count: sources.count)
    for (edge, source) in sources.enumerated() {
      order[next[Int(source)]] = Int32(edge)
      next[Int(source)] += 1
    }
    return (starts, order)
  }

  /// The component of each node, named by a number below `nodeCount`.
  private func components(_ starts: [Int], _ order: [Int32]) -> [Int32] {
    var component = [Int32](repeating: -1, count: nodeCount)
    var visit = [Int32](repeating: -1, count: nodeCount)
    var low = visit
    var next = starts
    var open: [Int32] = []
    var path: [Int32] = []
    var clock: Int32 = 0
    var found: Int32 = 0
    for root in 0..<nodeCount where visit[root] < 0 {
      path.append(Int32(root))
      while let top = path.last {
        let node = Int(top)
        if visit[node] < 0 {
          visit[node] = clock
          low[node] = clock
          clock += 1
          open.append(top)
        }
        if next[node] < starts[node + 1] {
          let target = Int(targets[Int(order[next[node]])])
          next[node] += 1
          if visit[target] < 0 {
            path.append(Int32(target))
          } else if component[target] < 0 {
            low[node] = min(low[node], visit[target])
          }
          continue
        }
        path.removeLast()
        if let parent = path.last { low[Int(parent)] = min(low[Int(parent)], low[node]) }
        guard low[node] == visit[node] else { continue }
        while let member = open.popLast() {
          component[Int(member)] = found
          if member == top { break }
        }
        found += 1
      }
    }
    return component
  }

  /// The cycle with the fewest rows through an edge: breadth first from its target to its source, edges
  /// without a row first. Components share `arrival`, since they share no nodes.
  private func cycle(
    through edge: Int, _ component: [Int32], _ starts: [Int], _ order: [Int32],
    _ arrival: inout [Int32]
  ) -> [Link] {
    let start = Int(targets[edge])
    let goal = Int(sources[edge])
    var now: [(node: Int, edge: Int)] = [(start, edge)]
    var later: [(node: Int, edge: Int)] = []
    while arrival[goal] < 0, !now.isEmpty {
      while let (node, by) = now.popLast() {
        guard arrival[node] < 0 else { continue }
        arrival[node] = Int32(by)
        for next in order[starts[node]..<starts[node + 1]].lazy.map(Int.init) {
          let target = Int(targets[next])
          guard component[target] == component[start], arrival[target] < 0 else { continue }
          if rows[next] < 0 { now.append((target, next)) } else { later.append((target, next)) }
        }
      }
      swap(&now, &later)
      now.reverse()
    }
    return trace(back: goal, to: edge, arrival)
  }

  /// The edges by which a search arrived at a node, from the first to the last.
  private func trace(back goal: Int, to first: Int, _ arrival: [Int32]) -> [Link] {
    var links: [Link] = []
    var node = goal
    while arrival[node] >= 0 {
      let edge = Int(arrival[node])
      let source = Int(sources[edge])
      links.append(Link(source: source, target: node, row: Int(rows[edge])))
      if edge == first { break }
      node = source
    }
    return links.reversed()
  }
}
