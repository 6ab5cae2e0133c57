// Which node of a graph without cycles leads to which, as one bit for each pair; and an order of its nodes
// in which every edge leads forward (Kahn, "Topological Sorting of Large Networks", 1962), the lowest rank
// first where there is a choice.

/// Who leads to whom.
struct Reachability {
  private let words: Int
  private var rows: [UInt64]
  /// How many words were joined.
  private(set) var work = 0

  /// The nodes that a path of edges of some kinds leads to. The order must be topological.
  init(_ graph: DependencyGraph, _ order: [Int32], _ mask: EdgeKinds = .all) {
    let count = graph.nodeCount
    words = (count + 63) / 64
    rows = [UInt64](repeating: 0, count: count * words)
    for node in order.reversed().lazy.map(Int.init) {
      for edge in graph.edges(of: node) where !mask.isDisjoint(with: graph.kinds[edge]) {
        join(node, Int(graph.targets[edge]), isPass: false)
      }
    }
  }

  /// The nodes that one edge of kind wr leads to; nodes between many and many have those of all that they
  /// stand for. With `closed`, paths of such edges.
  init(reads graph: DependencyGraph, _ order: [Int32], closed: Bool) {
    let count = graph.nodeCount
    words = (count + 63) / 64
    rows = [UInt64](repeating: 0, count: count * words)
    for node in order.reversed().lazy.map(Int.init) {
      for edge in graph.edges(of: node) {
        let target = Int(graph.targets[edge])
        if graph.kinds[edge] == .pass {
          join(node, target, isPass: true)
        } else if graph.kinds[edge] == .wr {
          if closed { join(node, target, isPass: false) } else { mark(node, target) }
        }
      }
    }
  }

  /// Whether one node leads to another.
  func leads(_ node: Int, _ other: Int) -> Bool {
    rows[node * words + other / 64] >> UInt64(other % 64) & 1 == 1
  }

  /// How many bytes it takes for so many nodes.
  static func bytes(_ nodes: Int) -> Int { nodes * ((nodes + 63) / 64) * 8 }

  private mutating func mark(_ node: Int, _ target: Int) {
    rows[node * words + target / 64] |= 1 << UInt64(target % 64)
  }

  private mutating func join(_ node: Int, _ target: Int, isPass: Bool) {
    if !isPass {
      if leads(node, target) { return }
      mark(node, target)
    }
    work += words
    let (into, from) = (node * words, target * words)
    rows.withUnsafeMutableBufferPointer { rows in
      for word in 0..<words { rows[into + word] |= rows[from + word] }
    }
  }
}

extension DependencyGraph {
  /// The nodes so that edges lead forward; nil if there is a cycle.
  func topologicalOrder(_ ranks: (Int) -> Int64) -> [Int32]? {
    var waiting = [Int32](repeating: 0, count: nodeCount)
    for target in targets { waiting[Int(target)] += 1 }
    var ready = RankedHeap()
    for node in 0..<nodeCount where waiting[node] == 0 { ready.push(ranks(node), node) }
    var order: [Int32] = []
    order.reserveCapacity(nodeCount)
    while let node = ready.pop() {
      order.append(Int32(node))
      for edge in edges(of: node) {
        let target = Int(targets[edge])
        waiting[target] -= 1
        if waiting[target] == 0 { ready.push(ranks(target), target) }
      }
    }
    return order.count == nodeCount ? order : nil
  }
}
