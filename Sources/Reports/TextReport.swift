// A run for people: what was run, what held, what broke and how, what it cost, how to see it again.

import Checking
import Scenarios
import Simulation

/// The report on a terminal.
public struct TextReport {
  /// How to run it again; the last line of every report.
  public let replay: String
  /// Whether escape codes for bold and colours are wanted.
  public let colours: Bool

  public init(replay: String, colours: Bool = false) {
    self.replay = replay
    self.colours = colours
  }

  /// The whole text, ending in a newline.
  public func text(_ run: Run) -> String {
    var lines = [heading(run), ""]
    lines += checks(run) + witnesses(run) + costs(run) + faults(run)
    if !run.unfinished.isEmpty {
      lines.append("  Did not quiesce: " + run.unfinished.joined(separator: "; "))
      lines.append("")
    }
    lines.append("  " + conclusion(run))
    lines.append("  replay: \(replay) --seed \(run.seed)")
    return lines.joined(separator: "\n") + "\n"
  }

  private func heading(_ run: Run) -> String {
    let variant = run.variant.map { " / \($0)" } ?? ""
    let operations = run.measures.ok + run.measures.fail + run.measures.info
    return bold("\(run.scenario)\(variant)") + "  strategy \(run.strategy), seed \(run.seed)\n"
      + "  \(run.topology.count) regions (\(run.topology.regions.joined(separator: ", "))), "
      + "\(run.workload) workload,\n  \(grouped(operations)) operations in "
      + "\(fixed(run.simulated.seconds, 1)) s of simulated time "
      + "(\(fixed(run.wallSeconds, 2)) s of yours)"
  }

  private func checks(_ run: Run) -> [String] {
    let width = run.checks.map(\.name.count).max() ?? 0
    return run.checks.map { check in
      let sign =
        switch (check.outcome, check.basis) {
        case (_, .observed): "·"
        case (.holds, _): "✓"
        case (.violated, _): "✗"
        case (.unknown, _): "?"
        }
      let validity = padded(check.verdict.validity.rawValue, 9)
      let basis =
        switch check.basis {
        case .promised: "promised"
        case .expected: "expected \(check.expectation)"
        case .observed: "not promised"
        }
      let name = padded(check.name, width)
      return "  \(paint(sign, check.outcome)) \(name)  \(validity) (\(basis))"
        + (check.verdict.explanation.isEmpty ? "" : "  \(check.verdict.explanation)")
    } + [""]
  }

  private func witnesses(_ run: Run) -> [String] {
    run.checks.filter { $0.verdict.validity == .violated }.flatMap { check -> [String] in
      guard let anomaly = check.verdict.anomalies.first else { return [] }
      let count =
        check.verdict.anomalyCount > 1 ? " (1 of \(grouped(check.verdict.anomalyCount)))" : ""
      return ["  \(bold(check.name)): \(anomaly.name)\(count)"]
        + anomaly.explanation.map { "      \($0)" } + [""]
    }
  }

  private func costs(_ run: Run) -> [String] {
    let measures = run.measures
    var lines = [
      "  throughput    \(fixed(measures.operationsPerSecond, 1)) operations/s simulated; "
        + "ok \(grouped(measures.ok)), fail \(grouped(measures.fail)), "
        + "unknown \(grouped(measures.info))"
        + (measures.neverBegun > 0
          ? ", \(grouped(measures.neverBegun)) never begun: too few clients" : ""),
      "  availability  \(percent(measures.availability))  ("
        + measures.availabilityByRegion.map { "\($0.region) \(percent($0.share))" }
        .joined(separator: ", ") + ")",
    ]
    for (name, latency) in measures.latencies {
      lines.append(
        "  latency       \(padded(name, 8)) p50 \(milliseconds(latency.p50))  "
          + "p95 \(milliseconds(latency.p95))  p99 \(milliseconds(latency.p99))  "
          + "max \(milliseconds(latency.max))")
    }
    if measures.staleness.judged > 0 {
      let age = measures.staleness.age
      lines.append(
        "  staleness     \(grouped(measures.staleness.stale)) of "
          + "\(grouped(measures.staleness.judged)) reads stale; p99 "
          + "\(milliseconds(Double(age.p99) / 1e6)), worst \(milliseconds(Double(age.worst) / 1e6))"
      )
    }
    lines.append(
      "  lost writes   \(grouped(measures.lostAcknowledgedWrites)) acknowledged writes lost"
        + (measures.recovery.rpoSeconds > 0
          ? " (RPO \(fixed(measures.recovery.rpoSeconds, 2)) s)" : "")
        + "; \(grouped(measures.conflicts)) conflicts"
        + (measures.refusedReads > 0 ? "; \(grouped(measures.refusedReads)) reads refused" : ""))
    if let rto = measures.recovery.rtoSeconds {
      let region = measures.recovery.slowestRegion.map { " (\($0))" } ?? ""
      lines.append(
        rto.isFinite
          ? "  recovery      RTO \(fixed(rto, 2)) s\(region)"
          : "  recovery      writes never came back\(region)")
    }
    lines.append(
      "  network       \(grouped(measures.messages)) messages, \(grouped(measures.dropped)) "
        + "dropped, \(grouped(measures.bytesBetweenRegions / 1_000)) kB between regions")
    return lines + (run.bill.map { BillReport.lines($0) } ?? []) + [""] + TrafficReport.lines(run)
      + RunbookReport.lines(run)
      + CapacityReport.lines(run)
  }

  private func faults(_ run: Run) -> [String] {
    guard !run.faults.isEmpty else { return [] }
    return run.faults.map { fault in
      let times = fault.occurrences > 1 ? " (\(grouped(fault.occurrences)) times)" : ""
      return "  fault         \(fault.text)\(times), effect \(grouped(fault.effect))"
    } + [""]
  }

  private func conclusion(_ run: Run) -> String {
    let wrong = run.checks.filter { $0.outcome == .violated }.map(\.name)
    let unclear = run.checks.filter { $0.outcome == .unknown }.map(\.name)
    switch run.verdict {
    case .holds: return paint("as expected", .holds)
    case .violated: return paint("NOT as expected: " + wrong.joined(separator: ", "), .violated)
    case .unknown: return paint("UNKNOWN: " + unclear.joined(separator: ", "), .unknown)
    }
  }

  private func bold(_ text: String) -> String { colours ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

  private func paint(_ text: String, _ outcome: Validity) -> String {
    guard colours else { return text }
    let code =
      switch outcome {
      case .holds: 32
      case .violated: 31
      case .unknown: 33
      }
    return "\u{1b}[\(code)m\(text)\u{1b}[0m"
  }
}

/// A number with a fixed count of decimals.
public func fixed(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite, abs(value) < 9e12 else { return value > 0 ? "infinite" : "unknown" }
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  let rounded = Int64((value * scale).rounded())
  let whole = (rounded < 0 ? "-" : "") + String(abs(rounded) / Int64(scale))
  guard decimals > 0 else { return whole }
  let fraction = String(abs(rounded) % Int64(scale))
  return whole + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
}

/// 1,234,567.
public func grouped(_ value: Int) -> String {
  var digits = String(abs(value))
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
}

func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

func percent(_ share: Double) -> String { fixed(share * 100, 2) + " %" }

func milliseconds(_ value: Double) -> String {
  value >= 1_000 ? fixed(value / 1_000, 2) + " s" : fixed(value, value < 10 ? 2 : 1) + " ms"
}
