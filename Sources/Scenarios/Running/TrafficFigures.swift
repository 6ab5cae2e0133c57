// A failover as clients lived it: when it broke, when that was noticed, when records said so, and when
// each client went elsewhere. All from what happened: the director's log and the region of every
// request. Nothing here is computed from settings but the closed form that stands beside it.

import Simulation
import Traffic

/// Where clients were sent, and how failovers went. Times count from the first operation.
public struct TrafficFigures: Sendable {
  /// Clients are of these kinds, so many of each.
  public let kinds: [(name: String, clients: Int)]
  /// One for each time that records dropped a region.
  public let episodes: [FailoverEpisode]
  /// The share of clients whose last request went to each region, at equal steps of time.
  public let step: Duration
  public let series: [(region: String, shares: [Double])]
  /// How often an older plan was applied over a newer one.
  public let regressions: Int
  /// When the record was left without any region, if it was.
  public let emptied: Duration?
  /// Requests that found no region.
  public let unanswered: Int
}

/// One region dropped from the records.
public struct FailoverEpisode: Sendable {
  public let region: String
  /// The last fault that concerns checks and began before, as the scenario has it.
  public let fault: (text: String, at: Duration)?
  /// When the verdict fell, and when records or routes said so; nil: never.
  public let detected: Duration
  public let switched: Duration?
  /// Clients that were sent to the region when the fault began, by kind.
  public let moves: [(kind: String, moved: Moves)]
  /// The same of all of them.
  public let everyone: Moves
  /// Of those that keep a record just for its time to live; nil if there are none.
  public let honouring: Moves?
  /// When the last of these should have moved, by the settings; nil if no fault caused it.
  public let predicted: ClosedForm?
  /// Clients that never asked another region before the run ended.
  public var never: Int { everyone.never }
  public var clients: Int { everyone.clients }
}

/// When clients went elsewhere, counted from the fault (without one, from the verdict).
public struct Moves: Sendable {
  public let clients: Int
  public let never: Int
  /// When half, 95 % and all of them had; nil if so many never did.
  public let half: Duration?
  public let most: Duration?
  public let all: Duration?

  /// - Parameter times: One for each client; nil if it never moved.
  init(_ times: [Duration?]) {
    let moved = times.compactMap { $0 }.sorted()
    clients = times.count
    never = times.count - moved.count
    func time(percent: Int) -> Duration? {
      let needed = (times.count * percent + 99) / 100
      return needed > 0 && needed <= moved.count ? moved[needed - 1] : nil
    }
    half = time(percent: 50)
    most = time(percent: 95)
    all = time(percent: 100)
  }
}

extension TrafficFigures {
  /// Points of the series.
  private static let points = 120

  init(
    _ director: Director, names: [String], from start: Instant, to end: Instant,
    faults: [Measures.FaultTime]
  ) {
    let routing = director.routing
    let own = director.kinds
    kinds = routing.caches.indices.map { kind in
      (routing.caches[kind].kind.name, own.count { $0 == kind })
    }
    let paths = Paths(director, until: end)
    step = max(.milliseconds(100), (end - start) / Self.points)
    let instants = stride(
      from: start.nanoseconds, through: end.nanoseconds, by: Int(step.nanoseconds)
    )
    .map { Instant(nanoseconds: $0) }
    let shares = paths.shares(at: instants, regions: names.count)
    series = names.indices.map { (names[$0], shares[$0]) }
    unanswered = director.askings.count { $0.region == nil && $0.at >= start && $0.at < end }

    var episodes: [FailoverEpisode] = []
    var regressions = 0
    var emptied: Duration?
    for (place, event) in director.log.enumerated() where event.at >= start && event.at < end {
      switch event.what {
      case .verdict(let region, healthy: false):
        let fault = faults.filter { $0.concernsChecks && $0.at <= event.at }.max { $0.at < $1.at }
        let since = fault?.at ?? event.at
        let switched = director.log[place...].first {
          $0.what == .record(region, healthy: false)
        }?.at
        let times = paths.moves(from: region, since: since)
        func moves(_ isMeant: (Int) -> Bool) -> Moves {
          Moves(times.filter { isMeant(own[$0.client]) }.map(\.after))
        }
        let honest = routing.caches.indices.filter { routing.caches[$0].kind.honours(routing.ttl) }
        let honouring = moves(honest.contains)
        episodes.append(
          FailoverEpisode(
            region: names[region.index], fault: fault.map { ($0.text, $0.at - start) },
            detected: event.at - start, switched: switched.map { $0 - start },
            moves: routing.caches.indices.map { kind in
              (routing.caches[kind].kind.name, moves { $0 == kind })
            }.filter { $0.1.clients > 0 },
            everyone: moves { _ in true },
            honouring: honouring.clients > 0 ? honouring : nil,
            predicted: fault.map(\.isOfTraffic) ?? true ? nil : ClosedForm(routing)))
      case .planWentBack: regressions += 1
      case .recordEmptied: emptied = emptied ?? event.at - start
      case .verdict, .record: break
      }
    }
    self.episodes = episodes
    self.regressions = regressions
    self.emptied = emptied
  }
}

/// The regions that each client asked, in order: only where they change.
private struct Paths {
  private var turns: [[(at: Instant, region: Region.ID?)]]

  init(_ director: Director, until end: Instant) {
    turns = Array(repeating: [], count: director.kinds.count)
    for asking in director.askings where asking.at < end {
      let client = Int(asking.client)
      if let last = turns[client].last, last.region == asking.region { continue }
      turns[client].append((asking.at, asking.region))
    }
  }

  /// By region and instant: the share of clients whose last request went there.
  func shares(at instants: [Instant], regions: Int) -> [[Double]] {
    var counts = Array(repeating: Array(repeating: 0, count: instants.count), count: regions)
    for path in turns {
      var place = 0
      for (number, instant) in instants.enumerated() {
        while place < path.count, path[place].at <= instant { place += 1 }
        // Before its first request a client counts where that will go.
        if let region = path.isEmpty ? nil : path[max(0, place - 1)].region {
          counts[region.index][number] += 1
        }
      }
    }
    return counts.map { $0.map { Double($0) / Double(max(1, turns.count)) } }
  }

  /// The clients that were sent to a region at an instant, and how long after it each first asked
  /// another one.
  func moves(from region: Region.ID, since instant: Instant) -> [(client: Int, after: Duration?)] {
    turns.indices.compactMap { client in
      let path = turns[client]
      let after = path.partition { $0.at > instant }
      guard after > 0, path[after - 1].region == region else { return nil }
      let next = path[after...].first { $0.region != nil && $0.region != region }
      return (client, next.map { $0.at - instant })
    }
  }
}
