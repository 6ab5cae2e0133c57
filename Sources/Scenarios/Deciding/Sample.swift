// What the decision table keeps of a run: a few numbers and verdicts. Histories are large, and a comparison
// makes many.

import Checking
import Histories
import Simulation

/// A figure of the table.
public struct Figure: Sendable, Hashable {
  /// What is measured; raw values are its names in JSON.
  public enum Quantity: String, Sendable, CaseIterable {
    case availability
    case errorSeconds = "error-seconds"
    case rto, rpo, p50, p99
    case writeP99 = "write-p99"
    case staleReads = "stale-reads"
    case conflicts
    case lostWrites = "lost-acknowledged-writes"
    /// Acknowledged updates of a value that another acknowledged update replaced as well.
    case lostUpdates = "lost-updates"
    case dollars = "dollars-a-month"
    case dollarsPerMillion = "dollars-per-million-operations"

    /// What it is counted in.
    public var unit: String {
      switch self {
      case .availability, .staleReads: "share"
      case .errorSeconds, .rto, .rpo: "s"
      case .p50, .p99, .writeP99: "ms"
      case .conflicts, .lostWrites, .lostUpdates: "count"
      case .dollars, .dollarsPerMillion: "USD"
      }
    }
  }

  public let quantity: Quantity
  /// Where the clients are; nil for all.
  public let place: String?

  public init(_ quantity: Quantity, at place: String? = nil) {
    self.quantity = quantity
    self.place = place
  }
}

/// One run of a candidate.
public struct Sample: Sendable {
  public let seed: UInt64
  /// Whether everything came out as promised and expected.
  public let outcome: Validity
  /// Guarantees and invariants that were judged, in the report's order.
  public let verdicts: [(name: String, validity: Validity)]
  public let places: [String]
  public let outages: [RegionLoss]
  public let hasFaults: Bool
  public let bill: Bill?
  private let figures: [Figure: Double]

  /// A figure; nil if there was nothing to measure, infinite if it never came.
  public subscript(figure: Figure) -> Double? { figures[figure] }
  public subscript(quantity: Figure.Quantity) -> Double? { figures[Figure(quantity)] }

  /// The verdict on a guarantee; nil if it was not judged.
  public func verdict(on name: String) -> Validity? {
    verdicts.first { $0.name == name }?.validity
  }

  init(
    seed: UInt64, outcome: Validity = .holds, verdicts: [(name: String, validity: Validity)] = [],
    places: [String] = [], outages: [RegionLoss] = [], hasFaults: Bool = false, bill: Bill? = nil,
    figures: [Figure: Double] = [:]
  ) {
    self.seed = seed
    self.outcome = outcome
    self.verdicts = verdicts
    self.places = places
    self.outages = outages
    self.hasFaults = hasFaults
    self.bill = bill
    self.figures = figures
  }

  /// Keeps what matters of a run.
  public init(_ run: Run) {
    let measures = run.measures
    var figures: [Figure: Double] = [:]
    figures[Figure(.availability)] = measures.availability
    figures[Figure(.rto)] = measures.recovery.rtoSeconds
    figures[Figure(.p50)] = measures.overall?.p50
    figures[Figure(.p99)] = measures.overall?.p99
    figures[Figure(.writeP99)] = measures.writes?.p99
    figures[Figure(.conflicts)] = Double(measures.conflicts)
    if measures.staleness.judged > 0 {
      figures[Figure(.staleReads)] =
        Double(measures.staleness.stale) / Double(measures.staleness.judged)
    }
    // Lost writes are found by a checker; where it could not judge, none is no news.
    let judged = run.checks.contains {
      [Guarantee.noLostWrites.rawValue, Guarantee.set.rawValue].contains($0.name)
        && $0.verdict.validity != .unknown
    }
    if judged {
      figures[Figure(.lostWrites)] = Double(measures.lostAcknowledgedWrites)
      if !run.faults.isEmpty { figures[Figure(.rpo)] = measures.recovery.rpoSeconds }
    }
    let updates = run.checks.first { $0.name == Guarantee.noLostUpdates.rawValue }?.verdict
    if let updates, updates.judged > 0 {
      figures[Figure(.lostUpdates)] = updates.counts.first { $0.name == "lost" }.map {
        Double($0.value)
      }
    }
    for place in measures.places where place.operations > 0 {
      figures[Figure(.availability, at: place.name)] = place.availability
      figures[Figure(.errorSeconds, at: place.name)] = place.errorSeconds
      figures[Figure(.p50, at: place.name)] = place.latency?.p50
      figures[Figure(.p99, at: place.name)] = place.latency?.p99
    }
    figures[Figure(.errorSeconds)] = measures.places.map(\.errorSeconds).max()
    figures[Figure(.dollars)] = run.bill?.monthly
    figures[Figure(.dollarsPerMillion)] = run.bill?.perMillionOperations
    self.init(
      seed: run.seed, outcome: run.verdict,
      verdicts: run.checks.filter { Sample.isProperty($0) }.map { ($0.name, $0.verdict.validity) },
      places: measures.places.map(\.name), outages: measures.outages,
      hasFaults: !run.faults.isEmpty,
      bill: run.bill, figures: figures)
  }

  /// Whether a check is of what a design keeps, not of a figure or of the run itself.
  private static func isProperty(_ check: Check) -> Bool {
    Measure(rawValue: check.name) == nil && !["quiesced", "evidence"].contains(check.name)
  }
}
