// What `splitbrain check` says about a history.

import Checking
import Histories

/// The verdict on a history file, as text and as JSON.
public struct CheckReport {
  public let file: String
  public let models: [String]
  public let operations: Int
  public let result: HistoryVerdict
  public let seconds: Double
  /// Whether nobody told the workload.
  public let isGuessed: Bool

  public init(
    file: String, models: [String], operations: Int, result: HistoryVerdict, seconds: Double,
    isGuessed: Bool = false
  ) {
    self.file = file
    self.models = models
    self.operations = operations
    self.result = result
    self.seconds = seconds
    self.isGuessed = isGuessed
  }

  private var explanation: String {
    let worst = result.verdicts.first { $0.validity == result.validity }
    return worst?.explanation ?? ""
  }

  /// The first witness against a model that fails, drawn; nil if none does.
  public func drawing(of history: History) -> WitnessDrawing? {
    let failed = result.verdicts.first { $0.validity == .violated && !$0.anomalies.isEmpty }
    return failed.map { WitnessDrawing($0.anomalies[0], of: history, model: $0.checker) }
  }

  public var json: JSON {
    let boundary = result.boundary.map { boundary in
      [
        ("not", JSON.array(boundary.not.map { .string($0) })),
        ("alsoNot", JSON.array(boundary.alsoNot.map { .string($0) })),
      ]
    }
    return .object(
      [
        ("file", .string(file)), ("workload", .string(result.workload.rawValue)),
        ("workloadGuessed", .bool(isGuessed)),
        ("model", .string(models.joined(separator: ","))),
        ("verdict", .string(result.validity.rawValue)), ("operations", .integer(Int64(operations))),
        (
          "anomalies",
          .array(result.verdicts.flatMap { $0.anomalies.map(JSONReport.anomaly) })
        ),
        (
          "counts",
          .object(
            result.verdicts.filter { !$0.counts.isEmpty }.map {
              ($0.checker, JSONReport.counts($0))
            })
        ),
        ("strongest", result.strongest.map { .string($0) } ?? .null),
        ("explanation", .string(explanation)), ("seconds", .number(seconds)),
      ] + (boundary ?? []))
  }

  public var text: String {
    var lines = [
      "\(file): \(grouped(operations)) operations, \(result.workload.rawValue) workload"
        + "\(isGuessed ? " (guessed)" : ""), judged in \(fixed(seconds, 3)) s"
    ]
    // A model that follows from one that holds, or fails with a weaker one, says nothing new.
    let telling = result.verdicts.filter { verdict in
      guard models.count > 5, let boundary = result.boundary else { return true }
      return boundary.strongest.contains(verdict.checker) || boundary.not.contains(verdict.checker)
        || verdict.validity == .unknown && !result.workload.isTransactional
    }
    for verdict in telling {
      let sign =
        switch verdict.validity {
        case .holds: "✓"
        case .unknown: "?"
        case .violated: "✗"
        }
      let detail = verdict.explanation.isEmpty ? "" : "  \(verdict.explanation)"
      lines.append("  \(sign) \(verdict.checker)  \(verdict.validity.rawValue)\(detail)")
      if let anomaly = verdict.anomalies.first {
        let told = anomaly.explanation
        // A cycle may be long; its ends tell most, and JSON has it all.
        let shown =
          told.count <= 40
          ? told : told.prefix(20) + ["... \(told.count - 40) more lines ..."] + told.suffix(20)
        lines += shown.map { "      \($0)" }
      }
    }
    if let boundary = result.boundary, !boundary.not.isEmpty {
      lines.append("  this rules out \(boundary.not.joined(separator: ", "))")
      if !boundary.alsoNot.isEmpty {
        lines.append("  and therefore \(boundary.alsoNot.joined(separator: ", "))")
      }
    }
    if models.count > 1 || (result.boundary != nil && result.validity == .violated) {
      lines.append("  strongest that holds: \(result.strongest ?? "none of these")")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
