// One question to a polygraph, made small: what is certain, as a graph for the question's condition, and the
// pairs of versions that stay open. A pair whose one order would close a cycle with what is certain must be
// ordered the other way, which makes more edges certain; this is repeated until nothing changes. Mostly
// nothing is left to search: Tan et al., "Cobra: Making Transactional Key-Value Stores Verifiably
// Serializable", 2020, section 3.3; Huang et al., "Efficient Black-box Checking of Snapshot Isolation in
// Databases", 2023, section 4.3.

import Histories

/// A pair of versions of one key ordered in one way: twice the pair's number, plus one if the second comes
/// first.
typealias OrderLiteral = Int32

struct OrderProblem {
  /// What is known about a question.
  enum Answer: Equatable {
    case holds, violated
    case unknown(String)
  }

  let polygraph: Polygraph
  let question: OrderQuestion
  private(set) var pairs: [(one: Int32, two: Int32)] = []
  /// What is certain, between layers of nodes.
  private(set) var graph: DependencyGraph
  /// The nodes of the graph so that its edges lead forward.
  private(set) var order: [Int32] = []
  /// The edges of kind rw that nothing may lead back over, if the condition is of that kind.
  private(set) var watched: [(source: Int32, target: Int32)] = []
  private(set) var budget: Budget
  private var edges = EdgeList()
  private var visible: Reachability?
  private static let mostPairs = 3_000_000
  private static let mostBytes = 512_000_000

  private init(_ polygraph: Polygraph, _ question: OrderQuestion, _ budget: Budget) {
    self.polygraph = polygraph
    self.question = question
    self.budget = budget
    graph = DependencyGraph(EdgeList(), weights: [])
    let counts = question.orders.union(.data)
    let all = polygraph.edges
    for place in 0..<all.count where !counts.isDisjoint(with: all.kinds[place]) {
      let (source, target) = (all.sources[place], all.targets[place])
      if question.condition.watchesOverwrites, all.kinds[place] == .rw {
        watched.append((source, target))
      } else {
        question.condition.place(Int(source), Int(target), all.kinds[place]) {
          edges.add($0, $1, all.kinds[place])
        }
      }
    }
  }

  /// Decides a question, within a budget; tells what is left of it.
  static func answer(
    _ polygraph: Polygraph, _ question: OrderQuestion, _ budget: inout Budget
  ) -> Answer {
    var problem = OrderProblem(polygraph, question, budget)
    let answer = problem.answer()
    budget = problem.budget
    return answer
  }

  private mutating func answer() -> Answer {
    guard arrange() else { return .violated }
    if agreesWithOrder() { return .holds }
    if !question.condition.watchesOverwrites, let reach = chainReach() {
      guard gather(reach) else {
        return .unknown(
          "more than \(OrderProblem.mostPairs) pairs of writes could be ordered either way")
      }
      guard arrange() else { return .violated }
    } else {
      guard polygraph.pairCount <= OrderProblem.mostPairs else {
        return .unknown("\(polygraph.pairCount) pairs of writes could be ordered either way")
      }
      guard Reachability.bytes(graph.nodeCount) <= OrderProblem.mostBytes else {
        return .unknown("\(polygraph.nodeCount) transactions are too many to try orders of writes")
      }
      pairs = polygraph.pairs()
    }
    guard let isPossible = prune() else { return .unknown(OrderProblem.exhausted) }
    guard isPossible else { return .violated }
    // What causes what does not change with the order of writes.
    if question.condition == .causal || question.condition == .atomic { return .holds }
    var search = OrderSearch(self)
    let answer = search.run()
    budget = search.budget
    return answer
  }

  static let exhausted = "the budget ended before all orders of writes were tried"

  /// Puts the nodes in order; false if there is a cycle.
  private mutating func arrange() -> Bool {
    let layers = question.condition.layers
    let count = polygraph.nodeCount * layers
    graph = DependencyGraph(edges, weights: [UInt8](repeating: 0, count: count))
    guard let found = graph.topologicalOrder({ polygraph.ranks[$0 / layers] }) else {
      return false
    }
    order = found
    return true
  }

  /// Whether the versions of each key may simply be taken in the order of their writers.
  private func agreesWithOrder() -> Bool {
    let condition = question.condition
    guard !condition.watchesOverwrites else { return false }
    var places = [Int32](repeating: 0, count: order.count)
    for (place, node) in order.enumerated() { places[Int(node)] = Int32(place) }
    var more = edges
    for group in polygraph.groups {
      let sorted = group.sorted { left, right in
        let (one, two) = (polygraph.writers[Int(left)], polygraph.writers[Int(right)])
        return places[Int(one) * condition.layers] < places[Int(two) * condition.layers]
      }
      for (one, two) in zip(sorted, sorted.dropFirst()) {
        polygraph.consequences(one, before: two) { source, target, kind in
          condition.place(source, target, kind) { more.add($0, $1, kind) }
        }
      }
    }
    return DependencyGraph(more, weights: graph.weights).topologicalOrder { _ in 0 } != nil
  }

  /// The edges that a literal stands for, between layers; those of kind rw apart if they are watched.
  func consequences(
    _ literal: OrderLiteral, _ body: (_ source: Int, _ target: Int, _ isWatched: Bool) -> Void
  ) {
    let pair = pairs[Int(literal / 2)]
    if literal % 2 == 0 {
      consequences(pair.one, before: pair.two, body)
    } else {
      consequences(pair.two, before: pair.one, body)
    }
  }

  private func consequences(
    _ one: Int32, before two: Int32,
    _ body: (_ source: Int, _ target: Int, _ isWatched: Bool) -> Void
  ) {
    polygraph.consequences(one, before: two) { source, target, kind in
      if kind == .rw, question.condition.watchesOverwrites {
        body(source, target, true)
      } else {
        question.condition.place(source, target, kind) { body($0, $1, false) }
      }
    }
  }

  /// Orders all pairs that can be ordered in one way only. False if some can not be ordered at all; nil
  /// if the budget ended.
  private mutating func prune() -> Bool? {
    if question.condition == .causal || question.condition == .atomic {
      let reads = Reachability(reads: graph, order, closed: question.condition == .causal)
      visible = reads
      guard spend(reads.work / 16) else { return nil }
    }
    while true {
      let before = pairs.count
      let isPossible: Bool? =
        if !question.condition.watchesOverwrites, let reach = chainReach() {
          order(by: reach)
        } else if Reachability.bytes(graph.nodeCount) <= OrderProblem.mostBytes {
          order(by: Reachability(graph, order))
        } else {
          nil
        }
      guard isPossible == true else { return isPossible }
      guard arrange() else { return false }
      if pairs.count == before { return true }
    }
  }

  /// Who leads to whom by the chains of processes; nil if there are too many.
  private func chainReach() -> ChainReachability? {
    let (layers, layer) = (question.condition.layers, question.condition.chainLayer)
    return ChainReachability(graph, order, bytes: OrderProblem.mostBytes) { node in
      node % layers == layer && polygraph.ranks[node / layers] != .min
    }
  }

  /// Finds the pairs whose order is not known, and makes certain what follows from the order of the others: for
  /// each version only from those that come next. False if there are too many.
  private mutating func gather(_ reach: ChainReachability) -> Bool {
    let (layers, layer) = (question.condition.layers, question.condition.chainLayer)
    budget.steps -= reach.work / 16
    for group in polygraph.groups {
      let versions = VersionChains(group, reach) {
        Int(polygraph.writers[Int($0)]) * layers + layer
      }
      for place in 0..<versions.count {
        var found: [(one: Int32, two: Int32)] = []
        let (version, next) = versions.compare(place, reach, source: { $0 - layer }) {
          found.append(($0, $1))
        }
        pairs += found
        guard pairs.count <= OrderProblem.mostPairs else { return false }
        for later in next { settle(version, before: later, reach) }
      }
    }
    return true
  }

  /// Orders the pairs that can be ordered in one way only. False if some can not be ordered at all; nil if the
  /// budget ended.
  private mutating func order(by reach: some Reaching) -> Bool? {
    guard spend(reach.work / 16 + pairs.count) else { return nil }
    for edge in watched {
      let (source, target) = (Int(edge.source), Int(edge.target))
      if visible?.leads(target, source) ?? reach.leads(target, source) { return false }
    }
    var open: [(one: Int32, two: Int32)] = []
    for pair in pairs.indices {
      let literal = Int32(2 * pair)
      let (isFirst, isSecond) = (isPossible(literal, reach), isPossible(literal + 1, reach))
      guard isFirst || isSecond else { return false }
      let (one, two) = pairs[pair]
      if isFirst, isSecond {
        open.append(pairs[pair])
      } else if isFirst {
        settle(one, before: two, reach)
      } else {
        settle(two, before: one, reach)
      }
    }
    pairs = open
    return true
  }

  private func isPossible(_ literal: OrderLiteral, _ reach: some Reaching) -> Bool {
    var isPossible = true
    consequences(literal) { source, target, isWatched in
      let closes =
        isWatched
        ? visible?.leads(target, source) ?? reach.leads(target, source)
        : reach.leads(target, source)
      if closes { isPossible = false }
    }
    return isPossible
  }

  /// Makes certain that one version comes before another.
  private mutating func settle(_ one: Int32, before two: Int32, _ reach: some Reaching) {
    var added: [(Int, Int, Bool)] = []
    consequences(one, before: two) { added.append(($0, $1, $2)) }
    for (source, target, isWatched) in added {
      if isWatched {
        if visible == nil { watched.append((Int32(source), Int32(target))) }
      } else if !reach.leads(source, target) {
        edges.add(source, target, .ww)
      }
    }
  }

  private mutating func spend(_ steps: Int) -> Bool {
    budget.steps -= steps
    return budget.steps >= 0 && budget.deadline?() != true
  }
}

extension Polygraph {
  /// What follows from one version coming before another of its key.
  func consequences(
    _ one: Int32, before two: Int32, _ body: (Int, Int, EdgeKinds) -> Void
  ) {
    let target = writers[Int(two)]
    if writers[Int(one)] != target { body(Int(writers[Int(one)]), Int(target), .ww) }
    for reader in readers(of: one) where reader != target { body(Int(reader), Int(target), .rw) }
  }
}
