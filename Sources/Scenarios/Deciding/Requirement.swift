// The `requirements` of a scenario: what a design must keep to be chosen. A requirement is met only if it was
// measured and kept with every seed; what was not measured is unknown, never met.

import Checking
import Histories
import Simulation

/// Something that a design must keep.
public struct Requirement: Sendable, Hashable {
  /// What it is about.
  public enum Subject: Sendable, Hashable {
    /// At most so much of a figure; of availability, at least.
    case figure(Figure.Quantity, limit: Double)
    case guarantee(Guarantee)
    /// Clients everywhere else can write before a region that is down comes back.
    case survivesRegion
  }

  public let subject: Subject
  /// As reports name it: "rto <= 5m".
  public let text: String

  init(_ subject: Subject, _ text: String) {
    self.subject = subject
    self.text = text
  }

  /// What must survive.
  private enum Loss: String, CaseIterable { case region }

  /// Reads `requirements: {rto: 5m, consistency: [no-lost-writes], ...}`.
  static func list(_ options: inout Options) -> [Requirement] {
    var list: [Requirement] = []
    let times: [(Figure.Quantity, String)] = [
      (.rto, "the longest that clients anywhere wait for writes after a fault began"),
      (.rpo, "how far back lost acknowledged writes reach"),
      (.p99, "the 99th percentile of latency over all clients"),
      (.writeP99, "the 99th percentile of latency of what changes something"),
    ]
    for (quantity, about) in times {
      let limit = options.duration(quantity.rawValue, default: .zero, "at most: \(about)")
      guard options.has(quantity.rawValue) else { continue }
      let amount = quantity.unit == "ms" ? limit.milliseconds : limit.seconds
      list.append(.init(.figure(quantity, limit: amount), "\(quantity.rawValue) <= \(limit)"))
    }
    let share = options.ratio(
      "availability", default: .never, "at least: the share of operations that are answered")
    if options.has("availability") {
      let limit = Double(share.partsPerBillion) / 1e9
      list.append(
        .init(.figure(.availability, limit: limit), "availability >= \(Quantity.text(share))"))
    }
    list += guarantees(&options).map { .init(.guarantee($0), $0.rawValue) }
    if let limit = options.dollars("cost", "at most: dollars a month; needs cost: of the scenario")
    {
      list.append(
        .init(.figure(.dollars, limit: limit), "cost <= $\(Int(limit.rounded())) a month"))
    }
    _ = options.choice(
      "survive", default: Loss.region, "what may be lost: the faults must take it out")
    if options.has("survive") { list.append(.init(.survivesRegion, "survive region")) }
    options.finish()
    return list
  }

  private static func guarantees(_ options: inout Options) -> [Guarantee] {
    guard
      let setting = options.setting(
        "consistency", "guarantees", "guarantees that must hold, such as [no-lost-writes]")
    else { return [] }
    guard case .list(let elements) = setting.content else {
      options.problems.report(
        setting.mark, "consistency: expected a list of guarantees, found \(setting.kind)")
      return []
    }
    let names = Guarantee.allCases.map(\.rawValue)
    return elements.compactMap { element in
      guard case .scalar(let name, _) = element.content else {
        options.problems.report(element.mark, "consistency: expected a name, found \(element.kind)")
        return nil
      }
      if let guarantee = Guarantee(rawValue: name) { return guarantee }
      options.problems.report(element.mark, unknownName(name, "guarantee", among: names))
      return nil
    }
  }

  /// Whether a run kept it.
  public func judge(_ sample: Sample) -> Validity {
    switch subject {
    case .guarantee(let guarantee): return sample.verdict(on: guarantee.rawValue) ?? .unknown
    case .survivesRegion:
      if sample.outages.contains(where: { $0.writesBack.contains { $0.after == nil } }) {
        return .violated
      }
      let isSeen = !sample.outages.isEmpty && sample.outages.allSatisfy(\.isSurvived)
      return isSeen ? .holds : .unknown
    case .figure(let quantity, let limit):
      guard let amount = sample[quantity] else { return .unknown }
      if quantity == .availability { return amount >= limit ? .holds : .violated }
      if amount > limit { return .violated }
      // What is not priced would only add to it.
      let isWhole = quantity != .dollars || sample.bill?.unpriced.isEmpty == true
      return isWhole ? .holds : .unknown
    }
  }

  /// Why nothing can be said of a run.
  public func obstacle(_ sample: Sample) -> String {
    switch subject {
    case .guarantee(let guarantee):
      return sample.verdict(on: guarantee.rawValue) == nil
        ? "\(guarantee.rawValue) is not judged on this workload" : "the checker could not decide"
    case .survivesRegion:
      return sample.outages.isEmpty
        ? "no fault took a region out: add crash: REGION" : "nobody wrote during the outage"
    case .figure(.rto, _), .figure(.rpo, _):
      return sample.hasFaults
        ? "there was nothing to measure it by on this workload" : "the scenario has no faults"
    case .figure(.dollars, _):
      guard let bill = sample.bill else { return "the scenario has no cost:" }
      return "not priced: " + bill.unpriced.map(\.name).joined(separator: ", ")
    case .figure: return "there was nothing to measure"
    }
  }
}
