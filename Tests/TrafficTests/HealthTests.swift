// When a region counts as healthy: opinions, shares, detection times against their closed form.

import Simulation
import Testing

@testable import Traffic

@Suite struct HealthTests {
  private let route53 = Provider.route53.health

  private func opinion(_ rule: HealthPolicy.Rule, _ results: [Bool], from start: Bool = true)
    -> [Bool]
  {
    var opinion = Opinion(start ? .healthy : .unhealthy)
    return results.map {
      opinion.take($0, rule)
      return opinion.isHealthy
    }
  }

  @Test func failuresInARow() {
    let rule = HealthPolicy.Rule.consecutive(unhealthy: 3, healthy: 2)
    #expect(
      opinion(rule, [false, false, true, false, false, false, true, false, true, true])
        == [true, true, true, true, true, false, false, false, false, true])
    #expect(opinion(rule, [true, true], from: false) == [false, true])
  }

  @Test func samples() {
    let rule = HealthPolicy.Rule.sample(size: 4, needed: 2)
    #expect(
      opinion(rule, [false, false, false, true, false, true])
        == [true, true, false, false, false, true])
  }

  @Test func theShareIsMoreThan18Percent() {
    #expect(route53.isHealthy(healthy: 3))  // 20 %
    #expect(!route53.isHealthy(healthy: 2))  // 13 %
    #expect(route53.checkersNeeded == 13)
    var exact = route53
    exact.checkers = 50
    #expect(!exact.isHealthy(healthy: 9))  // 18 % is not more than 18 %
    #expect(exact.isHealthy(healthy: 10))
  }

  @Test func providersAsDocumented() {
    // Traffic Manager: unhealthy with the 4th failure; up to 130 s by default.
    #expect(Provider.trafficManager.health.longestDetection == .seconds(130))
    // Route 53: 90 to 120 s standard, and the time-out.
    #expect(Provider.route53.health.longestDetection == .seconds(96))
    #expect(Provider.globalLoadBalancer.health.longestDetection == .seconds(15))
    #expect(Provider.frontDoor.health.failuresNeeded == 3)
    for provider in Provider.all {
      #expect(provider.health.timeout <= provider.health.interval, "\(provider.name)")
      #expect(!provider.sources.isEmpty && !provider.policies.isEmpty)
    }
  }

  /// How long after a fault the verdict falls, in one run.
  private func detection(_ policy: HealthPolicy, seed: UInt64) -> Duration? {
    var lab = Lab(Lab.routing(.failover, health: policy), seed: seed)
    let fault = Instant.seconds(200) + .milliseconds(Int64(seed) * 137)
    lab.run(until: fault + .seconds(300)) { region, at in region.index != 0 || at < fault }
    let verdict = lab.director.log.first { $0.what == .verdict(Region.ID(0), healthy: false) }
    let record = lab.director.log.first { $0.what == .record(Region.ID(0), healthy: false) }
    guard let verdict, let record else { return nil }
    #expect(record.at - verdict.at == policy.propagation)
    return verdict.at - fault
  }

  /// Detection = its closed form, within 5 % on average and never beyond the longest.
  @Test(arguments: ["route53", "traffic-manager", "global-load-balancer", "front-door", "custom"])
  func detectionIsTheClosedForm(_ name: String) throws {
    let policy = try #require(Provider.named(name)).health
    let found = (1...40).compactMap { detection(policy, seed: $0) }
    #expect(found.count == 40)
    #expect(found.allSatisfy { $0 <= policy.longestDetection })
    let mean = found.reduce(Duration.zero) { $0 + $1 } / found.count
    let off = abs(mean.seconds / policy.meanDetection.seconds - 1)
    #expect(off < 0.05, "\(name): \(mean) found, \(policy.meanDetection) predicted")
  }

  @Test func aRegionComesBack() {
    var lab = Lab(Lab.routing(.failover, health: route53))
    lab.run(until: .seconds(900)) { region, at in
      region.index != 0 || at < .seconds(100) || at > .seconds(400)
    }
    let verdicts = lab.director.log.filter {
      if case .verdict = $0.what { true } else { false }
    }
    #expect(
      verdicts.map(\.what) == [
        .verdict(Region.ID(0), healthy: false), .verdict(Region.ID(0), healthy: true),
      ])
    #expect(verdicts[1].at > .seconds(400) + .seconds(60))
  }

  @Test func aLateAnswerIsAFailure() {
    var checks = HealthChecks(Provider.custom.health, regions: 1)
    let first = checks.begin(region: 0, checker: 0)
    #expect(checks.end(first, success: false).counts)
    #expect(!checks.end(first, success: true).counts)
    let second = checks.begin(region: 0, checker: 0)
    #expect(!checks.end(first, success: true).counts)
    #expect(checks.end(second, success: true).counts)
    #expect(HealthChecks.Check(number: second.number) == second)
  }

  @Test func startsUnhealthyUntilShown() {
    var policy = Provider.custom.health
    policy.start = .unhealthy
    policy.allDown = .closed
    var lab = Lab(Lab.routing(.failover, health: policy))
    #expect(lab.director.region(for: 0, at: .zero) == nil)
    lab.run(until: .seconds(60))
    #expect(lab.director.region(for: 0, at: .seconds(60)) == Region.ID(0))
  }

  /// All down: open answers as if all were up, closed answers nothing.
  @Test(arguments: HealthPolicy.AllDown.allCases) func allDown(_ allDown: HealthPolicy.AllDown) {
    var policy = Provider.custom.health
    policy.allDown = allDown
    var lab = Lab(Lab.routing(.failover, health: policy))
    lab.run(until: .seconds(100)) { _, _ in false }
    let region = lab.director.region(for: 0, at: .seconds(100))
    #expect(region == (allDown == .open ? Region.ID(0) : nil))
  }

  @Test func aLieCountsOnlyWhereItChangesSomething() {
    var lab = Lab(Lab.routing(.failover))
    lab.director.divert(.lyingChecks(Region.ID(0), healthy: true), by: 7, begins: true, at: .zero)
    lab.run(until: .seconds(100))
    #expect(lab.counted.isEmpty)
    lab.run(until: .seconds(300)) { region, _ in region.index != 0 }
    #expect(!lab.counted.isEmpty && lab.counted.allSatisfy { $0 == 7 })
    #expect(lab.director.log.isEmpty, "nobody notices while the checks lie")
    lab.director.divert(
      .lyingChecks(Region.ID(0), healthy: true), by: 7, begins: false, at: .seconds(300))
    lab.run(until: .seconds(400)) { region, _ in region.index != 0 }
    #expect(lab.director.log.first?.what == .verdict(Region.ID(0), healthy: false))
  }
}
