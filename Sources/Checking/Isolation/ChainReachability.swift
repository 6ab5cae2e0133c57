// Which node of a graph without cycles leads to which, where nodes lie on a few chains: what one
// process did after another. What a node leads to on a chain is all from some
// place on, so that one number for each node and chain tells: memory grows with how much ran at once, not with
// the square of the history. Simon, "An Improved Algorithm for Transitive Closure on Acyclic Digraphs", 1988,
// section 3 (chain decomposition).

/// Who leads to whom.
protocol Reaching {
  /// How many steps it took to find out.
  var work: Int { get }
  /// Whether one node leads to another. May say no of a node that is on no chain.
  func leads(_ node: Int, _ other: Int) -> Bool
}

extension Reachability: Reaching {}

/// Who leads to whom, of the nodes on chains.
struct ChainReachability: Reaching {
  /// For each node its chain and its place there; -1 for nodes on none.
  private(set) var chains: [Int32]
  private(set) var places: [Int32]
  private(set) var chainCount = 0
  private(set) var work = 0
  /// For each node and chain, the first place that the node leads to.
  private var firsts: [Int32] = []

  /// - Parameters:
  ///   - order: all nodes so that edges lead forward.
  ///   - bytes: what it may take; nil if that is not enough.
  ///   - isMember: whether a node is to be on a chain. What a process did makes one; so does each node that no
  ///     process did.
  init?(
    _ graph: DependencyGraph, _ order: [Int32], bytes: Int, isMember: (Int) -> Bool
  ) {
    chains = [Int32](repeating: -1, count: graph.nodeCount)
    places = chains
    var lasts: [Int32] = []
    var before = chains
    for node in order.lazy.map(Int.init) where isMember(node) {
      let last = before[node]
      if last >= 0, lasts[Int(chains[Int(last)])] == last {
        chains[node] = chains[Int(last)]
        places[node] = places[Int(last)] + 1
        lasts[Int(chains[node])] = Int32(node)
      } else {
        chains[node] = Int32(lasts.count)
        places[node] = 0
        lasts.append(Int32(node))
      }
      for edge in graph.edges(of: node) where graph.kinds[edge] == .process {
        before[Int(graph.targets[edge])] = Int32(node)
      }
    }
    chainCount = lasts.count
    guard chainCount * graph.nodeCount * 4 <= bytes else { return nil }
    collect(graph, order)
  }

  private mutating func collect(_ graph: DependencyGraph, _ order: [Int32]) {
    let width = chainCount
    var firsts = [Int32](repeating: .max, count: graph.nodeCount * width)
    firsts.withUnsafeMutableBufferPointer { firsts in
      for node in order.reversed().lazy.map(Int.init) {
        let into = node * width
        for edge in graph.edges(of: node) {
          let target = Int(graph.targets[edge])
          let chain = Int(chains[target])
          if chain >= 0 {
            // Whoever leads further already learns nothing from it.
            if firsts[into + chain] <= places[target] { continue }
            firsts[into + chain] = places[target]
          }
          work += width
          let from = target * width
          for place in 0..<width where firsts[from + place] < firsts[into + place] {
            firsts[into + place] = firsts[from + place]
          }
        }
      }
    }
    self.firsts = firsts
  }

  func leads(_ node: Int, _ other: Int) -> Bool {
    let chain = Int(chains[other])
    return chain >= 0 && firsts[node * chainCount + chain] <= places[other]
  }

  /// The first place on a chain that a node leads to.
  func first(_ node: Int, on chain: Int32) -> Int32 { firsts[node * chainCount + Int(chain)] }
}

/// The versions of one key, by the chains that their writers are on.
struct VersionChains {
  /// Versions, one chain after another, in the order of each chain; and where the writer of each is.
  private let versions: [Int32]
  private let nodes: [Int]
  private var runs: [Range<Int>] = []

  /// - Parameter node: where the writer of a version is on a chain.
  init(_ group: [Int32], _ reach: ChainReachability, _ node: (Int32) -> Int) {
    let sorted = group.map { (version: $0, node: node($0)) }.sorted { left, right in
      let (one, two) = (reach.chains[left.node], reach.chains[right.node])
      return one != two ? one < two : reach.places[left.node] < reach.places[right.node]
    }
    versions = sorted.map(\.version)
    nodes = sorted.map(\.node)
    var start = 0
    for place in 1...max(1, nodes.count) where place <= nodes.count {
      if place < nodes.count, reach.chains[nodes[place]] == reach.chains[nodes[start]] { continue }
      runs.append(start..<place)
      start = place
    }
  }

  var count: Int { versions.count }

  /// Compares the version at a place with all others.
  /// - Parameters:
  ///   - source: the node from which the writer of a version on a chain leads to others.
  ///   - open: called with each later version whose order is not known.
  /// - Returns: the version, and those known to come after it between which no other is known to come.
  func compare(
    _ place: Int, _ reach: ChainReachability, source: (Int) -> Int,
    open: (_ one: Int32, _ two: Int32) -> Void
  ) -> (version: Int32, next: [Int32]) {
    let own = nodes[place]
    var after: [Int] = []
    for run in runs {
      let first = reach.first(source(own), on: reach.chains[nodes[run.lowerBound]])
      let later = VersionChains.first(run) { reach.places[nodes[$0]] >= first }
      let notBefore = VersionChains.first(run) { !reach.leads(source(nodes[$0]), own) }
      if later < run.upperBound { after.append(later) }
      for other in max(notBefore, place + 1)..<max(notBefore, place + 1, later) where other < later
      {
        open(versions[place], versions[other])
      }
    }
    let next = after.filter { candidate in
      !after.contains { $0 != candidate && reach.leads(source(nodes[$0]), nodes[candidate]) }
    }
    return (versions[place], next.map { versions[$0] })
  }

  /// The first place of a run where something holds that holds from there on.
  private static func first(_ run: Range<Int>, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (run.lowerBound, run.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
