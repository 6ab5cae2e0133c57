// The search for cycles beside a brute force that walks all simple cycles of small random graphs: of every
// kind and form of cycle it must find one if and only if there is one, or one of which that kind is a milder case.

import Histories
import Testing

@testable import Checking

@Suite("Cycle search")
struct CycleSearchTests {
  private typealias Edge = (source: Int, target: Int, kind: EdgeKinds)

  private func name(_ kinds: [EdgeKinds]) -> String? {
    let form =
      kinds.contains(.realtime) ? "-realtime" : kinds.contains(.process) ? "-process" : ""
    let overwrites = kinds.count { $0 == .rw }
    switch overwrites {
    case 0: return kinds.contains(.wr) ? "G1c" + form : kinds.contains(.ww) ? "G0" + form : nil
    case 1: return "G-single-item" + form
    default:
      let isApart = kinds.indices.allSatisfy {
        kinds[$0] != .rw || kinds[($0 + 1) % kinds.count] != .rw
      }
      return (isApart ? "G-nonadjacent-item" : "G2-item") + form
    }
  }

  /// The names of all simple cycles.
  private func cycles(_ edges: [Edge], _ nodes: Int) -> Set<String> {
    var names: Set<String> = []
    func walk(_ start: Int, _ node: Int, _ seen: [Int], _ kinds: [EdgeKinds]) {
      for edge in edges where edge.source == node {
        if edge.target == start {
          if let name = name(kinds + [edge.kind]) { names.insert(name) }
        } else if edge.target > start, !seen.contains(edge.target) {
          walk(start, edge.target, seen + [edge.target], kinds + [edge.kind])
        }
      }
    }
    for start in 0..<nodes { walk(start, start, [start], []) }
    return names
  }

  @Test func findsWhatThereIs() {
    var generator = SmallGenerator(71)
    var seen: [String: Int] = [:]
    let rounds = Twins.count(6_000)
    for _ in 0..<rounds {
      let nodes = 2 + generator.below(4)
      var edges: [Edge] = []
      var list = EdgeList()
      let kinds: [EdgeKinds] = [.ww, .wr, .rw, .rw, .process, .realtime]
      func add(_ source: Int, _ target: Int, _ kind: EdgeKinds) {
        // The orders of processes and of time have no cycles by themselves.
        if [.process, .realtime].contains(kind), source > target { return }
        edges.append((source, target, kind))
        list.add(source, target, kind)
      }
      // Often a ring, as the milder kinds need long cycles.
      let isRing = generator.chance(70)
      for node in 0..<nodes where isRing {
        let isOverwrite = node % 2 == 1 || generator.chance(20)
        add(node, (node + 1) % nodes, isOverwrite ? .rw : generator.pick(kinds))
      }
      for _ in 0..<(isRing ? generator.below(2) : 2 + generator.below(7)) {
        let source = generator.below(nodes)
        let target = generator.below(nodes)
        if source != target { add(source, target, generator.pick(kinds)) }
      }
      let graph = DependencyGraph(list, weights: [UInt8](repeating: 1, count: nodes))
      let found = CycleSearch(graph).cycles
      let truth = cycles(edges, nodes)
      let mine = Set(AnomalyNames.implied(by: found.map(\.name)))
      let theirs = Set(AnomalyNames.implied(by: truth.sorted()))
      guard mine == theirs else {
        Issue.record("\(edges): found \(found.map(\.name)), there are \(truth.sorted())")
        return
      }
      for cycle in found {
        seen[cycle.name, default: 0] += 1
        #expect(truth.contains(cycle.name), "\(cycle)")
        for link in cycle.links {
          #expect(
            edges.contains {
              $0.source == link.source && $0.target == link.target && $0.kind == link.kind
            })
        }
      }
    }
    for base in ["G0", "G1c", "G-single-item", "G-nonadjacent-item", "G2-item"] {
      for form in AnomalyNames.forms {
        #expect(seen[base + form, default: 0] * 2_000 > rounds, "\(base + form)")
      }
    }
  }
}
