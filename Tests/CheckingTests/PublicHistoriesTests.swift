// Histories of real systems, with the verdicts that other checkers gave: cas registers from Knossos and
// etcd logs from Porcupine. They are not part of this package: the environment variable
// SPLITBRAIN_HISTORIES names their folder; without it, or them, these tests say that they were skipped.

import Checking
import Foundation
import Histories
import Testing

@Suite("Public histories")
struct PublicHistoriesTests {
  @Test("Knossos' cas registers", .enabled(if: PublicHistories.exist("knossos")))
  func knossos() throws {
    // Knossos' model: a read that returned nothing says nothing.
    let facts = Facts(emptyReadsSayNothing: true)
    var judged = 0
    var vacuous = 0
    for known in try PublicHistories.index("knossos") where known.workload == "cas-register" {
      let history = try History(edn: PublicHistories.bytes("knossos/\(known.file)"))
      let verdict = Linearizable().check(history, facts, Budget())
      // Knossos passes a history in which nothing succeeded; for us nobody can tell.
      let isVacuous = verdict.judged == 0
      vacuous += isVacuous ? 1 : 0
      let expected: Validity = !known.valid ? .violated : isVacuous ? .unknown : .holds
      #expect(verdict.validity == expected, "\(known.file): \(verdict.explanation)")
      judged += 1
    }
    #expect(judged > 50)
    #expect(vacuous <= 2)
  }

  @Test(
    "etcd logs, with both meanings of a failed cas", .enabled(if: PublicHistories.exist("etcd")),
    arguments: [true, false])
  func etcd(failedCompareAndSetObserves: Bool) throws {
    let facts = Facts(failedCompareAndSetObserves: failedCompareAndSetObserves)
    var judged = 0
    for known in try PublicHistories.index("etcd") {
      let history = try History(etcdLog: PublicHistories.bytes("etcd/\(known.file)"))
      let verdict = Linearizable().check(history, facts, Budget())
      let expected: Validity = known.valid ? .holds : .violated
      #expect(verdict.validity == expected, "\(known.file): \(verdict.explanation)")
      judged += 1
    }
    #expect(judged > 40)
  }
}
