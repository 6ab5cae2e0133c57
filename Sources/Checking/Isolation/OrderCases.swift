// Why no order of versions explains some transactions, in words: a cycle of what is certain, or of two
// versions one first, what follows, then the other. Made for the few transactions of a witness.

struct OrderCases {
  /// An edge of the polygraph that is certain, or that an assumption brings.
  private struct Edge {
    var source: Int
    var target: Int
    var kind: EdgeKinds
    var assumed: OrderLiteral
  }

  private let material: OrderMaterial
  private let question: OrderQuestion
  private let names: [String]
  private let pairs: [(one: Int32, two: Int32)]
  private var lines: [String] = []
  /// What is certain of all that the sentences argue with, whichever version came first.
  private(set) var certain: [CycleLink] = []
  private static let mostLines = 40

  init(_ material: OrderMaterial, _ question: OrderQuestion, _ names: [String]) {
    self.material = material
    self.question = question
    self.names = names
    pairs = material.polygraph.pairs()
  }

  mutating func sentences() -> [String] {
    tell([])
    if lines.count >= OrderCases.mostLines { lines.append("and so on for all other orders") }
    return lines
  }

  /// Tells the contradiction that some assumptions lead to.
  private mutating func tell(_ assumed: [OrderLiteral]) {
    guard lines.count < OrderCases.mostLines else { return }
    if let cycle = contradiction(assumed) {
      lines.append(sentence(cycle, assumed))
      return
    }
    let open = pairs.indices.map { Int32(2 * $0) }.filter { literal in
      !assumed.contains(literal) && !assumed.contains(literal + 1)
    }
    let sides = open.flatMap { [$0, $0 + 1] }
    if let wrong = sides.first(where: { contradiction(assumed + [$0]) != nil }) {
      tell(assumed + [wrong])
      tell(assumed + [wrong ^ 1])
    } else if let first = open.first {
      tell(assumed + [first])
      tell(assumed + [first + 1])
    }
  }

  private func edges(_ assumed: [OrderLiteral]) -> [Edge] {
    let polygraph = material.polygraph
    let counts = question.orders.union(.data)
    var edges: [Edge] = []
    let certain = polygraph.edges
    for place in 0..<certain.count where !counts.isDisjoint(with: certain.kinds[place]) {
      edges.append(
        Edge(
          source: Int(certain.sources[place]), target: Int(certain.targets[place]),
          kind: certain.kinds[place], assumed: -1))
    }
    for literal in assumed {
      let (one, two) = ordered(literal)
      polygraph.consequences(one, before: two) { source, target, kind in
        edges.append(Edge(source: source, target: target, kind: kind, assumed: literal))
      }
    }
    return edges
  }

  private func ordered(_ literal: OrderLiteral) -> (Int32, Int32) {
    let pair = pairs[Int(literal / 2)]
    return literal % 2 == 0 ? (pair.one, pair.two) : (pair.two, pair.one)
  }

  /// The shortest cycle that the condition forbids.
  private func contradiction(_ assumed: [OrderLiteral]) -> [Edge]? {
    let all = edges(assumed)
    let condition = question.condition
    var steps: [(source: Int, target: Int, edge: Int)] = []
    var best: [Int]?
    for (place, edge) in all.enumerated() {
      if condition.watchesOverwrites, edge.kind == .rw { continue }
      condition.place(edge.source, edge.target, edge.kind) { steps.append(($0, $1, place)) }
    }
    func consider(_ path: [Int]?) {
      guard let path, path.count < best?.count ?? .max else { return }
      best = path
    }
    for step in steps {
      let back = OrderCases.path(from: step.target, to: step.source, steps)
      consider(back.map { [step.edge] + $0 })
    }
    if condition.watchesOverwrites {
      for (place, edge) in all.enumerated() where edge.kind == .rw {
        let seen = steps.filter { step in
          let kind = all[step.edge].kind
          return condition == .parallelSnapshot || kind == .wr || kind == .pass
        }
        let back = OrderCases.path(from: edge.target, to: edge.source, seen)
        let reads = back?.count { all[$0].kind == .wr } ?? 0
        if condition != .atomic || reads == 1 { consider(back.map { [place] + $0 }) }
      }
    }
    return best.map { $0.map { all[$0] } }
  }

  /// The edges of a shortest path.
  private static func path(
    from start: Int, to end: Int, _ steps: [(source: Int, target: Int, edge: Int)]
  ) -> [Int]? {
    var arrivals = [start: -1]
    var open = [start]
    var next = 0
    while next < open.count {
      let node = open[next]
      next += 1
      if node == end {
        var path: [Int] = []
        var place = arrivals[node] ?? -1
        while place >= 0 {
          path.append(steps[place].edge)
          place = arrivals[steps[place].source] ?? -1
        }
        return path.reversed()
      }
      for (place, step) in steps.enumerated()
      where step.source == node && arrivals[step.target] == nil {
        arrivals[step.target] = place
        open.append(step.target)
      }
    }
    return nil
  }

  /// "If key x = 1 came before key x = 2, then T1 < T2, because ..., and T2 < T1, because ...: a contradiction".
  private mutating func sentence(_ cycle: [Edge], _ assumed: [OrderLiteral]) -> String {
    let used = assumed.filter { literal in cycle.contains { $0.assumed == literal } }
    let suppositions = used.map { literal in
      let (one, two) = ordered(literal)
      return "\(material.describe(one)) came before \(material.describe(two))"
    }
    let opening = suppositions.isEmpty ? "" : "If \(suppositions.joined(separator: " and ")), then "
    let links = links(cycle)
    for link in links where link.assumed < 0 {
      guard let source = transaction(link.source), let target = transaction(link.target) else {
        continue
      }
      let link = CycleLink(source: source, target: target, kind: link.kind)
      if !certain.contains(link) { certain.append(link) }
    }
    return opening + links.map(clause).joined(separator: "; and ") + ": a contradiction"
  }

  /// A cycle from transaction to transaction, without the nodes between.
  private func links(_ cycle: [Edge]) -> [Edge] {
    guard let first = cycle.firstIndex(where: { isActor($0.source) }) else { return cycle }
    var links: [Edge] = []
    for edge in cycle[first...] + cycle[..<first] {
      if var last = links.last, !isActor(last.target) {
        last.target = edge.target
        links[links.count - 1] = last
      } else {
        links.append(edge)
      }
    }
    return links
  }

  /// The transaction of a node; nil for other nodes.
  private func transaction(_ node: Int) -> Int? {
    guard node < material.transactions.count else { return nil }
    let transaction = Int(material.transactions[node])
    return transaction < names.count ? transaction : nil
  }

  /// Whether a node is a transaction, seen or not.
  private func isActor(_ node: Int) -> Bool {
    transaction(node) != nil || material.polygraph.writers.contains(Int32(node))
  }

  private func name(_ node: Int) -> String {
    if let transaction = transaction(node) { return names[transaction] }
    let version = material.polygraph.writers.firstIndex(of: Int32(node)) ?? 0
    return "whoever wrote \(material.describe(Int32(version)))"
  }

  private func clause(_ edge: Edge) -> String {
    let (source, target) = (name(edge.source), name(edge.target))
    let why: String?
    if edge.kind == .process {
      why = "one process did \(source) before \(target)"
    } else if edge.kind == .realtime {
      why = "\(source) had returned before \(target) was called"
    } else if edge.assumed >= 0, edge.kind == .rw {
      let (one, two) = ordered(edge.assumed)
      why = "\(source) read \(material.describe(one)) and \(target) wrote \(material.describe(two))"
    } else if edge.assumed < 0, let one = transaction(edge.source),
      let two = transaction(edge.target)
    {
      why = material.reason(CycleLink(source: one, target: two, kind: edge.kind), source, target)
    } else {
      why = nil
    }
    let reason = why.map { ", because \($0)" } ?? ""
    return "\(source) < \(target)\(reason)"
  }
}
