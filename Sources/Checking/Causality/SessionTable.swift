// The register operations of a history in the form that questions of order want: numbered nodes, chain by
// chain, each with the write that it reads. A chain is what one process did, in its order, so that "all that
// this one knows of chain q" is a single number: the last node of q that it knows.
//
// Failed operations did not happen. A write of unknown outcome counts if somebody saw it, as the last that its
// process did, and is left out if nobody did: it may never have happened. A compare-and-set that happened reads
// one value and writes another in the same node. A read of a value that nobody wrote is the pattern ThinAirRead
// of Bouajjani, Enea, Guerraoui and Hamza, "On Verifying Causal Consistency", 2017, table 2.

import Histories

struct SessionTable {
  /// What a node reads that no write made: the initial value.
  static let initially: Int32 = -1
  /// What an operation reads that can not have happened: nobody wrote it.
  private static let never: Int32 = -3
  /// A node that reads nothing.
  static let nothing: Int32 = -2

  let history: History
  /// The row of each node.
  private(set) var rows: [Int32] = []
  private(set) var chains: [Int32] = []
  /// Where each chain begins, and the end.
  private(set) var chainStarts: [Int32] = [0]
  private(set) var keys: [Int32] = []
  private(set) var isWrite: [Bool] = []
  /// The node whose write each reads; or `initially`, or `nothing`.
  private(set) var sources: [Int32] = []
  /// A node of the same process in another chain that comes after; -1 if none does.
  private(set) var others: [Int32] = []
  /// The nodes in the order of their rows, and the place of each in it.
  private(set) var order: [Int32] = []
  private(set) var places: [Int32] = []
  private var readerStarts: [Int32] = []
  private var readers: [Int32] = []
  private(set) var writers = KeyChains()

  /// Reads that no order can explain.
  private(set) var findings = Findings()
  /// Reads, and compare-and-sets, whose answer can be judged.
  private(set) var answers = 0
  /// Reads whose value several writes wrote, or that returned several values.
  private(set) var ambiguous = 0
  private(set) var siblings: [Int] = []

  var count: Int { rows.count }
  var chainCount: Int { chainStarts.count - 1 }

  /// - Parameter splitsWrites: whether the writes of a process are a chain of their own, after which its
  ///   reads need not come.
  init(_ history: History, _ facts: Facts, splitsWrites: Bool = false) {
    self.history = history
    let groups = KeyRows(history)
    var group = [Int32](repeating: -1, count: history.count)
    var source = [Int32](repeating: SessionTable.nothing, count: history.count)
    var isNode = [Bool](repeating: false, count: history.count)
    for number in groups.groups(.register) {
      for row in groups[number] { group[Int(row)] = Int32(number) }
      resolve(groups[number], facts, &source, &isNode)
    }
    keepSeen(source, &isNode)
    number(isNode, source, group, splitsWrites)
    writers = KeyChains(self, keyCount: groups.count)
  }

  /// The nodes that read what a write made.
  func readers(of write: Int) -> ArraySlice<Int32> {
    readers[Int(readerStarts[write])..<Int(readerStarts[write + 1])]
  }

  /// The nodes of a chain.
  func nodes(of chain: Int) -> Range<Int> {
    Int(chainStarts[chain])..<Int(chainStarts[chain + 1])
  }

  func isReading(_ node: Int) -> Bool { sources[node] != SessionTable.nothing }

  /// Finds the row of the write that each row read.
  private mutating func resolve(
    _ rows: ArraySlice<Int32>, _ facts: Facts, _ source: inout [Int32], _ isNode: inout [Bool]
  ) {
    let index = WriteIndex(history, rows)
    let failed = WriteIndex(history, rows, failed: true)
    for row in rows.lazy.map(Int.init) where history.completions[row] != .fail {
      let isRead = history.functions[row] == .read
      guard !isRead || history.completions[row] == .ok else { continue }
      isNode[row] = !isRead
      guard history.functions[row] != .write else { continue }
      let seen: Seen = isRead ? history.seen(by: row) : .value(history.extras[row])
      switch seen {
      case .several:
        ambiguous += 1
        siblings.append(row)
      case .nothing:
        guard !facts.emptyReadsSayNothing else { continue }
        source[row] = SessionTable.initially
        isNode[row] = true
      case .value(let value) where value == facts.initial && index.row(of: value) == nil:
        source[row] = SessionTable.initially
        isNode[row] = true
      case .value(let value):
        guard let write = index.row(of: value), write != row else {
          // A compare-and-set of unknown outcome then did not happen.
          guard history.completions[row] == .ok else {
            source[row] = SessionTable.never
            continue
          }
          findings.add(SessionTable.thinAir(history, row, value, failed.row(of: value)))
          continue
        }
        guard index.isUnique, value != facts.initial else {
          ambiguous += 1
          continue
        }
        source[row] = Int32(write)
        isNode[row] = true
      }
    }
  }

  private static func thinAir(
    _ history: History, _ row: Int, _ value: Value, _ failed: Int?
  ) -> Anomaly {
    let rows = [row] + (failed.map { [$0] } ?? [])
    return Anomaly(
      name: failed == nil ? "phantom-read" : "failed-but-visible",
      rows: rows.sorted().map(history.origin),
      explanation: rows.sorted().map(history.story) + [
        failed == nil
          ? "nobody wrote \(history.name(ofValue: value))"
          : "an operation that failed must not be seen"
      ])
  }

  /// Leaves out operations of unknown outcome that nobody saw. Whoever saw one that can not have happened read
  /// what nobody wrote.
  private mutating func keepSeen(_ source: [Int32], _ isNode: inout [Bool]) {
    var isSeen = [Bool](repeating: false, count: history.count)
    for row in 0..<history.count where isNode[row] && history.completions[row] == .ok {
      var write = Int(source[row])
      while write >= 0, !isSeen[write] {
        isSeen[write] = true
        write = history.completions[write] == .info ? Int(source[write]) : -1
      }
      if write == Int(SessionTable.never) {
        findings.add(SessionTable.thinAir(history, row, history.readValue(of: row), nil))
      }
    }
    for row in 0..<history.count where history.completions[row] == .info && !isSeen[row] {
      isNode[row] = false
    }
  }

  /// Numbers the nodes by process, or kind and process, and row.
  private mutating func number(
    _ isNode: [Bool], _ source: [Int32], _ group: [Int32], _ splitsWrites: Bool
  ) {
    let kept = (0..<history.count).filter { isNode[$0] }
    func chain(_ row: Int) -> Int {
      let process = Int(history.processes[row])
      guard splitsWrites else { return process }
      return 2 * process + (history.functions[row] == .read ? 0 : 1)
    }
    let sorted = kept.map { (chain: chain($0), row: $0) }.sorted { $0 < $1 }
    var node = [Int32](repeating: -1, count: history.count)
    for (place, (own, row)) in sorted.enumerated() {
      if place > 0, sorted[place - 1].chain != own { chainStarts.append(Int32(place)) }
      node[row] = Int32(place)
      rows.append(Int32(row))
      chains.append(Int32(chainStarts.count - 1))
      keys.append(group[row])
      isWrite.append(history.functions[row] != .read)
    }
    if !sorted.isEmpty { chainStarts.append(Int32(sorted.count)) }
    order = kept.map { node[$0] }
    places = [Int32](repeating: 0, count: count)
    for (place, node) in order.enumerated() { places[Int(node)] = Int32(place) }
    sources = rows.map { row in
      let write = source[Int(row)]
      return write < 0 ? write : node[Int(write)]
    }
    answers = sources.count { $0 != SessionTable.nothing }
    others = [Int32](repeating: -1, count: count)
    if splitsWrites { linkOthers() }
    gatherReaders()
  }

  /// A read comes before the next write of its process; a compare-and-set, which reads, before the next read.
  private mutating func linkOthers() {
    var nextWrite: [Int32: Int32] = [:]
    var nextRead: [Int32: Int32] = [:]
    for node in order.reversed() {
      let process = history.processes[Int(rows[Int(node)])]
      if isWrite[Int(node)] {
        if isReading(Int(node)) { others[Int(node)] = nextRead[process] ?? -1 }
        nextWrite[process] = node
      } else {
        others[Int(node)] = nextWrite[process] ?? -1
        nextRead[process] = node
      }
    }
  }

  private mutating func gatherReaders() {
    readerStarts = [Int32](repeating: 0, count: count + 1)
    for source in sources where source >= 0 { readerStarts[Int(source) + 1] += 1 }
    for node in 0..<count { readerStarts[node + 1] += readerStarts[node] }
    var next = readerStarts
    readers = [Int32](repeating: 0, count: Int(readerStarts[count]))
    for node in 0..<count where sources[node] >= 0 {
      let source = Int(sources[node])
      readers[Int(next[source])] = Int32(node)
      next[source] += 1
    }
  }
}

extension History {
  /// What a read returned, or a compare-and-set expected.
  fileprivate func readValue(of row: Int) -> Value {
    functions[row] == .read ? values[row] : extras[row]
  }
}

/// The writes of each key, chain by chain.
struct KeyChains {
  private var nodes: [Int32] = []
  /// The chain of each segment, and where its nodes begin.
  private(set) var chains: [Int32] = []
  private var starts: [Int32] = []
  private var keyStarts: [Int32] = []

  init() {}

  init(_ table: SessionTable, keyCount: Int) {
    var next = [Int32](repeating: 0, count: keyCount + 1)
    let writes = (0..<table.count).filter { table.isWrite[$0] }
    for write in writes { next[Int(table.keys[write]) + 1] += 1 }
    for key in 0..<keyCount { next[key + 1] += next[key] }
    let firsts = next
    nodes = [Int32](repeating: 0, count: writes.count)
    for write in writes {
      let key = Int(table.keys[write])
      nodes[Int(next[key])] = Int32(write)
      next[key] += 1
    }
    for key in 0..<keyCount {
      keyStarts.append(Int32(chains.count))
      for place in Int(firsts[key])..<Int(firsts[key + 1]) {
        let chain = table.chains[Int(nodes[place])]
        if place > Int(firsts[key]), chains.last == chain { continue }
        chains.append(chain)
        starts.append(Int32(place))
      }
    }
    keyStarts.append(Int32(chains.count))
    starts.append(Int32(nodes.count))
  }

  /// One segment for each chain that writes a key.
  func segments(_ key: Int32) -> Range<Int> {
    Int(keyStarts[Int(key)])..<Int(keyStarts[Int(key) + 1])
  }

  /// The last write of a segment up to some node of its chain.
  func last(_ segment: Int, upTo node: Int32) -> Int? {
    var low = Int(starts[segment])
    let first = low
    var high = Int(starts[segment + 1])
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle] <= node { low = middle + 1 } else { high = middle }
    }
    return low > first ? Int(nodes[low - 1]) : nil
  }

  /// The first write of a segment that a condition holds for, which must hold for all after it as well; and
  /// the one after that.
  func first(_ segment: Int, where condition: (Int) -> Bool) -> (node: Int, next: Int?)? {
    var low = Int(starts[segment])
    let end = Int(starts[segment + 1])
    var high = end
    while low < high {
      let middle = (low + high) / 2
      if condition(Int(nodes[middle])) { high = middle } else { low = middle + 1 }
    }
    guard low < end else { return nil }
    return (Int(nodes[low]), low + 1 < end ? Int(nodes[low + 1]) : nil)
  }
}
