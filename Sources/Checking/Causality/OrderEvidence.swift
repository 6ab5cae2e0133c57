// What a contradiction rests on: the shortest path that closes its circle, and so for each derived edge on it, and
// for those on their paths. A derived edge may only use those that were there before it, so this ends.

import Histories

struct Evidence {
  private let order: HappensBefore
  private var uses: Set<Int> = []
  private var needed: Set<Int> = []
  /// The nodes of the circle, the first again at the end; or of the path from a write to a read.
  private(set) var circle: [Int] = []

  init(_ order: HappensBefore, _ contradiction: Contradiction) {
    self.order = order
    let known = order.derived.count
    switch contradiction {
    case .initial(let write, let read): circle = path(from: write, to: read, known)
    case .circle(let source, let target):
      circle = path(from: target, to: source, known)
      circle.append(target)
      if let edge = order.derived.lastIndex(where: {
        Int($0.source) == source && Int($0.target) == target
      }) {
        uses.insert(edge)
      }
    case .gaveUp: break
    }
    needed.formUnion(circle)
    var open = uses
    while let edge = open.max() {
      open.remove(edge)
      let derived = order.derived[edge]
      let before = uses
      needed.formUnion([Int(derived.source), Int(derived.target), Int(derived.read)])
      let known = min(Int(derived.known), edge)
      switch derived.rule {
      case .overwritten:
        needed.formUnion(path(from: Int(derived.source), to: Int(derived.read), known))
      case .missed:
        let seen = Int(order.table.sources[Int(derived.read)])
        if seen >= 0 { needed.formUnion(path(from: seen, to: Int(derived.target), known)) }
      }
      open.formUnion(uses.subtracting(before))
    }
  }

  /// The nodes, in ascending order.
  var nodes: [Int] { needed.sorted() }

  /// The derived edges, each after those it rests on.
  var edges: [Derived] { uses.sorted().map { order.derived[$0] } }

  /// A path with the fewest nodes that leave or enter a chain, by the first derived edges.
  private mutating func path(from start: Int, to goal: Int, _ known: Int) -> [Int] {
    let table = order.table
    var arrival = [Int32](repeating: -1, count: table.count)
    var by = arrival
    var now = [start]
    var later: [Int] = []
    arrival[start] = Int32(start)
    while arrival[goal] < 0, !now.isEmpty {
      while let node = now.popLast() {
        order.forEachSuccessor(of: node, derivedBefore: known) { next, edge in
          guard arrival[next] < 0 else { return }
          arrival[next] = Int32(node)
          by[next] = Int32(edge)
          if edge == HappensBefore.chainEdge { now.append(next) } else { later.append(next) }
        }
      }
      swap(&now, &later)
    }
    guard arrival[goal] >= 0 else { return [start, goal] }
    var nodes = [goal]
    var node = goal
    var isWalking = false
    while node != start {
      if by[node] >= 0 { uses.insert(Int(by[node])) }
      // Of a walk along a chain only its ends count.
      let walks = Int(by[node]) == HappensBefore.chainEdge
      node = Int(arrival[node])
      if walks, isWalking { nodes.removeLast() }
      isWalking = walks
      nodes.append(node)
    }
    return nodes.reversed()
  }
}

extension HappensBefore {
  /// Not a derived edge: to the next node of the chain.
  static let chainEdge = -1
  /// Not a derived edge: to a reader, or to another chain of the process.
  static let givenEdge = -2

  /// All that comes right after a node, with the number of the derived edge.
  func forEachSuccessor(
    of node: Int, derivedBefore known: Int, _ body: (_ next: Int, _ edge: Int) -> Void
  ) {
    if node + 1 < table.count, table.chains[node + 1] == table.chains[node] {
      body(node + 1, HappensBefore.chainEdge)
    }
    if table.others[node] >= 0 { body(Int(table.others[node]), HappensBefore.givenEdge) }
    if table.isWrite[node] {
      for reader in table.readers(of: node) where sees(reader) {
        body(Int(reader), HappensBefore.givenEdge)
      }
    }
    forEachDerived(from: node) { edge in
      if edge < known { body(Int(derived[edge].target), edge) }
    }
  }
}
