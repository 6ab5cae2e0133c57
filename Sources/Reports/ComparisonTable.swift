// The decision table: candidates side by side, each figure with its spread over the seeds, each broken guarantee
// with the seed to see it happen.

import Checking
import Scenarios

/// Candidates in one table.
public struct ComparisonTable {
  public let comparison: Comparison
  /// The scenario's file, for replay lines.
  public let file: String

  public init(_ comparison: Comparison, file: String) {
    self.comparison = comparison
    self.file = file
  }

  private var candidates: [Candidate] { comparison.candidates }

  /// The whole text, ending in a newline.
  public var text: String {
    let seeds = comparison.seeds
    let range =
      seeds.count == 1 ? "seed \(seeds[0])" : "seeds \(seeds[0]) to \(seeds[seeds.count - 1])"
    var lines = ["\(comparison.name): \(candidates.count) candidates, \(range) each", ""]
    lines += TextTable.lines(headings + rows).map { "  \($0)" }
    lines += [""] + legend + evidence + prices
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Rows

  /// Names of candidates, broken into short lines.
  private var headings: [[String]] {
    let names = candidates.map { ComparisonTable.broken($0.name, width: 13) }
    let height = names.map(\.count).max() ?? 0
    return (0..<height).map { line in [""] + names.map { line < $0.count ? $0[line] : "" } } + [
      [""]
    ]
  }

  private var rows: [[String]] {
    var rows = comparison.guarantees.map { name in
      [name] + candidates.map { share($0.score(name)) }
    }
    rows.append([""])
    rows += figure("availability", .availability) { percent($0) }
    rows += figure("without service", .errorSeconds, seconds)
    for place in comparison.places {
      rows.append(
        ["  \(place)"]
          + candidates.map { one($0.spread(Figure(.errorSeconds, at: place)).median, seconds) })
    }
    rows.append([""])
    rows += distribution("RTO", .rto) + distribution("RPO", .rpo) + [[""]]
    rows += figure("latency p99", .p99, milliseconds)
    rows += figure("write p99", .writeP99, milliseconds)
    rows.append(["p50 / p99 at"])
    for place in comparison.places {
      rows.append(["  \(place)"] + candidates.map { pair($0, place) })
    }
    rows.append([""])
    rows += figure("stale reads", .staleReads) { percent($0) }
    rows += figure("conflicts", .conflicts) { fixed($0, 0) }
    rows += figure("lost writes", .lostWrites) { fixed($0, 0) }
    rows += figure("lost updates", .lostUpdates) { fixed($0, 0) }
    if candidates.contains(where: { $0.spread(.dollars).median != nil }) {
      rows.append([""])
      rows += figure("$ a month", .dollars) { grouped(Int($0.rounded())) }
      rows += figure("$ a million", .dollarsPerMillion) { fixed($0, 3) }
    }
    return rows
  }

  private func share(_ score: Score) -> String {
    if score.judged == 0 { return score.unknown > 0 ? "unknown" : "-" }
    let unknown = score.unknown > 0 ? " +\(score.unknown)?" : ""
    return (score.violated > 0 ? "✗ " : "") + "\(score.holds)/\(score.judged)\(unknown)"
  }

  /// The median, and below it its interval.
  private func figure(
    _ name: String, _ quantity: Figure.Quantity, _ format: (Double) -> String
  ) -> [[String]] {
    let spreads = candidates.map { $0.spread(quantity) }
    let medians = [name] + spreads.map { one($0.median, format) + missing($0) }
    guard spreads.contains(where: { $0.interval != nil }) else { return [medians] }
    return [medians, ["  95 %"] + spreads.map { interval($0, format) }]
  }

  private func distribution(_ name: String, _ quantity: Figure.Quantity) -> [[String]] {
    let spreads = candidates.map { $0.spread(quantity) }
    return figure("\(name) p50", quantity, seconds) + [
      ["    p95"] + spreads.map { one($0.quantile(0.95), seconds) },
      ["    max"] + spreads.map { one($0.values.last, seconds) },
    ]
  }

  private func pair(_ candidate: Candidate, _ place: String) -> String {
    let (low, high) = (
      candidate.spread(Figure(.p50, at: place)).median,
      candidate.spread(Figure(.p99, at: place)).median
    )
    guard let low, let high else { return "-" }
    return "\(fixed(low, low < 10 ? 1 : 0)) / \(milliseconds(high))"
  }

  private func one(_ value: Double?, _ format: (Double) -> String) -> String {
    value.map { $0.isFinite ? format($0) : "never" } ?? "-"
  }

  private func missing(_ spread: Spread) -> String {
    spread.missing > 0 && !spread.values.isEmpty ? " (n \(spread.values.count))" : ""
  }

  private func interval(_ spread: Spread, _ format: (Double) -> String) -> String {
    guard let interval = spread.interval else { return "-" }
    let (low, high) = (one(interval.low, format), one(interval.high, format))
    if low == high { return "all alike" }
    // The unit once.
    let unit = high.split(separator: " ").last.map { " \($0)" } ?? ""
    return low.hasSuffix(unit) && high.contains(" ")
      ? "\(low.dropLast(unit.count))..\(high)" : "\(low)..\(high)"
  }

  // MARK: Below the table

  private var legend: [String] {
    let shares = comparison.guarantees.flatMap { name in candidates.map { $0.score(name) } }
      .filter { $0.judged > 0 }
      .map { ($0.holds, $0.judged) }
    var told: [String] = []
    for (holds, judged) in shares.sorted(by: { $0 > $1 }) {
      guard let interval = Interval.ofShare(holds, of: judged) else { continue }
      let text =
        "\(holds)/\(judged) is \(fixed(interval.low * 100, 0)) to \(fixed(interval.high * 100, 0)) %"
      if !told.contains(text) { told.append(text) }
    }
    return [
      "  k/n: held in k of n runs, one a seed; ? could not be decided. Of all seeds (95 %, Wilson): "
        + told.prefix(6).joined(separator: ", "),
      "  Figures: the median over the seeds; below it an interval that has the true median in 95 of 100 "
        + "cases (order statistics; needs 6 seeds).",
      "  RTO: the longest that clients at any place waited for a write after a fault began. RPO: from "
        + "the first acknowledged write that was lost to the last.",
      "  Without service: how long a client was on average, at the place that fared worst and at each.",
      "",
    ]
  }

  /// For each candidate, the seeds that show what it broke.
  private var evidence: [String] {
    var lines: [String] = []
    for candidate in candidates {
      var bySeed: [(seed: UInt64, names: [String])] = []
      for name in comparison.guarantees {
        guard let seed = candidate.score(name).firstViolation else { continue }
        if let place = bySeed.firstIndex(where: { $0.seed == seed }) {
          bySeed[place].names.append(name)
        } else {
          bySeed.append((seed, [name]))
        }
      }
      for (seed, names) in bySeed {
        lines.append("  \(candidate.name) breaks \(names.joined(separator: ", "))")
        lines.append("    replay: \(ReplayLine.text(file, candidate.words, seed: seed))")
      }
    }
    return lines.isEmpty ? [] : lines + [""]
  }

  private var prices: [String] {
    let bills = candidates.compactMap { $0.samples.first?.bill }
    guard let first = bills.first else { return [] }
    var sources: [String] = []
    for price in bills.flatMap(\.items).compactMap(\.price) {
      let text = price.date.isEmpty ? price.source : "\(price.source), \(price.date)"
      if !sources.contains(text) { sources.append(text) }
    }
    let unpriced = Set(bills.flatMap(\.unpriced).map(\.name)).sorted()
    var lines = [
      "  Prices: \(first.provider.rawValue), the run's rates x \(grouped(first.scale)), a month of 730 h; "
        + sources.joined(separator: "; ")
    ]
    if !unpriced.isEmpty {
      lines.append("  Not priced, and not in the sums: " + unpriced.joined(separator: ", "))
    }
    return lines
  }

  // MARK: JSON

  /// The same as an object.
  public var json: JSON {
    .object([
      ("scenario", .string(comparison.name)),
      ("seeds", .array(comparison.seeds.map { .integer(Int64(bitPattern: $0)) })),
      ("runs", .integer(Int64(comparison.runs))),
      ("verdict", .string(comparison.verdict.rawValue)),
      (
        "methods",
        .object([
          ("shares", .string("Wilson score interval, 95 %")),
          ("medians", .string("distribution-free order statistics, at least 95 %")),
          ("quantiles", .string("nearest rank")),
        ])
      ),
      ("candidates", .array(candidates.map(object))),
    ])
  }

  private func object(_ candidate: Candidate) -> JSON {
    .object([
      ("name", .string(candidate.name)),
      ("strategy", .string(candidate.scenario.strategy.name)),
      ("guarantees", .array(comparison.guarantees.map { guarantee($0, candidate) })),
      ("figures", .array(figures.map { figure($0, candidate) })),
      ("cost", candidate.samples.first?.bill.map { BillReport.object($0) } ?? .null),
    ])
  }

  private var figures: [Figure] {
    Figure.Quantity.allCases.map { Figure($0) }
      + comparison.places.flatMap { place in
        [.availability, .errorSeconds, .p50, .p99].map { Figure($0, at: place) }
      }
  }

  private func guarantee(_ name: String, _ candidate: Candidate) -> JSON {
    let score = candidate.score(name)
    let interval = Interval.ofShare(score.holds, of: score.judged)
    return .object([
      ("name", .string(name)), ("holds", .integer(Int64(score.holds))),
      ("violated", .integer(Int64(score.violated))), ("unknown", .integer(Int64(score.unknown))),
      ("interval", ComparisonTable.json(interval)),
      ("firstViolation", score.firstViolation.map { .integer(Int64(bitPattern: $0)) } ?? .null),
      (
        "replay",
        score.firstViolation.map { .string(ReplayLine.text(file, candidate.words, seed: $0)) }
          ?? .null
      ),
    ])
  }

  private func figure(_ figure: Figure, _ candidate: Candidate) -> JSON {
    let spread = candidate.spread(figure)
    func number(_ value: Double?) -> JSON {
      value.map { $0.isFinite ? .number($0) : .string("never") } ?? .null
    }
    return .object([
      ("name", .string(figure.quantity.rawValue)),
      ("place", figure.place.map { .string($0) } ?? .null),
      ("unit", .string(figure.quantity.unit)), ("n", .integer(Int64(spread.values.count))),
      ("missing", .integer(Int64(spread.missing))), ("p50", number(spread.median)),
      ("p95", number(spread.quantile(0.95))), ("max", number(spread.values.last)),
      ("interval", ComparisonTable.json(spread.interval)),
    ])
  }

  private static func json(_ interval: Interval?) -> JSON {
    guard let interval else { return .null }
    return .array(
      [interval.low, interval.high].map { $0.isFinite ? .number($0) : .string("never") })
  }

  // MARK: Text

  /// A time for people: "80 ms", "12.3 s", "4.5 min", "3.2 h".
  private func seconds(_ value: Double) -> String {
    switch value {
    case ..<10: fixed(value, 2) + " s"
    case ..<120: fixed(value, 1) + " s"
    case ..<7_200: fixed(value / 60, 1) + " min"
    default: fixed(value / 3_600, 1) + " h"
    }
  }

  /// A name on several lines, broken at blanks.
  static func broken(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
