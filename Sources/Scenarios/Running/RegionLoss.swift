// A region that was really out, and whether the others went on without it. What "survives the loss of a
// region" means is decided by such a run, not by a diagram.

import Histories
import Simulation

/// A time in which a region's server was down.
public struct RegionLoss: Sendable, Equatable {
  public let region: String
  /// Counted from the first operation.
  public let from: Instant
  public let until: Instant
  /// For clients at each place that the outage left somebody to ask: how long after it began a write was
  /// acknowledged that was asked after it began; nil if none was before the outage ended.
  public let writesBack: [(place: String, after: Duration?)]

  /// Whether clients everywhere could write before the region was back.
  public var isSurvived: Bool { !writesBack.isEmpty && writesBack.allSatisfy { $0.after != nil } }

  public static func == (left: RegionLoss, right: RegionLoss) -> Bool {
    left.region == right.region && left.from == right.from && left.until == right.until
      && left.writesBack.elementsEqual(right.writesBack, by: ==)
  }

  /// When a scenario's faults have a named region's server down, and by which fault.
  static func windows(
    _ faults: [FaultPlan], _ topology: Topology, seed: UInt64
  ) -> [(fault: Int, region: Region.ID, window: Range<Instant>)] {
    faults.enumerated().flatMap { number, fault in
      let actions = fault.actions(on: topology, seed: seed)
      return topology.ids.flatMap {
        region -> [(fault: Int, region: Region.ID, window: Range<Instant>)] in
        var since: Instant?
        var found: [(fault: Int, region: Region.ID, window: Range<Instant>)] = []
        for timed in actions {
          switch timed.action {
          case .crash(.region(region)): since = since ?? timed.at
          case .restart(.region(region)):
            if let begin = since, begin < timed.at {
              found.append((number, region, begin..<timed.at))
            }
            since = nil
          default: break
          }
        }
        return found
      }
    }
  }
}

extension RegionLoss {
  /// - Parameters:
  ///   - residents: The operations of each place's clients, by row of the history.
  ///   - start: When the first operation could begin.
  ///   - clientsMove: Whether clients of the lost region have another to go to; if not, they are lost with it.
  init(
    of region: Region.ID, _ window: Range<Instant>, _ history: History,
    _ residents: [(name: String, rows: [Int])], _ topology: Topology, from start: Instant,
    clientsMove: Bool
  ) {
    self.region = topology.name(of: region)
    from = window.lowerBound
    until = window.upperBound
    let begin = (start + (window.lowerBound - .zero)).nanoseconds
    let end = (start + (window.upperBound - .zero)).nanoseconds
    writesBack = residents.compactMap { name, rows in
      let writes = rows.filter {
        history.functions[$0] != .read && history.calls[$0] >= begin && history.calls[$0] < end
          && (clientsMove || history.regions[$0] != region.raw)
      }
      guard !writes.isEmpty else { return nil }
      let back = writes.filter { history.completions[$0] == .ok && history.returns[$0] < end }
        .map { history.returns[$0] }.min()
      return (name, back.map { Duration(nanoseconds: $0 - begin) })
    }
  }
}
