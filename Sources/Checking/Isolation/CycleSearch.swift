// Finds which kinds of cycles a dependency graph has, and of each a shortest one. Whether there is a cycle
// of a kind is decided exactly, in time linear in the edges but for G-single, which costs one pass for each
// 64 edges of kind rw that lie on cycles; no search can run out of time. The kinds, from Adya, "Weak
// Consistency", 1999, sections 3.2 and 4.2, and Elle:
//
//     G0              writes only            G-nonadjacent   several rw, no two in a row
//     G1c             writes and reads       G2-item         any
//     G-single        exactly one rw
//
// each from data alone, with the order of processes, with real time. A kind that follows from one already
// found is not looked for: nobody asks for a milder case of what is known to be broken.

/// One edge of a cycle between two transactions.
struct CycleLink: Equatable {
  var source: Int
  var target: Int
  var kind: EdgeKinds
}

/// A cycle and its name.
struct DependencyCycle: Equatable {
  var name: String
  var links: [CycleLink]
}

struct CycleSearch {
  private(set) var cycles: [DependencyCycle] = []
  private let part: DependencyGraph

  /// All kinds of cycles of a graph, worst first.
  init(_ graph: DependencyGraph) {
    part = graph.cyclicPart()
    guard part.nodeCount > 0 else { return }
    search("", [])
    search("-process", .process)
    search("-realtime", [.process, .realtime])
  }

  private func isKnown(_ name: String) -> Bool {
    AnomalyNames.implied(by: cycles.map(\.name)).contains(name)
  }

  private mutating func search(_ form: String, _ order: EdgeKinds) {
    let writes = order.union(.ww)
    let base = writes.union(.wr)
    if !isKnown("G0" + form) { through(.ww, part, writes, "G0" + form) }
    if !isKnown("G1c" + form) { through(.wr, part, base, "G1c" + form) }
    let single = "G-single-item" + form
    let nonadjacent = "G-nonadjacent-item" + form
    if !isKnown(single) {
      let apart = part.withoutAdjacent(base)
      let parts = Components(apart, .all)
      let starts = CycleSearch.edges(.rw, of: apart, within: parts)
      if !starts.isEmpty { findSingle(base, single) }
      if !starts.isEmpty, !isKnown(nonadjacent) {
        add(ShortestCycles(apart, parts, .all).shortest(through: starts), nonadjacent)
      }
    }
    if !isKnown("G2-item" + form) {
      through(.rw, part, base.union([.rw, .pass]), "G2-item" + form)
    }
  }

  /// The shortest cycles through edges of one kind, one for each component.
  private mutating func through(
    _ kind: EdgeKinds, _ graph: DependencyGraph, _ mask: EdgeKinds, _ name: String
  ) {
    let parts = Components(graph, mask)
    guard parts.hasCycle else { return }
    let starts = CycleSearch.edges(kind, of: graph, within: parts)
    add(ShortestCycles(graph, parts, mask).shortest(through: starts), name)
  }

  /// Cycles with exactly one rw: from the target of which edges of kind rw does a path of other edges lead
  /// back? Sets of 64 edges travel along the components of the other edges, in topological order.
  private mutating func findSingle(_ base: EdgeKinds, _ name: String) {
    let mask = base.union(.pass)
    let whole = Components(part, .all)
    let parts = Components(part, mask)
    let starts = CycleSearch.edges(.rw, of: part, within: whole)
    var reached = [UInt64](repeating: 0, count: parts.sizes.count)
    var closing: [(source: Int, edge: Int)] = []
    for first in stride(from: 0, to: starts.count, by: 64) {
      let batch = starts[first..<min(first + 64, starts.count)]
      for place in reached.indices { reached[place] = 0 }
      for (bit, start) in batch.enumerated() {
        reached[Int(parts.number[Int(part.targets[start.edge])])] |= 1 << UInt64(bit)
      }
      for node in parts.order.reversed().lazy.map(Int.init) {
        let bits = reached[Int(parts.number[node])]
        guard bits != 0 else { continue }
        for edge in part.edges(of: node) where !mask.isDisjoint(with: part.kinds[edge]) {
          reached[Int(parts.number[Int(part.targets[edge])])] |= bits
        }
      }
      for (bit, start) in batch.enumerated()
      where reached[Int(parts.number[start.source])] >> UInt64(bit) & 1 == 1 {
        closing.append(start)
      }
    }
    add(ShortestCycles(part, whole, mask).shortest(through: closing), name)
  }

  /// The edges of one kind inside components, with their sources.
  private static func edges(
    _ kind: EdgeKinds, of graph: DependencyGraph, within parts: Components
  ) -> [(source: Int, edge: Int)] {
    var found: [(source: Int, edge: Int)] = []
    for node in 0..<graph.nodeCount where parts.isCyclic(node) {
      for edge in graph.edges(of: node)
      where graph.kinds[edge] == kind
        && parts.number[Int(graph.targets[edge])] == parts.number[node]
      {
        found.append((node, edge))
      }
    }
    return found
  }

  /// Keeps cycles, without the nodes that are no transactions.
  private mutating func add(_ found: [[ShortestCycles.Hop]], _ name: String) {
    for hops in found {
      guard let first = hops.firstIndex(where: { $0.isTransaction }) else { continue }
      var links: [CycleLink] = []
      var kinds: EdgeKinds = []
      var source = hops[first].node
      for hop in hops[(first + 1)...] + hops[...first] {
        kinds.formUnion(hop.kind)
        guard hop.isTransaction else { continue }
        let kind: EdgeKinds =
          kinds.contains(.rw) ? .rw : kinds.contains(.realtime) ? .realtime : kinds
        links.append(CycleLink(source: source, target: hop.node, kind: kind))
        source = hop.node
        kinds = []
      }
      // A walk that meets a transaction twice is two cycles, each found under its own name.
      guard CycleSearch.isSimple(links) else { continue }
      cycles.append(DependencyCycle(name: name, links: links))
    }
  }

  private static func isSimple(_ links: [CycleLink]) -> Bool {
    let nodes = links.map(\.source).sorted()
    return zip(nodes, nodes.dropFirst()).allSatisfy { $0 != $1 }
  }
}
