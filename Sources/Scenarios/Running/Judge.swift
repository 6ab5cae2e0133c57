// Turns a finished run into checks: what the strategy promises, what the scenario expects, what else
// its workload can tell; and whether the run was evidence at all (DESIGN: no vacuous passes).

import Checking
import Histories
import Simulation

struct Judge {
  let scenario: Scenario
  let options: RunOptions
  let history: History
  let measures: Measures
  let faults: [FaultReport]
  let unfinished: [String]
  let stores: [any DurableStore]
  /// Whether the workload's starting state was made, as its checkers take for granted.
  let isSetUp: Bool
  /// The most that a replica's reading of its wall clock was off.
  let clockError: Duration
  /// How often a region lost all that its disk held.
  let disksReplaced: Int
  /// When clients stopped; what came after were final reads.
  let loadEnded: Instant

  func checks(_ defects: inout [String]) throws -> [Check] {
    guarantees(&defects) + (try invariants()) + figures() + runbook()
      + [quiescence(), evidence()]
  }

  // MARK: Guarantees

  /// What the strategy promises: strategies take for granted that what is sent was durable before and
  /// stays so, but for one region's disk at most, and some that clocks are no further off than they were
  /// told.
  private var promised: Set<Guarantee> {
    guard scenario.machine.durability == .afterSync else { return [] }
    let strategy = scenario.strategy.strategy
    if disksReplaced > 0 {
      guard disksReplaced == 1, strategy.survivesDiskLoss(in: scenario.topology) else { return [] }
    }
    var promises = strategy.promises(in: scenario.topology)
    if let assumption = strategy.clockAssumption, clockError > assumption.bound {
      promises.subtract(assumption.guarantees)
    }
    if scenario.clientsMove { promises = Guarantee.toMovingClients(promises) }
    return Guarantee.withConsequences(of: promises.subtracting(scenario.workload.workload.forgoes))
  }

  private func guarantees(_ defects: inout [String]) -> [Check] {
    guard isSetUp else { return [] }
    // One region agrees with itself: there is nothing to judge.
    let judgeable = type(of: scenario.workload.workload).guarantees.filter {
      ($0 != .converged || scenario.topology.count > 1)
        && (!(Guarantee.orders + [.boundedStaleness]).contains($0) || promised.contains($0)
          || wanted($0) != nil || isRequired($0))
        // Where nobody updates there is nothing to say of updates.
        && ($0 != .noLostUpdates || wanted($0) != nil || history.functions.contains(.compareAndSet))
    }
    let facts = scenario.workload.workload.facts
    let seen = options.blackBox ? history.blackBox : history
    let isolation = judgeable.filter(Guarantee.isolation.contains)
    let transactional =
      isolation.isEmpty ? [] : isolationChecks(isolation, seen, facts, &defects)
    return transactional
      + judgeable.filter { !isolation.contains($0) }.compactMap { guarantee in
        guard let checker = Checkers.named(guarantee.rawValue) else {
          defects.append("no checker for \(guarantee.rawValue)")
          return nil
        }
        let verdicts = bounds(of: guarantee, facts).map { facts in
          let verdict = checker.init().judge(seen, facts, options.budget)
          if !options.blackBox, seen.hasVersions {
            crossExamine(checker.init(), verdict, facts, &defects)
          }
          return verdict
        }
        let worst = verdicts.first { $0.validity == .violated }
        return check(guarantee, worst ?? verdicts.first { $0.validity == .unknown } ?? verdicts[0])
      }
  }

  /// Staleness is bounded in two ways; each is judged.
  private func bounds(of guarantee: Guarantee, _ facts: Facts) -> [Facts] {
    guard guarantee == .boundedStaleness,
      let limit = scenario.strategy.strategy.mostStale(in: scenario.topology)
    else { return [facts] }
    let bounds: [StalenessBound] = [
      .ticks(limit.age.nanoseconds), .versions(Int64(limit.versions)),
    ]
    return bounds.map { bound in
      var bounded = facts
      bounded.maxStaleness = bound
      return bounded
    }
  }

  private func check(_ guarantee: Guarantee, _ verdict: Verdict) -> Check {
    let wish = wanted(guarantee)
    let basis: Check.Basis =
      wish != nil ? .expected : promised.contains(guarantee) ? .promised : .observed
    let wanted = wish ?? .holds
    return Check(
      name: guarantee.rawValue, basis: basis,
      expectation: basis == .observed ? "" : wanted.rawValue, verdict: verdict,
      outcome: basis == .observed ? .holds : outcome(verdict.validity, wanted))
  }

  /// One analysis answers for all models of isolation. What the scenario expects is told, and what is
  /// promised unless it follows from a stronger promise that holds; of the others only the weakest
  /// that fail and the strongest that hold.
  private func isolationChecks(
    _ guarantees: [Guarantee], _ seen: History, _ facts: Facts, _ defects: inout [String]
  ) -> [Check] {
    let analysis = IsolationAnalysis(seen, facts, options.budget)
    let blind =
      seen.hasVersions ? IsolationAnalysis(seen.blackBox, facts, options.budget) : nil
    var checks: [Check] = []
    var kept: [IsolationModel] = []
    for guarantee in guarantees {
      guard let model = IsolationModel.named(guarantee.rawValue) else {
        defects.append("no model of isolation for \(guarantee.rawValue)")
        continue
      }
      var verdict = analysis.verdict(model, on: seen, facts, options.budget)
      verdict.checker = guarantee.rawValue
      if let blind = blind?.verdict(model) { compare(verdict, blind: blind, &defects) }
      let check = check(guarantee, verdict)
      let telling = analysis.boundary.not + analysis.boundary.strongest
      let follows = kept.contains { $0.implies(model) }
      if promised.contains(guarantee), verdict.validity == .holds { kept.append(model) }
      let isTold =
        switch check.basis {
        case .expected: true
        case .promised: !follows || isRequired(guarantee)
        case .observed: telling.contains(model.name) || isRequired(guarantee)
        }
      if isTold { checks.append(check) }
    }
    return checks
  }

  /// What the scenario expects of a guarantee, if it says so.
  private func wanted(_ guarantee: Guarantee) -> Validity? {
    for expectation in scenario.expectations {
      if case .guarantee(guarantee, let wanted) = expectation.subject {
        switch wanted {
        case .holds: return .holds
        case .violated: return .violated
        case .unknown: return .unknown
        }
      }
    }
    return nil
  }

  /// Whether a design must keep it to be chosen.
  private func isRequired(_ guarantee: Guarantee) -> Bool {
    scenario.requirements.contains { $0.subject == .guarantee(guarantee) }
  }

  private func outcome(_ found: Validity, _ wanted: Validity) -> Validity {
    if found == wanted { return .holds }
    return found == .unknown ? .unknown : .violated
  }

  /// What clients saw alone can show fewer violations than the true version order, never more.
  private func crossExamine(
    _ checker: any Checker, _ verdict: Verdict, _ facts: Facts, _ defects: inout [String]
  ) {
    guard verdict.validity == .holds else { return }
    compare(verdict, blind: checker.check(history.blackBox, facts, options.budget), &defects)
  }

  private func compare(_ verdict: Verdict, blind: Verdict, _ defects: inout [String]) {
    guard verdict.validity == .holds, blind.validity == .violated else { return }
    defects.append(
      "\(verdict.checker): holds by the true version order, violated by what clients saw: "
        + blind.explanation)
  }

  // MARK: SQL invariants

  private func invariants() throws -> [Check] {
    try scenario.invariants.map { invariant in
      var offending: [String] = []
      var regions = 0
      for (region, store) in zip(scenario.topology.regions, stores) {
        guard let rows = try store.query(invariant.sql, limit: 3) else { continue }
        regions += 1
        if rows.isEmpty == (invariant.expect == .some) {
          let found = rows.map { $0.joined(separator: ", ") }.joined(separator: "; ")
          offending.append("\(region): \(rows.isEmpty ? "no rows" : found)")
        }
      }
      let anomalies = offending.map {
        Anomaly(name: "invariant", rows: [], explanation: [$0])
      }
      let verdict = Verdict(
        checker: invariant.name, judged: regions, anomalies: anomalies,
        summary: "in \(regions) databases")
      return Check(
        name: invariant.name, basis: .expected,
        expectation: invariant.expect == .some ? "some rows" : "no rows", verdict: verdict,
        outcome: outcome(verdict.validity, .holds))
    }
  }

  // MARK: Figures

  private func figures() -> [Check] {
    scenario.expectations.compactMap { expectation in
      guard case .measure(let measure, let comparison, let limit) = expectation.subject else {
        return nil
      }
      let amount = measures.amount(of: measure)
      let explanation = amount.map { measure.text($0) } ?? "nothing to measure"
      let isMet = amount.map { comparison.holds($0, limit) }
      let verdict = Verdict(
        checker: expectation.name, judged: amount == nil ? 0 : 1,
        anomalies: isMet == false
          ? [Anomaly(name: expectation.name, rows: [], explanation: [explanation])] : [],
        summary: explanation)
      return Check(
        name: expectation.name, basis: .expected, expectation: expectation.text, verdict: verdict,
        outcome: verdict.validity)
    }
  }

  // MARK: The runbook

  /// A scenario that has a runbook says that its steps work, unless it expects otherwise.
  private func runbook() -> [Check] {
    let isExpected = scenario.expectations.contains { expectation in
      if case .measure(.unverifiedSteps, _, _) = expectation.subject { true } else { false }
    }
    guard let record = measures.runbook, !isExpected else { return [] }
    let verdict = record.verdict(in: scenario.topology)
    return [
      Check(
        name: verdict.checker, basis: .expected, expectation: "every step verified",
        verdict: verdict, outcome: verdict.validity)
    ]
  }

  // MARK: Whether it was evidence

  /// Not quiescing is a finding with a reason. It decides only where convergence was promised.
  private func quiescence() -> Check {
    let verdict = Verdict(
      checker: "quiesced", judged: 1,
      anomalies: unfinished.isEmpty
        ? [] : [Anomaly(name: "still-busy", rows: [], explanation: unfinished)],
      summary: "nothing left to do after the heal")
    let promised = self.promised.contains(.converged)
    return Check(
      name: "quiesced", basis: promised ? .promised : .observed,
      expectation: promised ? "holds" : "", verdict: verdict,
      outcome: promised ? verdict.validity : .holds)
  }

  /// A run in which a fault did nothing, or no two operations overlapped, proves nothing.
  private func evidence() -> Check {
    var missing: [String] = []
    if !isSetUp { missing.append("the workload's starting state could not be made") }
    let kinds = faults.map(\.kind).reduce(into: [String]()) { kinds, kind in
      if !kinds.contains(kind) { kinds.append(kind) }
    }
    for kind in kinds where faults.filter({ $0.kind == kind }).allSatisfy({ $0.effect == 0 }) {
      missing.append("fault \(kind) had no effect")
    }
    if !hasConcurrentPair { missing.append("no two operations overlapped") }
    let verdict = Verdict(
      checker: "evidence", judged: faults.count + 1, anomalies: [],
      unknown: missing.isEmpty ? nil : missing.joined(separator: "; "),
      summary: faults.isEmpty
        ? "operations overlapped" : "operations overlapped, every kind of fault had an effect")
    return Check(
      name: "evidence", basis: .promised, expectation: "holds", verdict: verdict,
      outcome: verdict.validity)
  }

  private var hasConcurrentPair: Bool {
    var latest = Int64.min
    for row in 0..<history.count where history.calls[row] < loadEnded.nanoseconds {
      if history.calls[row] < latest { return true }
      latest = max(latest, history.returns[row])
    }
    return false
  }
}
