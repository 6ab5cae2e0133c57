// A runbook: ordered steps by which people or machines move a service out of a region, and back, each with
// what must hold before it, what must be seen after it, and how it is taken back. Here is what one says;
// RunbookExecution.swift carries it out.

import Simulation

/// What a step does.
public enum RunbookAction: String, CaseIterable, Sendable {
  /// An operator's order to a region's database.
  case promote
  case switchOver = "switch-over"
  case failOver = "fail-over"
  /// Clients are cut off from a region, and let in again.
  case fence, unfence
  /// A region is taken out of the records, and put back.
  case routeAway = "route-away"
  case routeBack = "route-back"
  /// So many replicas are ordered for a region's app tier.
  case scale
  /// Nothing but time passes.
  case wait
  /// Nothing but looking.
  case verify

  /// Whether it changes anything.
  public var acts: Bool { self != .wait && self != .verify }
}

/// An action and the region it is about.
public struct RunbookOrder: Sendable, Equatable {
  public let action: RunbookAction
  public let region: Region.ID
  /// Of `scale`: how many.
  public let replicas: Int

  public init(_ action: RunbookAction, _ region: Region.ID, replicas: Int = 0) {
    self.action = action
    self.region = region
    self.replicas = replicas
  }
}

/// How a step is taken back, and what is seen then.
public struct RunbookRollback: Sendable, Equatable {
  public let order: RunbookOrder
  public let then: [RunbookCondition]

  public init(_ order: RunbookOrder, then: [RunbookCondition]) {
    self.order = order
    self.then = then
  }
}

/// One step.
public struct RunbookStep: Sendable {
  public var order: RunbookOrder
  public var level: RunbookLevel
  /// How long the action takes; of a wait, how long that is.
  public var takes: Latency
  /// How often its action does not happen, by mistake.
  public var errors = Ratio.never
  /// Must hold before the action.
  public var require: [RunbookCondition] = []
  /// Must be seen after it.
  public var then: [RunbookCondition] = []
  /// How long to look for either.
  public var within = Duration.seconds(60)
  /// How often it may be tried.
  public var attempts = 3
  /// What to do when the last try has failed.
  public var rollback: RunbookRollback?

  public init(_ order: RunbookOrder, level: RunbookLevel, takes: Latency) {
    self.order = order
    self.level = level
    self.takes = takes
  }
}

/// One way of a runbook, there or back: what calls for it, and its steps.
public struct RunbookPart: Sendable {
  /// What calls for it.
  public enum Trigger: Sendable, Equatable {
    /// All of this is seen.
    case seen([RunbookCondition])
    /// Something that nobody is told of, so long after the first operation.
    case at(Duration)
  }
  public let trigger: Trigger
  /// From the trigger until somebody knows.
  public let detect: Latency
  /// From then until somebody has decided.
  public let decide: Latency
  public let steps: [RunbookStep]

  public init(trigger: Trigger, detect: Latency, decide: Latency, steps: [RunbookStep]) {
    self.trigger = trigger
    self.detect = detect
    self.decide = decide
    self.steps = steps
  }
}

/// The way out of a region that failed and, if it says so, the way back.
public struct Runbook: Sendable {
  public let failOver: RunbookPart
  public let failBack: RunbookPart?

  public init(failOver: RunbookPart, failBack: RunbookPart? = nil) {
    self.failOver = failOver
    self.failBack = failBack
  }

  /// In the order in which they are carried out.
  public var parts: [RunbookPart] { [failOver] + (failBack.map { [$0] } ?? []) }
}
