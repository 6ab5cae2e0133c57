// Which candidate to choose, why not the others, and where the answer flips.

import Checking
import Scenarios
import Simulation

/// A decision as text and JSON.
public struct DecisionReport {
  public let comparison: Comparison
  public let decision: Decision
  public let flips: [Flip]
  /// The scenario's file, for replay lines.
  public let file: String

  public init(_ comparison: Comparison, _ decision: Decision, _ flips: [Flip], file: String) {
    self.comparison = comparison
    self.decision = decision
    self.flips = flips
    self.file = file
  }

  /// The whole text, ending in a newline.
  public var text: String {
    var lines = TextTable.lines(table).map { "  \($0)" } + [""]
    lines += ranking + list("Ruled out:", decision.ruledOut, .violated)
    lines += list("Cannot be said:", decision.open, .unknown) + turned
    return lines.joined(separator: "\n") + "\n"
  }

  /// Requirements down, candidates across.
  private var table: [[String]] {
    let names = decision.entries.map { ComparisonTable.broken($0.candidate.name, width: 13) }
    let height = names.map(\.count).max() ?? 0
    let head = (0..<height).map { line in
      [line == 0 ? "requirement" : ""] + names.map { line < $0.count ? $0[line] : "" }
    }
    let requirements = decision.entries.first?.findings.map(\.requirement) ?? []
    return head
      + requirements.indices.map { row in
        [requirements[row].text] + decision.entries.map { cell($0.findings[row], $0.candidate) }
      }
  }

  private func cell(_ finding: Finding, _ candidate: Candidate) -> String {
    let runs = candidate.samples.count
    switch finding.verdict {
    case .holds: return "pass \(finding.kept)/\(runs)"
    case .violated: return "FAIL \(finding.kept)/\(runs)"
    case .unknown: return "unknown"
    }
  }

  private var ranking: [String] {
    guard !decision.ranking.isEmpty else {
      return ["  No candidate meets every requirement with every seed.", ""]
    }
    let rows = decision.ranking.enumerated().map { place, entry in
      ["\(place + 1).", entry.candidate.name]
        + Decision.order.map { quantity in
          let median = entry.candidate.spread(quantity).median
          switch quantity {
          case .dollars: return median.map { "$\(grouped(Int($0.rounded()))) a month" } ?? "no cost"
          case .writeP99: return "write p99 " + (median.map { milliseconds($0) } ?? "-")
          default: return "\(quantity.rawValue) " + (median.map { milliseconds($0) } ?? "-")
          }
        }
    }
    return [
      "  Meet every requirement with every seed; the cheapest first, then by p99, then by write p99 "
        + "(medians):"
    ] + TextTable.lines(rows).map { "    \($0)" } + [""]
  }

  private func list(_ heading: String, _ entries: [Decision.Entry], _ verdict: Validity) -> [String]
  {
    guard !entries.isEmpty else { return [] }
    var lines = ["  \(heading)"]
    for entry in entries {
      for finding in entry.findings where finding.verdict == verdict {
        lines.append(
          "    \(entry.candidate.name): \(finding.requirement.text): \(what(finding, entry))")
        if verdict == .violated, let seed = finding.seed {
          lines.append("      replay: \(ReplayLine.text(file, entry.candidate.words, seed: seed))")
        }
      }
    }
    return lines + [""]
  }

  /// What was found instead.
  private func what(_ finding: Finding, _ entry: Decision.Entry) -> String {
    if let obstacle = finding.obstacle { return obstacle }
    guard let seed = finding.seed,
      let sample = entry.candidate.samples.first(where: { $0.seed == seed })
    else { return "" }
    switch finding.requirement.subject {
    case .guarantee: return "violated with seed \(seed)"
    case .survivesRegion:
      let stuck = sample.outages.flatMap { outage in
        outage.writesBack.filter { $0.after == nil }.map {
          "\($0.place) while \(outage.region) was out"
        }
      }
      return "no write succeeded at \(stuck.joined(separator: ", ")) with seed \(seed)"
    case .figure(let quantity, _):
      let amount = sample[quantity] ?? 0
      let text: String =
        switch quantity.unit {
        case "s": amount.isFinite ? "\(fixed(amount, 1)) s" : "never"
        case "ms": milliseconds(amount)
        case "share": percent(amount)
        case "USD": "$\(grouped(Int(amount.rounded())))"
        default: fixed(amount, 0)
        }
      return "\(text) with seed \(seed)"
    }
  }

  // MARK: Flips

  private var turned: [String] {
    let turns = flips.filter { !$0.turns.isEmpty }
    guard !turns.isEmpty else { return [] }
    let seeds = turns[0].turns[0].comparison.seeds.count
    var lines = ["  Where the answer flips (\(seeds) \(seeds == 1 ? "seed" : "seeds") each):"]
    let rows = turns.map { flip in
      [flip.lever.name]
        + [
          flip.first(since: decision.winner?.name).map { turn in
            "flips at x\(Lever.text(turn.factor)) (\(turn.override)): \(winner(turn.decision))"
          }
            ?? "does not flip: "
            + flip.turns.map { "x\(Lever.text($0.factor))" }.joined(separator: ", ")
        ]
    }
    lines += TextTable.lines(rows).map { "    \($0)" }
    for turn in turns.compactMap({ $0.first(since: decision.winner?.name) }) {
      lines += reasons(turn)
    }
    return lines + [""]
  }

  /// Why the winner of before no longer is.
  private func reasons(_ turn: Turn) -> [String] {
    guard let before = decision.winner?.name,
      let entry = turn.decision.entries.first(where: { $0.candidate.name == before }),
      let finding = entry.findings.first(where: { $0.verdict == .violated })
    else { return [] }
    let replay = finding.seed.map { ReplayLine.text(file, entry.candidate.words, seed: $0) }
    return [
      "      \(before) at \(turn.override): \(finding.requirement.text): \(what(finding, entry))"
    ] + (replay.map { ["      replay: \($0)"] } ?? [])
  }

  private func winner(_ decision: Decision) -> String {
    decision.winner?.name ?? "none passes"
  }

  // MARK: JSON

  /// The same as an object.
  public var json: JSON {
    .object([
      ("scenario", .string(comparison.name)),
      ("seeds", .array(comparison.seeds.map { .integer(Int64(bitPattern: $0)) })),
      ("winner", decision.winner.map { .string($0.name) } ?? .null),
      ("order", .array(Decision.order.map { .string($0.rawValue) })),
      ("ranking", .array(decision.ranking.map { .string($0.candidate.name) })),
      ("candidates", .array(decision.entries.map(object))),
      ("flips", .array(flips.map(object))),
    ])
  }

  private func object(_ entry: Decision.Entry) -> JSON {
    let words = ["holds": "pass", "violated": "fail", "unknown": "unknown"]
    return .object([
      ("name", .string(entry.candidate.name)),
      ("verdict", .string(words[entry.verdict.rawValue] ?? entry.verdict.rawValue)),
      (
        "requirements",
        .array(
          entry.findings.map { finding in
            .object([
              ("requirement", .string(finding.requirement.text)),
              ("verdict", .string(words[finding.verdict.rawValue] ?? finding.verdict.rawValue)),
              ("kept", .integer(Int64(finding.kept))),
              ("runs", .integer(Int64(entry.candidate.samples.count))),
              ("seed", finding.seed.map { .integer(Int64(bitPattern: $0)) } ?? .null),
              (
                "explanation", finding.verdict == .holds ? .null : .string(what(finding, entry))
              ),
              (
                "replay",
                finding.seed.map { .string(ReplayLine.text(file, entry.candidate.words, seed: $0)) }
                  ?? .null
              ),
            ])
          })
      ),
    ])
  }

  private func object(_ flip: Flip) -> JSON {
    let first = flip.first(since: decision.winner?.name)
    return .object([
      ("lever", .string(flip.lever.name)),
      ("flipsAt", first.map { .string($0.override) } ?? .null),
      (
        "turns",
        .array(
          flip.turns.map { turn in
            .object([
              ("factor", .string(Lever.text(turn.factor))), ("setting", .string(turn.override)),
              ("seeds", .integer(Int64(turn.comparison.seeds.count))),
              ("winner", turn.decision.winner.map { .string($0.name) } ?? .null),
            ])
          })
      ),
    ])
  }
}
