// A run as one JSON object: the contract that tools and CI depend on.

import Checking
import Scenarios
import Simulation

/// The machine-readable report.
public enum JSONReport {
  /// One run.
  public static func object(_ run: Run) -> JSON {
    let measures = run.measures
    let fields: [(String, JSON)] = [
      ("scenario", .string(run.scenario)),
      ("variant", run.variant.map { .string($0) } ?? .null),
      ("strategy", .string(run.strategy)),
      ("workload", .string(run.workload)),
      ("seed", .integer(Int64(bitPattern: run.seed))),
      ("digest", .string(run.digest)),
      ("verdict", .string(run.verdict.rawValue)),
      ("checks", .array(run.checks.map(check))),
      (
        "operations",
        .object([
          ("ok", .integer(Int64(measures.ok))), ("fail", .integer(Int64(measures.fail))),
          ("info", .integer(Int64(measures.info))),
          ("neverBegun", .integer(Int64(measures.neverBegun))),
        ])
      ),
      (
        "throughput",
        .object([
          ("simulatedOperationsPerSecond", .number(measures.operationsPerSecond)),
          (
            "wallOperationsPerSecond",
            .number(Double(measures.ok) / max(1e-9, run.wallSeconds))
          ),
        ])
      ),
      ("latency", .object(measures.latencies.map { ($0.name, latency($0.summary)) })),
      ("availability", .number(measures.availability)),
      ("finalAvailability", measures.finalAvailability.map { .number($0) } ?? .null),
      (
        "availabilityByRegion",
        .object(measures.availabilityByRegion.map { ($0.region, .number($0.share)) })
      ),
      ("staleness", staleness(measures.staleness)),
      ("conflicts", .integer(Int64(measures.conflicts))),
      ("refusedReads", .integer(Int64(measures.refusedReads))),
      ("counts", .object(measures.tallies.map { ($0.name, .integer(Int64($0.count))) })),
      ("lostAcknowledgedWrites", .integer(Int64(measures.lostAcknowledgedWrites))),
      (
        "recovery",
        .object([
          ("rtoSeconds", measures.recovery.rtoSeconds.map { .number($0) } ?? .null),
          ("slowestRegion", measures.recovery.slowestRegion.map { .string($0) } ?? .null),
          ("rpoOperations", .integer(Int64(measures.recovery.rpoOperations))),
          ("rpoSeconds", .number(measures.recovery.rpoSeconds)),
        ])
      ),
      (
        "network",
        .object([
          ("messages", .integer(Int64(measures.messages))),
          ("dropped", .integer(Int64(measures.dropped))),
          ("bytes", .integer(Int64(measures.bytes))),
          ("bytesBetweenRegions", .integer(Int64(measures.bytesBetweenRegions))),
        ])
      ),
    ]
    return .object(fields + aftermath(run))
  }

  /// Where clients were, what was done to the run, and what it took.
  private static func aftermath(_ run: Run) -> [(String, JSON)] {
    [
      ("places", .array(run.measures.places.map(TrafficReport.place))),
      ("traffic", run.measures.traffic.map(TrafficReport.object) ?? .null),
      (
        "runbook",
        run.measures.runbook.map { RunbookReport.object($0, run.topology) } ?? .null
      ),
      ("capacity", run.measures.capacity.map(CapacityReport.object) ?? .null),
      ("retries", run.measures.retries.map(CapacityReport.object) ?? .null),
      ("faults", .array(run.faults.map(fault))),
      ("outages", .array(run.measures.outages.map(outage))),
      ("cost", run.bill.map { BillReport.object($0) } ?? .null),
      ("unfinished", .array(run.unfinished.map { .string($0) })),
      ("events", .integer(Int64(run.events))),
      ("simulatedSeconds", .number(run.simulated.seconds)),
      ("wallSeconds", .number(run.wallSeconds)),
      ("checkSeconds", .number(run.checkSeconds)),
    ]
  }

  private static func check(_ check: Check) -> JSON {
    .object([
      ("name", .string(check.name)),
      ("verdict", .string(check.verdict.validity.rawValue)),
      ("basis", .string(check.basis.rawValue)),
      ("expected", check.expectation.isEmpty ? .null : .string(check.expectation)),
      ("outcome", .string(check.outcome.rawValue)),
      ("judged", .integer(Int64(check.verdict.judged))),
      ("anomalyCount", .integer(Int64(check.verdict.anomalyCount))),
      ("anomalies", .array(check.verdict.anomalies.map(anomaly))),
      ("counts", counts(check.verdict)),
      ("explanation", .string(check.verdict.explanation)),
    ])
  }

  /// The figures of a verdict by name.
  static func counts(_ verdict: Verdict) -> JSON {
    .object(verdict.counts.map { ($0.name, .integer($0.value)) })
  }

  /// An anomaly with its witness.
  static func anomaly(_ anomaly: Anomaly) -> JSON {
    .object([
      ("name", .string(anomaly.name)),
      ("rows", .array(anomaly.rows.map { .integer(Int64($0)) })),
      ("explanation", .array(anomaly.explanation.map { .string($0) })),
      (
        "links",
        .array(
          anomaly.links.map { link in
            .object([
              ("before", .integer(Int64(link.before))), ("after", .integer(Int64(link.after))),
              ("reason", .string(link.reason)),
            ])
          })
      ),
    ])
  }

  static func latency(_ summary: LatencySummary) -> JSON {
    .object([
      ("count", .integer(Int64(summary.count))), ("p50", .number(summary.p50)),
      ("p95", .number(summary.p95)), ("p99", .number(summary.p99)), ("max", .number(summary.max)),
    ])
  }

  private static func staleness(_ staleness: Staleness) -> JSON {
    func milliseconds(_ value: Int64) -> JSON { .number(Double(value) / 1e6) }
    return .object([
      ("readsJudged", .integer(Int64(staleness.judged))),
      ("staleReads", .integer(Int64(staleness.stale))),
      (
        "milliseconds",
        .object([
          ("p50", milliseconds(staleness.age.p50)), ("p95", milliseconds(staleness.age.p95)),
          ("p99", milliseconds(staleness.age.p99)), ("max", milliseconds(staleness.age.worst)),
        ])
      ),
      (
        "versions",
        .object([
          ("p50", .integer(staleness.lag.p50)), ("p95", .integer(staleness.lag.p95)),
          ("p99", .integer(staleness.lag.p99)), ("max", .integer(staleness.lag.worst)),
        ])
      ),
      (
        "shareWithinMilliseconds",
        .object(
          [Int64(0), 1, 10, 100, 1_000, 10_000].map {
            (String($0), .number(staleness.share(ageAtMost: $0 * 1_000_000)))
          })
      ),
      (
        "shareWithinVersions",
        .object(
          [Int64(0), 1, 2, 5, 10, 100].map {
            (String($0), .number(staleness.share(lagAtMost: $0)))
          })
      ),
    ])
  }

  private static func outage(_ outage: RegionLoss) -> JSON {
    .object([
      ("region", .string(outage.region)),
      ("at", .number(Double(outage.from.nanoseconds) / 1e9)),
      ("until", .number(Double(outage.until.nanoseconds) / 1e9)),
      (
        "writesBackSeconds",
        .object(outage.writesBack.map { ($0.place, $0.after.map { .number($0.seconds) } ?? .null) })
      ),
    ])
  }

  private static func fault(_ fault: FaultReport) -> JSON {
    .object([
      ("kind", .string(fault.kind)), ("text", .string(fault.text)),
      ("occurrences", .integer(Int64(fault.occurrences))),
      ("at", .number(Double(fault.at.nanoseconds) / 1e9)),
      ("until", .number(Double(fault.until.nanoseconds) / 1e9)),
      ("effect", .integer(Int64(fault.effect))),
    ])
  }
}
