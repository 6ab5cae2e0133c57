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

  func checks(_ defects: inout [String]) throws -> [Check] {
    guarantees(&defects) + (try invariants()) + figures() + [quiescence(), evidence()]
  }

  // MARK: Guarantees

  private func guarantees(_ defects: inout [String]) -> [Check] {
    let promised = scenario.strategy.promises(in: scenario.topology)
    let judgeable = type(of: scenario.workload).guarantees
    let facts = scenario.workload.facts
    let seen = options.blackBox ? history.blackBox : history
    return judgeable.compactMap { guarantee in
      guard let checker = Checkers.named(guarantee.rawValue) else {
        defects.append("no checker for \(guarantee.rawValue)")
        return nil
      }
      let verdict = checker.init().check(seen, facts, options.budget)
      if !options.blackBox, seen.hasVersions {
        crossExamine(checker.init(), verdict, facts, &defects)
      }
      let wish = scenario.expectations.first { $0.name == guarantee.rawValue }?.validity
      let basis: Check.Basis =
        wish != nil ? .expected : promised.contains(guarantee) ? .promised : .observed
      let wanted = wish ?? .holds
      return Check(
        name: guarantee.rawValue, basis: basis,
        expectation: basis == .observed ? "" : wanted.rawValue, verdict: verdict,
        outcome: basis == .observed ? .holds : outcome(verdict.validity, wanted))
    }
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
    let blind = checker.check(history.blackBox, facts, options.budget)
    if blind.validity == .violated {
      defects.append(
        "\(verdict.checker): holds by the true version order, violated by what clients saw: "
          + blind.explanation)
    }
  }

  // MARK: SQL invariants

  private func invariants() throws -> [Check] {
    try scenario.invariants.map { invariant in
      var offending: [String] = []
      var regions = 0
      for (region, store) in zip(scenario.topology.regions, stores) {
        guard let rows = try store.query(invariant.sql, limit: 3) else { continue }
        regions += 1
        if rows.isEmpty == invariant.expectsRows {
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
        expectation: invariant.expectsRows ? "some rows" : "no rows", verdict: verdict,
        outcome: outcome(verdict.validity, .holds))
    }
  }

  // MARK: Figures

  private func figures() -> [Check] {
    scenario.expectations.compactMap { expectation in
      guard let comparison = expectation.comparison,
        let figure = Figure(rawValue: expectation.name)
      else { return nil }
      let found = figure.value(in: measures)
      let holds = found.map { comparison.holds($0) }
      let explanation = found.map { figure.text($0) } ?? "nothing to measure"
      let verdict = Verdict(
        checker: expectation.name, judged: found == nil ? 0 : 1,
        anomalies: holds == false
          ? [Anomaly(name: expectation.name, rows: [], explanation: [explanation])] : [],
        summary: explanation)
      return Check(
        name: expectation.name, basis: .expected, expectation: comparison.text, verdict: verdict,
        outcome: verdict.validity)
    }
  }

  // MARK: Whether it was evidence

  /// Not quiescing is a finding with a reason. It decides only where convergence was promised.
  private func quiescence() -> Check {
    let verdict = Verdict(
      checker: "quiesced", judged: 1,
      anomalies: unfinished.isEmpty
        ? [] : [Anomaly(name: "still-busy", rows: [], explanation: unfinished)],
      summary: "nothing left to do after the heal")
    let promised = scenario.strategy.promises(in: scenario.topology).contains(.converged)
    let wish = scenario.expectations.first { $0.name == "quiesced" }?.validity
    return Check(
      name: "quiesced", basis: wish != nil ? .expected : promised ? .promised : .observed,
      expectation: wish?.rawValue ?? (promised ? "holds" : ""), verdict: verdict,
      outcome: wish.map { outcome(verdict.validity, $0) } ?? (promised ? verdict.validity : .holds))
  }

  /// A run in which a fault did nothing, or no two operations overlapped, proves nothing.
  private func evidence() -> Check {
    var missing: [String] = []
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
    for row in 0..<history.count where !history.finals[row] {
      if history.calls[row] < latest { return true }
      latest = max(latest, history.returns[row])
    }
    return false
  }
}

/// A figure that a scenario may state an expectation about.
public enum Figure: String, CaseIterable, Sendable {
  case rto, rpo, availability, throughput, conflicts
  case lostAcknowledgedWrites = "lost-acknowledged-writes"
  case staleReads = "stale-reads"
  case staleness
  case readP99 = "read-p99"
  case writeP99 = "write-p99"

  /// What it is measured in; decides how its bound is written.
  public enum Unit: Sendable { case seconds, share, count, perSecond }

  public var unit: Unit {
    switch self {
    case .rto, .rpo, .staleness, .readP99, .writeP99: .seconds
    case .availability, .staleReads: .share
    case .throughput: .perSecond
    case .conflicts, .lostAcknowledgedWrites: .count
    }
  }

  /// The figure of a run, in its unit; nil if there was nothing to measure.
  func value(in measures: Measures) -> Double? {
    func p99(_ name: String) -> Double? {
      measures.latencies.first { $0.name == name }.map { $0.summary.p99 / 1_000 }
    }
    switch self {
    case .rto: return measures.recovery.rtoSeconds
    case .rpo: return measures.recovery.rpoSeconds
    case .availability: return measures.availability
    case .throughput: return measures.operationsPerSecond
    case .conflicts: return Double(measures.conflicts)
    case .lostAcknowledgedWrites: return Double(measures.lostAcknowledgedWrites)
    case .staleReads:
      guard measures.staleness.judged > 0 else { return nil }
      return Double(measures.staleness.stale) / Double(measures.staleness.judged)
    case .staleness:
      return measures.staleness.judged > 0 ? Double(measures.staleness.age.worst) / 1e9 : nil
    case .readP99: return p99("read")
    case .writeP99: return p99("write")
    }
  }

  /// With its unit.
  func text(_ value: Double) -> String {
    guard value.isFinite else { return "never" }
    let scaled = Int64(((unit == .share ? value * 100 : value) * 1_000).rounded())
    let number = scaled % 1_000 == 0 ? String(scaled / 1_000) : "\(Double(scaled) / 1_000)"
    switch unit {
    case .seconds: return number + " s"
    case .share: return number + " %"
    case .count: return number
    case .perSecond: return number + " /s"
    }
  }
}
