// A graph without cycles that grows and shrinks, with an order of its nodes in which every edge leads
// forward. An edge that agrees with the order costs nothing; another moves only the nodes between its ends.
// Edges go as they came, last in first out; the order stays right when edges go.
//
// Pearce and Kelly, "A Dynamic Topological Sort Algorithm for Directed Acyclic Graphs", 2006, section 3.

struct GrowingOrder {
  private(set) var places: [Int32]
  private var firstOut: [Int32]
  private var firstIn: [Int32]
  private var sources: [Int32] = []
  private var targets: [Int32] = []
  private var nextOut: [Int32] = []
  private var nextIn: [Int32] = []
  /// Whoever asked for each edge: a literal; -1: it is certain.
  private var causes: [Int32] = []
  /// The search at hand that saw a node, and the edge by which it did.
  private var stamps: [Int32]
  private var arrivals: [Int32]
  private var stamp: Int32 = 0
  /// How many edges were looked at.
  private(set) var work = 0

  /// A graph whose edges agree with an order.
  init(_ graph: DependencyGraph, _ order: [Int32]) {
    let count = graph.nodeCount
    places = [Int32](repeating: 0, count: count)
    for (place, node) in order.enumerated() { places[Int(node)] = Int32(place) }
    firstOut = [Int32](repeating: -1, count: count)
    firstIn = firstOut
    stamps = firstOut
    arrivals = firstOut
    for node in 0..<count {
      for edge in graph.edges(of: node) { link(node, Int(graph.targets[edge]), -1) }
    }
  }

  var edgeCount: Int { sources.count }

  /// Takes the last edges away until so many are left.
  mutating func shrink(to count: Int) {
    while sources.count > count, let source = sources.popLast(), let target = targets.popLast() {
      firstOut[Int(source)] = nextOut.removeLast()
      firstIn[Int(target)] = nextIn.removeLast()
      causes.removeLast()
    }
  }

  private mutating func link(_ source: Int, _ target: Int, _ cause: Int32) {
    let edge = Int32(sources.count)
    sources.append(Int32(source))
    targets.append(Int32(target))
    causes.append(cause)
    nextOut.append(firstOut[source])
    nextIn.append(firstIn[target])
    firstOut[source] = edge
    firstIn[target] = edge
  }

  /// Adds an edge. If it would close a cycle it does not, and gives the causes of the edges of the cycle
  /// but the new one.
  mutating func add(_ source: Int, _ target: Int, cause: Int32) -> [Int32]? {
    let (upper, lower) = (places[source], places[target])
    guard lower <= upper else {
      link(source, target, cause)
      return nil
    }
    if source == target { return [] }
    var ahead = [Int32(target)]
    stamp += 1
    stamps[target] = stamp
    arrivals[target] = -1
    var next = 0
    while next < ahead.count {
      var edge = firstOut[Int(ahead[next])]
      next += 1
      while edge >= 0 {
        work += 1
        let node = Int(targets[Int(edge)])
        if stamps[node] != stamp, places[node] <= upper {
          stamps[node] = stamp
          arrivals[node] = edge
          if node == source { return causes(of: node) }
          ahead.append(Int32(node))
        }
        edge = nextOut[Int(edge)]
      }
    }
    reorder(ahead, behind(source, lower))
    link(source, target, cause)
    return nil
  }

  /// The nodes that lead to one, not before a place.
  private mutating func behind(_ source: Int, _ lower: Int32) -> [Int32] {
    var behind = [Int32(source)]
    stamp += 1
    stamps[source] = stamp
    var next = 0
    while next < behind.count {
      var edge = firstIn[Int(behind[next])]
      next += 1
      while edge >= 0 {
        work += 1
        let node = Int(sources[Int(edge)])
        if stamps[node] != stamp, places[node] >= lower {
          stamps[node] = stamp
          behind.append(Int32(node))
        }
        edge = nextIn[Int(edge)]
      }
    }
    return behind
  }

  /// Puts what leads to the new edge before what it leads to, in the places that they have together.
  private mutating func reorder(_ ahead: [Int32], _ behind: [Int32]) {
    let sorted =
      behind.sorted { places[Int($0)] < places[Int($1)] }
      + ahead.sorted { places[Int($0)] < places[Int($1)] }
    let free = sorted.map { places[Int($0)] }.sorted()
    for (node, place) in zip(sorted, free) { places[Int(node)] = place }
  }

  /// The causes along the path by which the last search came to a node.
  private func causes(of node: Int) -> [Int32] {
    var found: [Int32] = []
    var edge = arrivals[node]
    while edge >= 0 {
      if causes[Int(edge)] >= 0 { found.append(causes[Int(edge)]) }
      edge = arrivals[Int(sources[Int(edge)])]
    }
    return found
  }

  /// The causes along a path from one node to another; nil if there is none.
  mutating func path(from source: Int, to target: Int) -> [Int32]? {
    stamp += 1
    stamps[source] = stamp
    arrivals[source] = -1
    var open = [Int32(source)]
    var next = 0
    while next < open.count {
      var edge = firstOut[Int(open[next])]
      next += 1
      while edge >= 0 {
        work += 1
        let node = Int(targets[Int(edge)])
        if stamps[node] != stamp {
          stamps[node] = stamp
          arrivals[node] = edge
          if node == target { return causes(of: node) }
          open.append(Int32(node))
        }
        edge = nextOut[Int(edge)]
      }
    }
    return nil
  }
}
