// A scenario's `runbook`: what calls for it, the steps there and, under `fail-back`, the way back. What a
// step leaves out comes from its level of automation (RunbookLevel). A single step is read in
// RunbookStepPlan.swift.

import Simulation
import Traffic

/// A runbook with the words for people.
public struct RunbookPlan: Sendable {
  public let runbook: Runbook
  /// By part, as in `runbook.parts`.
  public let parts: [Part]

  /// The words of one way.
  public struct Part: Sendable {
    public let level: RunbookLevel
    public let steps: [RunbookWords]
  }

  /// What a runbook can look at and change, by the rest of its scenario.
  struct Surroundings {
    /// How clients are directed; nil: each to its own region.
    let routing: Routing?
    /// Whether the strategy offers plain writes, which is what probes are.
    let offersWrites: Bool
    /// Whether regions have app tiers.
    let hasCapacity: Bool

    static let none = Surroundings(routing: nil, offersWrites: false, hasCapacity: false)
  }

  static let mostSteps = 50
  static let mostAttempts = 10

  init(_ options: inout Options, _ surroundings: Surroundings) {
    let level = options.choice(
      "level", default: RunbookLevel.documented, "how much of it a machine does")
    let there = Self.part(&options, level, surroundings)
    var back: (part: RunbookPart, words: Part)?
    if let setting = options.setting(
      "fail-back", "fail-back", "the way back, once the way there has ended well")
    {
      var section = Options(setting, topology: options.topology, problems: options.problems)
      back = Self.wayBack(&section, level, surroundings)
    }
    options.finish()
    runbook = Runbook(failOver: there.part, failBack: back?.part)
    parts = [there.words] + (back.map { [$0.words] } ?? [])
  }

  static func wayBack(
    _ options: inout Options, _ level: RunbookLevel, _ surroundings: Surroundings
  ) -> (part: RunbookPart, words: Part) {
    let level = options.choice("level", default: level, "how much of the way back a machine does")
    let back = part(&options, level, surroundings)
    options.finish()
    return back
  }

  /// What both ways have.
  private static func part(
    _ options: inout Options, _ level: RunbookLevel, _ surroundings: Surroundings
  ) -> (part: RunbookPart, words: Part) {
    var trigger = RunbookPart.Trigger.at(.zero)
    if let setting = options.setting("when", "when", "what calls for it: such as {unhealthy: us}") {
      var section = Options(setting, topology: options.topology, problems: options.problems)
      trigger = Self.trigger(&section, surroundings)
    } else {
      options.reject(
        "when", "when: is missing; such as when: {unhealthy: \(options.topology.regions[0])}")
    }
    // What is seen by itself is known at once; what nobody is told of must be noticed.
    var noticed = Latency.constant(.zero)
    if case .at = trigger { noticed = level.detect }
    let detect = options.time("detect", "from what calls for it until somebody knows")
    let decide = options.time("decide", "from then until somebody has decided")
    var steps: [(step: RunbookStep, words: RunbookWords)] = []
    if let setting = options.setting("steps", "list of steps", "what to do, in this order") {
      steps = Self.steps(setting, level, options.topology, surroundings, options.problems)
    } else {
      options.reject("steps", "steps: is missing; such as steps: [{do: promote, region: ...}]")
    }
    return (
      RunbookPart(
        trigger: trigger, detect: detect ?? noticed, decide: decide ?? level.decide,
        steps: steps.map(\.step)),
      Part(level: level, steps: steps.map(\.words))
    )
  }

  static func trigger(
    _ when: inout Options, _ surroundings: Surroundings
  ) -> RunbookPart.Trigger {
    let at = when.duration(
      "at", default: .zero, in: .zero...ScenarioReader.longest,
      "so long after the first operation, and nobody is told: detecting takes what the level says")
    let conditions = when.conditions(surroundings)
    when.finish()
    switch (when.has("at"), conditions.isEmpty) {
    case (true, false): when.reject("at", "at: goes with nothing else that calls for it")
    case (false, true): when.reject("at", "when: add what is seen, or at: such as at: 60s")
    default: break
    }
    return when.has("at") ? .at(at) : .seen(conditions)
  }

  private static func steps(
    _ setting: Setting, _ level: RunbookLevel, _ topology: Topology, _ surroundings: Surroundings,
    _ problems: Problems
  ) -> [(step: RunbookStep, words: RunbookWords)] {
    guard case .list(let elements) = setting.content, !elements.isEmpty else {
      let found = setting.kind == "a list" ? "an empty list" : setting.kind
      problems.report(setting.mark, "steps: expected a list of steps, found \(found)")
      return []
    }
    guard elements.count <= mostSteps else {
      problems.report(setting.mark, "steps: \(elements.count) are more than \(mostSteps)")
      return []
    }
    // The level's time and errors are shared by the steps that change something.
    let acting = elements.count { $0.action?.acts ?? false }
    return elements.map { element in
      var options = Options(element, topology: topology, problems: problems)
      let step = RunbookWords.step(&options, level, acting: acting, surroundings)
      options.finish()
      return step
    }
  }
}

extension Setting {
  /// What a step does, if it says.
  fileprivate var action: RunbookAction? {
    guard case .map(let entries) = content, let entry = entries.first(where: { $0.name == "do" }),
      case .scalar(let text, _) = entry.value.content
    else { return nil }
    return RunbookAction(rawValue: text)
  }
}

extension Options {
  /// A time of people: `{median: 20m, p95: 1h}`.
  mutating func time(_ name: String, _ about: String) -> Latency? {
    setting(name, "time of an operator", about).map {
      var section = Options($0, topology: topology, problems: problems)
      return OrderToRegion.time(&section)
    }
  }
}
