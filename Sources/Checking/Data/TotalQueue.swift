// Queues whose order does not matter: what was put in comes out, once. After Jepsen's total-queue
// (jepsen.checker/total-queue), which counts each element in and out.
//
//   lost        acknowledged, and neither taken nor left when the queue was seen empty or read out
//   unexpected  elements taken though nobody (or only a failed operation) put them in, or before that
//   duplicated  elements taken more often than they were put in
//   recovered   taken although nobody told whether it was put in: allowed, and counted
//
// A loss is judged only against evidence that the queue was drained after the acknowledgement: a final
// read of what is left, a dequeue that found nothing, or a failed one after all acknowledgements. Each
// dequeue of unknown outcome may have taken one of the missing.

import Histories

/// What was enqueued is dequeued, once.
public struct TotalQueue: Checker {
  public static let name = "total-queue"
  public static let aliases = ["queue"]
  public static let summary = "what was enqueued is dequeued, once: none lost, invented or doubled"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let groups = KeyRows(history)
    var findings = Findings()
    var totals = QueueTotals()
    for group in 0..<groups.count {
      let rows = groups[group]
      let isQueue = rows.contains {
        history.functions[Int($0)] == .enqueue || history.functions[Int($0)] == .dequeue
      }
      if isQueue { judge(history, rows, &totals, &findings) }
    }
    return findings.verdict(
      Self.name, judged: totals.taken + totals.drained, summary: totals.text,
      counts: totals.counts)
  }

  private func judge(
    _ history: History, _ rows: ArraySlice<Int32>, _ totals: inout QueueTotals,
    _ findings: inout Findings
  ) {
    let queue = QueueElements(history, rows)
    totals.enqueued += queue.acknowledged
    for element in queue.elements {
      totals.taken += element.taken.count
      totals.recovered +=
        element.acknowledged.isEmpty && !element.attempts.isEmpty
        ? min(element.attempts.count, element.taken.count) : 0
      guard let (name, rows, reason) = excess(history, element) else { continue }
      if name == "duplicate-delivery" { totals.duplicated += 1 } else { totals.unexpected += 1 }
      findings.add(anomaly(history, name, rows, reason))
    }
    guard let end = queue.end else { return }
    totals.drained += queue.acknowledged
    let missing = queue.missing(history)
    // Each of these may have taken one.
    let spared = queue.unknownDequeues
    let doubt =
      spared == 0
      ? "" : ", even if \(count(spared, "dequeue")) of unknown outcome took another each"
    for (enqueue, element) in missing.dropFirst(spared) {
      totals.lost += 1
      let times = element.acknowledged.count
      let reason =
        times == 1
        ? "\(element.value) was acknowledged, never taken, and is not there"
        : "\(element.value) was acknowledged \(times) times, was taken "
          + "\(count(element.taken.count, "time")), and is not there often enough"
      let others = element.acknowledged.filter { $0 != enqueue } + element.taken
      findings.add(
        anomaly(history, "lost-element", [enqueue] + others + [end], reason + doubt))
    }
  }

  /// Whether an element was taken more often than it had been put in by then: the n-th of its dequeues to
  /// return needs n enqueues that were called before.
  private func excess(
    _ history: History, _ element: QueueElements.Element
  ) -> (name: String, rows: [Int], reason: String)? {
    let taken = element.taken.sorted { (history.returns[$0], $0) < (history.returns[$1], $1) }
    let value = element.value
    let attempts = element.attempts
    let excess = taken.indices.first { place in
      place >= attempts.count || history.calls[attempts[place]] > history.returns[taken[place]]
    }
    guard let excess else { return nil }
    let dequeues = Array(taken[...excess])
    if excess < attempts.count {
      return (
        "future-read", dequeues + attempts[...excess], "\(value) was put in only after it was taken"
      )
    }
    guard attempts.isEmpty else {
      let reason =
        "\(value) was taken \(count(dequeues.count, "time")) and was put in "
        + count(attempts.count, "time")
      return ("duplicate-delivery", attempts + dequeues, reason)
    }
    guard let failed = element.failed else {
      return ("unexpected-element", dequeues, "nobody put \(value) in")
    }
    return ("failed-but-visible", [failed] + dequeues, "only a failed operation put \(value) in")
  }

  private func anomaly(
    _ history: History, _ name: String, _ rows: [Int], _ reason: String
  ) -> Anomaly {
    Anomaly(
      name: name, rows: rows.sorted(), explanation: rows.sorted().map(history.story) + [reason])
  }
}

/// What went into and came out of one queue.
struct QueueElements {
  struct Element {
    let value: Value
    /// Enqueues that may have happened, and the acknowledged ones among them.
    var attempts: [Int] = []
    var acknowledged: [Int] = []
    var failed: Int?
    /// Dequeues that returned it.
    var taken: [Int] = []
    /// How often it is left, in the final read that has most of it.
    var left = 0
  }

  private(set) var elements: [Element] = []
  private(set) var acknowledged = 0
  private(set) var unknownDequeues = 0
  /// What was called last of all that show that the queue was drained.
  private(set) var end: Int?
  private var places: [Value: Int] = [:]

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    var settled = Int64.min
    var failedDequeue: Int?
    for row in rows.lazy.map(Int.init) {
      let completion = history.completions[row]
      switch history.functions[row] {
      case .enqueue: put(history, row, &settled)
      case .dequeue where completion == .info: unknownDequeues += 1
      case .dequeue where completion == .fail: failedDequeue = row
      case .dequeue where history.shapes[row] == .scalar:
        elements[place(history.values[row])].taken.append(row)
      case .dequeue: end = row
      case .read where completion == .ok && history.finals[row]:
        end = row
        readOut(history.list(of: row))
      default: break
      }
    }
    if let failedDequeue, history.calls[failedDequeue] > settled {
      end = max(end ?? failedDequeue, failedDequeue)
    }
  }

  private mutating func put(_ history: History, _ row: Int, _ settled: inout Int64) {
    let place = place(history.values[row])
    guard history.completions[row] != .fail else {
      elements[place].failed = row
      return
    }
    elements[place].attempts.append(row)
    guard history.completions[row] == .ok else { return }
    elements[place].acknowledged.append(row)
    acknowledged += 1
    settled = max(settled, history.returns[row])
  }

  private mutating func readOut(_ list: ArraySlice<Value>) {
    let sorted = list.sorted()
    var start = 0
    for next in sorted.indices.dropFirst() + [sorted.count] where start < sorted.count {
      guard next == sorted.count || sorted[next] != sorted[start] else { continue }
      let place = place(sorted[start])
      elements[place].left = max(elements[place].left, next - start)
      start = next
    }
  }

  private mutating func place(_ value: Value) -> Int {
    if let place = places[value] { return place }
    places[value] = elements.count
    elements.append(Element(value: value))
    return elements.count - 1
  }

  /// Enqueues acknowledged before the end was called whose elements nobody took and that are not left,
  /// in the order of their calls.
  func missing(_ history: History) -> [(enqueue: Int, of: Element)] {
    guard let end else { return [] }
    return elements.flatMap { element in
      let sure = element.acknowledged.filter { history.returns[$0] < history.calls[end] }
      return sure.suffix(max(0, sure.count - element.taken.count - element.left)).map {
        (enqueue: $0, of: element)
      }
    }.sorted { $0.enqueue < $1.enqueue }
  }
}

private struct QueueTotals {
  var enqueued = 0
  var taken = 0
  var drained = 0
  var lost = 0
  var unexpected = 0
  var duplicated = 0
  var recovered = 0

  var counts: [Count] {
    [
      Count("enqueued", enqueued), Count("taken", taken), Count("lost", lost),
      Count("unexpected", unexpected), Count("duplicated", duplicated),
      Count("recovered", recovered),
    ]
  }

  var text: String {
    guard taken + drained > 0 else {
      return enqueued > 0 ? "never drained, so nobody can tell what is lost" : "no queue was used"
    }
    return
      "lost \(lost), unexpected \(unexpected), duplicated \(duplicated), recovered \(recovered)"
      + " of \(enqueued) enqueued and \(taken) taken"
      + (drained < enqueued ? "; never drained, so losses can not be told" : "")
  }
}
