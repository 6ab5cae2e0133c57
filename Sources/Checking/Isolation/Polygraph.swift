// What a history leaves open: the order of the versions of each key, as far as nothing tells it. Every
// order of two versions brings edges with it: from the writer of the earlier to that of the later (ww), and
// from whoever read the earlier to the writer of the later (rw). A model holds if the open pairs can be
// ordered so that no cycle comes about that the model forbids.
//
// Papadimitriou, "The Serializability of Concurrent Database Updates", 1979, section 3, where such a graph
// with choices is called a polygraph. Versions that nobody here wrote belong to a transaction of their own
// of which nothing else is known. A write of unknown outcome that nobody saw is left out: it need not have
// happened.

import Histories

struct Polygraph {
  /// Transactions, nodes that stand for instants or for many edges, and unknown writers.
  private(set) var nodeCount: Int
  /// What is certain: data, the order of processes and of real time.
  private(set) var edges: EdgeList
  /// For each key whose order is not told entirely, its versions.
  private(set) var groups: [[Int32]] = []
  /// Where nodes stand if nothing else decides: in the order in which they returned. The least number there is
  /// for nodes that stand for instants or for many edges, and for transactions that did not happen.
  private(set) var ranks: [Int64]
  /// The node that wrote each version; -1: nobody, or nobody cares.
  private(set) var writers: [Int32]
  private var readerStarts: [Int32]
  private var readers: [Int32]

  /// Whoever read a version.
  func readers(of version: Int32) -> ArraySlice<Int32> {
    readers[Int(readerStarts[Int(version)])..<Int(readerStarts[Int(version) + 1])]
  }

  /// - Parameter reads: who read which version. Of lists none: only the order of writes that nobody read is open.
  init(
    edges: EdgeList, ranks: [Int64], writers: [Int32], groups: [[Int32]],
    reads: [(version: Int32, reader: Int32)] = []
  ) {
    self.edges = edges
    self.ranks = ranks
    self.writers = writers
    self.groups = groups
    nodeCount = ranks.count
    (readerStarts, readers) = Polygraph.grouped(reads, versions: writers.count)
  }

  /// Where the readers of each version begin, and all readers.
  private static func grouped(
    _ reads: some Sequence<(version: Int32, reader: Int32)>, versions: Int
  ) -> (starts: [Int32], readers: [Int32]) {
    var starts = [Int32](repeating: 0, count: versions + 1)
    for read in reads { starts[Int(read.version) + 1] += 1 }
    for version in 0..<versions { starts[version + 1] += starts[version] }
    var next = starts
    var readers = [Int32](repeating: 0, count: Int(starts[versions]))
    for read in reads {
      readers[Int(next[Int(read.version)])] = read.reader
      next[Int(read.version)] += 1
    }
    return (starts, readers)
  }

  init(_ register: Register, _ order: VersionOrder, _ builder: DependencyBuilder) {
    let history = register.transactions.history
    nodeCount = builder.weights.count
    edges = builder.edges
    ranks = register.transactions.rows.map { history.returns[Int($0)] }
    ranks += [Int64](repeating: .min, count: nodeCount - ranks.count)
    writers = register.writers
    let reads = register.accesses.lazy.filter { $0.read >= 0 }
      .map { (version: $0.read, reader: $0.transaction) }
    (readerStarts, readers) = Polygraph.grouped(reads, versions: register.versionCount)
    addUnknownWriters(register, order)
    gather(register, order)
  }

  private mutating func addUnknownWriters(_ register: Register, _ order: VersionOrder) {
    for version in register.keyCount..<register.versionCount where writers[version] < 0 {
      let readers = readers(of: Int32(version))
      guard let first = readers.first else { continue }
      writers[version] = Int32(nodeCount)
      ranks.append(ranks[Int(first)])
      for reader in readers { edges.add(nodeCount, Int(reader), .wr) }
      nodeCount += 1
    }
    let known = register.writers
    for version in 0..<register.versionCount {
      for other in order.successors(version) where writers[other] >= 0 {
        // All others are edges of data already.
        guard known[other] < 0 || (version >= register.keyCount && known[version] < 0) else {
          continue
        }
        if writers[version] >= 0 { edges.add(Int(writers[version]), Int(writers[other]), .ww) }
        guard known[other] < 0 else { continue }
        for reader in readers(of: Int32(version)) where reader != writers[other] {
          edges.add(Int(reader), Int(writers[other]), .rw)
        }
      }
    }
  }

  private mutating func gather(_ register: Register, _ order: VersionOrder) {
    let count = register.transactions.count
    var happened = (0..<count).map { register.transactions.completion($0) == .ok }
    for version in register.keyCount..<register.versionCount {
      let writer = Int(register.writers[version])
      guard writer >= 0 else { continue }
      let isKnown = !readers(of: Int32(version)).isEmpty || !order.successors(version).isEmpty
      if isKnown { happened[writer] = true }
    }
    for node in 0..<count where !happened[node] { ranks[node] = .min }
    var all = [[Int32]](repeating: [], count: register.keyCount)
    for version in register.keyCount..<register.versionCount where writers[version] >= 0 {
      let writer = Int(writers[version])
      if writer >= count || happened[writer] {
        all[Int(register.key(version))].append(Int32(version))
      }
    }
    groups = all.filter { $0.count > 1 && !order.isTotal($0) }
  }

  /// How many pairs of versions of one key there are whose order may be open.
  var pairCount: Int { groups.reduce(0) { $0 + $1.count * ($1.count - 1) / 2 } }

  /// These pairs.
  func pairs() -> [(one: Int32, two: Int32)] {
    var pairs: [(one: Int32, two: Int32)] = []
    pairs.reserveCapacity(pairCount)
    for group in groups {
      for (place, one) in group.enumerated() {
        for two in group[(place + 1)...] where writers[Int(one)] != writers[Int(two)] {
          pairs.append((one, two))
        }
      }
    }
    return pairs
  }
}

extension VersionOrder {
  /// Whether the order of some versions of one key is known, each followed at once by the next.
  func isTotal(_ versions: [Int32]) -> Bool {
    var waiting: [Int: Int] = [:]
    for version in versions { waiting[Int(version)] = 0 }
    for version in versions {
      for other in successors(Int(version)) { waiting[other]? += 1 }
    }
    var ready = versions.filter { waiting[Int($0)] == 0 }.map(Int.init)
    var done = 0
    while ready.count == 1, let version = ready.popLast() {
      done += 1
      for other in successors(version) {
        guard let count = waiting[other] else { continue }
        waiting[other] = count - 1
        if count == 1 { ready.append(other) }
      }
    }
    return done == versions.count
  }
}
