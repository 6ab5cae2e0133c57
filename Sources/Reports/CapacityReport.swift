// Load against capacity: for each region what came, what was of use and what was not; what the loss of a
// region does to the others, by arithmetic and as measured; what clients sent again; and the load over time
// as a picture of one row a region. The JSON has the whole series.

import Scenarios
import Simulation
import Traffic

/// The part of a report that tells of app tiers and retries.
public enum CapacityReport {
  private static let width = 60

  /// What the loss of a region would do to the others, if that is known before any run and too much for
  /// them; nil otherwise, and where clients would not go to them.
  public static func warning(_ scenario: Scenario) -> String? {
    guard scenario.clientsMove, let plan = scenario.capacity, scenario.topology.count > 1,
      let headroom = plan.headroom(scenario.workload.load), let worst = headroom.worst,
      headroom.load(without: worst) > 1
    else { return nil }
    let asked = headroom.offered.reduce(0, +)
    let left = headroom.capacity.reduce(0, +) - headroom.capacity[worst]
    let later =
      plan.tiers.contains { $0.autoscaler != nil }
      ? ", until the autoscaler has added replicas" : ""
    return "no headroom: without \(scenario.topology.regions[worst]) the others can serve "
      + "\(fixed(left, 1)) of \(fixed(asked, 1)) requests a second, a load of "
      + "\(fixed(headroom.load(without: worst) * 100, 0)) %\(later)"
  }

  /// Nothing where there are neither.
  static func lines(_ run: Run) -> [String] {
    let measures = run.measures
    var lines = measures.retries.map { [text($0)] } ?? []
    if let capacity = measures.capacity {
      let name = capacity.regions.map(\.region.count).max() ?? 0
      lines += capacity.regions.flatMap { tier($0, name) }
      lines += headroom(capacity)
      lines += capacity.commits.map(text) + picture(capacity, name)
    }
    guard !lines.isEmpty else { return [] }
    if let share = measures.finalAvailability {
      lines.insert("  at the end    \(percent(share)) available in the last quarter", at: 0)
    }
    return lines + [""]
  }

  private static func text(_ retries: RetryFigures) -> String {
    "  retries       \(fixed(retries.amplification, 2)) requests an operation: "
      + "\(grouped(retries.retries)) retries, \(grouped(retries.denied)) denied by the budget, "
      + "\(grouped(retries.exhausted)) given up"
  }

  private static func tier(_ tier: TierFigures, _ width: Int) -> [String] {
    func part(_ part: TierFigures.Part?) -> String {
      part.map { "load \(fixed($0.load * 100, 0)) %, busy \(fixed($0.utilisation * 100, 0)) %" }
        ?? "none"
    }
    let counts = tier.replicas.map { String($0.count) }
    let changes = counts.count > 4 ? [counts[0], "..."] + counts.suffix(2) : counts
    var words = [
      "queue at most \(grouped(tier.longestQueue))",
      "served \(grouped(tier.served)), \(grouped(tier.wasted)) of them in vain",
    ]
    if tier.shed + tier.expired > 0 {
      words.append("shed \(grouped(tier.shed)), expired \(grouped(tier.expired))")
    }
    if tier.lost > 0 { words.append("lost \(grouped(tier.lost))") }
    if tier.stockOuts > 0 { words.append("\(grouped(tier.stockOuts)) stock-outs") }
    if tier.reverted > 0 { words.append("\(grouped(tier.reverted)) changes put back") }
    return [
      "  capacity      \(padded(tier.region, width))  replicas \(changes.joined(separator: " > ")); "
        + "before faults \(part(tier.early)); last quarter \(part(tier.late))",
      "                " + String(repeating: " ", count: width) + "  "
        + words.joined(separator: "; "),
    ]
  }

  /// What the arithmetic says, and what came out.
  private static func headroom(_ capacity: CapacityFigures) -> [String] {
    guard let headroom = capacity.headroom, let worst = headroom.worst else { return [] }
    let load = headroom.load(without: worst)
    let gone = capacity.regions.indices.filter { capacity.regions[$0].late == nil }
    var line =
      "  headroom      without \(capacity.regions[worst].region) the others are asked "
      + "\(fixed(load * 100, 0)) % of what they can serve"
    if let lost = gone.first, gone.count == 1 {
      let arrivals = capacity.regions.compactMap(\.late).reduce(0) { $0 + $1.arrivals }
      let possible = capacity.regions.compactMap(\.late).reduce(0) { $0 + $1.capacity }
      line +=
        "; measured without \(capacity.regions[lost].region): \(fixed(arrivals / possible * 100, 0)) %"
    }
    return [line]
  }

  private static func text(_ commit: CommitFigures) -> String {
    let times = commit.reached.map { region, after in
      "\(region) " + (after.map { "+\(fixed($0.seconds, 0)) s" } ?? "never")
    }
    let drift = commit.drift.map { "; regions differed for \(fixed($0.seconds, 0)) s" } ?? ""
    return
      "  commit        at \(fixed(commit.at.seconds, 0)) s: \(times.joined(separator: ", "))\(drift)"
  }

  /// One row a region; full height is twice what it can serve.
  private static func picture(_ capacity: CapacityFigures, _ name: Int) -> [String] {
    let bars = Array("\u{2581}\u{2582}\u{2583}\u{2584}\u{2585}\u{2586}\u{2587}\u{2588}")
    let count = capacity.regions.first?.series.count ?? 0
    guard count > 1 else { return [] }
    let columns = min(width, count)
    let length = capacity.step * count
    return [
      "  load of each region, from 0 to \(fixed(length.seconds, 0)) s (\(bars[3]) all it can serve)"
    ]
      + capacity.regions.map { tier in
        let line = (0..<columns).map { column -> Character in
          guard let load = tier.series[column * (count - 1) / max(1, columns - 1)].load else {
            return " "
          }
          return bars[max(0, min(7, Int((load * 4).rounded(.up)) - 1))]
        }
        return "    \(padded(tier.region, name))  \(String(line))|"
      }
  }

  // MARK: JSON

  static func object(_ retries: RetryFigures) -> JSON {
    .object([
      ("operations", .integer(Int64(retries.operations))),
      ("retries", .integer(Int64(retries.retries))),
      ("deniedByBudget", .integer(Int64(retries.denied))),
      ("givenUp", .integer(Int64(retries.exhausted))),
      ("amplification", .number(retries.amplification)),
    ])
  }

  static func object(_ capacity: CapacityFigures) -> JSON {
    .object([
      ("regions", .array(capacity.regions.map(object))),
      ("headroom", capacity.headroom.map { object($0, capacity) } ?? .null),
      ("commits", .array(capacity.commits.map(object))),
      ("stepSeconds", .number(capacity.step.seconds)),
    ])
  }

  private static func object(_ headroom: Headroom, _ capacity: CapacityFigures) -> JSON {
    .object(
      capacity.regions.indices.map { region in
        let load = headroom.load(without: region)
        return ("without " + capacity.regions[region].region, load.isFinite ? .number(load) : .null)
      })
  }

  private static func object(_ tier: TierFigures) -> JSON {
    func part(_ part: TierFigures.Part?) -> JSON {
      part.map {
        .object([
          ("arrivalsPerSecond", .number($0.arrivals)),
          ("capacityPerSecond", .number($0.capacity)), ("load", .number($0.load)),
          ("utilisation", .number($0.utilisation)),
        ])
      } ?? .null
    }
    return .object([
      ("region", .string(tier.region)),
      (
        "replicas",
        .array(
          tier.replicas.map {
            .object([("at", .number($0.at.seconds)), ("count", .integer(Int64($0.count)))])
          })
      ),
      ("beforeFaults", part(tier.early)), ("lastQuarter", part(tier.late)),
      ("served", .integer(Int64(tier.served))), ("wasted", .integer(Int64(tier.wasted))),
      ("shed", .integer(Int64(tier.shed))), ("expired", .integer(Int64(tier.expired))),
      ("lost", .integer(Int64(tier.lost))),
      ("longestQueue", .integer(Int64(tier.longestQueue))),
      ("wait", tier.wait.map(JSONReport.latency) ?? .null),
      ("stockOuts", .integer(Int64(tier.stockOuts))),
      ("reverted", .integer(Int64(tier.reverted))),
      ("loads", .array(tier.series.map { $0.load.map { .number($0) } ?? .null })),
      ("queues", .array(tier.series.map { .integer(Int64($0.queue)) })),
    ])
  }

  private static func object(_ commit: CommitFigures) -> JSON {
    .object([
      ("at", .number(commit.at.seconds)),
      (
        "reachedAfterSeconds",
        .object(commit.reached.map { ($0.region, $0.after.map { .number($0.seconds) } ?? .null) })
      ),
      ("driftSeconds", commit.drift.map { .number($0.seconds) } ?? .null),
    ])
  }
}
