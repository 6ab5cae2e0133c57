// Linearizability of a register with unique written values, as fast as sorting: Gibbons and Korach,
// "Testing Shared Memories", 1997 (where it is known which write each read saw).
//
// A cluster is a write with the reads that saw it. Let f be the earliest return in it and s its latest
// call. Cluster A must come before cluster B iff something in A returned before something in B was
// called: iff A.f < B.s. The history is linearizable iff no two clusters must each come before the
// other, A.f < B.s and B.f < A.s (two conflicts are enough: along a longer cycle without a shorter
// one f would decrease all the way around). If f < s the zone is forward, [f, s], else backward,
// [s, f]. So the conflicts are two forward zones that overlap, and a backward zone inside a forward one;
// two backward zones never conflict.
//
// A compare-and-set that happened ties its cluster to that of the value it expected: nothing comes
// between them, as every value is written once. Chains.swift joins such clusters into one block with one
// zone, and all of the above goes for blocks.
//
// What one process did at one instant is ordered without an interval to show it: ZoneSuccessions.swift.
//
// The initial value is a cluster whose write returned before everything. A write of unknown outcome
// that nobody read is left out, as it need not have happened; one that was read never returned, so
// that only its reads bound it.

import Histories

/// What a cluster spans, and the rows that show it.
struct Zone {
  var firstReturn: Int64
  var lastCall: Int64
  /// Row of the write; -1 for the initial value.
  var write: Int32
  /// Rows with the first return and the last call; -1 for the virtual initial write.
  var firstRow: Int32
  var lastRow: Int32
  /// The cluster of the value that its compare-and-set expected; -1 for a plain write, or none.
  var parent: Int32 = -1
  /// Whether other clusters were joined to it.
  var isBlock = false

  /// The parent of a compare-and-set that expected what nobody wrote.
  static let orphan: Int32 = -2

  /// Whether it must have taken effect.
  var isNeeded: Bool { firstReturn != History.never }

  var isForward: Bool { firstReturn < lastCall }
}

extension RegisterHistory {
  /// Judges the key by its zones.
  func judgeZones(_ findings: inout Findings) {
    let (clusters, place) = makeZones()
    let blocks = blocks(of: clusters, &findings)
    judgeSuccessions(clusters, place, blocks, &findings)
    let zones = blocks.zones
    let forward = zones.filter(\.isForward)
      .sorted { ($0.firstReturn, $0.write) < ($1.firstReturn, $1.write) }
    guard !forward.isEmpty else { return }
    var widest = 0
    // The forward zone with the latest end among those up to each one.
    var reach = [Int](repeating: 0, count: forward.count)
    // A zone that is too wide may conflict with all others; it is one finding.
    var isReported = [Bool](repeating: false, count: forward.count)
    func report(_ wide: Int, _ other: Zone) {
      if !isReported[wide] { findings.add(conflict(forward[wide], other)) }
      isReported[wide] = true
    }
    for (place, zone) in forward.enumerated() where place > 0 {
      if zone.firstReturn < forward[widest].lastCall { report(widest, zone) }
      if zone.lastCall > forward[widest].lastCall { widest = place }
      reach[place] = widest
    }
    let starts = forward.map(\.firstReturn)
    for zone in zones where !zone.isForward {
      let before = firstIndex(in: starts, notBelow: zone.lastCall)
      guard before > 0 else { continue }
      let around = reach[before - 1]
      if zone.firstReturn < forward[around].lastCall { report(around, zone) }
    }
  }

  /// The zone of each value, in the order of the calls of their writes; the initial one first.
  /// And by row, from the first, in which zone each write is.
  private func makeZones() -> (zones: [Zone], place: [Int32]) {
    var zones: [Zone] = []
    var place = [Int32](repeating: -1, count: (rows.last.map(Int.init) ?? -1) + 1 - base)
    zones.reserveCapacity(rows.count / 2)
    zones.append(
      Zone(firstReturn: .min, lastCall: .min, write: -1, firstRow: -1, lastRow: -1))
    for row in rows where history.writtenValue(of: Int(row)) != nil {
      guard history.completions[Int(row)] != .fail else { continue }
      place[Int(row) - base] = Int32(zones.count)
      zones.append(
        Zone(
          firstReturn: history.end(of: Int(row)), lastCall: history.calls[Int(row)], write: row,
          firstRow: row, lastRow: row))
    }
    for row in rows where history.functions[Int(row)] == .read {
      guard history.completions[Int(row)] == .ok, let write = writeRead(by: Int(row)) else {
        continue
      }
      // A read before its write is screening's finding; its zone would only repeat it.
      if write >= 0, history.precedes(Int(row), write) { continue }
      extend(&zones[write < 0 ? 0 : Int(place[write - base])], Int(row))
    }
    guard hasSwaps else { return (zones, place) }
    for zone in zones.indices.dropFirst() {
      let row = Int(zones[zone].write)
      guard history.functions[row] == .compareAndSet else { continue }
      let write = self.write(of: history.extras[row])
      zones[zone].parent = write.map { $0 < 0 ? 0 : place[$0 - base] } ?? Zone.orphan
    }
    return (zones, place)
  }

  /// The first row.
  var base: Int { rows.first.map(Int.init) ?? 0 }

  /// The row of the write whose value a read returned, -1 for the initial value, nil for none.
  func writeRead(by row: Int) -> Int? {
    switch history.seen(by: row) {
    case .nothing: facts.emptyReadsSayNothing ? nil : -1
    case .value(let value): write(of: value)
    case .several: nil
    }
  }

  /// The row of the write of a value, -1 for the initial value, nil for none.
  private func write(of value: Value) -> Int? { value == facts.initial ? -1 : index.row(of: value) }

  private func extend(_ zone: inout Zone, _ row: Int) {
    if history.returns[row] < zone.firstReturn {
      zone.firstReturn = history.returns[row]
      zone.firstRow = Int32(row)
    }
    if history.calls[row] > zone.lastCall {
      zone.lastCall = history.calls[row]
      zone.lastRow = Int32(row)
    }
  }

  /// Two clusters of which each must come before the other. At most six rows.
  func conflict(_ left: Zone, _ right: Zone) -> Anomaly {
    var rows: [Int] = []
    for row in [
      left.write, right.write, left.firstRow, right.lastRow, right.firstRow, left.lastRow,
    ]
    where row >= 0 && !rows.contains(Int(row)) {
      rows.append(Int(row))
    }
    rows.sort()
    return anomaly("stale-read", rows, before(left, right), before(right, left))
  }

  func before(_ left: Zone, _ right: Zone) -> String {
    let reason =
      left.firstRow < 0
      ? "it was there at the start"
      : "row \(left.firstRow) was over at \(history.time(left.firstReturn)), before row "
        + "\(right.lastRow) was called at \(history.time(right.lastCall))"
    return "\(value(of: left)) must come before \(value(of: right)): \(reason)"
  }

  private func value(of zone: Zone) -> String {
    let first =
      zone.write >= 0
      ? name(of: history.values[Int(zone.write)])
      : text == nil && facts.initial != nil
        ? "the initial \(name(of: facts.initial ?? 0))" : "nothing"
    return zone.isBlock ? "\(first) and what was made of it" : first
  }
}
