// How stale reads were: a measure, not a verdict. Bailis, Venkataraman, Franklin, Hellerstein and
// Stoica, "Probabilistically Bounded Staleness for Practical Partial Quorums", 2012, sections 2 and 3:
// how long ago (t-visibility), and how many versions ago (k-staleness), a read's value was replaced.
//
// A write is newer than what a read returned if its version is higher; where versions are not known, if
// it was called after the write of that value had returned. Only acknowledged writes that had returned
// before the read was called count: others a read may miss. The age of a read is the time since the
// first of them returned.
//
// Writes are sorted by version, or by call; those newer than a read's value are then a suffix, the first
// return among them a suffix minimum, and their number comes from one sweep with a Fenwick tree.

import Histories

/// How stale the reads of registers were.
public struct Staleness: Sendable, Equatable {
  /// The judged reads in ascending order of rows, and the age and lag of each.
  public private(set) var rows: [Int] = []
  /// Time since the value was first replaced, in the history's ticks; 0 if it was the latest.
  public private(set) var ages: [Int64] = []
  /// How many newer acknowledged writes there were.
  public private(set) var lags: [Int64] = []

  /// One line of figures over all judged reads, fresh ones included.
  public struct Summary: Sendable, Equatable {
    public var p50: Int64 = 0
    public var p95: Int64 = 0
    public var p99: Int64 = 0
    public var worst: Int64 = 0

    /// The figures of some samples: the smallest sample that is not below a share of all.
    public init(_ samples: [Int64]) {
      let sorted = samples.sorted()
      guard let last = sorted.last else { return }
      func share(_ percent: Int) -> Int64 { sorted[(sorted.count * percent + 99) / 100 - 1] }
      (p50, p95, p99, worst) = (share(50), share(95), share(99), last)
    }
  }

  /// How many reads were judged.
  public var judged: Int { rows.count }
  /// How many returned a value that had been replaced before they were called.
  public var stale: Int { lags.count { $0 > 0 } }
  public var age: Summary { Summary(ages) }
  /// The share of reads no older than some ticks, as PBS's t-visibility has it.
  public func share(ageAtMost ticks: Int64) -> Double { share(ages.count { $0 <= ticks }) }
  /// The share of reads with no more than some newer writes, as PBS's k-staleness has it.
  public func share(lagAtMost versions: Int64) -> Double { share(lags.count { $0 <= versions }) }

  private func share(_ part: Int) -> Double { judged == 0 ? 1 : Double(part) / Double(judged) }

  public var lag: Summary { Summary(lags) }

  /// Measures all reads of registers that tell what they saw.
  public init(_ history: History, _ facts: Facts = Facts()) {
    let groups = KeyRows(history)
    var samples: [(row: Int, age: Int64, lag: Int64)] = []
    for group in groups.groups(.register) {
      let reads = Staleness.reads(history, groups[group], facts)
      samples += KeyStaleness(history, groups[group]).measure(reads)
    }
    samples.sort { $0.row < $1.row }
    rows = samples.map(\.row)
    ages = samples.map(\.age)
    lags = samples.map(\.lag)
  }

  /// The reads of one key that tell what they saw.
  private static func reads(
    _ history: History, _ rows: ArraySlice<Int32>, _ facts: Facts
  ) -> [SessionStep] {
    SessionSteps(history, rows, facts).sessions.joined().filter { step in
      !step.isWrite && (!history.hasVersions || step.version != nil)
    }
  }
}

/// The acknowledged writes of one key, in the order that says which are newer.
private struct KeyStaleness {
  private let history: History
  private let writes: [Int]
  private let versions: [Version]
  private let calls: [Int64]
  /// The first return among the writes from each place on.
  private var firstReturns: [Int64] = []

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    self.history = history
    let written = rows.map(Int.init).filter {
      history.completions[$0] == .ok && history.writtenValue(of: $0) != nil
        && (!history.hasVersions || history.version(of: $0) != nil)
    }
    if history.hasVersions {
      let pairs = written.map { (history.version(of: $0) ?? .initial, $0) }.sorted { $0 < $1 }
      writes = pairs.map(\.1)
      versions = pairs.map(\.0)
    } else {
      writes = written
      versions = []
    }
    calls = writes.map { history.calls[$0] }
    firstReturns = Array(repeating: History.never, count: writes.count + 1)
    for place in writes.indices.reversed() {
      firstReturns[place] = min(firstReturns[place + 1], history.returns[writes[place]])
    }
  }

  /// The place of the first write that is newer than what a read saw.
  private func firstNewer(_ read: SessionStep) -> Int {
    if history.hasVersions { return firstIndex(in: versions, above: read.version ?? .initial) }
    guard let write = read.write else { return 0 }
    return firstIndex(in: calls, above: history.end(of: write))
  }

  func measure(_ reads: [SessionStep]) -> [(row: Int, age: Int64, lag: Int64)] {
    let byCall = reads.sorted { (history.calls[$0.row], $0.row) < (history.calls[$1.row], $1.row) }
    let byReturn = writes.indices.sorted {
      (history.returns[writes[$0]], $0) < (history.returns[writes[$1]], $1)
    }
    var returned = FenwickTree(count: writes.count)
    var next = 0
    return byCall.map { read in
      let call = history.calls[read.row]
      while next < byReturn.count, history.returns[writes[byReturn[next]]] < call {
        returned.increment(byReturn[next])
        next += 1
      }
      let place = firstNewer(read)
      let lag = next - returned.sum(below: place)
      return (read.row, lag > 0 ? call &- firstReturns[place] : 0, Int64(lag))
    }
  }
}

/// Counts at places, with sums of prefixes in logarithmic time: Fenwick, "A New Data Structure for
/// Cumulative Frequency Tables", 1994.
private struct FenwickTree {
  private var sums: [Int]

  init(count: Int) { sums = Array(repeating: 0, count: count + 1) }

  mutating func increment(_ place: Int) {
    var node = place + 1
    while node < sums.count {
      sums[node] += 1
      node += node & -node
    }
  }

  func sum(below place: Int) -> Int {
    var node = place
    var sum = 0
    while node > 0 {
      sum += sums[node]
      node -= node & -node
    }
    return sum
  }
}
