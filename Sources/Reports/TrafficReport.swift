// Clients by place, and a failover as they lived it: its timeline, when they moved, and over time the
// share of them that was sent to each region, as a picture of a few rows. The JSON has the whole series.

import Scenarios
import Simulation
import Traffic

/// The parts of a report that tell of places and traffic.
enum TrafficReport {
  /// So many episodes are told on a terminal; the JSON has all.
  private static let mostEpisodes = 3
  private static let width = 60

  /// Nothing where clients are simply beside their regions.
  static func lines(_ run: Run) -> [String] {
    guard let traffic = run.measures.traffic else {
      let names = run.measures.places.map(\.name)
      return names == run.topology.regions ? [] : places(run) + [""]
    }
    return places(run) + [""] + traffic.episodes.prefix(mostEpisodes).flatMap(lines)
      + [others(traffic), records(traffic)].flatMap { $0 } + picture(traffic, run) + [""]
  }

  private static func places(_ run: Run) -> [String] {
    let width = run.measures.places.map(\.name.count).max() ?? 0
    return run.measures.places.map { place in
      let latency = place.latency.map {
        "p50 \(milliseconds($0.p50))  p99 \(milliseconds($0.p99))"
      }
      return "  place         \(padded(place.name, width))  \(grouped(place.clients)) clients  "
        + "\(percent(place.availability)) available, \(fixed(place.errorSeconds / 60, 2)) error minutes "
        + "(worst \(fixed(place.worstErrorSeconds / 60, 2)))  \(latency ?? "")"
    }
  }

  private static func lines(_ episode: FailoverEpisode) -> [String] {
    let zero = episode.fault?.at ?? episode.detected
    func since(_ time: Duration?) -> String {
      time.map { "+\(fixed(($0 - zero).seconds, 1)) s" } ?? "never"
    }
    let cause = episode.fault.map { "\($0.text) at \(fixed($0.at.seconds, 1)) s" } ?? "no fault"
    var lines = [
      "  failover      \(episode.region): \(cause)",
      "                detected \(since(episode.detected)), records switched "
        + "\(since(episode.switched)); \(grouped(episode.clients)) clients were sent there",
    ]
    lines += prediction(episode)
    let width = max(11, episode.moves.map(\.kind.count).max() ?? 0)
    lines += episode.moves.map { "    \(padded($0.kind, width))  \(text($0.moved))" }
    return lines
  }

  /// What settings say, beside what the last honest client did.
  private static func prediction(_ episode: FailoverEpisode) -> [String] {
    guard let predicted = episode.predicted, let last = episode.honouring?.all else { return [] }
    let terms = [
      ("detection", predicted.detection), ("propagation", predicted.propagation),
      ("time to live", predicted.timeToLive),
    ].map { "\($0) \(fixed($1.seconds, 1))" }
    let off = (last.seconds / predicted.sum.seconds - 1) * 100
    return [
      "    closed form  \(terms.joined(separator: " + ")) = \(fixed(predicted.sum.seconds, 1)) s; "
        + "the last that honours records +\(fixed(last.seconds, 1)) s, "
        + "\(fixed(abs(off), 1)) % \(off < 0 ? "sooner" : "later")"
    ]
  }

  private static func text(_ moves: Moves) -> String {
    func time(_ time: Duration?) -> String { time.map { "+\(fixed($0.seconds, 1)) s" } ?? "never" }
    return "\(grouped(moves.clients)) clients moved: 50 % \(time(moves.half)), "
      + "95 % \(time(moves.most)), 100 % \(time(moves.all))"
      + (moves.never > 0 ? "; \(grouped(moves.never)) never" : "")
  }

  private static func others(_ traffic: TrafficFigures) -> [String] {
    let more = traffic.episodes.count - mostEpisodes
    return more > 0 ? ["                and \(grouped(more)) more: see the JSON"] : []
  }

  private static func records(_ traffic: TrafficFigures) -> [String] {
    var words: [String] = []
    if traffic.regressions > 0 {
      words.append("\(grouped(traffic.regressions)) times an older plan over a newer one")
    }
    if let emptied = traffic.emptied {
      words.append("empty from \(fixed(emptied.seconds, 1)) s on")
    }
    if traffic.unanswered > 0 {
      words.append("\(grouped(traffic.unanswered)) requests found no region")
    }
    return words.isEmpty ? [] : ["  records       " + words.joined(separator: "; ")]
  }

  /// One row a region: how many clients were last sent there.
  private static func picture(_ traffic: TrafficFigures, _ run: Run) -> [String] {
    let count = traffic.series.first?.shares.count ?? 0
    guard count > 1 else { return [] }
    let bars = Array("\u{2581}\u{2582}\u{2583}\u{2584}\u{2585}\u{2586}\u{2587}\u{2588}")
    let name = traffic.series.map(\.region.count).max() ?? 0
    let columns = min(width, count)
    let rows = traffic.series.filter { $0.shares.contains { $0 > 0 } }.map { region, shares in
      let line = (0..<columns).map { column -> Character in
        let share = shares[column * (count - 1) / max(1, columns - 1)]
        return share == 0 ? " " : bars[min(7, Int(share * 8))]
      }
      return "    \(padded(region, name))  \(String(line))|"
    }
    let length = Duration(nanoseconds: traffic.step.nanoseconds * Int64(count - 1))
    let legend = traffic.episodes.isEmpty ? "" : " (F fault, D detected, R records switched)"
    return ["  clients sent to each region, from 0 to \(fixed(length.seconds, 0)) s\(legend)"]
      + rows
      + marks(traffic, columns, over: length).map {
        "    " + String(repeating: " ", count: name + 2) + $0
      }
  }

  /// Where in the picture the first failovers' steps are; a later step hides an earlier one.
  private static func marks(
    _ traffic: TrafficFigures, _ columns: Int, over length: Duration
  ) -> [String] {
    guard !traffic.episodes.isEmpty, length > .zero else { return [] }
    var line = Array(repeating: Character(" "), count: columns)
    for episode in traffic.episodes.prefix(mostEpisodes) {
      let steps: [(Character, Duration?)] = [
        ("F", episode.fault?.at), ("D", episode.detected), ("R", episode.switched),
      ]
      for case (let letter, let time?) in steps where time <= length {
        line[Int(time.seconds / length.seconds * Double(columns - 1))] = letter
      }
    }
    return [String(line)]
  }

  // MARK: JSON

  static func place(_ place: PlaceFigures) -> JSON {
    .object([
      ("name", .string(place.name)), ("clients", .integer(Int64(place.clients))),
      ("operations", .integer(Int64(place.operations))),
      ("availability", .number(place.availability)),
      ("errorSeconds", .number(place.errorSeconds)),
      ("worstErrorSeconds", .number(place.worstErrorSeconds)),
      ("latency", place.latency.map(JSONReport.latency) ?? .null),
    ])
  }

  static func object(_ traffic: TrafficFigures) -> JSON {
    .object([
      (
        "kinds",
        .array(
          traffic.kinds.map {
            .object([("kind", .string($0.name)), ("clients", .integer(Int64($0.clients)))])
          })
      ),
      ("failovers", .array(traffic.episodes.map(episode))),
      ("recordRegressions", .integer(Int64(traffic.regressions))),
      ("recordEmptiedAt", seconds(traffic.emptied)),
      ("requestsWithoutRegion", .integer(Int64(traffic.unanswered))),
      ("stepSeconds", .number(traffic.step.seconds)),
      (
        "shareByRegion",
        .object(traffic.series.map { ($0.region, .array($0.shares.map { .number($0) })) })
      ),
    ])
  }

  private static func episode(_ episode: FailoverEpisode) -> JSON {
    .object([
      ("region", .string(episode.region)),
      ("fault", episode.fault.map { .string($0.text) } ?? .null),
      ("faultAt", seconds(episode.fault?.at)),
      ("detectedAt", seconds(episode.detected)),
      ("switchedAt", seconds(episode.switched)),
      ("honouring", episode.honouring.map(moves) ?? .null),
      ("byKind", .object(episode.moves.map { ($0.kind, moves($0.moved)) })),
      ("honouring", episode.honouring.map(moves) ?? .null),
      ("closedForm", episode.predicted.map(object) ?? .null),
    ])
  }

  private static func object(_ predicted: ClosedForm) -> JSON {
    .object([
      ("detectionSeconds", .number(predicted.detection.seconds)),
      ("propagationSeconds", .number(predicted.propagation.seconds)),
      ("timeToLiveSeconds", .number(predicted.timeToLive.seconds)),
      ("sumSeconds", .number(predicted.sum.seconds)),
    ])
  }

  private static func moves(_ moves: Moves) -> JSON {
    .object([
      ("clients", .integer(Int64(moves.clients))), ("never", .integer(Int64(moves.never))),
      ("p50Seconds", seconds(moves.half)), ("p95Seconds", seconds(moves.most)),
      ("p100Seconds", seconds(moves.all)),
    ])
  }

  private static func seconds(_ time: Duration?) -> JSON {
    time.map { .number($0.seconds) } ?? .null
  }
}
