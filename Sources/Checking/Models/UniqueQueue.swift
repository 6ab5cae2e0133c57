// Linearizability of queues in which each value is put in at most once, in the time that it takes to sort: first in
// first out, or in any order.
//
// Henzinger, Sezgin and Vafeiadis, "Aspect-Oriented Linearizability Proofs", 2013: a queue is linearizable iff no
// value is taken that was not put in, or before that, or twice; none is taken before another that was put in
// first (by real time) and that was taken later, or never; and none that found the queue empty was called and
// over while some value was certainly in it. The last, as in Bouajjani, Emmi, Enea and Hamza, "On Reducing
// Linearizability to State Reachability", 2015: a value is certainly there from the return of its enqueue to the call
// of its dequeue; if at some moment inside a dequeue none is, everything that was called before it can happen before
// it and the rest after, and so for all such dequeues. Where order does not matter all but the middle one remain.
//
// Enqueues of unknown outcome whose value nobody took are left out: they need not have happened. A dequeue of unknown
// outcome may have taken any value that nobody else took. Which values some must have taken, and by when, is a
// matching of two sorted lists. Only where a queue was found empty as well it may matter who took what: if no
// value at all had to be there then nothing is said, and the search decides.

import Histories

struct UniqueQueue {
  enum Outcome {
    case holds
    case violated(Anomaly)
    /// It depends on what dequeues of unknown outcome took.
    case undecided
  }

  /// A value that was put in: by item its enqueue and its dequeue, -1 if nobody said that he took it.
  private struct Element {
    var value: Value
    var enqueue: Int32
    var dequeue: Int32 = -1

    /// Its items.
    var pair: (enqueue: Int32, dequeue: Int32) { (enqueue, dequeue) }
  }

  private let history: History
  private let rows: [Int]
  private let isOrdered: Bool
  private var elements: [Element] = []
  private var places: [Value: Int32] = [:]
  private var failed: [Value: Int] = [:]
  /// Items of dequeues that found nothing, and of those of unknown outcome.
  private var empties: [Int] = []
  private var unknowns: [Int] = []
  /// What is wrong whatever the times.
  private var anomaly: Anomaly?

  /// Nil if a value is put in twice, or something else is done with the queue.
  init?(_ history: History, _ rows: [Int], isOrdered: Bool) {
    self.history = history
    self.rows = rows
    self.isOrdered = isOrdered
    for (item, row) in rows.enumerated() where history.functions[row] == .enqueue {
      guard history.completions[row] != .fail else {
        failed[history.values[row]] = row
        continue
      }
      let place = Int32(elements.count)
      guard places.updateValue(place, forKey: history.values[row]) == nil else { return nil }
      elements.append(Element(value: history.values[row], enqueue: Int32(item)))
    }
    for (item, row) in rows.enumerated() where history.functions[row] != .enqueue {
      guard history.functions[row] == .dequeue else { return nil }
      switch history.completions[row] {
      case .fail: continue
      case .info: unknowns.append(item)
      case .ok where history.shapes[row] == .scalar: take(item, row)
      case .ok: empties.append(item)
      }
    }
  }

  private mutating func take(_ item: Int, _ row: Int) {
    let value = history.values[row]
    guard let place = places[value].map(Int.init) else {
      let own = failed[value]
      return anomaly =
        anomaly
        ?? tell(
          own == nil ? "unexpected-element" : "failed-but-visible", [own, row].compactMap { $0 },
          own == nil
            ? "nobody put \(history.name(ofValue: value)) in"
            : "an operation that failed must not be seen")
    }
    guard elements[place].dequeue < 0 else {
      let rows = [rows[Int(elements[place].enqueue)], rows[Int(elements[place].dequeue)], row]
      return anomaly =
        anomaly
        ?? tell(
          "duplicate-delivery", rows, "\(history.name(ofValue: value)) was put in once")
    }
    elements[place].dequeue = Int32(item)
  }

  /// The verdict. Where two processes went on at one instant their moments do not lie on one line: then on one
  /// that asks too much, and on one that asks too little.
  func judge() -> Outcome {
    if let anomaly { return .violated(anomaly) }
    let strict = EventOrder(history, rows) { history.completions[$0] != .fail }
    let outcome = judge(QueueSpans(strict, elements.map(\.pair)))
    if strict.isExact { return outcome }
    if case .holds = outcome { return .holds }
    let loose = EventOrder(history, rows, ignoresProcesses: true) {
      history.completions[$0] != .fail
    }
    if case .violated(let anomaly) = judge(QueueSpans(loose, elements.map(\.pair))) {
      return .violated(anomaly)
    }
    return .undecided
  }

  private func judge(_ spans: QueueSpans) -> Outcome {
    for (place, element) in elements.enumerated() where element.dequeue >= 0 {
      guard spans.taken[place] < spans.put[place] else { continue }
      return .violated(
        tell("future-read", rows(of: place), "it was taken before it was put in"))
    }
    let helpers = unknowns.map { spans.calls[$0] }.sorted()
    var until = spans.leaves
    var needy: [Int] = []
    if isOrdered {
      let deadlines = Deadlines(spans)
      for place in elements.indices where deadlines.by[place] != .max {
        if elements[place].dequeue < 0 {
          // One that may not have been put in can not be late.
          if spans.there[place] != .max { needy.append(place) }
        } else if deadlines.by[place] < spans.leaves[place] {
          return .violated(overtaken(place, Int(deadlines.other[place])))
        }
      }
      needy.sort { (deadlines.by[$0], $0) < (deadlines.by[$1], $1) }
      for (turn, place) in needy.enumerated() {
        guard turn < helpers.count, helpers[turn] < deadlines.by[place] else {
          return .violated(notHelped(Array(needy[...turn]), deadlines, helpers))
        }
        until[place] = helpers[turn]
      }
    }
    if empties.isEmpty { return .holds }
    guard let wrong = covered(spans, until, helpers.dropFirst(needy.count)) else { return .holds }
    if unknowns.isEmpty { return .violated(wrong) }
    var sure = spans
    for place in elements.indices where elements[place].dequeue < 0 { sure.there[place] = .max }
    return covered(sure, spans.leaves, []).map { .violated($0) } ?? .undecided
  }

  /// A dequeue that found nothing though something was certainly there all the time. Dequeues of unknown outcome
  /// that are left take what was there first.
  private func covered(
    _ spans: QueueSpans, _ until: [Int32], _ helpers: ArraySlice<Int32>
  ) -> Anomaly? {
    var until = until
    let order = elements.indices.filter { spans.there[$0] != .max }
      .sorted { (spans.there[$0], $0) < (spans.there[$1], $1) }
    var free = helpers
    for place in order where until[place] == .max {
      guard let next = free.popFirst() else { break }
      until[place] = next
    }
    // The place that reaches furthest of those up to each in the order.
    var reach: [Int] = []
    for place in order {
      reach.append(reach.last.map { until[$0] >= until[place] ? $0 : place } ?? place)
    }
    let starts = order.map { spans.there[$0] }
    for item in empties {
      var cover: [Int] = []
      var moment = spans.calls[item]
      while moment < spans.returns[item] {
        let before = firstIndex(in: starts, above: moment)
        guard before > 0, until[reach[before - 1]] > moment else { break }
        cover.append(reach[before - 1])
        moment = until[reach[before - 1]]
      }
      if moment >= spans.returns[item] { return neverEmpty(item, cover) }
    }
    return nil
  }

  // MARK: What is wrong

  private func tell(_ name: String, _ rows: [Int], _ reason: String) -> Anomaly {
    let rows = rows.sorted()
    return Anomaly(name: name, rows: rows, explanation: rows.map(history.story) + [reason])
  }

  private func rows(of place: Int) -> [Int] {
    [elements[place].enqueue, elements[place].dequeue].filter { $0 >= 0 }.map { rows[Int($0)] }
  }

  private func name(_ place: Int) -> String { history.name(ofValue: elements[place].value) }

  private func overtaken(_ place: Int, _ other: Int) -> Anomaly {
    tell(
      "out-of-order", rows(of: place) + rows(of: other),
      "\(name(place)) was put in before \(name(other)), and taken after it")
  }

  private func notHelped(_ late: [Int], _ deadlines: Deadlines, _ helpers: [Int32]) -> Anomaly {
    let last = late[late.count - 1]
    let others = Set(late.map { Int(deadlines.other[$0]) } + late).sorted()
    let known = unknowns.map { rows[$0] }.sorted()
    let inTime = known.filter {
      history.calls[$0] <= history.returns[rows(of: Int(deadlines.other[last]))[1]]
    }
    let doubt =
      inTime.isEmpty
      ? "nobody took it"
      : "nobody took it, even if \(count(inTime.count, "dequeue")) of unknown outcome took "
        + "another each"
    return tell(
      "out-of-order", others.flatMap(rows) + inTime,
      "\(name(last)) was put in before \(name(Int(deadlines.other[last]))), which was taken, and "
        + doubt)
  }

  private func neverEmpty(_ item: Int, _ cover: [Int]) -> Anomaly {
    tell(
      "not-empty", cover.flatMap(rows) + [rows[item]],
      "row \(rows[item]) found nothing, and all the time "
        + (cover.count == 1 ? "\(name(cover[0])) was there" : "one of these values was there"))
  }
}

/// The moments of a queue on one line: those of each operation, by item, and those of each value, by place. `.max`
/// stands for never.
private struct QueueSpans {
  private(set) var calls: [Int32]
  private(set) var returns: [Int32]
  /// When each value's enqueue was called, and its dequeue over.
  private(set) var put: [Int32] = []
  private(set) var taken: [Int32] = []
  /// From when to when it was certainly there.
  var there: [Int32] = []
  private(set) var leaves: [Int32] = []

  init(_ order: EventOrder, _ pairs: [(enqueue: Int32, dequeue: Int32)]) {
    calls = Array(repeating: .max, count: order.rows.count)
    returns = calls
    for (moment, event) in order.events.enumerated() {
      if event.isReturn {
        returns[Int(event.item)] = Int32(moment)
      } else {
        calls[Int(event.item)] = Int32(moment)
      }
    }
    for pair in pairs {
      put.append(calls[Int(pair.enqueue)])
      there.append(returns[Int(pair.enqueue)])
      taken.append(pair.dequeue < 0 ? .max : returns[Int(pair.dequeue)])
      leaves.append(pair.dequeue < 0 ? .max : calls[Int(pair.dequeue)])
    }
  }
}

/// For each value of a queue: by when it must have been taken because the first was that was put in after it.
private struct Deadlines {
  /// When that one's dequeue was over, and its place.
  private(set) var by: [Int32]
  private(set) var other: [Int32]

  init(_ spans: QueueSpans) {
    by = Array(repeating: .max, count: spans.put.count)
    other = Array(repeating: -1, count: spans.put.count)
    let order = spans.put.indices.sorted { (spans.put[$0], $0) < (spans.put[$1], $1) }
    // Of those from each on in this order, the one that was taken first.
    var first = order
    for turn in order.indices.dropLast().reversed()
    where spans.taken[first[turn + 1]] <= spans.taken[order[turn]] {
      first[turn] = first[turn + 1]
    }
    let puts = order.map { spans.put[$0] }
    for place in by.indices where spans.there[place] != .max {
      let after = firstIndex(in: puts, above: spans.there[place])
      guard after < order.count else { continue }
      (by[place], other[place]) = (spans.taken[first[after]], Int32(first[after]))
    }
  }
}
