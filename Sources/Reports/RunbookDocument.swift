// A runbook as Markdown, for whoever is on call: when to use it, what each step says to type, what is then
// seen and what to do if it is not; with the times that were measured over the seeds, and in how many runs each
// step could be verified. It says of itself what it is: the simulation verified the design, not an account.
// The same runs give the same bytes.

import Checking
import Scenarios
import Simulation
import Traffic

/// Collects runs of one scenario with a runbook.
public struct RunbookDocument {
  let scenario: Scenario
  let plan: RunbookPlan
  private let file: String
  private let settings: [String]
  private let version: String
  let commands: RunbookCommands
  private(set) var survey = RunbookSurvey()
  /// What did not come out as it should, other than the runbook: the check, and the first seed.
  private var broken: [(check: String, seed: UInt64)] = []
  private var worst = Validity.holds

  /// - Parameters:
  ///   - settings: The `--set` of the runs.
  ///   - version: Of this program.
  /// - Returns: nil if the scenario has no runbook.
  public init?(_ scenario: Scenario, file: String, settings: [String], version: String) {
    guard let plan = scenario.runbook else { return nil }
    self.scenario = scenario
    self.plan = plan
    self.file = file
    self.settings = settings
    self.version = version
    commands = RunbookCommands(scenario)
  }

  /// What to say of a scenario that has none: how to add one.
  public static func absence(_ scenario: Scenario, file: String) -> String {
    let regions = scenario.topology.regions
    let (from, to) = (regions[0], regions[min(1, regions.count - 1)])
    let seen = scenario.traffic?.routing.policy.needsHealth == true ? "unhealthy" : "down"
    return """
      \(file):1:1: it has no runbook; add one, such as
        runbook:
          level: documented
          when: {\(seen): \(from)}
          steps:
            - {do: fail-over, region: \(to), require: {up: \(to)}, then: {primary: \(to)}}
      """
  }

  /// Adds a run of the scenario.
  public mutating func add(_ run: Run) {
    survey.add(run)
    worst = max(worst, run.verdict)
    for check in run.checks where check.outcome != .holds && check.name != "runbook" {
      if !broken.contains(where: { $0.check == check.name }) {
        broken.append((check.name, run.seed))
      }
    }
  }

  /// Violated if a step was not verified in some run, or an expectation was not met.
  public var verdict: Validity {
    worst == .holds && !survey.isVerified ? .violated : worst
  }

  /// The whole document.
  public var text: String {
    let body =
      expectations + steps(of: 0, "Fail over")
      + (plan.runbook.failBack == nil ? [] : steps(of: 1, "Fail back"))
    let lines = heading + whenToUse + before(body) + body + evidence
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: What comes before the steps

  private var heading: [String] {
    let count = survey.rows.count
    let good = survey.rows.count { $0.verified == survey.runs }
    let what =
      survey.isVerified
      ? "Every step was verified in every run: \(counted(count, "step")), \(counted(survey.runs, "run"))."
      : "**NOT VERIFIED: \(count - good) of \(counted(count, "step")) in some run of "
        + "\(survey.runs). They are marked.**"
    return [
      "# Runbook: \(scenario.title)", "", scenario.about, "",
      "> \(what) A run is a simulated failure (see Evidence). That verifies the design and the order of the "
        + "steps, **not your account**: fill in the names, rehearse it, and time it there.", ">",
      "> Times are h:mm:ss of simulated time, p50 and p95 over the runs; how long people take is a model. "
        + "† marks text generated from what a step does: check it before you need it.", "",
    ]
  }

  private var whenToUse: [String] {
    let part = plan.runbook.failOver
    var lines = ["## Use it when", ""]
    var known: [RunbookCondition] = []
    switch part.trigger {
    case .at: lines.append("- Somebody finds that the service has failed; no check tells you.")
    case .seen(let conditions):
      lines += conditions.flatMap(sight)
      known = conditions
    }
    let further = (part.steps.first?.require ?? []).filter { !known.contains($0) }
    if !further.isEmpty {
      lines += ["", "Do not begin unless, besides:", ""] + further.flatMap(sight)
    }
    let faults = scenario.faults.map { "`\($0.text)`" }.joined(separator: ", ")
    return lines + ["", "What was simulated: \(faults.isEmpty ? "no fault" : faults).", ""]
  }

  /// What must be at hand: the names in angle brackets.
  private func before(_ body: [String]) -> [String] {
    let names = RunbookNames.found(in: whenToUse + body)
    var lines = [
      "## Before you need it", "",
      "- [ ] You can do all of this from a place that does not depend on the region that fails.",
      "- [ ] You know whom to call when it says STOP: ______",
    ]
    if !names.isEmpty {
      lines += ["- [ ] Each of these names has been replaced by yours:", ""]
      lines += ["| name | what it is |", "|---|---|"]
      lines += names.map { "| `<\($0.name)>` | \($0.meaning) |" }
    }
    return lines + [""]
  }

  private var expectations: [String] {
    var lines = ["## What to expect", "", "| since the fault | p50 | p95 |", "|---|---|---|"]
    for milestone in RunbookMilestone.allCases {
      let time = survey.after(milestone)
      guard !time.values.isEmpty else { continue }
      lines.append(
        "| \(milestone.meaning) | \(clock(time.median)) | \(clock(time.quantile(0.95))) |")
    }
    let back = survey.failBack
    if !back.values.isEmpty {
      lines.append(
        "| the way back, from when it is open | \(clock(back.median)) | \(clock(back.quantile(0.95))) |"
      )
    }
    lines.append("")
    func most(_ values: [Int]) -> String {
      let spread = Spread(values.map { Double($0) })
      return "p50 \(clean(spread.median)), p95 \(clean(spread.quantile(0.95)))"
    }
    lines.append("Acknowledged writes that are lost in the end: \(most(survey.lost)).")
    if survey.reapplied.contains(where: { $0 > 0 }) {
      lines.append(
        "Writes that only the failed region had, and that were missing until they were written again "
          + "after its return: \(most(survey.reapplied)).")
    }
    lines += ["", "| step | p50 | p95 | verified |", "|---|---|---|---|"]
    lines += survey.rows.enumerated().map { number, row in
      "| \(number + 1). \(row.words.name) | \(clock(row.time.median)) | "
        + "\(clock(row.time.quantile(0.95))) | \(mark(row)) |"
    }
    return lines + [""]
  }

  // MARK: Afterwards

  private var evidence: [String] {
    let seeds = survey.evidence.map(\.seed)
    let words =
      settings.flatMap { ["--set", $0] } + (scenario.variant.map { ["--variant", $0] } ?? [])
    let again = ReplayLine.text(
      "runbook", file, words + ["--seeds", "\(seeds.count)", "--seed", "\(seeds.first ?? 0)"])
    var lines = [
      "## Evidence", "",
      "Splitbrain \(version), scenario `\(file)`, \(counted(seeds.count, "run")). The same again, to the byte:",
      "",
    ]
    lines += fenced([again], "sh") + ["", "One run, step by step:", ""]
    lines += fenced([ReplayLine.text(file, words, seed: seeds.first)], "sh") + [""]
    if let row = survey.rows.first(where: { $0.badSeed != nil }), let seed = row.badSeed {
      lines += ["A run in which \"\(row.words.name)\" was not verified:", ""]
      lines += fenced([ReplayLine.text(file, words, seed: seed)], "sh") + [""]
    }
    lines += broken.map { "**Not as expected**: \($0.check), first with seed \($0.seed)." }
    if broken.isEmpty {
      lines.append("What else the scenario promises and expects came out so in all runs.")
    }
    let errors = survey.rows.reduce(0) { $0 + $1.errors }
    let tries = survey.rows.reduce(0) { $0 + $1.tries }
    if errors > 0 {
      lines.append(
        "Of \(tries) tries of steps, \(errors) went wrong as they do with people: nothing was done, and what "
          + "was not seen showed it.")
    }
    lines += ["", "Digests, by seed:", ""]
    return lines + fenced(survey.evidence.map { "\($0.seed)  \($0.digest)" })
  }

  private func counted(_ count: Int, _ what: String) -> String {
    "\(count) \(what)\(count == 1 ? "" : "s")"
  }

  private func clean(_ value: Double?) -> String { value.map { fixed($0, 0) } ?? "-" }
}

extension RunbookMilestone {
  fileprivate var meaning: String {
    switch self {
    case .detected: "you know"
    case .decided: "it is decided to act"
    case .executed: "the last order of the way there is given"
    case .switched: "records or routes have dropped the region"
    case .drained: "95 % of its clients have gone elsewhere"
    case .recovered: "clients everywhere can write again (RTO)"
    case .failedOver: "the last step of the way there is verified"
    }
  }
}
