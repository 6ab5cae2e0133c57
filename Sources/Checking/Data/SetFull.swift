// What became of each element that was inserted into a set, told from all reads during the run: stable,
// lost, or never read, and how long it took to be so. After Jepsen's set-full (jepsen.checker/set-full).
//
// An element is known from the moment its insert was acknowledged or a read that has it returned,
// whichever came first. Of the reads that were called last with it and last without it:
//   stable      the last one with it was called after the last one without it (or none is without)
//   lost        the last one without it was called after it was known, and after the last one with it
//   never read  neither: nobody saw it, and nobody can have missed it
// Stable latency is from when it was known until just after the last read that missed it was called, and an
// element of which that is above zero was stale. Lost latency is the same until just after the last read
// that had it. Elements that somebody may have removed are left to `set`.

import Histories

/// What was known to be in a set is in all later reads, sooner or later.
public struct SetFull: Checker {
  public static let name = "set-full"
  public static let summary =
    "what is known to be in a set stays; counts lost, stale and never read"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let groups = KeyRows(history)
    var tally = SetOutcomes()
    var findings = Findings()
    for group in groups.groups(.set) {
      let timelines = SetTimelines(history, groups[group])
      for (read, insert) in timelines.duplicates {
        tally.duplicated += 1
        let rows = [insert, read].sorted()
        findings.add(
          Anomaly(
            name: "duplicate-element", rows: rows,
            explanation: rows.map(history.story)
              + ["\(history.values[insert]) is there twice"]))
      }
      for element in timelines.elements {
        let outcome = element.outcome(history)
        tally.note(outcome)
        if case .lost = outcome { findings.add(anomaly(history, element)) }
      }
    }
    let judged = tally.stable.count + tally.lost.count + tally.duplicated
    return findings.verdict(
      Self.name, judged: judged, summary: tally.text(history), counts: tally.counts)
  }

  private func anomaly(_ history: History, _ element: ElementTimeline) -> Anomaly {
    var rows = [element.insert, element.lastAbsent]
    let present = element.lastPresent
    let isKnownByRead = element.knownBy != element.insert
    if isKnownByRead { rows.append(element.knownBy) }
    if present >= 0, isKnownByRead, present != element.knownBy { rows.append(present) }
    rows.sort()
    let value = history.values[element.insert]
    let known =
      isKnownByRead ? "\(value) was seen by row \(element.knownBy)" : "\(value) was acknowledged"
    return Anomaly(
      name: "lost-element", rows: rows,
      explanation: rows.map(history.story) + [
        "\(known), yet row \(element.lastAbsent) and all later reads miss it"
      ])
  }
}

/// What the reads tell of one element that somebody inserted and nobody can have removed.
struct ElementTimeline {
  enum Outcome: Equatable {
    /// With its latency in ticks.
    case stable(Int64)
    case lost(Int64)
    case neverRead
  }

  /// Its first insert that may have happened.
  let insert: Int
  /// When it was known, and the row that says so.
  var known = Int64.max
  var knownBy = -1
  /// The reads called last with it and without it; -1: none.
  var lastPresent = -1
  var lastAbsent = -1

  mutating func learn(at time: Int64, by row: Int) {
    if time < known { (known, knownBy) = (time, row) }
  }

  func outcome(_ history: History) -> Outcome {
    // Rows are in the order of their calls, so the later read has the greater row.
    if lastPresent > lastAbsent {
      return .stable(latency(until: lastAbsent, history))
    }
    if knownBy >= 0, lastAbsent >= 0, known < history.calls[lastAbsent] {
      return .lost(latency(until: lastPresent, history))
    }
    return .neverRead
  }

  private func latency(until read: Int, _ history: History) -> Int64 {
    read < 0 ? 0 : max(0, history.calls[read] &+ 1 &- known)
  }
}

/// The timelines of all elements of one set.
struct SetTimelines {
  private(set) var elements: [ElementTimeline] = []
  /// Inserts of elements that a read has more than once, each with the first such read.
  private(set) var duplicates: [(read: Int, insert: Int)] = []
  private var places: [Value: Int] = [:]

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    var reads: [Int] = []
    var removed: Set<Value> = []
    for row in rows.lazy.map(Int.init) {
      switch (history.functions[row], history.completions[row]) {
      case (.remove, .ok), (.remove, .info): removed.insert(history.values[row])
      case (.read, .ok): reads.append(row)
      default: break
      }
    }
    for row in rows.lazy.map(Int.init)
    where history.functions[row] == .insert && history.completions[row] != .fail {
      let value = history.values[row]
      guard !removed.contains(value) else { continue }
      let place = places[value] ?? elements.count
      if place == elements.count {
        places[value] = place
        elements.append(ElementTimeline(insert: row))
      }
      if history.completions[row] == .ok {
        elements[place].learn(at: history.returns[row], by: row)
      }
    }
    learn(history, reads)
    findLast(history, reads)
  }

  /// When elements became known by being read; and duplicates.
  private mutating func learn(_ history: History, _ reads: [Int]) {
    var seenBy = [Int](repeating: -1, count: elements.count)
    var isDuplicate = [Bool](repeating: false, count: elements.count)
    for read in reads {
      for value in history.list(of: read) {
        guard let place = places[value] else { continue }
        if seenBy[place] == read, !isDuplicate[place] {
          isDuplicate[place] = true
          duplicates.append((read, elements[place].insert))
        }
        seenBy[place] = read
        elements[place].learn(at: history.returns[read], by: read)
      }
    }
  }

  /// The last read with and without each element, from the newest read back. An element waits until a
  /// read misses it, so the work is the size of all lists, not reads times elements.
  private mutating func findLast(_ history: History, _ reads: [Int]) {
    let longest = reads.reduce(0) { max($0, history.returns[$1] &- history.calls[$1]) }
    var waiting = Array(elements.indices)
    var seenBy = [Int](repeating: -1, count: elements.count)
    for read in reads.reversed() {
      for value in history.list(of: read) {
        guard let place = places[value] else { continue }
        seenBy[place] = read
        if elements[place].lastPresent < 0 { elements[place].lastPresent = read }
      }
      // What nobody had asked for when even the longest read had returned, no earlier read can miss.
      while let last = waiting.last,
        history.calls[elements[last].insert] &- longest > history.calls[read]
      {
        waiting.removeLast()
      }
      waiting.removeAll { place in
        let exists = history.calls[elements[place].insert] <= history.returns[read]
        guard exists, seenBy[place] != read else { return false }
        elements[place].lastAbsent = read
        return true
      }
    }
  }
}

/// How many elements came out how, and how long it took them.
private struct SetOutcomes {
  var stable: [Int64] = []
  var lost: [Int64] = []
  var neverRead = 0
  var duplicated = 0

  mutating func note(_ outcome: ElementTimeline.Outcome) {
    switch outcome {
    case .stable(let latency): stable.append(latency)
    case .lost(let latency): lost.append(latency)
    case .neverRead: neverRead += 1
    }
  }

  private var inserted: Int { stable.count + lost.count + neverRead }
  private var stale: Int { stable.count { $0 > 0 } }

  var counts: [Count] {
    [
      Count("inserted", inserted), Count("stable", stable.count), Count("stale", stale),
      Count("lost", lost.count), Count("never-read", neverRead), Count("duplicated", duplicated),
    ] + quantiles(stable, "stable-latency") + quantiles(lost, "lost-latency")
  }

  private func quantiles(_ latencies: [Int64], _ name: String) -> [Count] {
    guard !latencies.isEmpty else { return [] }
    let sorted = latencies.sorted()
    return [50, 95, 99, 100].map { percent in
      Count(
        percent == 100 ? "\(name)-max" : "\(name)-p\(percent)",
        sorted[(sorted.count * percent + 99) / 100 - 1])
    }
  }

  func text(_ history: History) -> String {
    guard inserted > 0 else { return "no set was read" }
    let parts = [
      "lost \(lost.count)", "stale \(stale)", "never read \(neverRead)",
      duplicated > 0 ? "duplicated \(duplicated)" : nil,
    ]
    func latency(_ name: String, _ all: [Int64]) -> String {
      let figures = quantiles(all, "").map {
        "\($0.name.dropFirst()) \(history.duration($0.value))"
      }
      return figures.isEmpty ? "" : "; \(name) latency \(figures.joined(separator: ", "))"
    }
    return parts.compactMap { $0 }.joined(separator: ", ") + " of \(count(inserted, "element"))"
      + latency("stable", stable) + latency("lost", lost)
  }
}
