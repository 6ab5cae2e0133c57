// Rows that two clients want to be the only one to insert, each into a table of its own after a look at both:
// whoever sees neither table hold a row takes himself for the first. Nobody writes what the other writes, so
// that only a system that looks at what was read, rows that are not there included, can tell that one of them
// is wrong. After Jepsen's workload (jepsen.tests.adya, G2): Adya, "Weak Consistency", 1999, section 4.2.2.
//
// A transaction here cannot decide after it has read: it inserts in any case, and what it saw tells whether it
// was the first. In any serial order the second sees the first.

import Checking
import Histories
import Simulation

/// `kind: g2`.
public struct PredicateSkewWorkload: Workload, IntentSource {
  public static let name = "g2"
  public static let summary = "inserts into one of two tables by clients that look into both first"
  public static let guarantees: [Guarantee] = [.g2, .converged, .noLostWrites]

  private var inserts: Value = 0

  public init(_ options: inout Options) {}

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    inserts += 1
    let pair = Self.pair(of: inserts)
    let own = pair[Int(inserts % 2)]
    return .transaction(pair.map { .read($0, .set) } + [.insert(own, inserts)], supports)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    stride(from: 1, through: inserts, by: 2).map { insert in
      .transaction(Self.pair(of: insert).map { .read($0, .set) }, supports)
    }
  }

  /// The two tables that the first and the second of two inserts look into.
  private static func pair(of insert: Value) -> [Key] {
    let first = Key((insert - 1) / 2 * 2)
    return [first, first + 1]
  }
}
