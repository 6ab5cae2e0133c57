// All checkers of all regions. Each checks its region at its own phase of the interval, from its own
// place; an answer in time is a success, silence a failure. Nobody waits for anybody: the verdict on a
// region changes with the first opinion that tips the share.

import Simulation

/// The checkers of a run.
struct HealthChecks: Sendable {
  let policy: HealthPolicy
  private var probes: [[Probe]]
  /// Faults that have checks of a region report something else, the newest last.
  private var lies: [[(fault: Int, healthy: Bool)]]
  /// The verdict on each region.
  private(set) var verdicts: [Bool]

  private struct Probe: Sendable {
    var opinion: Opinion
    /// Counts checks: tells a late answer from one in time.
    var sequence: Int64 = 0
    var isOpen = false
  }

  /// A probe's check, as its packets carry it.
  struct Check: Sendable, Equatable {
    let region: Int
    let checker: Int
    let sequence: Int64

    init(region: Int, checker: Int, sequence: Int64) {
      self.region = region
      self.checker = checker
      self.sequence = sequence
    }

    init(number: Int64) {
      region = Int(number & 0xff)
      checker = Int(number >> 8 & 0xfff)
      sequence = number >> 20
    }

    var number: Int64 { sequence << 20 | Int64(checker) << 8 | Int64(region) }
  }

  init(_ policy: HealthPolicy, regions: Int) {
    self.policy = policy
    let probe = Probe(opinion: Opinion(policy.start))
    probes = Array(repeating: Array(repeating: probe, count: policy.checkers), count: regions)
    lies = Array(repeating: [], count: regions)
    verdicts = Array(repeating: policy.start == .healthy, count: regions)
  }

  /// Opens a checker's next check.
  mutating func begin(region: Int, checker: Int) -> Check {
    probes[region][checker].sequence += 1
    probes[region][checker].isOpen = true
    return Check(region: region, checker: checker, sequence: probes[region][checker].sequence)
  }

  /// A check was answered, or its time is over: the fault that made the result a lie, if one did. A
  /// check that is no longer open counts no more.
  mutating func end(_ check: Check, success: Bool) -> (counts: Bool, liar: Int?) {
    guard probes[check.region][check.checker].isOpen,
      probes[check.region][check.checker].sequence == check.sequence
    else { return (false, nil) }
    probes[check.region][check.checker].isOpen = false
    let lie = lies[check.region].last
    probes[check.region][check.checker].opinion.take(lie?.healthy ?? success, policy.rule)
    let healthy = probes[check.region].count { $0.opinion.isHealthy }
    verdicts[check.region] = policy.isHealthy(healthy: healthy)
    return (true, lie.flatMap { $0.healthy != success ? $0.fault : nil })
  }

  /// From now on checks of a region report this.
  mutating func lie(about region: Int, healthy: Bool, by fault: Int) {
    lies[region].append((fault, healthy))
  }

  /// A fault's lie ends.
  mutating func tellTruth(about region: Int, healthy: Bool, by fault: Int) {
    guard let place = lies[region].firstIndex(where: { $0 == (fault, healthy) }) else { return }
    lies[region].remove(at: place)
  }
}
