// The steps of a runbook's document. Each stands for itself, since whoever reads it has no time to turn
// pages: when it may be done, what to type, what is then seen, what to do if it is not.

import Scenarios
import Simulation
import Traffic

extension RunbookDocument {
  /// A part's steps under its title.
  func steps(of part: Int, _ title: String) -> [String] {
    let way = plan.runbook.parts[part]
    let first = part == 0 ? 0 : plan.runbook.failOver.steps.count
    var lines = ["## \(title)", ""]
    var known: [RunbookCondition] = []
    if case .seen(let conditions) = way.trigger {
      known = conditions
      if part > 0 {
        lines += ["Only when all of this is so; there is no hurry:", ""]
        lines += conditions.flatMap(sight) + [""]
      }
    }
    for number in way.steps.indices {
      lines += step(first + number, survey.rows[first + number], known)
      known += way.steps[number].then
    }
    return lines
  }

  /// - Parameter known: What has been looked at before, so that how to look need not be said again.
  private func step(
    _ number: Int, _ row: RunbookSurvey.Row, _ known: [RunbookCondition]
  ) -> [String] {
    let step = row.step
    let level = RunbookLevel.allCases.firstIndex(of: step.level) ?? 0
    var lines = [
      "### \(number + 1). \(row.words.name)", "",
      "\(mark(row)). p50 \(clock(row.time.median)), p95 \(clock(row.time.quantile(0.95))). "
        + "Level \(level), \(step.level.rawValue).", "",
    ]
    if row.blind > 0 {
      lines += [
        "In \(row.blind) of \(survey.runs) runs the region that should refuse the test write was down when it "
          + "did: that says nothing of a fence. Look again when it is up.", "",
      ]
    }
    if !step.require.isEmpty {
      lines += ["**Only if** (else, after \(step.within): STOP, and call)", ""]
      lines += step.require.flatMap { known.contains($0) ? [plain($0)] : sight($0) } + [""]
    }
    lines += doing(row)
    if !step.then.isEmpty {
      let isOurs = row.words.see == nil
      lines += ["**You then see**\(isOurs ? "†" : "") within \(step.within):", ""]
      lines += row.words.see.map { [$0, ""] } ?? []
      lines += step.then.flatMap { isOurs ? sight($0) : [plain($0)] } + [""]
      lines += otherwise(row)
    }
    return lines
  }

  private func doing(_ row: RunbookSurvey.Row) -> [String] {
    let action = row.step.order.action
    if action == .wait { return ["**Wait** \(row.step.takes.base).", ""] }
    let verb =
      switch row.step.level {
      case .tribal, .documented: "Type"
      case .scripted: "Run the script that does"
      case .oneButton: "Press the button that does"
      case .automatic: "Automation does this. If it does not begin, type"
      }
    if let type = row.words.type {
      return ["**\(verb):**", ""]
        + fenced(type.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        + [""]
    }
    if action == .verify { return ["**Type nothing; look.**", ""] }
    let instruction = commands.instruction(row.step.order)
    var lines =
      instruction.isCommand
      ? ["**\(verb)**†:", ""] + fenced([instruction.text], "sh") + [""]
      : ["**\(verb)**†: \(instruction.text)", ""]
    let region = scenario.topology.name(of: row.step.order.region)
    if action == .failOver {
      lines += [
        "†From here on what only the old primary has is missing, perhaps for good: see What to expect.",
        "",
      ]
    } else if action == .fence {
      lines += [
        "†The simulated fence can be set while the region is down. If \(region) does not let you, what you "
          + "see below decides: go on, and set it as soon as it can be set, before clients are let in.",
        "",
      ]
    }
    return lines
  }

  /// What to do if it is not seen.
  private func otherwise(_ row: RunbookSurvey.Row) -> [String] {
    let step = row.step
    let anew =
      step.order.action.acts
      ? "Do this step again, up to \(step.attempts) times in all; \"already done\" is no error"
      : "Look again, up to \(step.attempts) times in all"
    let again = step.attempts > 1 ? "\(anew). Then " : ""
    let stop = "**STOP, and call.** Do not go on to the next step."
    guard let rollback = step.rollback else {
      return [
        row.words.otherwise.map { "**If you do not:** \($0)" }
          ?? "**If you do not**†: \(again)\(stop)",
        "",
      ]
    }
    let instruction = commands.instruction(rollback.order)
    let tried =
      row.rollbacks == 0
      ? "no run needed this, so it is **not verified**"
      : "verified in \(row.verifiedRollbacks) of the \(row.rollbacks) runs that needed it"
    return [
      row.words.otherwise.map { "**If you do not:** \($0) Roll back†:" }
        ?? "**If you do not**†: \(again)roll back:", "",
    ]
      + (instruction.isCommand ? fenced([instruction.text], "sh") : [instruction.text])
      + ["", "You then see (\(tried)):", ""] + rollback.then.map(plain) + ["", stop, ""]
  }

  // MARK: Small things

  /// In how many runs it was verified.
  func mark(_ row: RunbookSurvey.Row) -> String {
    if row.verified == survey.runs { return "✔ verified in \(row.verified) of \(survey.runs)" }
    return row.verified == 0
      ? "✘ **NOT VERIFIED** in any run (0 of \(survey.runs))"
      : "✘ **NOT VERIFIED** in every run (\(row.verified) of \(survey.runs))"
  }

  /// A condition, and how to look.
  func sight(_ condition: RunbookCondition) -> [String] {
    let look = commands.look(condition)
    guard let command = look.command else { return [plain(condition) + ". Look† at \(look.shows)"] }
    return [plain(condition) + ". Look†:", ""] + fenced([command], "sh").map { "  \($0)" }
      + ["", "  shows \(look.shows)"]
  }

  func plain(_ condition: RunbookCondition) -> String {
    "- \(condition.text(in: scenario.topology))"
  }

  /// Lines to be copied as they are.
  func fenced(_ lines: [String], _ language: String = "text") -> [String] {
    // A fence is longer than any in what it holds.
    let longest = lines.flatMap { $0.split { $0 != "`" } }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return [fence + language] + lines + [fence]
  }
}
