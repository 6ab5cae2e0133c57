// Entries of `faults` that are wrong.

import Testing

@testable import Scenarios

@Suite struct ScenarioFaultErrorTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let entry: String
    let expected: [String]
    init(_ entry: String, _ expected: String...) {
      self.entry = entry
      self.expected = expected
    }
    var testDescription: String { entry }
  }

  /// Each entry begins at 3:10.
  static let cases = [
    Case("{at: 1s}", "3:10: which fault? Known: " + names),
    Case("{at: 1s, crush: any}", "3:19: 'crush' is not a fault; did you mean 'crash'?"),
    Case("crash", "3:10: expected a fault such as {at: 10s, for: 2s, crash: any}, found 'crash'"),
    Case(
      "{at: 1s, crash: any, pause: any}",
      "3:31: 'crash' and 'pause' in one entry; each fault has its own"),
    Case("{crash: any}", "3:10: crash: when? Add at: such as at: 10s, or every: 5s"),
    Case("{at: 1s, every: 2s, for: 1s, crash: any}", "3:26: at and every exclude each other"),
    Case("{at: 1s, until: 2s, crash: any}", "3:26: until means nothing without every"),
    Case("{at: 50s, crash: any}", "3:15: at: 50s is after the end, 30s"),
    Case("{every: 50s, for: 1s, crash: any}", "3:18: every: 50s is after the end, 30s"),
    Case("{every: 5s, crash: any}", "3:18: crash: how long each time? Add for: such as for: 2s"),
    Case("{every: 5s, for: 6s, crash: any}", "3:27: for: 6s is longer than every: 5s"),
    Case("{every: 1ms, for: 1us, crash: any}", "3:18: every: 1ms comes to more than 10000 times"),
    Case(
      "{every: 5s, for: 1s, from: 20s, until: 10s, crash: any}",
      "3:49: until: 10s is not after the first time, 20s"),
    Case("{at: 1s, for: 0s, crash: any}", "3:24: for: a length of nothing has no effect"),
    Case(
      "{at: 1s, promote: us, takes: {median: 2m, p95: 1m}}",
      "3:57: p95: 1m is less than the median, 2m"),
    Case("{at: 1s, for: 1s, promote: us}", "3:24: for: promote happens at once and has no length"),
    Case(
      "{at: 1s, crash: use}", "3:26: 'use' is not a region of this scenario; did you mean 'us'?"),
    Case("{at: 1s, crash: [us, us]}", "3:31: 'us' is named twice"),
    Case(
      "{at: 1s, isolate: [us]}", "3:28: isolate: expected a region, any or primary, found a list"),
    Case(
      "{at: 1s, partition: [[us], [eu, africa-south]]}",
      "3:42: 'africa-south' is not a region of this scenario; known: us, eu, asia"),
    Case(
      "{at: 1s, partition: [[us, asia], [eu, us]]}", "3:48: partition: 'us' is in two groups"),
    Case("{at: 1s, partition: [[us, eu]]}", "3:30: partition: needs at least two groups"),
    Case(
      "{at: 1s, partition: [us, eu]}",
      "3:31: partition: expected a group such as [a, b], found 'us'",
      "3:35: partition: expected a group such as [a, b], found 'eu'"),
    Case(
      "{at: 1s, partition: halfs}",
      "3:30: 'halfs' is not a way to split regions; did you mean 'halves'?"),
    Case(
      "{at: 1s, one-way: {from: us, too: eu}}",
      "3:28: one-way: needs to: a region, any or all",
      "3:39: 'too' is not a known key here; did you mean 'to'?"),
    Case(
      "{at: 1s, one-way: {from: us, to: us}}", "3:43: one-way: from and to are the same region"),
    Case("{at: 1s, ring: false}", "3:25: ring: must be true; leave the entry out instead"),
    Case("{at: 1s, flap: halves, period: 1ms}", "3:41: period: 1ms is out of range, 100ms to 1h"),
    Case(
      "{at: 1s, clock-step: us}", "3:31: clock-step: by how much? Add by: such as by: -300ms"),
    Case(
      "{at: 1s, clock-drift: us}",
      "3:32: clock-drift: how much? Add rate: such as rate: 200ppm"),
    Case(
      "{at: 1s, clock-drift: us, rate: fast}",
      "3:42: rate: expected a share such as 0.1% or 200ppm, found 'fast'"),
    Case("{at: 1s, lose: 0%}", "3:25: lose: a share of nothing has no effect"),
    Case("{at: 1s, lose: 101%}", "3:25: lose: a share lies between 0% and 100%"),
    Case(
      "{at: 1s, lose: 1%, between: [us]}",
      "3:38: between: expected two regions such as [a, b], found a list"),
    Case(
      "{at: 1s, delay: {min: 2s, max: 1s}}", "3:41: delay: max 1s is less than min 2s"),
    Case(
      "{at: 1s, delay: 1s, chare: 1%}",
      "3:30: 'chare' is not a known key here; did you mean 'share'?"),
  ]
  static let names =
    "partition, isolate, ring, bridge, one-way, flap, cut-clients, crash, bit-rot, pause, clock-step, "
    + "clock-drift, lose, duplicate, delay, promote, switch-over, fail-over, add-member, remove-member, "
    + "move-tablet, outage, health-check-lies, route-away, stale-plan, name-servers-down"

  @Test(arguments: cases) func told(_ example: Case) {
    #expect(complaints(with("faults: [\(example.entry)]")) == example.expected)
  }

  @Test func regionsTooFew() {
    let text = "regions: [a, b]\nstrategy: {kind: dummy}\nfaults: [{at: 1s, bridge: any}]"
    #expect(complaints(text) == ["3:27: bridge: needs at least 3 regions, this scenario has 2"])
  }

  /// All mistakes at once, in the order of the file.
  @Test func allAtOnce() {
    let text = """
      regions: [us, eu]
      faults:
        - {at: 1s, crash: ue}
        - {for: 3, pause: any}
      sed: 3
      strategy: {kind: dummy, mod: fast}
      """
    #expect(
      complaints(text) == [
        "3:21: 'ue' is not a region of this scenario; did you mean 'eu'?",
        "4:5: pause: when? Add at: such as at: 10s, or every: 5s",
        "4:11: for: '3' needs a unit: one of ns, us, ms, s, m, min, h, d",
        "5:1: 'sed' is not a known key here; did you mean 'seed'?",
        "6:25: 'mod' is not a known key here; did you mean 'mode'?",
      ])
  }
}
