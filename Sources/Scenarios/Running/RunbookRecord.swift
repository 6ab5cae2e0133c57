// A runbook's run, measured: when each step began and ended and how it came out, and when the service had
// passed each milestone on its way back. Milestones count from the fault, not from the first step: what
// customers wait for begins when it breaks. They overlap, since records switch by themselves while people
// still decide.

import Histories
import Simulation
import Traffic

/// How far a service has come back.
public enum RunbookMilestone: String, CaseIterable, Sendable {
  /// Whoever carries out the runbook knows.
  case detected
  /// It was decided to act.
  case decided
  /// The last step of the way there that changes anything was done, and was verified.
  case executed
  /// Name servers, edges or routes have dropped the region.
  case switched
  /// 95 % of the clients that were sent there have gone elsewhere.
  case drained
  /// Clients of every place have had a write acknowledged that they asked after the fault began.
  case recovered
  /// The last step of the way there was verified.
  case failedOver = "failed over"
}

/// What became of a runbook in a run; instants count from the first operation.
public struct RunbookRecord: Sendable {
  public let plan: RunbookPlan
  public let log: RunbookLog
  /// When the fault began that called for it; what called for it, if no fault did.
  public let began: Instant?
  /// After that; nil: not in this run.
  public let milestones: [(milestone: RunbookMilestone, after: Duration?)]

  /// A milestone's time.
  public func after(_ milestone: RunbookMilestone) -> Duration? {
    milestones.first { $0.milestone == milestone }?.after
  }

  /// From seeing that the way back is open to the last step back; nil if that was not verified.
  public var failBack: Duration? {
    guard log.parts.count > 1, log.parts[1].isVerified, let from = log.parts[1].triggered,
      let to = log.parts[1].ended
    else { return nil }
    return to - from
  }
}

extension RunbookRecord {
  /// - Parameters:
  ///   - places: Each place's rows of the history.
  ///   - start: When the first operation could begin.
  init(
    _ plan: RunbookPlan, _ log: RunbookLog, _ history: History,
    _ places: [(name: String, rows: [Int])], _ traffic: TrafficFigures?,
    faults: [Measures.FaultTime], from start: Instant
  ) {
    self.plan = plan
    let log = log.shifted(by: start)
    self.log = log
    let way = log.parts[0]
    guard let triggered = way.triggered else {
      began = nil
      milestones = RunbookMilestone.allCases.map { ($0, nil) }
      return
    }
    let before = faults.filter { $0.at <= start + (triggered - .zero) }
    let cause =
      before.filter(\.concernsChecks).map(\.at).max() ?? before.map(\.at).max()
      ?? start + (triggered - .zero)
    let began = Instant.zero + (cause - start)
    self.began = began
    let episode = traffic?.episodes.first { Instant.zero + $0.detected >= began }
    let drained: Instant? = episode.flatMap { episode in
      episode.everyone.most.map { Instant.zero + (episode.fault?.at ?? episode.detected) + $0 }
    }
    let recovered = Self.recovered(history, places, since: cause)
    let last = plan.runbook.failOver.steps.lastIndex { $0.order.action.acts }
    let executed = last.map { way.steps[$0] }.flatMap { step in
      step.outcome == .verified ? step.tries.last?.acted : nil
    }
    let instants: [RunbookMilestone: Instant?] = [
      .detected: way.detected, .decided: way.decided, .executed: executed,
      .switched: episode?.switched.map { Instant.zero + $0 }, .drained: drained,
      .recovered: recovered.map { Instant.zero + ($0 - start) },
      .failedOver: way.isVerified ? way.ended : nil,
    ]
    milestones = RunbookMilestone.allCases.map { milestone in
      (milestone, instants[milestone]?.map { $0 - began })
    }
  }

  /// When the last place had its first write acknowledged of those asked since an instant; nil if some
  /// place had none.
  private static func recovered(
    _ history: History, _ places: [(name: String, rows: [Int])], since: Instant
  ) -> Instant? {
    let last = places.compactMap { WritesBack(history, $0.rows).first(since: since) }.max()
    return last == .never ? nil : last
  }
}
