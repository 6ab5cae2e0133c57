// A graph of what must come before what. If it has a cycle, what it was built from can not all be true.
// Cycles are found as strongly connected components in one pass, Tarjan, "Depth-First Search and
// Linear Graph Algorithms", 1972, without recursion; then a shortest cycle of each is the witness.

/// Nodes are small numbers; an edge carries a row that shows it, or -1.
struct OrderGraph {
  private(set) var nodeCount: Int
  private var sources: [Int32] = []
  private var targets: [Int32] = []
  private var rows: [Int32] = []

  init(nodes: Int) { nodeCount = nodes }

  var edgeCount: Int { sources.count }

  mutating func addNode() -> Int {
    nodeCount += 1
    return nodeCount - 1
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

  /// A shortest cycle through the first node of each component that has one.
  func cycles() -> [[Link]] {
    let (starts, order) = adjacency()
    let component = components(starts, order)
    var size = [Int32](repeating: 0, count: nodeCount)
    for node in 0..<nodeCount { size[Int(component[node])] += 1 }
    var isSeen = [Bool](repeating: false, count: nodeCount)
    var found: [[Link]] = []
    for node in 0..<nodeCount {
      let own = Int(component[node])
      guard size[own] > 1, !isSeen[own] else { continue }
      isSeen[own] = true
      found.append(cycle(through: node, component, starts, order))
    }
    return found
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

  /// A shortest cycle through a node, breadth first inside its component.
  private func cycle(
    through start: Int, _ component: [Int32], _ starts: [Int], _ order: [Int32]
  ) -> [Link] {
    var arrival: [Int: Int] = [:]
    var queue = [start]
    var head = 0
    while head < queue.count {
      let node = queue[head]
      head += 1
      for edge in order[starts[node]..<starts[node + 1]].lazy.map(Int.init) {
        let target = Int(targets[edge])
        guard component[target] == component[start], arrival[target] == nil else { continue }
        arrival[target] = edge
        if target == start { return trace(back: start, arrival) }
        queue.append(target)
      }
    }
    return []
  }

  private func trace(back start: Int, _ arrival: [Int: Int]) -> [Link] {
    var links: [Link] = []
    var node = start
    repeat {
      guard let edge = arrival[node] else { return links }
      let source = Int(sources[edge])
      links.append(Link(source: source, target: node, row: Int(rows[edge])))
      node = source
    } while node != start
    return links.reversed()
  }
}
