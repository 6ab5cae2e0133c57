// What vendors state beside what was measured: for each preset, in how many runs each guarantee held with
// faults inside the vendor's fault model, and what broke in how many runs outside it.

import Checking
import Scenarios

/// Adds up runs of presets.
public struct PresetTable: RunTable {
  /// One check of one side over all seeds.
  struct Tally {
    let name: String
    /// "holds", "violated", "< 30s"; empty for what was neither promised nor expected.
    let expectation: String
    var holds = 0
    var unknown = 0
    var violated = 0
    var runs: Int { holds + unknown + violated }
  }

  /// One variant of a preset: inside the vendor's fault model, or beyond it.
  struct Side {
    let name: String
    var faults: [String] = []
    var tallies: [Tally] = []
    var runs = 0
    /// The first seed that did not come out as the preset says.
    var badSeed: UInt64?
  }

  struct Row {
    let preset: Preset
    let path: String
    let strategy: String
    var sides: [Side] = []
  }

  private(set) var rows: [Row] = []
  /// Bugs of ours that showed up in any run.
  public private(set) var defects: [String] = []
  /// The worst outcome so far.
  public private(set) var verdict = Validity.holds

  public init() {}

  /// Adds a run of one side; runs of scenarios that are no presets are left out.
  public mutating func add(_ run: Run, of scenario: Scenario, path: String) {
    guard let preset = scenario.preset else { return }
    defects += run.defects.map { "\(run.scenario) seed \(run.seed): \($0)" }
    verdict = max(verdict, run.verdict)
    if rows.last?.path != path {
      rows.append(Row(preset: preset, path: path, strategy: run.strategy))
    }
    rows[rows.count - 1].add(run)
  }
}

extension PresetTable.Row {
  fileprivate mutating func add(_ run: Run) {
    let name = run.variant ?? "as it is"
    if sides.last?.name != name {
      sides.append(PresetTable.Side(name: name, faults: run.faults.map(\.text)))
    }
    let side = sides.count - 1
    sides[side].runs += 1
    if run.verdict != .holds, sides[side].badSeed == nil { sides[side].badSeed = run.seed }
    // That the run was evidence at all is not the vendor's claim.
    for check in run.checks where !["quiesced", "evidence"].contains(check.name) {
      sides[side].add(check)
    }
  }
}

extension PresetTable.Side {
  fileprivate mutating func add(_ check: Check) {
    let place =
      tallies.firstIndex { $0.name == check.name }
      ?? {
        tallies.append(PresetTable.Tally(name: check.name, expectation: check.expectation))
        return tallies.count - 1
      }()
    switch check.verdict.validity {
    case .holds: tallies[place].holds += 1
    case .unknown: tallies[place].unknown += 1
    case .violated: tallies[place].violated += 1
    }
  }

  /// What held in how many runs, where the vendor or the preset says that it does.
  fileprivate var held: [String] {
    tallies.filter { !$0.expectation.isEmpty && $0.expectation != "violated" }.map {
      ["holds", "unknown"].contains($0.expectation)
        ? "\($0.name) \($0.share($0.holds))"
        : "\($0.name) \($0.expectation) \($0.share($0.holds))"
    }
  }

  /// What broke in how many runs, whether or not anybody promised it.
  fileprivate var broke: [String] {
    tallies.filter { $0.violated > 0 && ["", "violated"].contains($0.expectation) }
      .map { "\($0.name) \($0.share($0.violated))" }
  }
}

extension PresetTable.Tally {
  /// "in all", or "in 3 of 1,000".
  fileprivate func share(_ count: Int) -> String {
    count == runs ? "in all" : "in \(grouped(count)) of \(grouped(runs))"
  }
}

extension PresetTable {
  private func line(_ words: [String]) -> String {
    words.isEmpty ? "nothing" : words.joined(separator: ", ")
  }

  /// A paragraph for each preset.
  public var text: String {
    var lines: [String] = []
    for row in rows {
      lines.append("\(row.preset.product)  (\(row.strategy))")
      lines.append("    claim   \(row.preset.claim)")
      for side in row.sides {
        let sign = side.badSeed == nil ? "✓" : "✗"
        lines.append(
          "  \(sign) \(padded(side.name, 7)) \(grouped(side.runs)) seeds; "
            + (side.faults.isEmpty ? "no faults" : side.faults.joined(separator: ", ")))
        lines.append("            held   \(line(side.held))")
        lines.append("            broke  \(line(side.broke))")
        if let seed = side.badSeed {
          lines.append(
            "            replay: splitbrain run \(row.path) --variant \(side.name) --seed \(seed)")
        }
      }
      lines.append("")
    }
    let good = rows.count { row in row.sides.allSatisfy { $0.badSeed == nil } }
    lines.append("\(good) of \(rows.count) presets came out as they say")
    return lines.joined(separator: "\n") + "\n"
  }

  /// A table for documents.
  public var markdown: String {
    func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
    var lines = [
      "| preset | the vendor states | inside its fault model held | outside it broke |",
      "|---|---|---|---|",
    ]
    for row in rows {
      let inside = row.sides.first
      let outside = row.sides.dropFirst()
      lines.append(
        "| \(cell(row.preset.product)) (`\(row.strategy)`) "
          + "| \(cell(row.preset.claim)) *\(cell(row.preset.source)), \(row.preset.date)* "
          + "| \(cell(line(inside?.held ?? []))) "
          + "| \(cell(outside.map { line($0.broke) }.joined(separator: "; "))) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One object for each preset.
  public var json: JSON {
    func tally(_ tally: Tally) -> JSON {
      .object([
        ("check", .string(tally.name)), ("expectation", .string(tally.expectation)),
        ("holds", .integer(Int64(tally.holds))), ("violated", .integer(Int64(tally.violated))),
        ("unknown", .integer(Int64(tally.unknown))),
      ])
    }
    func side(_ side: Side) -> JSON {
      .object([
        ("variant", .string(side.name)), ("seeds", .integer(Int64(side.runs))),
        ("faults", .array(side.faults.map { .string($0) })),
        ("checks", .array(side.tallies.map(tally))),
        ("asExpected", .bool(side.badSeed == nil)),
      ])
    }
    return .object([
      (
        "presets",
        .array(
          rows.map { row in
            .object([
              ("product", .string(row.preset.product)), ("claim", .string(row.preset.claim)),
              ("source", .string(row.preset.source)), ("date", .string(row.preset.date)),
              ("scenario", .string(row.path)), ("strategy", .string(row.strategy)),
              ("sides", .array(row.sides.map(side))),
            ])
          })
      )
    ])
  }
}
