// The kill table: for each known bug, after how many seeds it was found, by which checks, and whether the
// safe twin stayed quiet on the same seeds. It is what the tool says of itself.

import Checking
import Scenarios

/// Adds up runs of catalogue scenarios.
public struct KillTable: RunTable {
  /// One bug of the catalogue.
  public struct Row: Sendable {
    public let bug: KnownBug
    /// Its scenario file.
    public let path: String
    /// For each seed in turn, whether the unsafe configuration showed the bug.
    public var found: [Bool] = []
    /// The checks that the scenario expects to be violated, with in how many runs they were.
    public var checks: [(name: String, count: Int)] = []
    /// Runs of the twin that stayed quiet, and those of which nothing can be said.
    public var quiet = 0
    public var unknown = 0
    /// The seeds with which the twin broke something that it promises or expects.
    public var falseAlarms: [UInt64] = []
    /// The seeds with which the unsafe configuration broke something that it promises and the scenario
    /// does not expect.
    public var surprises: [UInt64] = []
    public var wallSeconds = 0.0

    public init(bug: KnownBug, path: String) {
      self.bug = bug
      self.path = path
    }

    /// In how many runs it was found.
    public var timesFound: Int { found.count { $0 } }

    /// The median, over all seeds to begin with, of how many runs it takes to find it; nil if never.
    public var medianSeeds: Int? {
      var distances: [Int] = []
      var next = Int.max
      for place in found.indices.reversed() {
        if found[place] { next = place }
        if next != .max { distances.append(next - place + 1) }
      }
      return distances.isEmpty ? nil : distances.sorted()[distances.count / 2]
    }

    /// Whether the bug was found and the twin stayed quiet.
    public var isKilled: Bool {
      timesFound > 0 && falseAlarms.isEmpty && surprises.isEmpty && quiet > 0
    }
  }

  public private(set) var rows: [Row] = []
  /// Bugs of ours that showed up in any run.
  public private(set) var defects: [String] = []

  public init() {}

  /// How many bugs were found while their twins stayed quiet.
  public var killed: Int { rows.count { $0.isKilled } }

  /// Whether each was.
  public var verdict: Validity {
    if rows.allSatisfy(\.isKilled) { return rows.isEmpty ? .unknown : .holds }
    return .violated
  }

  /// Adds a run of the unsafe configuration or of its twin; runs of scenarios that are not of the
  /// catalogue are left out.
  public mutating func add(_ run: Run, of scenario: Scenario, path: String) {
    guard let bug = scenario.bug else { return }
    defects += run.defects.map { "\(run.scenario) seed \(run.seed): \($0)" }
    if !rows.contains(where: { $0.bug.id == bug.id }) {
      rows.append(Row(bug: bug, path: path))
    }
    guard let place = rows.firstIndex(where: { $0.bug.id == bug.id }) else { return }
    rows[place].wallSeconds += run.wallSeconds + run.checkSeconds
    if scenario.isTwin {
      switch run.verdict {
      case .holds: rows[place].quiet += 1
      case .unknown: rows[place].unknown += 1
      case .violated: rows[place].falseAlarms.append(run.seed)
      }
      return
    }
    let expected = run.checks.filter { $0.basis == .expected }
    rows[place].found.append(!expected.isEmpty && expected.allSatisfy { $0.outcome == .holds })
    for check in expected where check.outcome == .holds {
      rows[place].count(check.name)
    }
    let isSurprise = run.checks.contains { $0.basis == .promised && $0.outcome == .violated }
    if isSurprise { rows[place].surprises.append(run.seed) }
  }

  // MARK: Text and JSON

  /// The table.
  public var text: String {
    let head = ["bug", "what", "found", "median seeds", "by", "twin", "wall"]
    let cells =
      [head]
      + rows.map { row in
        [
          row.bug.id, row.bug.title, "\(row.timesFound) of \(row.found.count)",
          row.medianSeeds.map(String.init) ?? "-",
          row.checks.map(\.name).joined(separator: ", "), twin(row),
          "\(fixed(row.wallSeconds, 1)) s",
        ]
      }
    var lines = TextTable.lines(cells).enumerated().map { number, line in
      (number == 0 ? "  " : rows[number - 1].isKilled ? "✓ " : "✗ ") + line
    }
    for row in rows {
      if let seed = row.falseAlarms.first ?? row.surprises.first {
        let side = row.falseAlarms.isEmpty ? "unsafe" : "twin"
        lines.append(
          "  \(row.bug.id): replay: splitbrain run \(row.path) --variant \(side) --seed \(seed)")
      }
    }
    lines.append("")
    lines.append("\(killed) of \(rows.count) found, with a quiet twin")
    return lines.joined(separator: "\n") + "\n"
  }

  private func twin(_ row: Row) -> String {
    if !row.falseAlarms.isEmpty { return "\(row.falseAlarms.count) false alarms" }
    if !row.surprises.isEmpty { return "\(row.surprises.count) promises of the unsafe side broken" }
    if row.quiet == 0 { return "judged nothing" }
    return row.unknown == 0 ? "quiet" : "quiet, \(row.unknown) unknown"
  }

  /// One object for each bug.
  public var json: JSON {
    .object([
      ("killed", .integer(Int64(killed))), ("bugs", .integer(Int64(rows.count))),
      (
        "rows",
        .array(
          rows.map { row in
            .object([
              ("id", .string(row.bug.id)), ("title", .string(row.bug.title)),
              ("source", .string(row.bug.source)), ("scenario", .string(row.path)),
              ("seeds", .integer(Int64(row.found.count))),
              ("found", .integer(Int64(row.timesFound))),
              ("medianSeeds", row.medianSeeds.map { .integer(Int64($0)) } ?? .null),
              ("checks", .array(row.checks.map { .string($0.name) })),
              ("twinQuiet", .integer(Int64(row.quiet))),
              ("twinUnknown", .integer(Int64(row.unknown))),
              ("twinFalseAlarms", .integer(Int64(row.falseAlarms.count))),
              ("killed", .bool(row.isKilled)), ("wallSeconds", .number(row.wallSeconds)),
            ])
          })
      ),
    ])
  }
}

extension KillTable.Row {
  fileprivate mutating func count(_ check: String) {
    if let place = checks.firstIndex(where: { $0.name == check }) {
      checks[place].count += 1
    } else {
      checks.append((check, 1))
    }
  }
}
