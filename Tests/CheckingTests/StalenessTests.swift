// Staleness: pictures, and the definition, pair by pair.

import Checking
import Histories
import Testing

@Suite("Staleness")
struct StalenessTests {
  @Test("ages and lags of reads")
  func picture() throws {
    let history = try History(
      diagram: """
        C0:  |-w x 1-| |-w x 2-| |-w x 3-|
        C1:                                 |-r x 1-| |-r x 3-| |-r x nil-|
        """)
    let staleness = Staleness(history)
    #expect(staleness.rows == [3, 4, 5])
    #expect(staleness.lags == [2, 0, 3])
    #expect(staleness.ages == [36 - 23, 0, 56 - 13])
    #expect(staleness.stale == 2)
    #expect(staleness.age.worst == 43)
    #expect(staleness.lag.p50 == 2)
    #expect(staleness.share(ageAtMost: 12) == 1 / 3.0 && staleness.share(ageAtMost: 13) == 2 / 3.0)
    #expect(staleness.share(lagAtMost: 1) == 1 / 3.0 && staleness.share(lagAtMost: 2) == 2 / 3.0)
    #expect(Staleness(History()).share(lagAtMost: 0) == 1)
    #expect(Staleness(History()).judged == 0)
    #expect(Staleness(History()).age == Staleness.Summary([]))
  }

  @Test("percentiles are samples")
  func percentiles() {
    let summary = Staleness.Summary(Array(1...200).reversed())
    #expect([summary.p50, summary.p95, summary.p99, summary.worst] == [100, 190, 198, 200])
  }

  @Test("agrees with the definition", arguments: [true, false])
  func twin(versions: Bool) {
    var random = RandomHistories(seed: 31)
    var stale = 0
    var fresh = 0
    for _ in 0..<Twins.count(10_000) {
      var entries = random.registers(
        unique: true, keys: 1 + random.generator.below(2), most: 14, wrong: 100, info: 2, fail: 2,
        processes: 2, changed: 70)
      if versions {
        let order = random.generator.shuffled(Array(entries.indices))
        for place in entries.indices where entries[place].function == .write {
          entries[place].version = Version(Int64(order[place]), 1)
        }
        guard entries.contains(where: { $0.version != nil }) else { continue }
      }
      let staleness = Staleness(History(entries))
      let brute = BruteStaleness(entries: entries, byVersions: versions)
      var expected: [(Int, Int64, Int64)] = []
      for (row, entry) in entries.enumerated()
      where entry.function == .read && entry.completion == .ok {
        guard let (age, lag) = brute.of(entry) else { continue }
        expected.append((row, age, lag))
        if lag > 0 { stale += 1 } else { fresh += 1 }
      }
      #expect(staleness.rows == expected.map(\.0))
      #expect(staleness.ages == expected.map(\.1))
      #expect(staleness.lags == expected.map(\.2))
    }
    #expect(stale * 8 > fresh && fresh * 8 > stale, "\(stale) stale, \(fresh) fresh")
  }
}

@Suite("Bounded staleness")
struct BoundedStalenessTests {
  private func check(_ history: History, _ bound: StalenessBound?) -> Verdict {
    BoundedStaleness().check(history, Facts(maxStaleness: bound), Budget())
  }

  @Test("bounds as text")
  func text() {
    func bound(_ text: String) -> StalenessBound? { StalenessBound(text, ticksPerSecond: 1_000) }
    #expect(bound("5s") == .ticks(5_000) && bound("250 ms") == .ticks(250))
    #expect(bound("2m") == .ticks(120_000) && bound("7 ticks") == .ticks(7))
    #expect(bound("10 versions") == .versions(10) && bound("1 version") == .versions(1))
    #expect(StalenessBound("1us", ticksPerSecond: 0) == .ticks(1_000))
    for wrong in ["", "5", "s", "5 parsecs", "-5s", "9999999999999999h"] {
      #expect(bound(wrong) == nil)
    }
  }

  @Test("counts, rates and the worst case, and a witness that is a violation alone")
  func picture() throws {
    let history = try History(
      diagram: """
        C0:  |-w x 1-| |-w x 2-| |-w x 3-|
        C1:                                 |-r x 1-| |-r x 3-| |-r x nil-|
        """)
    let verdict = check(history, .versions(2))
    #expect(verdict.validity == .violated && verdict.anomalyCount == 1)
    #expect(
      verdict.explanation.contains("1 of 3 reads (33.3 %) beyond the bound, 2 (66.7 %) stale"))
    #expect(verdict.explanation.contains("at worst 43 ticks and 3 versions"))
    #expect(verdict.anomalies.first?.rows == [0, 1, 2, 5])
    let alone = History((verdict.anomalies.first?.rows ?? []).map { history[$0] })
    #expect(check(alone, .versions(2)).validity == .violated)
    #expect(check(history, .versions(3)).validity == .holds)
    #expect(check(history, .ticks(42)).validity == .violated)
    #expect(check(history, .ticks(43)).validity == .holds)
    #expect(check(history, nil).validity == .unknown)
    #expect(check(History(), .ticks(1)).validity == .unknown)
  }
}
