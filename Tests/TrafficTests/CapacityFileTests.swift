// The capacity section and retries as people write them, and what they are told when it is wrong.

import Reports
import Simulation
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct CapacityFileTests {
  private func load(_ capacity: String, workload: String = "{rate: 70/s}") throws -> Scenario {
    try Scenario.load(
      Array(
        "regions: [a, b]\nstrategy: {kind: crdt}\ncapacity: \(capacity)\nworkload: \(workload)\n"
          .utf8),
      file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
  }

  private func complaints(_ capacity: String, workload: String = "{rate: 70/s}") -> [String] {
    do {
      _ = try load(capacity, workload: workload)
      return []
    } catch let error as ScenarioError {
      return error.problems.map { "\($0.mark.line):\($0.mark.column) \($0.message)" }
    } catch {
      return ["\(error)"]
    }
  }

  @Test func defaultsAndOverrides() throws {
    let plan = try #require(
      try load(
        "{replicas: 6, rate: 20/s, shed: queue, pod-start: 30s, regions: {b: {replicas: 2, queue: 7}}}"
      ).capacity)
    #expect(plan.tiers.map(\.replicas) == [6, 2])
    #expect(plan.tiers.map(\.serviceTime) == [.milliseconds(50), .milliseconds(50)])
    #expect(plan.tiers.map(\.longestQueue) == [100, 7])
    #expect(plan.tiers.map(\.start) == [.seconds(30), .seconds(30)])
    #expect(plan.tiers[0].capacity(6) == 120)
    #expect(plan.reconciled == nil && plan.tiers[0].autoscaler == nil)
    let bare = try #require(try load("{}").capacity)
    #expect(bare.tiers[0].shedding == .none && bare.tiers[0].longestQueue == nil)
    #expect(bare.tiers[0].patience == .seconds(2), "as long as clients wait")
  }

  @Test func scalingAndConfiguration() throws {
    let plan = try #require(
      try load(
        """
        {autoscaler: {target: 50%, max: 9}, nodes: {provisioning: 1m, stock-out: 10%, limit: 2},
          gitops: {controller: flux, commits: [{at: 60s, region: b, replicas: 8}, {at: 5s, shed: deadline}]}}
        """
      ).capacity)
    let rules = try #require(plan.tiers[0].autoscaler)
    #expect(rules.least == 4 && rules.most == 9 && rules.target == .percent(50))
    #expect(rules.interval == .seconds(15) && rules.stabilisation == .seconds(300))
    let nodes = try #require(plan.tiers[0].nodes)
    #expect(nodes.provisioning == .constant(.seconds(60)) && nodes.limit == 2)
    let reconciled = try #require(plan.reconciled)
    #expect(reconciled.interval == .seconds(600) && reconciled.selfHeal)
    #expect(reconciled.commits.map(\.at) == [.seconds(5), .seconds(60)])
    #expect(reconciled.commits[0].shedding == .deadline && reconciled.commits[0].replicas == nil)
    #expect(reconciled.commits[1].region == Region.ID(1))
  }

  @Test func mistakesAreTold() {
    #expect(
      complaints("{queue: 5}")
        == ["3:19 queue: everybody waits unless shed: says who is turned away"])
    #expect(complaints("{shed: queu}").first?.contains("queue") == true)
    #expect(complaints("{rate: 5}").first?.contains("3:18 rate: expected a rate") == true)
    #expect(complaints("{regions: {c: {replicas: 2}}}").first?.contains("'c'") == true)
    #expect(complaints("{deadline: 1s}").first?.contains("add shed: deadline") == true)
    #expect(complaints("{regions: {b: {replica: 2}}}").first?.contains("replicas") == true)
    #expect(complaints("{autoscaler: {min: 9, max: 5}}").first?.contains("more than max") == true)
    #expect(
      complaints("{gitops: {commits: [{at: 5s}]}}").first?.contains("a commit changes") == true)
    #expect(
      complaints("{}", workload: "{retries: {saves: 4}}").first?.contains("no budget") == true)
    #expect(
      complaints("{}", workload: "{retries: {attempt: 4}}").first?.contains("attempts") == true)
    #expect(complaints("{replicas: 0, shed: none, pods: 3}").count == 2)
  }

  /// What arrives is known beforehand with an open loop only.
  @Test func headroomBeforehand() throws {
    let scenario = try load("{replicas: 5, rate: 10/s}")
    let headroom = try #require(scenario.capacity?.headroom(scenario.workload.load))
    #expect(abs(headroom.load(without: 0) - 1.4) < 0.001)
    let closed = try load("{replicas: 5, rate: 10/s}", workload: "{think: 1s}")
    #expect(closed.capacity?.headroom(closed.workload.load) == nil)
  }

  /// `validate` warns where a region cannot be lost, and only there.
  @Test func warnsOfNoHeadroom() throws {
    func warning(
      _ replicas: Int, _ rest: String = "", traffic: String = "traffic: {policy: failover}"
    )
      throws -> String?
    {
      let text = """
        regions: [a, b]
        strategy: {kind: crdt}
        \(traffic)
        capacity: {replicas: \(replicas), rate: 10/s\(rest)}
        workload: {rate: 70/s}
        """
      return CapacityReport.warning(
        try Scenario.load(Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0])
    }
    let drowned = try #require(try warning(5))
    #expect(drowned.contains("50.0 of 70.0 requests a second, a load of 140 %"))
    #expect(try warning(8) == nil)
    #expect(try #require(try warning(5, ", autoscaler: {}")).hasSuffix("has added replicas"))
    // The larger region is the one that cannot be lost.
    #expect(try #require(try warning(9, ", regions: {b: {replicas: 5}}")).contains("without a"))
    #expect(try warning(5, traffic: "") == nil, "nobody goes to the others")
  }
}
