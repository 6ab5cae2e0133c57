// A shortest cycle, in transactions, through one of some edges, for each component of a graph. Breadth
// first from the target of each edge back to its source; once a cycle is known, later searches end where
// they could no longer be shorter. After so many steps the shortest so far is kept: that a cycle is found
// never depends on it, only how short it is.

struct ShortestCycles {
  /// A node of a cycle and the kind of the edge that leads to it.
  struct Hop: Equatable {
    var node: Int
    var isTransaction: Bool
    var kind: EdgeKinds
  }

  private let graph: DependencyGraph
  private let parts: Components
  private let mask: EdgeKinds
  private static let patience = 30_000_000
  /// How many components get a witness; the others are much the same.
  private static let components = 10

  init(_ graph: DependencyGraph, _ parts: Components, _ mask: EdgeKinds) {
    self.graph = graph
    self.parts = parts
    self.mask = mask
  }

  /// One cycle for each of the first components that has any, in the order of the edges.
  func shortest(through edges: [(source: Int, edge: Int)]) -> [[Hop]] {
    var best: [(part: Int32, length: Int, hops: [Hop])] = []
    var arrival = [Int32](repeating: -1, count: graph.nodeCount)
    var stamps = [Int32](repeating: -1, count: graph.nodeCount)
    var steps = 0
    for (attempt, start) in edges.enumerated() {
      let part = parts.number[start.source]
      let known = best.firstIndex { $0.part == part }
      if known == nil, best.count >= ShortestCycles.components { continue }
      if known != nil, steps > ShortestCycles.patience { continue }
      let limit = known.map { best[$0].length - 1 } ?? Int.max
      guard
        let length = search(
          start, Int32(attempt), limit: limit, &arrival, &stamps, &steps)
      else { continue }
      let hops = trace(start, arrival)
      if let known { best[known] = (part, length, hops) } else { best.append((part, length, hops)) }
    }
    return best.map(\.hops)
  }

  /// How many transactions the shortest cycle through an edge has; nil if that is above the limit.
  private func search(
    _ start: (source: Int, edge: Int), _ stamp: Int32, limit: Int, _ arrival: inout [Int32],
    _ stamps: inout [Int32], _ steps: inout Int
  ) -> Int? {
    let part = parts.number[start.source]
    let first = Int(graph.targets[start.edge])
    var now: [(node: Int32, by: Int32)] = [(Int32(first), -1)]
    var later: [(node: Int32, by: Int32)] = []
    var length = Int(graph.weights[first])
    while !now.isEmpty, length <= limit {
      while let (next, by) = now.popLast() {
        let node = Int(next)
        guard stamps[node] != stamp else { continue }
        stamps[node] = stamp
        arrival[node] = by
        if node == start.source { return length }
        for edge in graph.edges(of: node) where !mask.isDisjoint(with: graph.kinds[edge]) {
          steps += 1
          let target = graph.targets[edge]
          guard parts.number[Int(target)] == part, stamps[Int(target)] != stamp else { continue }
          let step = (target, Int32(edge))
          if graph.weights[Int(target)] == 0 { now.append(step) } else { later.append(step) }
        }
      }
      swap(&now, &later)
      now.reverse()
      length += 1
    }
    return nil
  }

  /// The nodes of a cycle, from the target of its first edge on.
  private func trace(_ start: (source: Int, edge: Int), _ arrival: [Int32]) -> [Hop] {
    var hops: [Hop] = []
    var node = start.source
    while arrival[node] >= 0 {
      let edge = Int(arrival[node])
      hops.append(hop(node, graph.kinds[edge]))
      node = source(of: edge)
    }
    hops.append(hop(node, graph.kinds[start.edge]))
    return hops.reversed()
  }

  private func hop(_ node: Int, _ kind: EdgeKinds) -> Hop {
    let origin = graph.origins.isEmpty ? node : Int(graph.origins[node])
    return Hop(node: origin, isTransaction: graph.weights[node] > 0, kind: kind)
  }

  /// The node whose edges include a place.
  private func source(of edge: Int) -> Int {
    firstIndex(in: graph.starts, above: Int32(edge)) - 1
  }
}
