// The dependencies between transactions over registers, from who read whose write and from the order of
// versions; and what is wrong without looking at cycles.

import Histories

extension Register {
  /// Adds all edges of data.
  func addEdges(_ order: VersionOrder, to builder: inout DependencyBuilder) {
    var starts = [Int32](repeating: 0, count: versionCount + 1)
    for access in accesses where access.read >= 0 { starts[Int(access.read) + 1] += 1 }
    for version in 0..<versionCount { starts[version + 1] += starts[version] }
    var next = starts
    var readers = [Int32](repeating: 0, count: Int(starts[versionCount]))
    for access in accesses where access.read >= 0 {
      readers[Int(next[Int(access.read)])] = access.transaction
      next[Int(access.read)] += 1
      let writer = writers[Int(access.read)]
      if writer >= 0 { builder.link(writer, access.transaction, .wr) }
    }
    for version in 0..<versionCount {
      var later: [Int32] = []
      for successor in order.successors(version) where writers[successor] >= 0 {
        later.append(writers[successor])
      }
      guard !later.isEmpty else { continue }
      later.sort()
      var distinct: [Int32] = []
      for writer in later where writer != distinct.last { distinct.append(writer) }
      if writers[version] >= 0 {
        for writer in distinct { builder.link(writers[version], writer, .ww) }
      }
      let range = Int(starts[version])..<Int(starts[version + 1])
      builder.linkAll(readers: readers[range], writers: distinct)
    }
  }

  /// Why one transaction must come before another.
  func reason(
    _ link: CycleLink, _ order: VersionOrder, _ source: String, _ target: String
  ) -> String? {
    guard let (seen, other) = versions(of: link, order) else { return nil }
    if link.kind == .wr { return "\(target) read \(describe(seen)), which \(source) wrote" }
    let verb = link.kind == .ww ? "wrote" : "read"
    return "\(source) \(verb) \(describe(seen)), and \(target) wrote \(describe(other)), which "
      + "comes later"
  }

  /// The versions for which one transaction comes before another: that of the first and that of the second.
  func versions(of link: CycleLink, _ order: VersionOrder) -> (Int, Int)? {
    let before = accesses.filter { Int($0.transaction) == link.source }
    let after = accesses.filter { Int($0.transaction) == link.target }
    for one in before {
      for two in after where one.key == two.key {
        if link.kind == .wr, one.write >= 0, one.write == two.read {
          return (Int(one.write), Int(two.read))
        }
        let seen = link.kind == .ww ? one.write : link.kind == .rw ? one.read : -1
        guard seen >= 0, two.write >= 0, order.isBefore(Int(seen), Int(two.write)) else {
          continue
        }
        return (Int(seen), Int(two.write))
      }
    }
    return nil
  }

  /// All anomalies that need no cycle.
  func addAnomalies(to findings: inout IsolationFindings) {
    let history = transactions.history
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      let steps = transactions.steps(node)
      for place in steps where history.steps[place].function == .read {
        let version = version(place)
        let key = transactions.stepKeys[place]
        let earlier = steps.lowerBound..<place
        if let own = earlier.last(where: { transactions.stepKeys[$0] == key }),
          self.version(own) != version
        {
          findings.add("internal", [node]) { names in
            "\(names[0]) read \(describe(Int(version))), though before it saw or wrote "
              + describe(Int(self.version(own)))
          }
        }
        guard version >= keyCount, originators[Int(version)] >= 0 else { continue }
        let writer = Int(originators[Int(version)])
        if writer == node {
          guard values.places[Int(version) - keyCount] > Int32(place) else { continue }
          findings.add("future-read", [node]) { names in
            "\(names[0]) read \(describe(Int(version))) before it wrote that itself"
          }
        } else if transactions.completion(writer) == .fail {
          findings.add("G1a", [node, writer]) { names in
            "\(names[0]) read \(describe(Int(version))), which \(names[1]) wrote, but \(names[1]) "
              + "failed"
          }
        } else if writers[Int(version)] < 0 {
          findings.add("G1b", [node, writer]) { names in
            "\(names[0]) read \(describe(Int(version))), which \(names[1]) wrote and then overwrote"
          }
        }
      }
    }
  }

  /// Transactions that read the same version and then both wrote.
  func addLostUpdates(to findings: inout IsolationFindings) {
    var updates = LostUpdates(states: versionCount)
    for access in accesses where access.read >= 0 && access.write >= 0 {
      guard transactions.completion(Int(access.transaction)) == .ok else { continue }
      updates.add(Int(access.read), access.transaction)
    }
    updates.report(to: &findings) { "read \(describe($0)) and then wrote it" }
  }
}

extension ListAppend {
  /// Transactions that read the same list and then both appended to it.
  func addLostUpdates(to findings: inout IsolationFindings) {
    let history = transactions.history
    var updates = LostUpdates(states: order.count + transactions.keys.count)
    for node in 0..<transactions.count where transactions.completion(node) == .ok {
      let steps = transactions.steps(node)
      for place in steps where history.steps[place].function == .append {
        let key = transactions.stepKeys[place]
        guard let first = steps.first(where: { transactions.stepKeys[$0] == key }),
          history.steps[first].function == .read,
          let last = steps.first(where: {
            transactions.stepKeys[$0] == key && history.steps[$0].function == .append
          }), last == place
        else { continue }
        let list = transactions.list(first)
        guard isPrefix(Int(key), list) else { continue }
        updates.add(Int(starts[Int(key)]) + Int(key) + list.count, Int32(node))
      }
    }
    updates.report(to: &findings) { state in
      var key = 0
      while key + 1 < transactions.keys.count, Int(starts[key + 1]) + key + 1 <= state { key += 1 }
      let count = state - Int(starts[key]) - key
      return "read the first \(Checking.count(count, "element")) of key "
        + "\(transactions.name(Int32(key))) and then appended to it"
    }
  }
}

/// Finds transactions that updated the same state of the same key: at most one of them built on what was
/// there. Bailis et al., "Highly Available Transactions", 2013, section 5.2.1.
struct LostUpdates {
  private var first: [Int32]
  private var pairs: [(state: Int, one: Int32, two: Int32)] = []

  init(states: Int) { first = [Int32](repeating: -1, count: states) }

  mutating func add(_ state: Int, _ transaction: Int32) {
    if first[state] < 0 {
      first[state] = transaction
    } else {
      pairs.append((state, first[state], transaction))
    }
  }

  func report(to findings: inout IsolationFindings, _ deed: (Int) -> String) {
    for pair in pairs {
      findings.add("lost-update", [Int(pair.one), Int(pair.two)]) { names in
        "\(names[0]) and \(names[1]) both \(deed(pair.state)): one update is lost"
      }
    }
  }
}
