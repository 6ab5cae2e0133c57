// What a run leaves behind: everything reports need, and nothing of the world.

import Checking
import Histories
import Simulation

/// A guarantee or a measure that was judged.
public struct Check: Sendable {
  /// Why it was judged.
  public enum Basis: String, Sendable {
    /// The strategy promises it under its options.
    case promised
    /// The scenario says what it expects.
    case expected
    /// Neither: told for information, and decides nothing.
    case observed
  }
  public let name: String
  public let basis: Basis
  /// What should come out: "holds", "violated", "< 30s"; empty if only observed.
  public let expectation: String
  public let verdict: Verdict
  /// Whether it came out as it should; unknown where that cannot be said.
  public let outcome: Validity
}

/// A fault as it was carried out.
public struct FaultReport: Sendable {
  public let kind: String
  /// As the scenario has it.
  public let text: String
  /// When it first began and last ended, counted from the first operation.
  public let at: Instant
  public let until: Instant
  public let occurrences: Int
  /// How much it did: packets dropped or delayed, requests caught, clock readings made wrong.
  public let effect: Int
}

/// The result of one scenario with one seed.
public struct Run: Sendable {
  public let scenario: String
  public let variant: String?
  public let strategy: String
  public let seed: UInt64
  public let digest: String
  public let topology: Topology
  public let workload: String
  public let history: History
  public let checks: [Check]
  public let measures: Measures
  public let faults: [FaultReport]
  /// What it would cost; nil if the scenario does not ask.
  public let bill: Bill?
  public let simulated: Duration
  public let events: Int
  /// Wall time of the run and of its checks; never part of any verdict.
  public let wallSeconds: Double
  public let checkSeconds: Double
  /// Why the run did not quiesce within its bound; empty if it did.
  public let unfinished: [String]
  /// Bugs of the testbed that showed up: the verdicts must not be believed.
  public let defects: [String]

  /// Worst outcome of all checks: holds if everything came out as it should.
  public var verdict: Validity { checks.map(\.outcome).max() ?? .unknown }
}
