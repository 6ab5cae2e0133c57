// Scenario files that are wrong: every message with its place. A message is what a user sees of
// this code, so each is asserted in full.

import Simulation
import Testing

@testable import Scenarios

/// What is wrong with a text, a line each.
func complaints(_ text: [UInt8], set overrides: [String] = []) -> [String] {
  do {
    _ = try Scenario.load(
      text, file: "s.yaml", catalog: DummyStrategy.catalog, overrides: overrides)
    return []
  } catch {
    return error.lines.map {
      $0.hasPrefix("s.yaml:") ? String($0.dropFirst("s.yaml:".count)) : $0
    }
  }
}

func complaints(_ text: String, set overrides: [String] = []) -> [String] {
  complaints(Array(text.utf8), set: overrides)
}

/// A good scenario with more lines at its end, which so begin in line 3.
func with(_ more: String) -> String { "regions: [us, eu, asia]\nstrategy: {kind: dummy}\n" + more }

@Suite struct ScenarioErrorTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let text: String
    let expected: [String]
    init(_ text: String, _ expected: String...) {
      self.text = text
      self.expected = expected
    }
    var testDescription: String { String(text.suffix(60)) }
  }

  @Test func theBaseIsGood() { #expect(complaints(with("")) == []) }

  static let shapes = [
    Case("", "1:1: the file is empty"),
    Case("# nothing\n", "1:1: the file is empty"),
    Case("[1, 2]", "1:1: expected a map with regions, strategy and so on, found a list"),
    Case("hello", "1:1: expected a map with regions, strategy and so on, found 'hello'"),
    Case(
      "strategy: {kind: dummy}",
      "1:1: regions: is missing; such as regions: [us, eu, asia]"),
    Case("regions: [a]", "1:1: strategy: is missing; known kinds: dummy, quorum"),
    Case(
      "regions: [a\nstrategy: {kind: dummy}",
      "2:9: not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins "
        + "at 1:10"),
    Case(
      with("name: x\n\tabout: y"),
      "4:1: not YAML: found a tab character that violates indentation while scanning a plain "
        + "scalar that begins at 3:7"),
    Case(
      with("seed: 1\nname: x\nseed: 2\nname: y"), "5:1: 'seed' is already set at 3:1",
      "6:1: 'name' is already set at 4:1"),
    Case(with("workload: {keys: 1, keys: 2}"), "3:21: 'keys' is already set at 3:12"),
    Case(with("? [a, b]\n: 1"), "3:3: a key must be a word, not a list"),
    Case(with("<<: {name: x}"), "3:1: merging with '<<' is not supported"),
    Case(
      with("name: !!str x"), "3:7: type tags such as 'tag:yaml.org,2002:str' mean nothing here"),
    Case(with("name: *nobody"), "3:7: nothing before this is called '&nobody'"),
    Case(with("---\nname: x"), "3:1: a second document begins here; one is allowed"),
    Case(
      with("variants: []"), "3:11: variants: expected a list, found an empty list"),
    Case(
      with("variants: [{name: a}, {name: a}, {machine: {}}, {name: b, seed: 3}]"),
      "3:30: 'a' names two variants", "3:34: a variant needs a name",
      "3:59: 'seed' is not a known key here; known: name, "
        + Variant.keys.joined(separator: ", ")),
  ]

  static let values = [
    Case(with("sead: 1"), "3:1: 'sead' is not a known key here; did you mean 'seed'?"),
    Case(with("variant: 1"), "3:1: 'variant' is not a known key here; did you mean 'variants'?"),
    Case(with("seed: -1"), "3:7: seed: -1 is out of range, 0 to 9223372036854775807"),
    Case(with("seed: soon"), "3:7: seed: expected a whole number, found 'soon'"),
    Case(
      with("duration: 30"),
      "3:11: duration: '30' needs a unit: one of ns, us, ms, s, m, min, h, d"),
    Case(
      with("duration: 30x"),
      "3:11: duration: 'x' is not a unit of time; did you mean 'd'?"),
    Case(with("duration: 90h"), "3:11: duration: 90h is out of range, 1ms to 24h"),
    Case(with("duration: [1s]"), "3:11: duration: expected a duration such as 250ms, found a list"),
    Case(with("workload:"), "3:10: expected a map of options, found nothing"),
    Case(with("workload: 3"), "3:11: expected a map of options, found '3'"),
    Case(
      with("workload: {kind: regster}"),
      "3:18: 'regster' is not a workload; did you mean 'register'?"),
    Case(
      with("workload: {mix: {reed: 1, write: 1}}"),
      "3:18: 'reed' is not a known key here; did you mean 'read'?"),
    Case(
      with("workload: {kind: set, mix: {write: 1, read: 1}}"),
      "3:29: 'write' is not a known key here; known: insert, remove, read"),
    Case(
      with("workload: {mix: {read: 0}}"),
      "3:17: mix: at least one operation needs a weight above 0"),
    Case(
      with("workload: {rate: 5/s, think: 1ms}"),
      "3:18: rate (open loop) and think (closed loop) exclude each other"),
    Case(with("workload: {rate: 5}"), "3:18: rate: expected a rate such as 200/s, found '5'"),
    Case(
      with("workload: {balance: 5}"),
      "3:12: 'balance' is not a known key here; known: keys, distribution, mix, "
        + "clients-per-region, think, timeout, roam, retries, rate, kind"),
    Case(
      with("invariants: [{sql: SELECT x FROM nowhere}, {sql: DELETE FROM items}]"),
      "3:14: sql: no such table: nowhere", "3:44: sql: only a SELECT may be run here"),
    Case(
      with("workload: {kind: bank, keys: 5}"),
      "3:24: 'keys' is not a known key here; known: accounts, balance, max-transfer, "
        + "allow-negative, mix, clients-per-region, think, timeout, roam, retries, rate, kind"),
    Case(
      with("machine: {cpu: 5, flush-every: 1s}"),
      "3:16: cpu: '5' needs a unit: one of ns, us, ms, s, m, min, h, d",
      "3:32: flush-every means nothing unless durability is before-sync"),
    Case(with("clocks: {drift: 200%}"), "3:17: drift: a share lies between 0% and 100%"),
    Case(
      "regions: [a]\nstrategy: {kind: dumy}",
      "2:18: 'dumy' is not a strategy; did you mean 'dummy'?"),
    Case(
      "regions: [a]\nstrategy: {mode: fast}", "2:11: strategy: which kind? Known: dummy, quorum"),
    Case("regions: [a]\nstrategy: raft", "2:11: expected a map of options, found 'raft'"),
    Case(
      "regions: [a]\nstrategy: {kind: dummy, mode: fst, replicas: 99, primary: b, x: 1}",
      "2:31: 'fst' is not a value of mode; did you mean 'fast'?",
      "2:46: replicas: 99 is out of range, 1 to 64",
      "2:59: 'b' is not a region of this scenario; did you mean 'a'?",
      "2:62: 'x' is not a known key here; known: mode, replicas, primary, interval, kind, "
        + "durability"),
    Case(
      "regions: [a]\nstrategy: {kind: dummy, durability: before-sync}\n"
        + "machine: {durability: after-sync}",
      "2:37: durability: machine.durability says something else"),
    Case(
      with("expect: {linearisable: holds, converged: hold, rto: 30s, rpo: \"< 30\"}"),
      "3:10: 'linearisable' is not a guarantee or measure; did you mean 'linearizable'?",
      "3:42: 'hold' is not a verdict on converged; did you mean 'holds'?",
      "3:53: rto: expected a comparison such as \"< 30s\", found '30s'",
      "3:63: rpo: '30' needs a unit: one of ns, us, ms, s, m, min, h, d"),
    Case(
      with("expect: {conflicts: \"== many\", availability: \">= 200%\", converged: [holds]}"),
      "3:21: conflicts: expected a count such as 0, found 'many'",
      "3:46: availability: a share lies between 0% and 100%",
      "3:68: converged: expected one value, found a list"),
    Case(
      with("invariants: [{name: x}, {sql: SELECT 1, expect: nine}]"),
      "3:14: an invariant needs sql: a query",
      "3:49: 'nine' is not a value of expect; did you mean 'none'?"),
  ]

  static let regions = [
    Case("regions: {a: 1}", "1:10: regions: expected a list of names, found a map"),
    Case("regions: []", "1:10: regions: expected a list of names, found an empty list"),
    Case(
      "regions: [us, eu, us]\nstrategy: {kind: dummy}", "1:19: region 'us' is named twice"),
    Case(
      "regions: [us, any, 'a b', [x]]\nstrategy: {kind: dummy}",
      "1:15: 'any' cannot name a region: faults use that word",
      "1:20: 'a b' cannot name a region: use letters, digits, '-', '_' and '.'",
      "1:27: regions: expected a name, found a list"),
    Case(
      "regions: [us-east-1, eu-wst-1]\nstrategy: {kind: dummy}\nnetwork: {preset: aws}",
      "1:22: 'eu-wst-1' is not a region of preset aws; did you mean 'eu-west-1'?"),
    Case(
      "regions: [westindia, malaysiawest]\nstrategy: {kind: dummy}\nnetwork: {preset: azure}",
      "3:10: preset azure has no figure between westindia and malaysiawest; give it in links"),
    Case(
      with("network: {preset: amazon, latency: 40}"),
      "3:19: 'amazon' is not a value of preset; known: none, aws, gcp, azure",
      "3:36: latency: '40' needs a unit: one of ns, us, ms, s, m, min, h, d"),
    Case(
      with("network: {links: [{between: [us, e], latency: 1ms}, {latency: 1ms}]}"),
      "3:34: 'e' is not a region of this scenario; did you mean 'eu'?",
      "3:53: which link? Add between: [a, b], or from: a and to: b"),
    Case(
      with("network: {links: [{between: [us, us]}, {from: us, to: us}, {between: us}]}"),
      "3:34: 'us' is named twice", "3:55: from and to are the same region",
      "3:70: between: expected two regions such as [a, b], found 'us'"),
    Case(
      with("network: {loss: 2, bandwidth: 100, ordered: true, reorder: 1%, lost: 1}"),
      "3:17: loss: a share lies between 0% and 100%",
      "3:31: bandwidth: expected a bandwidth such as 100Mbps, found '100'",
      "3:60: reorder: a link that is ordered cannot reorder",
      "3:64: 'lost' is not a known key here; did you mean 'loss'?"),
    Case(
      with("network: {latency: {min: 5ms, max: 1ms}, clients: {median: 1ms, p98: 2ms}}"),
      "3:36: latency: 1ms is less than 5ms",
      "3:65: 'p98' is not a known key here; did you mean 'p99'?"),
  ]

  @Test(arguments: shapes + values + regions) func told(_ example: Case) {
    #expect(complaints(example.text) == example.expected)
  }
}
