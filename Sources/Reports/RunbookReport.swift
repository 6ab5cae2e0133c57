// What became of a runbook, for people and as JSON: of one run step by step, of many runs in percentiles.
// Times are those of the simulation, h:mm:ss.

import Scenarios
import Simulation
import Traffic

/// The parts of reports that tell of runbooks.
enum RunbookReport {
  // MARK: One run

  /// Nothing without a runbook.
  static func lines(_ run: Run) -> [String] {
    guard let record = run.measures.runbook else { return [] }
    guard let began = record.began else {
      return ["  runbook       nothing called for it", ""]
    }
    func since(_ instant: Instant?) -> String { clock(instant.map { ($0 - began).seconds }) }
    let milestones = record.milestones.map {
      "\($0.milestone.rawValue) \(clock($0.after?.seconds))"
    }
    var lines = [
      "  runbook       h:mm:ss since \(cause(run, began)):",
      "                " + milestones.joined(separator: ", "),
    ]
    if record.log.parts.count > 1 {
      let back = record.log.parts[1]
      lines.append(
        "                the way back: open \(since(back.triggered)), decided \(since(back.decided)), "
          + "ended \(since(back.ended))")
    }
    let head = ["", "step", "level", "start", "end", "tries", "outcome"]
    let rows = record.steps.enumerated().map { number, step in
      [
        "\(number + 1)", step.words.name, step.step.level.rawValue, since(step.log.began),
        since(step.log.ended), "\(step.log.tries.count)", outcome(step.log, run.topology),
      ]
    }
    return lines + TextTable.lines([head] + rows).map { "    \($0)" } + [""]
  }

  private static func cause(_ run: Run, _ began: Instant) -> String {
    let fault = run.faults.filter { $0.at <= began }.max { $0.at < $1.at }
    let at = "at \(clock((began - .zero).seconds))"
    return fault.map { "\($0.text) (\(at))" } ?? "what called for it (\(at))"
  }

  private static func outcome(_ log: RunbookStepLog, _ topology: Topology) -> String {
    var text = log.outcome.rawValue
    let missing = (log.tries.last?.missing ?? []).map { $0.text(in: topology) }
    if !missing.isEmpty { text += ": not seen: " + missing.joined(separator: ", ") }
    let blind = (log.tries.last?.blind ?? []).map { topology.name(of: $0) }
    if !blind.isEmpty {
      text += ", while \(blind.joined(separator: ", ")) was down: says nothing of a fence"
    }
    if log.errors > 0 { text += "; done wrongly \(log.errors) times" }
    if let rollback = log.rollback { text += "; rollback \(rollback.outcome.rawValue)" }
    return text
  }

  static func object(_ record: RunbookRecord, _ topology: Topology) -> JSON {
    let parts = record.log.parts.enumerated().map { number, part in
      JSON.object([
        ("part", .string(number == 0 ? "fail-over" : "fail-back")),
        ("level", .string(record.plan.parts[number].level.rawValue)),
        ("triggeredAt", seconds(part.triggered)), ("detectedAt", seconds(part.detected)),
        ("decidedAt", seconds(part.decided)), ("endedAt", seconds(part.ended)),
        ("verified", .bool(part.isVerified)),
        (
          "steps",
          .array(
            part.steps.indices.map { step in
              self.step(
                record.plan.runbook.parts[number].steps[step],
                record.plan.parts[number].steps[step], part.steps[step], topology)
            })
        ),
      ])
    }
    return .object([
      ("triggered", .bool(record.log.isTriggered)), ("faultAt", seconds(record.began)),
      (
        "secondsSinceFault",
        .object(
          record.milestones.map {
            ($0.milestone.rawValue, $0.after.map { .number($0.seconds) } ?? .null)
          })
      ),
      ("failBackSeconds", record.failBack.map { .number($0.seconds) } ?? .null),
      ("parts", .array(parts)),
    ])
  }

  private static func step(
    _ step: RunbookStep, _ words: RunbookWords, _ log: RunbookStepLog, _ topology: Topology
  ) -> JSON {
    .object([
      ("name", .string(words.name)), ("action", .string(step.order.action.rawValue)),
      (
        "region",
        step.order.action.acts ? .string(topology.name(of: step.order.region)) : .null
      ),
      ("level", .string(step.level.rawValue)), ("startedAt", seconds(log.began)),
      ("endedAt", seconds(log.ended)), ("outcome", .string(log.outcome.rawValue)),
      ("tries", .array(log.tries.map { one($0, topology) })),
      ("rollback", log.rollback.map { one($0, topology) } ?? .null),
    ])
  }

  private static func one(_ one: RunbookTry, _ topology: Topology) -> JSON {
    .object([
      ("startedAt", seconds(one.began)), ("actedAt", seconds(one.acted)),
      ("doneWrongly", .bool(one.isError)), ("endedAt", seconds(one.ended)),
      ("outcome", .string(one.outcome.rawValue)),
      ("fencedOnlyAsDown", .array(one.blind.map { .string(topology.name(of: $0)) })),
      ("notSeen", .array(one.missing.map { .string($0.text(in: topology)) })),
    ])
  }

  private static func seconds(_ instant: Instant?) -> JSON {
    instant.map { .number(($0 - .zero).seconds) } ?? .null
  }

  // MARK: Many runs

  /// Nothing without a runbook.
  static func lines(_ survey: RunbookSurvey) -> [String] {
    guard survey.runs > 0 else { return [] }
    let milestones = RunbookMilestone.allCases.map { milestone in
      let time = survey.after(milestone)
      return [milestone.rawValue, clock(time.median), clock(time.quantile(0.95))]
    }
    let back = survey.failBack
    let wayBack =
      back.values.isEmpty ? [] : [["way back", clock(back.median), clock(back.quantile(0.95))]]
    let steps = survey.rows.enumerated().map { number, row in
      [
        "\(number + 1) \(row.words.name)", clock(row.time.median), clock(row.time.quantile(0.95)),
        row.step.level.rawValue, "\(row.verified) of \(survey.runs)",
        row.badSeed.map { "not so with seed \($0)" } ?? "",
      ]
    }
    return TextTable.lines(
      [["runbook, since the fault", "p50", "p95"]] + milestones + wayBack
        + [["its steps", "p50", "p95", "level", "verified"]] + steps
    ).map { "    \($0)" } + [""]
  }
}
