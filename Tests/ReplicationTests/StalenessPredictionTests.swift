// Staleness of partial quorums as measured beside its prediction: Bailis et al., "Probabilistically Bounded
// Staleness for Practical Partial Quorums", VLDB 2012 (the WARS model): a read that begins t
// after a write was acknowledged misses it if each of the first R homes that answer got the read before
// the write. W, A, R, S are the delays of the write, its acknowledgement, the read and its response.

import Histories
import Replication
import Simulation
import Testing

@Suite struct StalenessPredictionTests {
  private static let trials = 1_000
  private static let (shortest, longest) = (20_000_000 as Int64, 120_000_000 as Int64)
  /// From a client to its region.
  private static let uplink = 200_000 as Int64

  @Test(arguments: [(1, 1), (1, 2), (2, 1), (2, 2)])
  func theMeasuredCurveIsThePredictedOne(_ quorums: (read: Int, write: Int)) throws {
    var before = 1.0
    for wait in [0, 20, 50, 90].map({ Duration.milliseconds($0) }) {
      let measured = try measure(quorums.read, quorums.write, wait)
      let predicted = predict(quorums.read, quorums.write, wait)
      // Four standard deviations of so many trials.
      #expect(abs(measured - predicted) < 0.065, "t = \(wait): \(measured), predicted \(predicted)")
      #expect(measured <= before + 0.05)
      before = measured
      if quorums.read + quorums.write > 3 { #expect(measured == 0) }
    }
    if quorums == (1, 1) { #expect(before < 0.02, "in the end nothing is stale") }
  }

  /// The share of reads by r4 that miss a write by r3. Neither is a home of the key, so that all four
  /// delays are the network's.
  private func measure(_ read: Int, _ write: Int, _ wait: Duration) throws -> Double {
    let latency = Latency.uniform(
      Duration(nanoseconds: Self.shortest), Duration(nanoseconds: Self.longest))
    let lab = try Lab(
      Quorum.self,
      [
        ("n", "3"), ("r", "\(read)"), ("w", "\(write)"), ("read-repair", "false"),
        ("hinted-handoff", "false"), ("retry", "60s"), ("patience", "60s"),
      ], regions: 5, wires: Wires(latency: latency),
      machine: Machine(cpu: .zero, sync: .zero))
    // Keys that r0, r1 and r2 hold.
    let keys = (0..<Self.trials).map { Key($0 * 5) }
    let writes = keys.map { lab.ask(.write($0, 1), at: 3) }
    var due: [(Instant, Key)] = []
    var isNoted = [Bool](repeating: false, count: writes.count)
    var reads: [Int] = []
    while reads.count < keys.count {
      lab.run(for: .microseconds(500))
      for (place, write) in writes.enumerated() where !isNoted[place] {
        guard lab.clients.conversations[write].outcome != nil else { continue }
        isNoted[place] = true
        due.append((lab.clients.conversations[write].answeredAt + wait, keys[place]))
      }
      for (_, key) in due.filter({ $0.0 <= lab.world.now }) {
        reads.append(lab.ask(.read(key, .register), at: 4))
      }
      due.removeAll { $0.0 <= lab.world.now }
    }
    lab.run(for: .seconds(1))
    let stale = reads.count { place in
      if case .ok(.value(nil), _) = lab.clients.conversations[place].outcome { true } else { false }
    }
    return Double(stale) / Double(reads.count)
  }

  /// The same by drawing the four delays for each of three homes.
  private func predict(_ read: Int, _ write: Int, _ wait: Duration) -> Double {
    var random = Random(seed: 27, stream: "pbs")
    let draws = 20_000
    var stale = 0
    for _ in 0..<draws {
      func delays() -> [Int64] {
        (0..<3).map { _ in random.within(Self.shortest...Self.longest) }
      }
      let (w, a, r, s) = (delays(), delays(), delays(), delays())
      let acknowledged = zip(w, a).map { $0 + $1 }.sorted()[write - 1]
      // To the client, half a look at the clock later on, and to the other coordinator.
      let begins = acknowledged + wait.nanoseconds + 2 * Self.uplink + 250_000
      let first = (0..<3).sorted { r[$0] + s[$0] < r[$1] + s[$1] }.prefix(read)
      if first.allSatisfy({ begins + r[$0] < w[$0] }) { stale += 1 }
    }
    return Double(stale) / Double(draws)
  }
}
