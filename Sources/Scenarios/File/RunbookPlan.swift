// A scenario's `runbook`: when to begin, and the steps, each with what must hold before and be seen after.
// What a step leaves out comes from the level of automation. A step that changes something must say what is
// seen then: a runbook whose steps cannot be checked is not one.

import Simulation
import Traffic

/// A runbook with the words for people.
public struct RunbookPlan: Sendable {
  public let runbook: Runbook
  /// What to type or press, by step.
  public let types: [String]

  static let mostSteps = 50
  static let mostAttempts = 10

  init(_ options: inout Options, clientsMove: Bool) {
    let level = options.choice(
      "level", default: RunbookLevel.documented, "how much of it a machine does")
    let topology = options.topology
    var trigger = Runbook.Trigger.at(.zero)
    if var when = options.section(
      "when", "what calls for it: {unhealthy: REGION} or {at: 60s}")
    {
      trigger = Self.trigger(&when, clientsMove: clientsMove)
    } else if topology.count > 0, options.has("steps") {
      options.reject("when", "when: is missing; such as when: {unhealthy: \(topology.regions[0])}")
    }
    var noticed = Latency.constant(.zero)
    if case .at = trigger { noticed = level.detect }
    let detect = options.time(
      "detect", "until somebody knows, after the trigger; a health check's alarm is known at once")
    let decide = options.time("decide", "until somebody has decided, after that")
    var read: [(step: RunbookStep, types: String)] = []
    if let setting = options.setting("steps", "list of steps", "what to do, in this order") {
      read = Self.steps(setting, level, topology, clientsMove: clientsMove, options.problems)
    } else {
      options.reject("steps", "steps: is missing; such as steps: [{do: promote, region: ...}]")
    }
    options.finish()
    runbook = Runbook(
      trigger: trigger, level: level, detect: detect ?? noticed, decide: decide ?? level.decide,
      steps: read.map(\.step))
    types = read.map(\.types)
  }

  private static func trigger(_ when: inout Options, clientsMove: Bool) -> Runbook.Trigger {
    let region = when.region(
      "unhealthy", default: Region.ID(0), "when health checks call this region unhealthy")
    let at = when.duration("at", default: .zero, "so long after the first operation")
    when.finish()
    switch (when.has("unhealthy"), when.has("at")) {
    case (true, true): when.reject("at", "unhealthy and at exclude each other")
    case (false, false): when.reject("at", "when: add unhealthy: REGION, or at: such as at: 60s")
    case (true, false) where !clientsMove:
      when.reject("unhealthy", "unhealthy: nothing checks regions; add traffic: with a policy")
    default: break
    }
    return when.has("unhealthy") ? .unhealthy(region) : .at(at)
  }

  private static func steps(
    _ setting: Setting, _ level: RunbookLevel, _ topology: Topology, clientsMove: Bool,
    _ problems: Problems
  ) -> [(step: RunbookStep, types: String)] {
    guard case .list(let elements) = setting.content, !elements.isEmpty else {
      let found = setting.kind == "a list" ? "an empty list" : setting.kind
      problems.report(setting.mark, "steps: expected a list of steps, found \(found)")
      return []
    }
    guard elements.count <= mostSteps else {
      problems.report(setting.mark, "steps: more than \(mostSteps)")
      return []
    }
    return elements.map { element in
      var options = Options(element, topology: topology, problems: problems)
      let step = step(&options, level, of: elements.count, clientsMove: clientsMove)
      options.finish()
      return step
    }
  }

  /// Reads one step.
  static func step(
    _ options: inout Options, _ level: RunbookLevel, of count: Int, clientsMove: Bool
  ) -> (step: RunbookStep, types: String) {
    let order = order(&options, clientsMove: clientsMove)
    let name = options.text("name", default: nil, "what it is called; otherwise what it does")
    let types = options.text("type", default: nil, "what to type or press")
    let own = options.choice("level", default: level, "how much of it a machine does")
    let takes = options.time("takes", "how long it takes; of a wait, how long that is")
    let errors = options.ratio(
      "errors", default: own.errors, "how often its action does not happen, by mistake")
    let require = conditions(&options, "require", "must hold before", clientsMove: clientsMove)
    let then = conditions(&options, "then", "must be seen after", clientsMove: clientsMove)
    let within = options.duration(
      "within", default: .seconds(60), in: .seconds(1)...ScenarioReader.longest,
      "how long to look for what must hold or be seen")
    var rollback: RunbookOrder?
    if var section = options.section("rollback", "what to do if it is not seen: do and region") {
      rollback = Self.order(&section, clientsMove: clientsMove)
      section.finish()
    }
    let attempts = options.integer(
      "attempts", default: 2, in: 1...mostAttempts, "how often it may be tried")
    if then.isEmpty, order.action != .wait, options.topology.count > 0 {
      options.reject(
        "then", "then: is missing: what is seen when \(order.action.rawValue) is done?")
    }
    if order.action == .wait, takes == nil, options.topology.count > 0 {
      options.reject("takes", "takes: is missing; such as takes: {median: 60s}")
    }
    let region = options.topology.count > 0 ? options.topology.name(of: order.region) : ""
    let fallback = order.action.acts ? own.step(of: count) : Latency.constant(.zero)
    let isAboutRegion = order.action.acts
    let what = order.action.rawValue + (isAboutRegion ? " \(region)" : "")
    return (
      RunbookStep(
        name: name ?? what, order: order, level: own, takes: takes ?? fallback, errors: errors,
        require: require, then: then, within: within, rollback: rollback, attempts: attempts),
      types ?? what
    )
  }

  private static func order(_ options: inout Options, clientsMove: Bool) -> RunbookOrder {
    let action = options.choice("do", default: RunbookAction.verify, "what it does")
    let region = options.region("region", default: Region.ID(0), "where it does it")
    if options.topology.count > 0 {
      if !options.has("do") { options.reject("do", "do: is missing; such as do: promote") }
      if action.acts, !options.has("region") {
        options.reject("region", "region: is missing: \(action.rawValue) which?")
      }
      if [.routeAway, .routeBack].contains(action), !clientsMove {
        options.reject(
          "do",
          "\(action.rawValue): there is nothing to direct clients by; add traffic: with a policy")
      }
    }
    return RunbookOrder(action, region)
  }

  /// Reads `{up: us, primary: us}`: all must hold.
  private static func conditions(
    _ options: inout Options, _ name: String, _ about: String, clientsMove: Bool
  ) -> [RunbookCondition] {
    guard let setting = options.setting(name, "conditions", about) else { return [] }
    var section = Options(setting, topology: options.topology, problems: options.problems)
    let found = conditions(&section, clientsMove: clientsMove)
    section.finish()
    if found.isEmpty { options.reject(name, "\(name): there is nothing in it to look at") }
    return found
  }

  static func conditions(_ section: inout Options, clientsMove: Bool) -> [RunbookCondition] {
    var found: [RunbookCondition] = []
    func read(_ name: String, _ about: String, _ make: (Region.ID) -> RunbookCondition) {
      let region = section.region(name, default: Region.ID(0), about)
      if section.has(name) { found.append(make(region)) }
    }
    read("up", "its server runs") { .up($0) }
    read("down", "its server does not run") { .down($0) }
    read("healthy", "health checks call it healthy") { .healthy($0) }
    read("unhealthy", "health checks call it unhealthy") { .unhealthy($0) }
    read("primary", "its database says that it is the primary") { .primary($0) }
    read("writes", "a write was acknowledged there since the action") { .writes($0) }
    let least = section.ratio("at-least", default: .percent(90), "with traffic: which share")
    read("traffic", "clients were last sent there") { .share($0, atLeast: least) }
    if section.has("at-least"), !section.has("traffic") {
      section.reject("at-least", "at-least means nothing without traffic")
    }
    for name in ["healthy", "unhealthy", "traffic"] where section.has(name) && !clientsMove {
      section.reject(name, "\(name): nothing checks or directs; add traffic: with a policy")
    }
    return found
  }
}

extension Options {
  /// A time of people: `{median: 20m, p95: 1h}`.
  fileprivate mutating func time(_ name: String, _ about: String) -> Latency? {
    setting(name, "time of an operator", about).map {
      var section = Options($0, topology: topology, problems: problems)
      return Promotion.time(&section)
    }
  }
}
