// Records by plan: a planner writes numbered plans, several enactors apply them independently of each
// other, and whoever has applied one removes plans that are much older. As in "Summary of the Amazon
// DynamoDB Service Disruption in the Northern Virginia (US-EAST-1) Region", 2025: an enactor looks
// whether its plan is newer than the record's, and applies it later. If it is held up in between, an
// old plan goes over a newer one; another enactor's clean-up then removes that plan as long outdated,
// the record is empty, and since its version is gone no enactor can tell any more what is newer.
// `check: at-apply` compares again at the moment of the write, and nothing happens.

import Simulation

/// How records get to the name servers by plans.
public struct PlanRules: Sendable, Hashable {
  /// When an enactor compares its plan's number with the record's.
  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    /// When it picks the plan up: what went wrong in 2025.
    case atStart = "at-start"
    /// When it writes as well.
    case atApply = "at-apply"
  }
  /// How often there is a new plan, and an idle enactor looks for one.
  public var every = Duration.seconds(1)
  public var enactors = 2
  /// From looking to writing.
  public var applying = Duration.seconds(1)
  /// From writing to removing old plans.
  public var cleanup = Duration.seconds(2)
  /// So many plans before the newest stay.
  public var keeps = 3
  public var check = Comparison.atStart

  public init() {}
}

/// Plans, the record, and those that bring one to the other.
struct RecordPlans: Sendable {
  private struct Enactor: Sendable {
    enum State: Sendable { case idle, applying, heldUp(fault: Int), cleaning }
    var state = State.idle
    /// The plan in hand.
    var version = 0
    var healthy: [Bool] = []
  }

  /// What a step has done, for the log.
  enum Event: Sendable, Equatable {
    case wentBack(from: Int, to: Int)
    case emptied
  }

  let rules: PlanRules
  private var newest: (version: Int, healthy: [Bool])
  /// Plans up to this one are removed.
  private var removed = -1
  private var enactors: [Enactor]
  private var holder: Int?
  /// What the record says, and by which plan; nil contents: its plan was removed.
  private(set) var version = 0
  private(set) var record: [Bool]?

  init(_ rules: PlanRules, healthy: [Bool]) {
    self.rules = rules
    newest = (0, healthy)
    record = healthy
    enactors = Array(repeating: Enactor(), count: rules.enactors)
  }

  /// A new plan, after what is known to be healthy now.
  mutating func plan(healthy: [Bool]) { newest = (newest.version + 1, healthy) }

  /// From now on the next enactor that wants to write is held up.
  mutating func holdUp(by fault: Int) { holder = fault }

  /// An enactor's next step; when it is to be called again, nil if it is held up.
  mutating func step(_ number: Int) -> (after: Duration?, event: Event?, heldUpBy: Int?) {
    switch enactors[number].state {
    case .idle:
      // An empty record has no version to compare with.
      guard record != nil, newest.version > version else { return (rules.every, nil, nil) }
      enactors[number].version = newest.version
      enactors[number].healthy = newest.healthy
      enactors[number].state = .applying
      return (rules.applying, nil, nil)
    case .applying:
      if let fault = holder {
        holder = nil
        enactors[number].state = .heldUp(fault: fault)
        return (nil, nil, fault)
      }
      return apply(number)
    case .heldUp: return (nil, nil, nil)
    case .cleaning:
      enactors[number].state = .idle
      removed = max(removed, enactors[number].version - rules.keeps - 1)
      guard record != nil, version <= removed else { return (rules.every, nil, nil) }
      record = nil
      return (rules.every, .emptied, nil)
    }
  }

  /// A fault ends: who was held up by it writes now. Gives the enactor, if there is one.
  mutating func letGo(by fault: Int) -> Int? {
    if holder == fault { holder = nil }
    for number in enactors.indices {
      if case .heldUp(fault) = enactors[number].state {
        enactors[number].state = .applying
        return number
      }
    }
    return nil
  }

  private mutating func apply(
    _ number: Int
  ) -> (after: Duration?, event: Event?, heldUpBy: Int?) {
    let plan = enactors[number].version
    let isOld = plan < version
    guard record != nil, !isOld || rules.check == .atStart else {
      enactors[number].state = .idle
      return (rules.every, nil, nil)
    }
    let event = isOld ? Event.wentBack(from: version, to: plan) : nil
    version = plan
    record = enactors[number].healthy
    enactors[number].state = .cleaning
    return (rules.cleanup, event, nil)
  }
}
