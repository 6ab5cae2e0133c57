// Mutants of the testbed itself: what a simulator, a runner or a checker gets wrong in a way that makes
// everything look fine. Each is a known failing of a real tool; each test holds our validation against the
// mutant and against the real thing. T7 and T8 (hash order, wall clock) are caught by comparing two processes
// event by event: `run --verify-determinism`, which CI does for every scenario.

import Checking
import Histories
import Testing

@testable import Scenarios
@testable import Simulation

@Suite struct HarnessMutantTests {
  private func run(_ text: String, seed: UInt64 = 1) throws -> Run {
    let scenario = try Scenario.load(
      Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
    return try Runner.run(scenario, seed: seed, wallClock: { 0 }).run
  }

  private func scenario(_ strategy: String, _ faults: String, workload: String = "register")
    -> String
  {
    """
    regions: [a, b, c]
    network: {latency: {min: 5ms, max: 30ms}}
    strategy: \(strategy)
    workload: {kind: \(workload), keys: 2, clients-per-region: 2, think: 30ms}
    duration: 5s
    faults: \(faults)
    """
  }

  // MARK: T1: a link that delivers one message per latency

  /// What the network's validation asks of a link: a thousand messages within a millisecond arrive
  /// within a millisecond.
  private func pipelines(_ deliver: (Instant) -> Instant?) -> Bool {
    let arrivals = (0..<1_000).compactMap { deliver(.zero + .microseconds(Int64($0))) }
    guard arrivals.count == 1_000, let first = arrivals.first, let last = arrivals.last else {
      return false
    }
    return last - first <= .milliseconds(1)
  }

  @Test func t1AStallingLinkIsFound() {
    let latency = Duration.milliseconds(100)
    var network = Network(
      regions: 2, between: { _, _ in .constant(latency) }, clients: { _ in .constant(.zero) },
      seed: 1)
    let link = network.link(from: 0, to: 1)
    #expect(pipelines { network.send(100, over: link, at: $0).first })
    var free = Instant.zero
    let stalls = { (sent: Instant) -> Instant? in
      free = max(free, sent) + latency
      return free
    }
    #expect(!pipelines(stalls))
  }

  // MARK: T2, T3: knobs and partitions that do nothing

  /// A cut between regions that say nothing to each other.
  @Test func t2AFaultWithoutEffectIsNoEvidence() throws {
    let text = """
      regions: [a, b, c]
      network: {latency: 10ms}
      strategy: {kind: quorum, n: 1, r: 1, w: 1, hinted-handoff: false}
      workload: {keys: 1, clients-per-region: 1, think: 30ms}
      duration: 5s
      faults: [{at: 1s, for: 2s, partition: [[b], [c]]}]
      """
    let run = try run(text)
    #expect(run.faults[0].effect == 0)
    let evidence = try #require(run.checks.first { $0.name == "evidence" })
    #expect(evidence.verdict.validity == .unknown)
    #expect(run.verdict != .holds, "not a pass")
  }

  /// And a knob that cannot do anything is refused when the file is read.
  @Test(arguments: ["lose: 0%", "duplicate: 0%", "delay: 0ms"])
  func t2AKnobOfNothingIsAnError(_ knob: String) {
    #expect(throws: ScenarioError.self) {
      _ = try run(scenario("{kind: quorum}", "[{at: 1s, for: 2s, \(knob)}]"))
    }
  }

  @Test func t3APartitionCutsWhatIsInFlight() throws {
    // A round trip takes longer than the time between the request and the cut: whoever is not cut
    // in flight would still be answered.
    let text = """
      regions: [a, b]
      network: {latency: 400ms}
      strategy: {kind: quorum, r: 2, w: 2}
      workload: {keys: 1, clients-per-region: 1, think: 10ms, timeout: 2s}
      duration: 6s
      faults: [{at: 2s, for: 3s, partition: [[a], [b]]}]
      """
    let run = try run(text)
    let begun = run.history.calls.first ?? 0
    let cut = begun + 2_200_000_000
    let healed = begun + 4_900_000_000
    let answered = (0..<run.history.count).filter {
      run.history.completions[$0] == .ok && run.history.returns[$0] > cut
        && run.history.returns[$0] < healed
    }
    #expect(answered.isEmpty, "answered across the cut: \(answered)")
    #expect(run.faults[0].effect > 0)
  }

  // MARK: T4: checkers that pass what says nothing

  @Test func t4NothingIsNotAPass() throws {
    var doubtful = History()
    for row in 0..<6 {
      doubtful.append(
        Entry(
          process: Int32(row), function: .write, key: 0, value: Int64(row), completion: .info,
          call: Int64(row), return: History.never))
    }
    for type in Checkers.all {
      for history in [History(), doubtful] {
        let verdict = type.init().check(history)
        #expect(verdict.validity == .unknown, "\(type.name) on \(history.count) rows: \(verdict)")
      }
    }
    let isolation = IsolationAnalysis(History())
    for model in IsolationModel.all {
      #expect(isolation.verdict(model).validity == .unknown, "\(model.name)")
    }
  }

  // MARK: T5: convergence that compares hashes only

  @Test func t5ConvergenceIsNotCorrectness() throws {
    // Counting by read and write-back over last-writer-wins registers: all agree, on too little.
    let run = try run(
      scenario("{kind: crdt, counter: none}", "[]", workload: "counter"))
    func verdict(_ name: String) -> Validity? {
      run.checks.first { $0.name == name }?.verdict.validity
    }
    #expect(verdict("converged") == .holds)
    #expect(verdict("counter") == .violated)
  }

  // MARK: T9: an unknown outcome taken for a failure

  @Test func t9UnknownMayHaveHappened() {
    func history(_ completion: Completion) -> History {
      var history = History()
      history.append(
        Entry(process: 0, function: .write, key: 0, value: 1, call: 0, return: 1))
      history.append(
        Entry(
          process: 1, function: .write, key: 0, value: 2, completion: completion, call: 2,
          return: completion == .info ? History.never : 3))
      history.append(
        Entry(process: 2, function: .read, key: 0, value: 2, call: 4, return: 5))
      return history
    }
    #expect(Linearizable().check(history(.info)).validity == .holds)
    // The mutant sees the same history with the outcome a failure, and complains.
    #expect(Linearizable().check(history(.fail)).validity == .violated)
  }

  // MARK: T10: one stream of chance for everything

  @Test func t10AFaultDoesNotChangeTheWorkload() throws {
    let calm = try run(scenario("{kind: quorum}", "[]"))
    let stormy = try run(scenario("{kind: quorum}", "[{at: 3s, for: 1s, lose: 30%}]"))
    let start = calm.history.calls.first ?? 0
    let before = (0..<calm.history.count).filter {
      calm.history.calls[$0] < start + 2_900_000_000
    }
    #expect(before.count > 100)
    for row in before { #expect(calm.history[row] == stormy.history[row]) }
  }
}
