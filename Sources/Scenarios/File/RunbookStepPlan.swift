// One step of a runbook, and what can be looked at before and after it. A step that changes something must
// say what is seen then: a runbook whose steps cannot be checked is not one. So must its rollback.

import Simulation
import Traffic

/// What a step says to people; nil: a runbook is printed with words of ours.
public struct RunbookWords: Sendable {
  /// What it is called.
  public let name: String
  /// What to type or press.
  public let type: String?
  /// What is seen then.
  public let see: String?
  /// What to do if it is not.
  public let otherwise: String?

  /// Reads one step.
  ///
  /// - Parameter acting: How many steps of its part change something.
  static func step(
    _ options: inout Options, _ level: RunbookLevel, acting: Int,
    _ surroundings: RunbookPlan.Surroundings
  ) -> (step: RunbookStep, words: RunbookWords) {
    let order = options.order(surroundings)
    let name = options.text("name", default: nil, "what it is called; otherwise what it does")
    let words = RunbookWords(
      name: name ?? order.text(in: options.topology),
      type: options.text("type", default: nil, "for people: what to type or press"),
      see: options.text("see", default: nil, "for people: what is seen then"),
      otherwise: options.text("otherwise", default: nil, "for people: what to do if it is not"))
    let level = options.choice("level", default: level, "how much of it a machine does")
    var step = RunbookStep(
      order, level: level, takes: order.action.acts ? level.step(of: acting) : .constant(.zero))
    if order.action.acts { step.errors = level.errors(of: acting) }
    options.readTime(&step)
    step.require = options.conditions("require", "must hold before", surroundings)
    step.then = options.conditions("then", "must be seen after", surroundings)
    step.within = options.duration(
      "within", default: step.within, in: .seconds(1)...ScenarioReader.longest,
      "how long to look for what must hold or be seen")
    step.attempts = options.integer(
      "attempts", default: step.attempts, in: 1...RunbookPlan.mostAttempts,
      "how often it may be tried")
    if let setting = options.setting(
      "rollback", "rollback", "what to do when the last try has failed, and what is seen then")
    {
      var section = Options(setting, topology: options.topology, problems: options.problems)
      step.rollback = rollback(&section, surroundings)
    }
    if step.then.isEmpty, order.action != .wait {
      options.reject(
        "then", "then: is missing: what is seen when \(words.name) is done?")
    }
    return (step, words)
  }

  static func rollback(
    _ options: inout Options, _ surroundings: RunbookPlan.Surroundings
  ) -> RunbookRollback {
    let order = options.order(surroundings)
    let then = options.conditions("then", "must be seen after", surroundings)
    options.finish()
    if !order.action.acts {
      options.reject("do", "do: a rollback changes something; \(order.action.rawValue) does not")
    }
    if then.isEmpty {
      options.reject("then", "then: is missing: what is seen when it is rolled back?")
    }
    return RunbookRollback(order, then: then)
  }
}

extension RunbookOrder {
  /// "promote eu-west-1", or "verify".
  public func text(in topology: Topology) -> String {
    guard action.acts else { return action.rawValue }
    let what = "\(action.rawValue) \(topology.name(of: region))"
    return action == .scale ? "\(what) to \(replicas) replicas" : what
  }
}

extension Options {
  /// What a step does, and where.
  fileprivate mutating func order(_ surroundings: RunbookPlan.Surroundings) -> RunbookOrder {
    let action = choice("do", default: RunbookAction.verify, "what it does")
    let region = self.region("region", default: Region.ID(0), "where it does it")
    if !has("do") { reject("do", "do: is missing; such as do: promote") }
    if action.acts, !has("region") {
      reject("region", "region: is missing: \(action.rawValue) which?")
    } else if !action.acts, has("region") {
      reject("region", "region means nothing to \(action.rawValue)")
    }
    if action == .routeAway || action == .routeBack {
      requireRecords(of: region, at: "do", action.rawValue, surroundings)
    }
    return RunbookOrder(action, region, replicas: replicas(for: action, surroundings))
  }

  /// How many replicas a step orders.
  private mutating func replicas(
    for action: RunbookAction, _ surroundings: RunbookPlan.Surroundings
  ) -> Int {
    let replicas = integer(
      "to", default: 1, in: 1...TierRules.mostReplicas, "scale: how many replicas")
    guard action == .scale else {
      if has("to") { reject("to", "to means nothing to \(action.rawValue)") }
      return 0
    }
    if !has("to") { reject("to", "to: is missing: scale to how many? Such as to: 8") }
    if !surroundings.hasCapacity {
      reject("do", "scale: regions have no app tiers; add capacity: {replicas: ..., rate: ...}")
    }
    return replicas
  }

  /// How long a step takes, and how often it is done wrongly.
  fileprivate mutating func readTime(_ step: inout RunbookStep) {
    let action = step.order.action
    let takes = time("takes", "how long it takes; otherwise its share of what the level says")
    let pause = duration(
      "for", default: .zero, in: .zero...ScenarioReader.longest, "wait: how long")
    step.errors = ratio(
      "errors", default: step.errors, "how often its action does not happen, by mistake")
    if let takes { step.takes = takes }
    if action == .wait {
      step.takes = .constant(pause)
      if !has("for") { reject("for", "for: is missing: wait how long? Such as for: 60s") }
      if has("takes") { reject("takes", "takes means nothing to wait, which has for:") }
    } else if has("for") {
      reject("for", "for means nothing to \(action.rawValue), which has takes:")
    }
    if !action.acts, has("errors") {
      reject("errors", "errors means nothing to \(action.rawValue), which changes nothing")
    }
  }

  /// Reads `{up: us, primary: us}` under a name: all must hold.
  fileprivate mutating func conditions(
    _ name: String, _ about: String, _ surroundings: RunbookPlan.Surroundings
  ) -> [RunbookCondition] {
    guard let setting = setting(name, "conditions", about) else { return [] }
    var section = Options(setting, topology: topology, problems: problems)
    let found = section.conditions(surroundings)
    section.finish()
    if found.isEmpty { reject(name, "\(name): there is nothing in it to look at") }
    return found
  }

  mutating func conditions(_ surroundings: RunbookPlan.Surroundings) -> [RunbookCondition] {
    let least = ratio("at-least", default: .percent(90), "with traffic: which share of clients")
    if has("at-least"), !has("traffic") {
      reject("at-least", "at-least means nothing without traffic")
    }
    let replicas = integer(
      "replicas", default: 1, in: 1...TierRules.mostReplicas, "with ready: how many at least")
    if has("replicas"), !has("ready") {
      reject("replicas", "replicas means nothing without ready")
    }
    return RunbookCondition.What.allCases.compactMap { what in
      let name = what.rawValue
      let region = self.region(name, default: Region.ID(0), what.about)
      guard has(name) else { return nil }
      switch what {
      case .healthy, .unhealthy: requireRecords(of: region, at: name, name, surroundings)
      case .traffic where surroundings.routing.map { $0.policy == .nearestOwn } ?? true:
        reject(name, "traffic: nothing directs clients; add traffic: with a policy")
      case .writes, .fenced:
        if !surroundings.offersWrites {
          reject(name, "\(name): is found out by a plain write, which the strategy does not offer")
        }
      case .ready where !surroundings.hasCapacity:
        reject(name, "ready: regions have no app tiers; add capacity: {replicas: ..., rate: ...}")
      case .up, .down, .primary, .caughtUp, .traffic, .ready: break
      }
      return RunbookCondition(
        what, region, atLeast: what == .traffic ? least : .never,
        replicas: what == .ready ? replicas : 0)
    }
  }

  /// Reports what needs health checks of a region where there are none.
  private func requireRecords(
    of region: Region.ID, at name: String, _ what: String, _ surroundings: RunbookPlan.Surroundings
  ) {
    guard let routing = surroundings.routing, routing.policy.needsHealth else {
      reject(name, "\(what): no policy goes by health; add traffic: with one that does")
      return
    }
    if !routing.order.contains(region) {
      reject(name, "\(what): traffic.order leaves \(topology.name(of: region)) out")
    }
  }
}

extension RunbookCondition.What {
  fileprivate var about: String {
    switch self {
    case .up: "its server runs"
    case .down: "its server does not run"
    case .healthy: "health checks find it healthy"
    case .unhealthy: "health checks find it unhealthy"
    case .primary: "its database says that it is the primary"
    case .caughtUp: "its database has all that it knows of, and nothing left to reconcile"
    case .writes: "a write of the operator's is acknowledged there"
    case .fenced:
      "a write of the operator's is refused or not answered there, and no client's acknowledged"
    case .ready: "so many replicas of its application can serve"
    case .traffic: "clients were last sent there"
    }
  }
}
