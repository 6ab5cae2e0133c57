// The strongly connected components of a part of a graph, without recursion: Tarjan, "Depth-First Search
// and Linear Graph Algorithms", 1972. Components are numbered so that edges between two of them go from
// the higher number to the lower.

/// The components that edges of some kinds make.
struct Components {
  /// The component of each node.
  private(set) var number: [Int32]
  /// How many nodes each component has.
  private(set) var sizes: [Int32] = []
  /// All nodes, one component after another.
  private(set) var order: [Int32] = []

  /// Whether a node lies on a cycle. There are no edges from a node to itself.
  func isCyclic(_ node: Int) -> Bool { sizes[Int(number[node])] > 1 }

  /// Whether any node does.
  var hasCycle: Bool { sizes.contains { $0 > 1 } }

  init(_ graph: DependencyGraph, _ mask: EdgeKinds) {
    let count = graph.nodeCount
    number = [Int32](repeating: -1, count: count)
    order.reserveCapacity(count)
    var visit = [Int32](repeating: -1, count: count)
    var low = visit
    var next = graph.starts
    var open: [Int32] = []
    var path: [Int32] = []
    var clock: Int32 = 0
    for root in 0..<count where visit[root] < 0 {
      path.append(Int32(root))
      visit[root] = clock
      low[root] = clock
      clock += 1
      open.append(Int32(root))
      while let top = path.last {
        let node = Int(top)
        var child: Int32 = -1
        var place = Int(next[node])
        let end = Int(graph.starts[node + 1])
        while place < end {
          let target = graph.targets[place]
          let counts = !mask.isDisjoint(with: graph.kinds[place])
          place += 1
          guard counts, number[Int(target)] < 0 else { continue }
          if visit[Int(target)] < 0 {
            child = target
            break
          }
          low[node] = min(low[node], visit[Int(target)])
        }
        next[node] = Int32(place)
        if child >= 0 {
          visit[Int(child)] = clock
          low[Int(child)] = clock
          clock += 1
          open.append(child)
          path.append(child)
          continue
        }
        path.removeLast()
        if let parent = path.last { low[Int(parent)] = min(low[Int(parent)], low[node]) }
        guard low[node] == visit[node] else { continue }
        var size: Int32 = 0
        while let member = open.popLast() {
          number[Int(member)] = Int32(sizes.count)
          order.append(member)
          size += 1
          if member == top { break }
        }
        sizes.append(size)
      }
    }
  }
}
