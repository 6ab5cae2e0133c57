// Where saturation leaves open whether one order explains all reads. First a walk along the frontier, which places next
// what was heard of first: where there is an order it mostly finds one without ever going back. If it has to go
// back too often, the question is which of two writes of a register comes first, for each pair that is still open:
// single operations are small transactions, and sequential consistency is to them what serializability in the
// order of each process is (Papadimitriou, "The Serializability of Concurrent Database Updates", 1979), so that the
// same solver learns from its conflicts (OrderSearch.swift). What saturation derived is certain there.

import Histories

extension OrderModel {
  /// Looks for an order of all operations.
  func search(_ order: HappensBefore, _ budget: Budget) -> OrderFinding {
    var frontiers = FrontierSearch(order)
    var walk = budget
    walk.steps = min(
      budget.steps / 2, 16 * order.table.count * FrontierSearch.cost(chains: order.width))
    switch frontiers.run(walk) {
    case .found: return .holds
    case .none: return .noOrder
    case .exhausted: break
    }
    var rest = budget
    rest.steps -= walk.steps
    switch OrderProblem.answer(Polygraph(order), .sequential, &rest) {
    case .holds: return .holds
    case .violated: return .noOrder
    case .unknown(let reason):
      return .gaveUp(
        "\(reason): the first \(frontiers.furthest) of \(count(order.table.count, "operation")) "
          + "have an order")
    }
  }
}

extension Polygraph {
  /// What is certain of an order of operations, and the pairs of writes that it leaves open.
  init(_ order: HappensBefore) {
    let table = order.table
    var edges = EdgeList()
    var reads: [(version: Int32, reader: Int32)] = []
    var groups: [Int32: [Int32]] = [:]
    for node in 0..<table.count {
      if node + 1 < table.count, table.chains[node + 1] == table.chains[node] {
        edges.add(node, node + 1, .process)
      }
      if table.others[node] >= 0 { edges.add(node, Int(table.others[node]), .ww) }
      order.forEachDerived(from: node) { edges.add(node, Int(order.derived[$0].target), .ww) }
      if table.sources[node] >= 0 {
        edges.add(Int(table.sources[node]), node, .wr)
        reads.append((table.sources[node], Int32(node)))
      }
      if table.isWrite[node] { groups[table.keys[node], default: []].append(Int32(node)) }
    }
    self.init(
      edges: edges, ranks: table.rows.map { table.history.end(of: Int($0)) },
      writers: (0..<Int32(table.count)).map { $0 },
      groups: groups.sorted { $0.key < $1.key }.map(\.value).filter { $0.count > 1 },
      reads: reads)
  }
}
