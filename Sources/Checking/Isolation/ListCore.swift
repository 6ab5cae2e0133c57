// The part of a history of lists in which there could be cycles, whatever the order of the writes that nobody
// read; with all that each read tells: it saw everybody whose elements it holds, and nobody who wrote later.

import Histories

struct ListCore {
  private(set) var polygraph: Polygraph
  /// The transaction of each node.
  let transactions: [Int32]
  /// Why nothing can be asked of it; nil if it holds all that reads tell.
  private(set) var gap: String?
  /// Each is an edge, of which so many fit into memory and time.
  private static let mostSights = 8_000_000

  init(_ lists: ListAppend, _ builder: DependencyBuilder) {
    let groups = ListCore.unread(lists)
    let writers = lists.writes.writers
    var possible = builder.edges
    for group in groups {
      for (one, two) in zip(group, group.dropFirst() + group.prefix(1)) {
        possible.add(Int(writers[Int(one)]), Int(writers[Int(two)]), .ww)
      }
    }
    let core = DependencyGraph(possible, weights: builder.weights).cyclicPart()
    transactions = core.origins
    var numbers = [Int32](repeating: -1, count: builder.weights.count)
    for (number, origin) in core.origins.enumerated() { numbers[Int(origin)] = Int32(number) }
    var edges = EdgeList()
    for place in 0..<builder.edges.count {
      let source = numbers[Int(builder.edges.sources[place])]
      let target = numbers[Int(builder.edges.targets[place])]
      guard source >= 0, target >= 0 else { continue }
      edges.add(Int(source), Int(target), builder.edges.kinds[place])
    }
    if let sights = ListCore.addSights(lists, core, &edges) {
      gap =
        "\(count(core.nodeCount, "transaction")) on cycles saw and missed too many writes, \(sights), to "
        + "try orders of writes"
    }
    let rows = lists.transactions.rows
    let returns = lists.transactions.history.returns
    polygraph = Polygraph(
      edges: edges,
      ranks: core.origins.map { Int($0) < rows.count ? returns[Int(rows[Int($0)])] : .min },
      writers: writers.map { numbers[Int($0)] },
      groups: groups.map { $0.filter { numbers[Int(writers[Int($0)])] >= 0 } }
        .filter { $0.count > 1 })
  }

  /// For each key the last writes of transactions that nobody read, if they certainly happened.
  private static func unread(_ lists: ListAppend) -> [[Int32]] {
    let transactions = lists.transactions
    var happened = (0..<transactions.count).map { transactions.completion($0) == .ok }
    for write in 0..<lists.writes.count where lists.places[write] >= 0 {
      happened[Int(lists.writes.writers[write])] = true
    }
    var groups = [[Int32]](repeating: [], count: transactions.keys.count)
    for write in 0..<lists.writes.count
    where lists.places[write] < 0 && !lists.isIntermediate[write]
      && happened[Int(lists.writes.writers[write])] && lists.mayHaveHappened(write)
    {
      groups[Int(lists.writes.keys[write])].append(Int32(write))
    }
    return groups.filter { $0.count > 1 }
  }

  /// Whom each read saw, and who overwrote what it saw: not only the last writer and the next. If these are too
  /// many, it adds none and tells how many.
  private static func addSights(
    _ lists: ListAppend, _ core: DependencyGraph, _ edges: inout EdgeList
  ) -> Int? {
    let transactions = lists.transactions
    let steps = transactions.history.steps
    var writers = [[(node: Int, place: Int)]](repeating: [], count: transactions.keys.count)
    var readers: [(node: Int, key: Int, count: Int)] = []
    for node in 0..<core.nodeCount where core.weights[node] > 0 {
      let transaction = Int(core.origins[node])
      for place in transactions.steps(transaction) {
        let key = Int(transactions.stepKeys[place])
        if steps[place].function == .append {
          guard let write = lists.writes.find(Int32(key), steps[place].value) else { continue }
          let position = lists.places[write] < 0 ? Int.max : Int(lists.places[write])
          writers[key].append((node, position))
        } else if transactions.completion(transaction) == .ok,
          let seen = lists.seen(key, transactions.list(place))
        {
          readers.append((node, key, seen.count))
        }
      }
    }
    let sights = readers.reduce(0) { $0 + writers[$1.key].count }
    guard sights <= mostSights else { return sights }
    for reader in readers {
      for writer in writers[reader.key] where writer.node != reader.node {
        if writer.place < reader.count {
          edges.add(writer.node, reader.node, .wr)
        } else {
          edges.add(reader.node, writer.node, .rw)
        }
      }
    }
    return nil
  }
}

extension ListAppend {
  /// "the append of 3 to key x".
  func describe(_ write: Int) -> String {
    "the append of \(transactions.history.name(ofValue: writes.values[write])) to key "
      + transactions.name(writes.keys[write])
  }
}
