// What checkers count and what they show, to the row: pictures of histories in which everything occurs that they tell
// apart, beside objects that are none of their business.

import Checking
import Histories
import Testing

@Suite("Figures")
struct FigureTests {
  /// A picture of a history, and what a checker says of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let checker: String
    let facts: Facts
    let diagram: String
    let expected: String
    var testDescription: String { checker }

    init(_ checker: String, _ expected: String, _ diagram: String, _ facts: Facts = Facts()) {
      (self.checker, self.expected, self.diagram, self.facts) = (checker, expected, diagram, facts)
    }
  }

  static let cases = [
    Case(
      "fencing",
      "7 judged, tokens 4, writes 4, stale-accepted 2, refused 1, duplicate-token [3, 5], "
        + "shrinking-token [3, 7], stale-token-accepted [2, 3, 4, 6], stale-token-accepted [3, "
        + "4, 7, 8]",
      """
      C0:  |-w a 9-| |-w a 8-| |-acq l 1-|              |-w l 1-| |-w l 2-| |-w l 3-|
      C1:                         |-acq l 3-| |-w l 3-|
      C2:                                       |-acq l 3-| |-acq l 2-| |-w l 1!
      """),
    Case(
      "stock",
      "6 judged, sold 11, oversold 4, refused 2, oversold [4, 5], negative-stock [1, 7]",
      """
      C0:  |-w a 9-| |-add x 2-| |-add x -5-| |-r x -1-| |-r x 3-| |-add x 0-|
      C1:    |-add x -1-| |-add x -3---------------| |-add x -1!
      C2:    |-add x -2-|                |-add y -9! |-add y 4! |-add x 9...
      """, Facts(counterStart: 5)),
    Case(
      "total-queue",
      "12 judged, enqueued 6, taken 6, lost 3, unexpected 2, duplicated 1, recovered 1, "
        + "duplicate-delivery [2, 3, 5], failed-but-visible [7, 13], unexpected-element [11], "
        + "lost-element [9, 16], lost-element [10, 12, 16], lost-element [10, 12, 16]",
      """
      C0:  |-ins a 1-| |-enq q 1-| |-enq q 2-| |-enq q 3... |-enq q 4! |-enq q 6-| |-enq q 6-|
      C1:                        |-deq q 1-| |-deq q 1-|     |-deq q 3-| |-deq q 5-| |-deq q 4-| |-deq q 8-|
      C2:                                                    |-enq q 7-|                          |-deq q...
      C3:  |-enq q 8-|                                                                                          |-deq q nil-|
      """),
    Case(
      "unique-ids",
      "4 judged, attempted 6, drawn 4, duplicated 1, duplicate-id [0, 2]",
      """
      C0:  |-gen g 7-| |-gen g 8-| |-gen g 7-| |-gen g... |-gen h 7! |-gen h 7-| |-w a 7-| |-w a 7-|
      """),
    Case(
      "uniqueness",
      "3 judged, names 3, claimed 3, given-twice 1, two-winners [1, 2], two-winners [1, 3], "
        + "phantom-winner [6]",
      """
      C0:  |-w a 1-| |-cas ann 0 1-| |-cas ann 0 2-| |-cas bob 0 4! |-cas bob 0 3... |-w a 2-|
      C1:              |-cas ann 0 3-|  |-r ann 1-|  |-r bob 4-| |-r cy 2-| |-cas cy 0 1! |-cas eve 0 1-| |-r bob 3-|
      """),
    Case(
      "referential-integrity",
      "6 judged, seen 6, dangling 1, reads 4, dangling-reference [1, 4], failed-but-visible "
        + "[2, 5], failed-but-visible [2, 9]",
      """
      C0:  |-w a 1-| |-ins o [1 11 12]-| |-ins o [2 21]! |-ins o [3 31]... |-r o [1 11]-| |-r o [2 1 11 12 3 31]-| |-r o []-| |-ins o [4]-| |-r o [4 7]-| |-r o [2]-|
      """),
    Case(
      "index-consistency",
      "8 judged, seen 8, missing-from-index 4, dangling-entry 1, missing-from-index [6, 8], "
        + "missing-from-index [9], dangling-entry [6, 9], missing-from-index [1, 5], "
        + "missing-from-index [3, 5]",
      """
      C0:  |-w a 1-| |-ins o [1 -1]-| |-ins o [2 -2]! |-rem o [1 -1]-| |-r o [1]-| |-r o [-1 2]-| |-r o [-3 3 0]-|
      C1:  |-ins p [-5 5]-|   |-ins p [6 -6]-| |-r p [5 6]-| |-rem p [5 -5]-|
      """),
    Case(
      "exactly-once",
      "6 judged, acknowledged 5, applied-twice 3, never-applied 2, extra-increment [1, 14], "
        + "applied-twice [2, 4, 10], failed-but-visible [7, 10], phantom-effect [10], "
        + "applied-twice [8, 11], applied-twice [6, 12], never-applied [9, 12], never-applied "
        + "[5, 15]",
      """
      C0:  |-w a 1-| |-app l 1-| |-app l 1... |-app l 2-| |-app l 3! |-app l 4-| |-app l 5-| |-r l [1 1 1 2 3 9]-|
      C1:  |-add c 2-| |-add c 1...  |-app m 1-|                                              |-r l [1 1 1 4 4]-|  |-r m [1]-|
      C2:                                                                                                        |-final l [1 2 2 4]-| |-final c 4-| |-final m []-|
      """),
    Case(
      "no-dirty-reads",
      "11 judged, read 11, failed-but-visible 3, dirty 3, failed-but-visible [0, 13], "
        + "failed-but-visible [2, 4], dirty-read [6, 8, 9, 14], failed-but-visible [1, 7], "
        + "dirty-read [3, 7, 15], dirty-read [3, 10, 15]",
      """
      C0:  |-app a 1! |-w x 1! |-r x 1-| |-w x 2-| |-w x 3-| |-r x 3-| |-r x 2-|
      C1:  |-ins s 1! |-ins s 2... |-ins s 3-| |-r s [1 2 3]-| |-r s [2]-|                  |-app a 2-| |-r a [1 2]-|
      C2:                                                                                                          |-final x 2-| |-final s [3]-|
      """),
    Case(
      "set-full",
      "6 judged, inserted 5, stable 3, stale 1, lost 2, duplicated 1, stable-latency-p95 5, "
        + "stable-latency-p99 5, stable-latency-max 5, lost-latency-p50 3, lost-latency-p95 11, "
        + "lost-latency-p99 11, lost-latency-max 11, duplicate-element [8, 10], lost-element "
        + "[2, 11], lost-element [3, 4, 7, 11]",
      """
      C0:  |-w a 1-| |-ins s 1-| |-ins s 2-| |-ins s 3... |-ins s 4! |-ins s 5-| |-ins s 6-|
      C1:                                         |-r s [1 2 3]-| |-r s [1 3]-|                |-r s [1 5 5 4]-| |-r s [1 6 5 5]-|
      C2:                                            |-r s [1 2]-|
      """),
    Case(
      "mutual-exclusion",
      "3 judged, holds 3, overlapping 2, two-holders [1, 2, 4, 7], two-holders [1, 6, 7, 8]",
      """
      C0:  |-w a 1-| |-acq l 1-|                     |-w l 1-|            |-rel l 1-|
      C1:                 |-acq l 2-|  |-w l 2-| |-rel l 2-|  |-acq l 3-|             |-w l 3!
      """),
    Case(
      "no-orphaned-locks",
      "5 judged, final-reads 5, orphaned 3, resurrected-lock [1, 3, 9], failed-but-visible "
        + "[2, 11], phantom-holder [13]",
      """
      C0:  |-w a 5-| |-acq l 1-| |-acq l 2! |-rel l 1-| |-acq m 4-| |-rel m 4... |-acq n 3-| |-rel n 3-|
      C1:                                                                                                |-final a 5-| |-final l 1-| |-final m 4-| |-final l 2-| |-final n nil-| |-final n 9-|
      """),
    Case(
      "no-lost-updates",
      "8 judged, updates 8, lost 3, lost-update [3, 6], lost-update [14, 15], lost-update "
        + "[1, 7]",
      """
      C0:  |-w x 1-| |-cas x 1 2-| |-cas x 1 3-| |-cas x 1 4! |-cas x 1 5... |-cas x 2 6-| |-w x 6! |-cas x 6 7-| |-cas x 6 8-|
      C1:  |-cas y 0 1-| |-cas y 0 2-| |-cas y 0 3-| |-r y [1 2]-| |-r y [2 3]...
      C2:  |-w z 0-| |-cas z 0 1-|
      """, Facts(initial: 0)),
    Case(
      "bounded-staleness",
      "4 judged, reads 4, beyond-bound 2, stale 2, worst-versions 3, worst-age 23, "
        + "stale-read [2, 4, 8], stale-read [5, 7, 9]",
      """
      C0:  |-w x 1! |-w x 1-| |-w x 2-| |-w x 3-| |-w x 5-|
      C1:             |----w x 4----|                        |-r x 1-| |-r x 3-| |-r x 5-|
      C2:  |-w y 1-|                      |---r x 2---|
      """, Facts(maxStaleness: .versions(0))),
    Case(
      "bounded-staleness",
      "4 judged, reads 4, beyond-bound 1, stale 2, worst-versions 3, worst-age 23, "
        + "stale-read [2, 4, 8]",
      """
      C0:  |-w x 1! |-w x 1-| |-w x 2-| |-w x 3-| |-w x 5-|
      C1:             |----w x 4----|                        |-r x 1-| |-r x 3-| |-r x 5-|
      C2:  |-w y 1-|                      |---r x 2---|
      """, Facts(maxStaleness: .ticks(20))),
    Case(
      "bounded-staleness",
      "3 judged, reads 3, beyond-bound 2, stale 2, worst-versions 2, worst-age 52, "
        + "stale-read [0, 3, 4], stale-read [0, 1, 6]",
      """
      C0:  |-w x 1 v4-| |-w x 2 v2-| |-w x 3 v3! |-w x 4 v5-| |-w x 5 v6...
      C1:                                                    |-r x 1 v4-| |-r x 2 v2-| |-r x 4 v5-|
      """, Facts(maxStaleness: .versions(0))),
    Case(
      "causal-reverse",
      "7 judged, causal-reverse [3, 5, 7], causal-reverse [2, 3, 8]",
      """
      C0:  |-ins s 1-| |-rem s 1-| |-ins t 1-|           |-ins t 2-|            |-ins t 3!
      C1:                                      |-ins t 4-|             |-ins t 5...
      C2:                                                                           |-r t [5 2 1]-| |-r t [4]-| |-r s [9]-| |-r t [1 4 2]-|
      """),
    Case(
      "monotonic",
      "6 judged, non-monotonic-process [1, 5, 6], non-monotonic-process [1, 5, 7], "
        + "non-monotonic-process [1, 4, 10]",
      """
      C0:  |-w a 2-| |-add x 1-| |-r x 1-| |-r x 3-| |-r x 2-| |-r x 2-| |-r a 1-|
      C1:                            |-r x 2-|                   |-r x 3-|
      C2:                            |-r x 2-|                            |-r x 0-| |-r x 4-|
      """),
    Case(
      "g2",
      "2 judged, G2 [1, 2]",
      """
      C0:  |-ins a 1-| |-ins k 1-| |-ins k 2-| |-ins m 1-| |-ins m 2! |-ins n 1...  |-r n 1-|
      C1:                 |-ins k 3-|
      """),
  ]

  @Test("figures and witnesses", arguments: cases)
  func figures(of one: Case) throws {
    let checker = try #require(Checkers.named(one.checker)).init()
    let verdict = checker.check(try History(diagram: one.diagram), one.facts, Budget())
    let counts = verdict.counts.filter { $0.value != 0 }.map { "\($0.name) \($0.value)" }
    let found = verdict.anomalies.map { "\($0.name) \($0.rows)" }
    let told = ["\(verdict.judged) judged"] + counts + found
    #expect(told.joined(separator: ", ") == one.expected)
  }
}
