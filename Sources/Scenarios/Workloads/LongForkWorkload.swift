// Keys that are written once each, and reads of a group of keys in one transaction: two readers may each see a
// write that the other misses only where they do not agree on the order of writes. After Jepsen's workload
// (jepsen.tests.long-fork); the anomaly is from Sovran et al., "Transactional Storage for Geo-replicated
// Systems", 2011, section 3.

import Checking
import Histories
import Simulation

/// `kind: long-fork`.
public struct LongForkWorkload: Workload, IntentSource {
  public static let name = "long-fork"
  public static let summary =
    "writes of single keys, once each, and reads of groups of keys at once"
  public static let guarantees: [Guarantee] = [.longFork, .converged, .noLostWrites]

  private let groupSize: Int
  private let mix: Mix
  private var written: Key = 0

  public init(_ options: inout Options) {
    groupSize = options.integer(
      "group", default: 3, in: 2...64, "how many keys are read together")
    mix = Mix(&options, [("write", 30), ("read", 70)])
  }

  public var facts: Facts { Facts() }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    guard mix.draw(&random) == "write" else {
      // What is being written now, or was just before: later on all see the same.
      return read(max(0, groups - 1 - random.below(2)), supports)
    }
    written += 1
    return .transaction([.write(written - 1, 1)], supports)
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    (0..<groups).map { read($0, supports) }
  }

  /// How many groups have been begun, one at least.
  private var groups: Int { max(1, (Int(written) + groupSize - 1) / groupSize) }

  private func read(_ group: Int, _ supports: (Operation) -> Bool) -> Intent {
    let keys = (0..<groupSize).map { Key(group * groupSize + $0) }
    return .transaction(keys.map { .read($0, .register) }, supports)
  }
}
