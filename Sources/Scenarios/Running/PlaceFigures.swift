// What clients of each place had of the run: how often and how long they were without service, and how
// long they waited. Averages over a whole system hide that one place was dark for ten minutes.

import Histories
import Simulation

/// The figures of one place.
public struct PlaceFigures: Sendable {
  public let name: String
  /// How many clients live there.
  public let clients: Int
  public let operations: Int
  /// The share of intended operations that were answered.
  public let availability: Double
  /// How long a client there was without service, on average: from the call of an operation that was
  /// not served to the end of the next that was, or of the run.
  public let errorSeconds: Double
  /// The same of the client that fared worst.
  public let worstErrorSeconds: Double
  public let latency: LatencySummary?
}

/// Who lives where, and what they asked.
struct Residents {
  private let clients: Clients
  private let names: [String]
  /// Each place's rows, in order.
  let rows: [(name: String, rows: [Int])]
  /// The place of each client of the load.
  private let homes: [Int]

  init(_ clients: Clients, named names: [String], rows: [Int]) {
    self.clients = clients
    self.names = names
    homes = (0..<clients.workers).map { client in
      names.indices.first { clients.lives(client, at: $0) } ?? 0
    }
    var byPlace = names.map { (name: $0, rows: [Int]()) }
    for row in rows {
      let client = Int(clients.askers[row])
      if client < homes.count { byPlace[homes[client]].rows.append(row) }
    }
    self.rows = byPlace
  }

  func figures(until end: Instant) -> [PlaceFigures] {
    let history = clients.history
    var darkness = Darkness(clients: homes.count)
    var waited = names.map { _ in [Int64]() }
    var served = names.map { _ in 0 }
    for (place, group) in rows.enumerated() {
      for row in group.rows {
        let isServed = history.completions[row] == .ok || clients.refusedByCondition[row]
        darkness.saw(
          Int(clients.askers[row]), isServed, from: history.calls[row], to: history.returns[row])
        if isServed { served[place] += 1 }
        if history.completions[row] == .ok {
          waited[place].append(history.returns[row] - clients.intended[row])
        }
      }
    }
    darkness.finish(at: end.nanoseconds)
    return names.indices.map { place in
      let residents = homes.indices.filter { homes[$0] == place }
      let dark = residents.map { Double(darkness.nanoseconds[$0]) / 1e9 }
      let neverBegun = residents.reduce(0) { sum, client in
        sum + (client < clients.neverBegun.count ? clients.neverBegun[client] : 0)
      }
      let count = rows[place].rows.count
      return PlaceFigures(
        name: names[place], clients: residents.count, operations: count,
        availability: count == 0 ? 1 : Double(served[place]) / Double(count + neverBegun),
        errorSeconds: dark.isEmpty ? 0 : dark.reduce(0, +) / Double(dark.count),
        worstErrorSeconds: dark.max() ?? 0, latency: LatencySummary(waited[place]))
    }
  }
}

/// For how long each client has been without service.
struct Darkness {
  private(set) var nanoseconds: [Int64]
  private var since: [Int64?]

  init(clients: Int) {
    nanoseconds = Array(repeating: 0, count: clients)
    since = Array(repeating: nil, count: clients)
  }

  /// A client's next operation, in the order of its calls.
  mutating func saw(_ client: Int, _ isServed: Bool, from call: Int64, to back: Int64) {
    guard isServed else {
      since[client] = since[client] ?? call
      return
    }
    guard let began = since[client] else { return }
    nanoseconds[client] += back - began
    since[client] = nil
  }

  /// The run is over.
  mutating func finish(at end: Int64) {
    for client in since.indices {
      guard let began = since[client] else { continue }
      nanoseconds[client] += max(0, end - began)
      since[client] = nil
    }
  }
}
