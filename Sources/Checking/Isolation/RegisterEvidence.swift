// Who shows that one version of a register comes before another: whoever wrote the earlier, if the database told the
// order; the two that a process did one after the other, or of which one was over before the other began, if each
// process or real time is taken to see a key in order. What rests on such an order shows them, so that the transactions
// shown are a contradiction by themselves.

import Histories

extension Register {
  /// What a cycle rests on beside its own transactions.
  func evidence(
    for cycle: DependencyCycle, _ order: VersionOrder
  ) -> [IsolationFindings.Evidence] {
    var shown = Set(cycle.links.map(\.source))
    var evidence: [IsolationFindings.Evidence] = []
    for link in cycle.links where link.kind == .ww || link.kind == .rw {
      guard let (before, after) = versions(of: link, order),
        let item = self.evidence(before, after, order.ground(before, after)),
        !shown.isSuperset(of: item.nodes)
      else { continue }
      shown.formUnion(item.nodes)
      evidence.append(item)
    }
    return evidence
  }

  /// Who shows that each of some versions comes before the next.
  /// - Parameter kinds: The assumptions to go by; those that hold.
  func evidence(
    along versions: [Int], _ order: VersionOrder, among kinds: EdgeKinds? = nil
  ) -> [IsolationFindings.Evidence] {
    zip(versions, versions.dropFirst()).compactMap { before, after in
      evidence(before, after, order.ground(before, after, among: kinds))
    }
  }

  /// Who shows that one version comes right before another; nil if nobody can, or need, as the first version comes
  /// before all others.
  private func evidence(
    _ before: Int, _ after: Int, _ ground: VersionOrder.Ground?
  ) -> IsolationFindings.Evidence? {
    let (earlier, later) = (describe(before), describe(after))
    switch ground {
    case .first, nil: return nil
    case .follows:
      return accesses.first { $0.read == Int32(before) && $0.write == Int32(after) }.map { access in
        IsolationFindings.Evidence(nodes: [Int(access.transaction)]) { names in
          "\(names[0]) wrote \(later) after it had read \(earlier)"
        }
      }
    case .told:
      guard writers[before] >= 0, writers[after] >= 0 else { return nil }
      return IsolationFindings.Evidence(nodes: [before, after].map { Int(writers[$0]) }) { names in
        "\(names[0]) wrote \(earlier), and the database told that \(names[1])'s \(later) came after it"
      }
    case .sequential:
      return pair(before, after) { history, first, second in
        history.processes[first] == history.processes[second]
          && history.returns[first] <= history.calls[second]
      }.map { pair in
        IsolationFindings.Evidence(nodes: pair) { names in
          "one process did \(names[0]), which left it with \(earlier), before \(names[1]), which "
            + "met \(later)"
        }
      }
    case .linearizable:
      return pair(before, after) { history, first, second in
        history.returns[first] < history.calls[second]
      }.map { pair in
        IsolationFindings.Evidence(nodes: pair) { names in
          "\(names[0]), which left \(earlier), was over before \(names[1]), which met \(later)"
        }
      }
    }
  }

  /// A transaction after which a key had one version, and a later one that read or wrote another.
  private func pair(
    _ before: Int, _ after: Int, _ isLater: (History, Int, Int) -> Bool
  ) -> [Int]? {
    let rows = transactions.rows
    let last = accesses.filter { ($0.write >= 0 ? $0.write : $0.read) == Int32(before) }
    let next = accesses.filter { $0.read == Int32(after) || $0.write == Int32(after) }
    for one in last {
      for two in next {
        let (first, second) = (Int(rows[Int(one.transaction)]), Int(rows[Int(two.transaction)]))
        if isLater(transactions.history, first, second) {
          return [Int(one.transaction), Int(two.transaction)]
        }
      }
    }
    return nil
  }
}
