// Who shows in which order appends came: reads tell whom they saw themselves, but that one append came right after
// another, only a list that holds both tells, or one that ends before what nobody read. What rests on such an
// order shows the reader, so that the transactions shown are a contradiction by themselves.

import Histories

extension ListAppend {
  /// Transactions outside a cycle whose lists show the order of appends on which it rests.
  func evidence(for cycle: DependencyCycle) -> [IsolationFindings.Evidence] {
    var needed: [(key: Int, count: Int)] = []
    for link in cycle.links {
      guard let (before, after) = writes(of: link) else { continue }
      let key = Int(writes.keys[after])
      let count = Int(max(places[before], places[after])) + 1
      if let place = needed.firstIndex(where: { $0.key == key }) {
        needed[place].count = max(needed[place].count, count)
      } else {
        needed.append((key, count))
      }
    }
    let nodes = cycle.links.map(\.source)
    return needed.filter { item in
      !nodes.contains { list($0, item.key, holding: item.count) != nil }
    }.compactMap { evidence(of: $0.key, holding: $0.count) }
  }

  /// Who shows in which order the first appends to a key came.
  func evidence(of key: Int, holding count: Int) -> IsolationFindings.Evidence? {
    reader(of: key, holding: count).map { reader in
      IsolationFindings.Evidence(nodes: [reader.node]) { names in
        "\(names[0]) shows the order of appends to key \(transactions.name(Int32(key))): "
          + elements(of: reader.list)
      }
    }
  }

  /// A list of a key that a transaction read and that holds the first elements of the key's order.
  private func list(_ node: Int, _ key: Int, holding count: Int) -> Range<Int>? {
    guard transactions.completion(node) == .ok else { return nil }
    for place in transactions.steps(node) where Int(transactions.stepKeys[place]) == key {
      let list = transactions.list(place)
      if list.count >= count, isPrefix(key, list) { return list }
    }
    return nil
  }

  /// Who read the shortest such list of all.
  func reader(of key: Int, holding count: Int) -> (node: Int, list: Range<Int>)? {
    var shortest: (node: Int, list: Range<Int>)?
    for node in 0..<transactions.count {
      guard let list = list(node, key, holding: count),
        list.count < shortest?.list.count ?? .max
      else { continue }
      shortest = (node, list)
    }
    return shortest
  }

  /// The elements of a list, for people: the last ones of a long list.
  private func elements(of list: Range<Int>) -> String {
    let history = transactions.history
    let shown = history.pool[list].suffix(12).map(history.name(ofValue:))
    return (shown.count < list.count ? "... " : "") + shown.joined(separator: " ")
  }
}
