// A runbook: ordered steps by which people or machines move a service out of a region, each with what must
// hold before it, what must be seen after it, and how it is taken back. How long people take and how often
// they err depends on the level of automation. The five levels follow "Site Reliability Engineering" (Beyer
// and others), chapter 7, "The Evolution of Automation at Google"; their figures are a model of ours, since
// nobody publishes a distribution. RunbookExecution.swift carries one out.

import Simulation

/// How much of a runbook a machine does.
public enum RunbookLevel: String, CaseIterable, Sendable {
  case tribal, documented, scripted
  case oneButton = "one-button"
  case automatic

  /// Until somebody notices what no health check tells them.
  public var detect: Latency { Self.time(figures.detect) }
  /// Until somebody decides to act.
  public var decide: Latency { Self.time(figures.decide) }
  /// One of so many steps; all together take as long as the model says, by their medians.
  public func step(of count: Int) -> Latency {
    let (median, most) = figures.execute
    let share = Int64(max(1, count))
    return .tailed(
      median: .milliseconds(median * 1_000 / share), p95: .milliseconds(most * 1_000 / share))
  }
  /// How often a step is done wrongly: then its action does not happen.
  public var errors: Ratio { .percent(figures.errors) }

  /// Seconds, median and 95th percentile; per cent.
  private var figures:
    (detect: (Int64, Int64), decide: (Int64, Int64), execute: (Int64, Int64), errors: Int64)
  {
    switch self {
    case .tribal: ((600, 1_800), (1_200, 3_600), (3_600, 10_800), 25)
    case .documented: ((300, 900), (900, 2_400), (1_800, 5_400), 12)
    case .scripted: ((180, 600), (600, 1_800), (600, 1_800), 6)
    case .oneButton: ((120, 300), (300, 900), (120, 420), 3)
    case .automatic: ((60, 150), (0, 10), (30, 120), 1)
    }
  }

  private static func time(_ seconds: (Int64, Int64)) -> Latency {
    .tailed(median: .seconds(seconds.0), p95: .seconds(seconds.1))
  }
}

/// What a step does.
public enum RunbookAction: String, CaseIterable, Sendable {
  case promote
  case switchOver = "switch-over"
  /// Clients are cut from a region, and let in again.
  case fence, unfence
  /// A region is taken out of the records, and put back.
  case routeAway = "route-away"
  case routeBack = "route-back"
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
  public init(_ action: RunbookAction, _ region: Region.ID) {
    self.action = action
    self.region = region
  }
}

/// Something that an operator can look at.
public enum RunbookCondition: Sendable, Equatable {
  /// Its server runs, or does not.
  case up(Region.ID), down(Region.ID)
  /// Health checks say so.
  case healthy(Region.ID), unhealthy(Region.ID)
  /// Its database says that it is the primary.
  case primary(Region.ID)
  /// A write was acknowledged there since the step's action.
  case writes(Region.ID)
  /// At least this share of clients was last sent there.
  case share(Region.ID, atLeast: Ratio)

  /// - Parameter since: When the step's action was done.
  func holds(_ view: RunbookView, since: Instant) -> Bool {
    switch self {
    case .up(let region): view.up[region.index]
    case .down(let region): !view.up[region.index]
    case .healthy(let region): view.healthy[region.index]
    case .unhealthy(let region): !view.healthy[region.index]
    case .primary(let region): view.primary[region.index]
    case .writes(let region): view.lastWrites[region.index].map { $0 > since } ?? false
    case .share(let region, let least): view.shares[region.index] >= least
    }
  }
}

/// What can be seen at one moment, by region.
public struct RunbookView: Sendable {
  public var up: [Bool]
  public var healthy: [Bool]
  public var primary: [Bool]
  public var lastWrites: [Instant?]
  public var shares: [Ratio]

  public init(
    up: [Bool], healthy: [Bool], primary: [Bool], lastWrites: [Instant?], shares: [Ratio]
  ) {
    self.up = up
    self.healthy = healthy
    self.primary = primary
    self.lastWrites = lastWrites
    self.shares = shares
  }
}

/// One step.
public struct RunbookStep: Sendable {
  public let name: String
  public let order: RunbookOrder
  public let level: RunbookLevel
  /// How long the action takes; of a wait, how long it is.
  public let takes: Latency
  public let errors: Ratio
  /// Must hold before the action.
  public let require: [RunbookCondition]
  /// Must be seen after it.
  public let then: [RunbookCondition]
  /// How long to look for either.
  public let within: Duration
  public let rollback: RunbookOrder?
  /// How often it may be tried.
  public let attempts: Int

  public init(
    name: String, order: RunbookOrder, level: RunbookLevel, takes: Latency, errors: Ratio,
    require: [RunbookCondition], then: [RunbookCondition], within: Duration,
    rollback: RunbookOrder?, attempts: Int
  ) {
    self.name = name
    self.order = order
    self.level = level
    self.takes = takes
    self.errors = errors
    self.require = require
    self.then = then
    self.within = within
    self.rollback = rollback
    self.attempts = attempts
  }
}

/// Steps, and when to begin them.
public struct Runbook: Sendable {
  /// What calls for it.
  public enum Trigger: Sendable, Equatable {
    /// Health checks call a region unhealthy.
    case unhealthy(Region.ID)
    /// Something that no check sees, so long after the first operation.
    case at(Duration)
  }
  public let trigger: Trigger
  public let level: RunbookLevel
  /// From the trigger until somebody knows.
  public let detect: Latency
  /// From then until somebody has decided.
  public let decide: Latency
  public let steps: [RunbookStep]

  public init(
    trigger: Trigger, level: RunbookLevel, detect: Latency, decide: Latency, steps: [RunbookStep]
  ) {
    self.trigger = trigger
    self.level = level
    self.detect = detect
    self.decide = decide
    self.steps = steps
  }
}
