// Reading `runbook`: what is wrong is told where it is, and what is right is understood.

import Simulation
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct RunbookFileTests {
  private static let traffic = "traffic: {policy: failover, order: [us, eu]}"

  private func load(_ runbook: String, _ more: String) throws -> Scenario {
    let text = """
      regions: [us, eu, asia]
      strategy: {kind: async-primary, failover: manual}
      \(more)
      runbook:
      \(runbook)
      """
    return try Scenario.load(Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
  }

  private func complaints(_ runbook: String, _ more: String = traffic) -> [String] {
    do {
      _ = try load(runbook, more)
      return []
    } catch let error as ScenarioError {
      return error.problems.map { "\($0.mark.line):\($0.mark.column): \($0.message)" }
    } catch { return ["\(error)"] }
  }

  @Test func whatIsRightIsUnderstood() throws {
    let scenario = try load(
      """
        level: one-button
        when: {unhealthy: us}
        decide: {median: 1m, p95: 3m}
        steps:
          - {do: fence, region: us, then: {fenced: us}, type: pull the plug, see: dark, otherwise: run}
          - {do: wait, for: 30s}
          - do: fail-over
            region: eu
            level: tribal
            require: {up: eu, down: us}
            then: {primary: eu, traffic: eu, at-least: 75%}
            within: 5m
            attempts: 2
            rollback: {do: promote, region: us, then: {primary: us}}
        fail-back:
          level: automatic
          when: {up: us, caught-up: us}
          steps: [{do: verify, then: {writes: eu}}]
      """, Self.traffic)
    let plan = try #require(scenario.runbook)
    let steps = plan.runbook.failOver.steps
    let (us, eu) = (Region.ID(0), Region.ID(1))
    #expect(plan.runbook.failOver.trigger == .seen([RunbookCondition(.unhealthy, us)]))
    #expect(plan.runbook.failOver.detect == .constant(.zero), "an alarm is known at once")
    #expect(plan.runbook.failOver.decide.base == .seconds(60))
    #expect(plan.parts[0].steps.map(\.name) == ["fence us", "wait", "fail-over eu"])
    #expect(plan.parts[0].steps[0].type == "pull the plug")
    #expect(plan.parts[0].steps[0].see == "dark" && plan.parts[0].steps[0].otherwise == "run")
    // Two of the three steps act: they share the time and the errors.
    #expect(steps[0].takes == RunbookLevel.oneButton.step(of: 2))
    #expect(steps[0].errors == RunbookLevel.oneButton.errors(of: 2))
    #expect(steps[1].takes == .constant(.seconds(30)) && steps[1].errors == .never)
    #expect(steps[2].takes == RunbookLevel.tribal.step(of: 2))
    #expect(steps[2].require == [RunbookCondition(.up, eu), RunbookCondition(.down, us)])
    #expect(
      steps[2].then
        == [RunbookCondition(.primary, eu), RunbookCondition(.traffic, eu, atLeast: .percent(75))])
    #expect(steps[2].within == .seconds(300) && steps[2].attempts == 2)
    #expect(steps[2].rollback?.order == RunbookOrder(.promote, us))
    let back = try #require(plan.runbook.failBack)
    #expect(back.decide == RunbookLevel.automatic.decide)
    #expect(
      back.trigger == .seen([RunbookCondition(.up, us), RunbookCondition(.caughtUp, us)]))
    #expect(back.steps[0].takes == .constant(.zero))
  }

  @Test func whatNobodyIsToldMustBeNoticed() throws {
    let scenario = try load(
      "  when: {at: 60s}\n  steps: [{do: promote, region: eu, then: {primary: eu}}]", "")
    let part = try #require(scenario.runbook).runbook.failOver
    #expect(part.trigger == .at(.seconds(60)))
    #expect(part.detect == RunbookLevel.documented.detect)
  }

  @Test func variantsMayReplaceIt() throws {
    let text = """
      regions: [us, eu]
      strategy: {kind: async-primary, failover: manual}
      runbook: {when: {at: 1s}, steps: [{do: promote, region: eu, then: {primary: eu}}]}
      variants:
        - {name: slow}
        - {name: fast, runbook: {level: automatic, when: {at: 1s}, steps: [{do: wait, for: 1s}]}}
      """
    let both = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)
    #expect(both.map { $0.runbook?.parts[0].level } == [.documented, .automatic])
  }

  @Test(arguments: [
    (
      "  level: scriptd\n  when: {at: 1s}\n  steps: [{do: wait, for: 1s}]",
      "5:10: 'scriptd' is not a value of level; did you mean 'scripted'?"
    ),
    ("  steps: [{do: wait, for: 1s}]", "5:3: when: is missing; such as when: {unhealthy: us}"),
    ("  when: {at: 1s}", "5:3: steps: is missing; such as steps: [{do: promote, region: ...}]"),
    (
      "  when: {at: 1s, down: us}\n  steps: [{do: wait, for: 1s}]",
      "5:14: at: goes with nothing else that calls for it"
    ),
    (
      "  when: {}\n  steps: [{do: wait, for: 1s}]",
      "5:9: when: add what is seen, or at: such as at: 60s"
    ),
    (
      "  when: {dwn: us}\n  steps: [{do: wait, for: 1s}]",
      "5:10: 'dwn' is not a known key here; did you mean 'down'?"
    ),
    (
      "  when: {down: use}\n  steps: [{do: wait, for: 1s}]",
      "5:16: 'use' is not a region of this scenario; did you mean 'us'?"
    ),
    ("  when: {at: 1s}\n  steps: []", "6:10: steps: expected a list of steps, found an empty list"),
    (
      "  when: {at: 1s}\n  steps: [{region: us, then: {up: us}}]",
      "6:11: do: is missing; such as do: promote"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: promte, region: us, then: {up: us}}]",
      "6:16: 'promte' is not a value of do; did you mean 'promote'?"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: promote, then: {up: us}}]",
      "6:11: region: is missing: promote which?"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: promote, region: eu}]",
      "6:11: then: is missing: what is seen when promote eu is done?"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: wait}]",
      "6:11: for: is missing: wait how long? Such as for: 60s"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: promote, region: eu, for: 3s, then: {up: eu}}]",
      "6:42: for means nothing to promote, which has takes:"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: verify, region: eu, then: {up: eu}}]",
      "6:32: region means nothing to verify"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: verify, errors: 1%, then: {up: eu}}]",
      "6:32: errors means nothing to verify, which changes nothing"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: verify, then: {up: eu, at-least: 3%}}]",
      "6:49: at-least means nothing without traffic"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: verify, then: {up: eu, replicas: 3}}]",
      "6:49: replicas means nothing without ready"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: scale, region: eu, then: {up: eu}}]",
      "6:11: to: is missing: scale to how many? Such as to: 8"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: fence, region: eu, to: 3, then: {up: eu}}]",
      "6:39: to means nothing to fence"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: verify, then: {}}]",
      "6:30: then: there is nothing in it to look at"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: route-away, region: asia, then: {up: us}}]",
      "6:16: route-away: traffic.order leaves asia out"
    ),
    (
      "  when: {unhealthy: asia}\n  steps: [{do: wait, for: 1s}]",
      "5:21: unhealthy: traffic.order leaves asia out"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: fence, region: us, then: {up: us}, rollback: {do: wait, then: {up: us}}}]",
      "6:66: do: a rollback changes something; wait does not"
    ),
    (
      "  when: {at: 1s}\n  steps: [{do: fence, region: us, then: {up: us}, rollback: {do: unfence, region: us}}]",
      "6:61: then: is missing: what is seen when it is rolled back?"
    ),
  ])
  func mistakesAreToldWhereTheyAre(_ runbook: String, _ complaint: String) {
    let found = complaints(runbook)
    #expect(found.contains(complaint), "\(found)")
  }

  @Test func whatTheScenarioDoesNotHaveCannotBeSeen() {
    let unhealthy = "  when: {unhealthy: us}\n  steps: [{do: wait, for: 1s}]"
    #expect(
      complaints(unhealthy, "")
        == ["5:21: unhealthy: no policy goes by health; add traffic: with one that does"])
    #expect(complaints(unhealthy, "traffic: {policy: simple}").count == 1)
    let traffic = "  when: {traffic: us}\n  steps: [{do: wait, for: 1s}]"
    #expect(
      complaints(traffic, "")
        == ["5:19: traffic: nothing directs clients; add traffic: with a policy"])
    #expect(complaints(traffic, "traffic: {policy: simple}") == [])
    let scale =
      "  when: {at: 1s}\n  steps: [{do: scale, region: eu, to: 8, then: {ready: eu, replicas: 8}}]"
    let add = "regions have no app tiers; add capacity: {replicas: ..., rate: ...}"
    #expect(complaints(scale, "") == ["6:16: scale: \(add)", "6:56: ready: \(add)"])
    #expect(complaints(scale, "capacity: {replicas: 4, rate: 5/s}") == [])
  }
}
