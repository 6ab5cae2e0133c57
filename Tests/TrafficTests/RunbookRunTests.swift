// Runbooks in whole runs: what they say was seen is what the run shows by other means.

import Histories
import Reports
import Simulation
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct RunbookRunTests {
  /// Two regions, the first fails at 20 s for 60 s; quick people.
  static func text(
    _ steps: String, back: String = "", outage: String = "{at: 20s, for: 60s, outage: us-east-1}",
    strategy: String = "failback: reapply", expect: String = "{}"
  ) -> String {
    """
    regions: [us-east-1, eu-west-1]
    network: {preset: aws}
    strategy: {kind: async-primary, failover: manual, fencing: false, \(strategy)}
    places: [{name: london, near: eu-west-2, clients: 6}]
    traffic:
      {provider: custom, policy: failover, ttl: 2s, health-check: {interval: 2s, timeout: 1s}}
    workload: {kind: set, keys: 2, think: 500ms, timeout: 1s}
    duration: 150s
    faults: [\(outage)]
    expect: \(expect)
    runbook:
      when: {unhealthy: us-east-1}
      decide: {median: 3s}
      steps:
    \(steps)
    \(back)
    """
  }

  static let there = """
        - {do: fence, region: us-east-1, takes: {median: 1s}, errors: 0%, then: {fenced: us-east-1}}
        - do: fail-over
          region: eu-west-1
          takes: {median: 4s}
          errors: 0%
          require: {unhealthy: us-east-1}
          then: {primary: eu-west-1, writes: eu-west-1}
        - do: route-away
          region: us-east-1
          takes: {median: 1s}
          errors: 0%
          then: {traffic: eu-west-1}
    """
  static let back = """
      fail-back:
        when: {up: us-east-1, caught-up: us-east-1}
        decide: {median: 2s}
        steps:
          - {do: switch-over, region: us-east-1, takes: {median: 1s}, errors: 0%, then: {primary: us-east-1}}
          - {do: unfence, region: us-east-1, takes: {median: 1s}, errors: 0%, then: {writes: us-east-1}}
          - {do: route-back, region: us-east-1, takes: {median: 1s}, errors: 0%, then: {traffic: us-east-1}}
    """

  private func record(_ text: String, seed: UInt64 = 1) throws -> (run: Run, RunbookRecord) {
    let run = try FailoverRunTests.run(text, seed: seed)
    return (run, try #require(run.measures.runbook))
  }

  private func check(_ run: Run) throws -> Check {
    try #require(run.checks.first { $0.name == "runbook" })
  }

  @Test func thereAndBack() throws {
    let (run, record) = try record(Self.text(Self.there, back: Self.back))
    #expect(record.log.unverified == 0, "\(RunbookReportText.of(run))")
    #expect(try check(run).outcome == .holds)
    let seconds = try RunbookMilestone.allCases.map { milestone in
      try #require(record.after(milestone), "\(milestone)").seconds
    }
    let (detected, decided, executed, switched, drained, recovered, done) = (
      seconds[0], seconds[1], seconds[2], seconds[3], seconds[4], seconds[5], seconds[6]
    )
    #expect(decided == detected + 3)
    #expect(switched <= detected + 1 && switched < drained && decided < executed && executed < done)
    // Clients write again when the standby has been promoted; the outage does not end that.
    #expect(recovered > decided + 5 && recovered < done && done < 60)
    #expect(abs(recovered - (try #require(run.measures.recovery.rtoSeconds))) < 0.001)
    // The history agrees: nothing is acknowledged by the old primary from its fence to the hand-back.
    let history = run.history
    let start = history.calls[0]
    let fenced = try #require(record.steps[0].log.tries[0].acted).nanoseconds
    let back = try #require(record.steps[3].log.ended).nanoseconds
    let (regions, calls) = (history.regions, history.calls)
    let oks = (0..<history.count).filter { history.completions[$0] == .ok && !history.finals[$0] }
    #expect(
      !oks.contains {
        regions[$0] == 0 && calls[$0] - start > fenced && calls[$0] - start < back - 2_000_000_000
      })
    #expect(oks.contains { regions[$0] == 0 && calls[$0] - start > back })
    #expect(oks.contains { regions[$0] == 1 })
    #expect(run.measures.lostAcknowledgedWrites == 0)
  }

  @Test func theSameSeedGivesTheSameRunbook() throws {
    let text = Self.text(Self.there.replacing("errors: 0%", with: "errors: 40%"), back: Self.back)
    let (one, first) = try record(text)
    let (two, second) = try record(text)
    #expect(one.digest == two.digest && first.log == second.log)
    let (other, third) = try record(text, seed: 2)
    #expect(one.digest != other.digest && first.log != third.log)
  }

  /// An order to a region that does not obey is not seen to work; then the step is rolled back, which the
  /// run shows too.
  @Test func whatDoesNotWorkIsNotVerified() throws {
    let steps = """
          - do: fence
            region: us-east-1
            takes: {median: 1s}
            errors: 0%
            then: {primary: eu-west-1}
            within: 5s
            attempts: 2
            rollback: {do: unfence, region: us-east-1, then: {writes: us-east-1}}
          - {do: promote, region: eu-west-1, takes: {median: 1s}, then: {primary: eu-west-1}}
      """
    let (run, record) = try record(
      Self.text(steps, outage: "{at: 20s, for: 20s, cut-clients: us-east-1}"))
    let step = record.log.parts[0].steps[0]
    #expect(step.tries.map(\.outcome) == [.failed, .failed])
    #expect(step.rollback?.outcome == .verified, "clients are let in when the cut has ended")
    #expect(record.log.parts[0].steps[1].outcome == .notReached)
    let check = try check(run)
    #expect(check.outcome == .violated)
    #expect(
      check.verdict.explanation.contains("the database of eu-west-1 says that it is the primary"))
    #expect(check.verdict.explanation.contains("tried 2 times; rolled back"))
    #expect(record.after(.failedOver) == nil && record.after(.executed) == nil)
  }

  @Test func aBlockedRunbookSaysSo() throws {
    let steps = """
          - do: promote
            region: eu-west-1
            require: {up: us-east-1}
            then: {primary: eu-west-1}
            within: 5s
      """
    let (run, record) = try record(Self.text(steps))
    #expect(record.log.parts[0].steps[0].outcome == .blocked)
    let explanation = try check(run).verdict.explanation
    #expect(explanation.contains("was blocked: not so in time: the server of us-east-1 runs"))
    #expect(run.verdict == .violated)
  }

  /// No fault, no failover: that proves nothing.
  @Test func anIdleRunbookIsUnknown() throws {
    let (run, record) = try record(
      Self.text(Self.there, outage: "{at: 20s, for: 20s, isolate: us-east-1}"))
    #expect(!record.log.isTriggered && record.began == nil)
    #expect(try check(run).outcome == .unknown)
    #expect(RunbookReportText.of(run).contains("nothing called for it"))
  }

  @Test func stepsThatAreNotReachedAreUnknown() throws {
    let (run, record) = try record(
      Self.text(Self.there, back: Self.back, outage: "{at: 20s, outage: us-east-1}"))
    #expect(record.log.parts[0].isVerified && record.log.parts[1].triggered == nil)
    #expect(try check(run).outcome == .unknown)
    #expect(record.failBack == nil)
  }

  /// A fault that lasts to the end is over in the instant in which the load ends: that is not seen.
  @Test func whatIsSeenWhenTheLoadHasEndedIsNoEvidence() throws {
    let text = """
      regions: [a, b]
      strategy: {kind: async-primary, failover: manual, fencing: false}
      workload: {kind: register, keys: 3, clients-per-region: 2}
      duration: 30s
      faults: [{at: 5s, outage: a}]
      runbook:
        when: {down: a}
        detect: {median: 0s}
        decide: {median: 1s}
        steps: [{do: verify, then: {up: a}}]
      """
    let (run, record) = try record(text)
    #expect(record.log.parts[0].steps[0].outcome == .unfinished)
    #expect(try check(run).outcome == .unknown)
  }

  @Test func expectationsOverrideTheCheck() throws {
    let (run, _) = try record(
      Self.text(Self.there, expect: "{unverified-steps: \"== 0\", runbook-time: \"< 40s\"}"))
    #expect(!run.checks.contains { $0.name == "runbook" })
    let expected = run.checks.filter { ["unverified-steps", "runbook-time"].contains($0.name) }
    #expect(expected.map(\.outcome) == [.holds, .holds], "\(expected.map(\.verdict.explanation))")
  }

  /// What an order does is undone when all is healed, so that final reads see every region.
  @Test func aFenceDoesNotOutliveTheLoad() throws {
    let (run, record) = try record(Self.text(Self.there))
    #expect(record.log.parts[0].isVerified)
    #expect(run.defects.isEmpty && run.unfinished.isEmpty)
    #expect(run.checks.first { $0.name == "converged" }?.verdict.validity == .holds)
  }

  @Test func reports() throws {
    let (run, _) = try record(Self.text(Self.there, back: Self.back))
    let text = RunbookReportText.of(run)
    #expect(text.contains("since {at: 20s, for: 60s, outage: us-east-1} (at 0:00:20):"))
    #expect(text.contains("fail-over eu-west-1"))
    let json = JSONReport.object(run).line
    #expect(json.contains("\"part\":\"fail-back\""))
    #expect(json.contains("\"outcome\":\"verified\""))
    #expect(json.contains("\"secondsSinceFault\":{\"detected\":"))
    var report = SweepReport()
    for seed in 1...3 as ClosedRange<UInt64> {
      report.add(try FailoverRunTests.run(Self.text(Self.there, back: Self.back), seed: seed))
    }
    let table = report.text(replay: "x")
    #expect(table.contains("runbook, since the fault"))
    #expect(
      table.split(separator: "\n").contains { $0.contains("2 fail-over") && $0.contains("3 of 3") })
  }
}

private enum RunbookReportText {
  static func of(_ run: Run) -> String { TextReport(replay: "x").text(run) }
}
