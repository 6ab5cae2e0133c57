// A runbook's document: what it says of each step, for every cloud, and that it says plainly what was not
// verified.

import Histories
import Reports
import Simulation
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct RunbookDocumentTests {
  private func document(_ text: String, seeds: ClosedRange<UInt64> = 1...2) throws -> (
    text: String, verdict: String
  ) {
    let scenario = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    var document = try #require(
      RunbookDocument(scenario, file: "t.yaml", settings: ["duration=150s"], version: "9.9"))
    for seed in seeds { document.add(try FailoverRunTests.run(text, seed: seed)) }
    return (document.text, document.verdict.rawValue)
  }

  @Test func saysWhatToTypeWhatIsSeenAndWhatIfNot() throws {
    let (text, verdict) = try document(
      RunbookRunTests.text(RunbookRunTests.there, back: RunbookRunTests.back))
    #expect(verdict == "holds")
    #expect(text.contains("Every step was verified in every run: 6 steps, 2 runs."))
    #expect(text.contains("**not your account**"))
    #expect(text.contains("### 2. fail-over eu-west-1\n\n✔ verified in 2 of 2. p50 0:0"))
    #expect(text.contains("failover-global-cluster --global-cluster-identifier <GLOBAL-CLUSTER>"))
    #expect(text.contains("| `<GLOBAL-CLUSTER>` | identifier of the global database |"))
    #expect(text.contains("In 2 of 2 runs the region that should refuse the test write was down"))
    #expect(text.contains("## Fail back\n\nOnly when all of this is so"))
    #expect(text.contains("| clients everywhere can write again (RTO) | 0:0"))
    #expect(text.contains("splitbrain runbook t.yaml --set duration=150s --seeds 2 --seed 1"))
    #expect(text.contains("Splitbrain 9.9, scenario `t.yaml`, 2 runs."))
    // Each step says all three things.
    let steps = text.components(separatedBy: "\n### ").dropFirst()
    #expect(steps.count == 6)
    for step in steps {
      #expect(step.contains("**Type**†:"), "documented: \(step)")
      #expect(step.contains("**You then see**† within "))
      #expect(step.contains("**If you do not**†: "))
    }
    // Every name in angle brackets is to be filled in, and fences are even.
    #expect(text.components(separatedBy: "```").count % 2 == 1)
    #expect(!text.contains("NOT VERIFIED"))
  }

  @Test func isTheSameEveryTime() throws {
    let text = RunbookRunTests.text(RunbookRunTests.there)
    #expect(try document(text).text == (try document(text).text))
  }

  @Test func ownWordsGoFirst() throws {
    let steps = """
          - do: fail-over
            region: eu-west-1
            takes: {median: 1s}
            errors: 0%
            then: {primary: eu-west-1}
            type: "make promote\\nmake check"
            see: The word `done`.
            otherwise: Run away.
      """
    let (text, _) = try document(RunbookRunTests.text(steps), seeds: 1...1)
    #expect(text.contains("**Type:**\n\n```text\nmake promote\nmake check\n```"))
    #expect(text.contains("**You then see** within 1m:\n\nThe word `done`."))
    #expect(text.contains("**If you do not:** Run away."))
    #expect(!text.contains("aws rds"))
  }

  @Test func whatWasNotVerifiedIsMarked() throws {
    let steps = """
          - do: fence
            region: us-east-1
            takes: {median: 1s}
            errors: 0%
            then: {primary: eu-west-1}
            within: 3s
            attempts: 1
            rollback: {do: unfence, region: us-east-1, then: {up: eu-west-1}}
          - {do: promote, region: eu-west-1, then: {primary: eu-west-1}}
      """
    let (text, verdict) = try document(RunbookRunTests.text(steps))
    #expect(verdict == "violated")
    #expect(text.contains("> **NOT VERIFIED: 2 of 2 steps in some run of 2. They are marked.**"))
    #expect(
      text.contains("### 1. fence us-east-1\n\n✘ **NOT VERIFIED** in any run (0 of 2). p50 never"))
    #expect(text.contains("You then see (verified in 2 of the 2 runs that needed it):"))
    #expect(text.contains("A run in which \"fence us-east-1\" was not verified:"))
    // A step that was never reached has no time.
    #expect(text.contains("✘ **NOT VERIFIED** in any run (0 of 2). p50 -, p95 -."))
  }

  @Test func anUncalledRunbookIsUnknown() throws {
    let text = RunbookRunTests.text(
      RunbookRunTests.there, outage: "{at: 20s, for: 5s, isolate: us-east-1}")
    let (body, verdict) = try document(text, seeds: 1...1)
    #expect(verdict == "unknown")
    #expect(body.contains("NOT VERIFIED"))
  }

  @Test func brokenExpectationsAreToldAndCount() throws {
    let text = RunbookRunTests.text(
      RunbookRunTests.there, expect: "{runbook-time: \"< 1s\"}")
    let (body, verdict) = try document(text, seeds: 1...1)
    #expect(verdict == "violated")
    #expect(body.contains("**Not as expected**: runbook-time, first with seed 1."))
  }

  /// An expectation on its steps may allow that some are not verified; the document does not.
  @Test func theDocumentIsStricterThanExpectations() throws {
    let steps =
      "    - {do: fence, region: us-east-1, then: {primary: eu-west-1}, within: 2s, attempts: 1, takes: {median: 1s}}"
    let text = RunbookRunTests.text(steps, expect: "{unverified-steps: \"== 1\"}")
    #expect(try FailoverRunTests.run(text).verdict == .holds)
    #expect(try document(text, seeds: 1...1).verdict == "violated")
  }

  /// Every provider and cloud has words for every action and everything to look at.
  @Test(arguments: [
    ("aws", "us-east-1", "eu-west-1", "route53", "failover", "routing-control-state Off"),
    ("aws", "us-east-1", "eu-west-1", "route53", "weighted", #""Weight":0"#),
    (
      "aws", "us-east-1", "eu-west-1", "global-accelerator", "accelerator",
      "--traffic-dial-percentage 0"
    ),
    ("azure", "eastus", "westeurope", "traffic-manager", "failover", "--endpoint-status Disabled"),
    ("azure", "eastus", "westeurope", "front-door", "accelerator", "--enabled-state Disabled"),
    (
      "gcp", "us-east1", "europe-west1", "global-load-balancer", "accelerator",
      "--capacity-scaler=0"
    ),
    (
      "gcp", "us-east1", "europe-west1", "cloud-dns", "failover", "Take us-east1 out of the records"
    ),
    ("none", "us", "eu", "custom", "latency", "Take us out of the records"),
  ])
  func everyCloudHasWords(
    _ cloud: String, _ from: String, _ to: String, _ provider: String, _ policy: String,
    _ away: String
  ) throws {
    let actions = RunbookAction.allCases.filter { $0.acts }.map {
      "    - {do: \($0.rawValue), region: \(from), \($0 == .scale ? "to: 8, " : "")then: {up: \(to)}}"
    }
    let looks = [
      "up", "healthy", "unhealthy", "primary", "caught-up", "writes", "fenced", "traffic", "ready",
    ]
    .map { "\($0): \(to)" }.joined(separator: ", ")
    let text = """
      regions: [\(from), \(to)]
      network: {preset: \(cloud)}
      strategy: {kind: async-primary, failover: manual}
      traffic: {provider: \(provider), policy: \(policy)}
      capacity: {replicas: 4, rate: 5/s}
      workload: {kind: register}
      duration: 1s
      runbook:
        when: {down: \(from)}
        steps:
      \(actions.joined(separator: "\n"))
          - {do: verify, then: {\(looks)}}
      """
    let (body, _) = try document(text, seeds: 1...1)
    #expect(body.contains(away), "\(body)")
    #expect(body.contains("scale deployment/<DEPLOYMENT> --replicas=8"))
    if cloud != "none" {
      let orders = ["aws": "aws rds", "azure": "az sql", "gcp": "gcloud sql"]
      #expect(body.contains(orders[cloud] ?? ""))
    }
    // No name of ours is without a meaning.
    for line in body.split(separator: "\n") where line.hasPrefix("| `<") {
      #expect(!line.hasSuffix("|  |"), "\(line)")
    }
  }

  @Test func absenceSaysHowToAddOne() throws {
    let text = """
      regions: [us, eu]
      strategy: {kind: async-primary, failover: manual}
      """
    let scenario = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    #expect(RunbookDocument(scenario, file: "t", settings: [], version: "") == nil)
    let words = RunbookDocument.absence(scenario, file: "t.yaml")
    #expect(words.hasPrefix("t.yaml:1:1: it has no runbook; add one, such as\n"))
    // What it shows is a runbook that loads.
    let added =
      text + "\n"
      + words.split(separator: "\n").dropFirst().joined(separator: "\n")
      .replacing("\n  ", with: "\n").dropFirst(2)
    let whole = try Scenario.load(
      Array(added.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    #expect(whole.runbook?.runbook.failOver.steps.count == 1)
  }
}
