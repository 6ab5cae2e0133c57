// Zones, and what one process did at one instant (ProcessOrder.swift). A succession, a of cluster A returned when b
// of cluster B was called, says that A comes before B although no interval does: then A.f <= B.s, and if A.f <
// B.s the zones say it themselves. So on a shortest circle of clusters A1, A2, ... each f is at most the next s;
// and no f is less than an s that does not come next, or there were a shorter circle. From these inequalities, if
// there are three or more clusters, all f and all s are equal: the circle is made of successions alone. If
// there are two, the circle is made of two conflicts of zones, of successions alone, or of one of each.
// This keeps the zones of Gibbons and Korach ("Testing Shared Memories", 1997) exact, and as fast.

import Histories

extension RegisterHistory {
  /// Looks for circles that successions make or close.
  func judgeSuccessions(
    _ clusters: [Zone], _ place: [Int32], _ blocks: Blocks, _ findings: inout Findings
  ) {
    func cluster(of row: Int) -> Int? {
      if history.functions[row] == .read {
        guard history.completions[row] == .ok, let write = writeRead(by: row) else { return nil }
        return write < 0 ? 0 : Int(place[write - base])
      }
      let own = Int(place[row - base])
      return own >= 0 && blocks.block[own] >= 0 ? own : nil
    }
    let successions = history.successions(
      among: rows.lazy.map(Int.init), where: { cluster(of: $0) != nil })
    guard !successions.isEmpty else { return }
    var graph = OrderGraph(nodeRows: blocks.zones.map(\.write))
    var shown: [Int32: Succession] = [:]
    for pair in successions {
      guard let left = cluster(of: Int(pair.before)), let right = cluster(of: Int(pair.after)),
        left != right
      else { continue }
      let (before, after) = (Int(blocks.block[left]), Int(blocks.block[right]))
      // Clusters in a circle of compare-and-sets are in no block; the circle is found already.
      guard before >= 0, after >= 0 else { continue }
      let (first, second) = (blocks.zones[before], blocks.zones[after])
      if before == after {
        if blocks.depth[left] > blocks.depth[right] {
          findings.add(disorder(clusters[right], clusters[left], pair))
        }
      } else if first.firstReturn < second.lastCall {
        continue
      } else if second.firstReturn < first.lastCall {
        findings.add(conflict(second, first, pair))
      } else {
        graph.addEdge(before, after, row: Int(pair.after))
        shown[pair.after] = pair
      }
    }
    for circle in graph.cycles() {
      findings.add(self.circle(circle.compactMap { shown[Int32($0.row)] }))
    }
  }

  private func tell(_ rows: [Int32], _ reasons: [String]) -> Anomaly {
    let rows = Set(rows.filter { $0 >= 0 }.map(Int.init)).sorted()
    return anomaly("stale-read", rows, reasons)
  }

  private func reason(_ pair: Succession) -> String {
    "row \(pair.after) came after row \(pair.before): process "
      + "\(history.processes[Int(pair.after)]) called it when that had returned"
  }

  /// Two clusters of one block of which the later comes first by a succession.
  private func disorder(_ earlier: Zone, _ later: Zone, _ pair: Succession) -> Anomaly {
    let made = "\(name(of: history.values[Int(later.write)])) was made of what was there before it"
    return tell([earlier.write, later.write, pair.before, pair.after], [made, reason(pair)])
  }

  /// A zone that must come before another, which comes before it by a succession.
  private func conflict(_ first: Zone, _ second: Zone, _ pair: Succession) -> Anomaly {
    let rows = [first.write, second.write, first.firstRow, second.lastRow, pair.before, pair.after]
    return tell(rows, [before(first, second), reason(pair)])
  }

  /// Successions each of which leads from the value at which the one before it arrived.
  private func circle(_ pairs: [Succession]) -> Anomaly {
    let rows = pairs.flatMap { [$0.before, $0.after] }
    let writes = rows.compactMap { row -> Int32? in
      guard history.functions[Int(row)] == .read else { return nil }
      return writeRead(by: Int(row)).map(Int32.init)
    }
    return tell(
      rows + writes, pairs.map(reason) + ["what they wrote and saw goes round in a circle"])
  }
}
