// Many runs in one table: for each check, in how many runs it came out how, and a seed to see it.

import Checking
import Scenarios

/// Adds up runs of one scenario and variant.
public struct SweepReport {
  fileprivate struct Row {
    let name: String
    let basis: Check.Basis
    let expectation: String
    var holds = 0
    var unknown = 0
    var violated = 0
    /// The first seed whose outcome was not as it should be.
    var badSeed: UInt64?
  }
  fileprivate struct Group {
    let title: String
    let strategy: String
    var rows: [Row] = []
    var runs = 0
    var operations = 0
    var lost = 0
    var runsWithLosses = 0
    var availability = 0.0
    var runbook = RunbookSurvey()
  }
  private var groups: [Group] = []
  /// The worst outcome so far.
  public private(set) var verdict = Validity.holds
  /// Bugs of ours in any run, with the seed.
  public private(set) var defects: [String] = []
  /// The seed of the first run that did not come out as it should.
  public private(set) var firstBadSeed: UInt64?
  public private(set) var runs = 0

  public init() {}

  /// Adds a run.
  public mutating func add(_ run: Run) {
    runs += 1
    verdict = max(verdict, run.verdict)
    defects += run.defects.map { "seed \(run.seed): \($0)" }
    if run.verdict != .holds, firstBadSeed == nil { firstBadSeed = run.seed }
    let title = run.variant ?? run.scenario
    if !groups.contains(where: { $0.title == title }) {
      groups.append(Group(title: title, strategy: run.strategy))
    }
    guard let place = groups.firstIndex(where: { $0.title == title }) else { return }
    groups[place].runs += 1
    groups[place].operations += run.measures.ok + run.measures.fail + run.measures.info
    groups[place].lost += run.measures.lostAcknowledgedWrites
    groups[place].runsWithLosses += run.measures.lostAcknowledgedWrites > 0 ? 1 : 0
    groups[place].availability += run.measures.availability
    groups[place].runbook.add(run)
    for check in run.checks { groups[place].add(check, seed: run.seed) }
  }

  /// The table, and how to replay the first run that did not come out as it should.
  public func text(replay: String) -> String {
    var lines: [String] = []
    for group in groups {
      lines.append("\(group.title)  strategy \(group.strategy), \(grouped(group.runs)) seeds")
      let width = group.rows.map(\.name.count).max() ?? 0
      lines.append(
        "    " + padded("check", width) + "     holds  violated   unknown  expectation")
      for row in group.rows {
        let sign = row.basis == .observed ? "·" : row.badSeed == nil ? "✓" : "✗"
        let basis =
          switch row.basis {
          case .promised: "promised"
          case .expected: "expected \(row.expectation)"
          case .observed: "not promised"
          }
        let bad = row.badSeed.map { ", not so with seed \($0)" } ?? ""
        lines.append(
          "  \(sign) \(padded(row.name, width))  \(column(row.holds))  \(column(row.violated))  "
            + "\(column(row.unknown))  \(basis)\(bad)")
      }
      lines.append(
        "    \(grouped(group.operations)) operations; availability "
          + "\(percent(group.availability / Double(max(1, group.runs)))); \(grouped(group.lost)) "
          + "acknowledged writes lost in \(grouped(group.runsWithLosses)) runs")
      lines.append("")
      lines += RunbookReport.lines(group.runbook)
    }
    switch verdict {
    case .holds: lines.append("  as expected in all \(grouped(runs)) runs")
    case .violated: lines.append("  NOT as expected")
    case .unknown: lines.append("  UNKNOWN in some runs")
    }
    if let firstBadSeed { lines.append("  replay: \(replay) --seed \(firstBadSeed)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func column(_ count: Int) -> String {
    let text = count == 0 ? "-" : grouped(count)
    return String(repeating: " ", count: max(0, 8 - text.count)) + text
  }
}

extension SweepReport.Group {
  fileprivate mutating func add(_ check: Check, seed: UInt64) {
    if !rows.contains(where: { $0.name == check.name }) {
      rows.append(
        SweepReport.Row(name: check.name, basis: check.basis, expectation: check.expectation))
    }
    guard let place = rows.firstIndex(where: { $0.name == check.name }) else { return }
    switch check.verdict.validity {
    case .holds: rows[place].holds += 1
    case .unknown: rows[place].unknown += 1
    case .violated: rows[place].violated += 1
    }
    if check.outcome != .holds, rows[place].badSeed == nil { rows[place].badSeed = seed }
  }
}
