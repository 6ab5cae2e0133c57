// A graph of transactions: who must come before whom, and by what kind of dependency. Edges are pairs of
// small numbers in flat arrays; why an edge is there is found again when it is to be explained. Nodes that
// are no transactions stand between many and many, so that the number of edges stays linear.
//
// Adya, "Weak Consistency", 1999, section 3.1, defines the direct serialization graph.

/// Kinds of dependencies, as bits.
struct EdgeKinds: OptionSet, Sendable {
  let rawValue: UInt8
  /// The target overwrote what the source wrote.
  static let ww = EdgeKinds(rawValue: 1)
  /// The target read what the source wrote.
  static let wr = EdgeKinds(rawValue: 2)
  /// The target overwrote what the source read.
  static let rw = EdgeKinds(rawValue: 4)
  /// One process did the source before the target.
  static let process = EdgeKinds(rawValue: 8)
  /// The source had returned before the target was called.
  static let realtime = EdgeKinds(rawValue: 16)
  /// The second part of an edge of kind rw that goes through a node that is no transaction.
  static let pass = EdgeKinds(rawValue: 32)

  /// What comes from data, not from the orders of processes or of real time.
  static let data: EdgeKinds = [.ww, .wr, .rw, .pass]

  static let all = EdgeKinds(rawValue: 63)

  /// The strongest of them in a word, as drawings and JSON have it.
  var name: String {
    let names: [(EdgeKinds, String)] = [
      (.rw, "rw"), (.ww, "ww"), (.wr, "wr"), (.process, "process"), (.realtime, "realtime"),
    ]
    return names.first { contains($0.0) }?.1 ?? "before"
  }
}

/// A directed graph whose edges are grouped by source. Nodes below `transactions` are transactions.
struct DependencyGraph {
  private(set) var starts: [Int32] = [0]
  private(set) var targets: [Int32] = []
  private(set) var kinds: [EdgeKinds] = []
  /// The weight of entering a node: 1 for a transaction, else 0.
  private(set) var weights: [UInt8] = []
  /// What a node was called in the graph that this one is a part of; empty for a whole graph.
  private(set) var origins: [Int32] = []

  var nodeCount: Int { weights.count }

  var edgeCount: Int { targets.count }

  /// The edges of a node, as places in `targets` and `kinds`.
  func edges(of node: Int) -> Range<Int> { Int(starts[node])..<Int(starts[node + 1]) }

  /// Groups edges by their sources.
  init(_ edges: EdgeList, weights: [UInt8], origins: [Int32] = []) {
    self.weights = weights
    self.origins = origins
    starts = [Int32](repeating: 0, count: weights.count + 1)
    for source in edges.sources { starts[Int(source) + 1] += 1 }
    for node in weights.indices { starts[node + 1] += starts[node] }
    var next = starts
    targets = [Int32](repeating: 0, count: edges.sources.count)
    kinds = [EdgeKinds](repeating: [], count: edges.sources.count)
    for place in edges.sources.indices {
      let source = Int(edges.sources[place])
      let slot = Int(next[source])
      next[source] += 1
      targets[slot] = edges.targets[place]
      kinds[slot] = edges.kinds[place]
    }
  }

  /// The nodes that lie on cycles, and the edges between those of one component.
  func cyclicPart() -> DependencyGraph {
    let parts = Components(self, .all)
    var numbers = [Int32](repeating: -1, count: nodeCount)
    var origins: [Int32] = []
    for node in 0..<nodeCount where parts.isCyclic(node) {
      numbers[node] = Int32(origins.count)
      origins.append(Int32(node))
    }
    var list = EdgeList()
    for node in origins.lazy.map(Int.init) {
      for edge in edges(of: node) where parts.number[node] == parts.number[Int(targets[edge])] {
        list.add(Int(numbers[node]), Int(numbers[Int(targets[edge])]), kinds[edge])
      }
    }
    let weights = origins.map { self.weights[Int($0)] }
    return DependencyGraph(list, weights: weights, origins: origins)
  }

  /// The graph in which no path takes two edges of kind rw one after the other: every node twice, first as
  /// it is reached by other edges, then as it is reached by rw.
  func withoutAdjacent(_ base: EdgeKinds) -> DependencyGraph {
    var list = EdgeList()
    let count = nodeCount
    for node in 0..<count {
      for edge in edges(of: node) {
        let target = Int(targets[edge])
        if kinds[edge] == .rw {
          list.add(node, count + target, .rw)
        } else if kinds[edge] == .pass {
          list.add(count + node, count + target, .pass)
        } else if !base.isDisjoint(with: kinds[edge]) {
          list.add(node, target, kinds[edge])
          list.add(count + node, target, kinds[edge])
        }
      }
    }
    let names = origins.isEmpty ? (0..<Int32(count)).map { $0 } : origins
    return DependencyGraph(list, weights: weights + weights, origins: names + names)
  }
}

/// Edges before they are grouped.
struct EdgeList {
  private(set) var sources: [Int32] = []
  private(set) var targets: [Int32] = []
  private(set) var kinds: [EdgeKinds] = []

  var count: Int { sources.count }

  mutating func add(_ source: Int, _ target: Int, _ kind: EdgeKinds) {
    sources.append(Int32(source))
    targets.append(Int32(target))
    kinds.append(kind)
  }
}
