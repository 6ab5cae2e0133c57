// The rules of quorums by themselves, each beside an independent way to say the same: thresholds beside
// all sets of regions, dotted version vectors beside whole causal histories.

import Histories
@testable import Replication
@testable import Simulation
import Testing

@Suite struct QuorumRuleTests {
  private static func regions(_ numbers: [Int]) -> [Region.ID] { numbers.map { Region.ID($0) } }

  @Test func placementRepeatsAfterItsPeriod() {
    let placement = Placement([Self.regions([0, 1, 2]), Self.regions([3, 4])], replicas: 2)
    #expect(placement.period == 3)
    #expect(placement.homes(of: 1) == Self.regions([1, 2, 4, 3]))
    #expect(placement.standIns(of: 1) == Self.regions([0]))
    for range in 0..<placement.period {
      let all = placement.homes(of: range) + placement.standIns(of: range)
      #expect(all.sorted() == Self.regions([0, 1, 2, 3, 4]))
      #expect(Set(placement.homes(of: range + 3)) == Set(placement.homes(of: range)))
    }
    #expect(Placement([Self.regions([0, 1, 2])], replicas: 3).period == 1)
  }

  /// `meets` against the definition: no two sets of regions that are enough are disjoint.
  @Test func thresholdsMeetIfNoTwoSetsAreDisjoint() {
    var verdicts = [0, 0]
    let homes = [Self.regions([0, 1, 2]), Self.regions([3, 4])]
    let levels =
      (1...5).map { Level.count($0) } + Level.Name.allCases.map { Level.named($0) }
    for (read, write) in levels.flatMap({ read in levels.map { (read, $0) } }) {
      for (here, there) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let read = read.threshold(homes: homes, center: here)
        let write = write.threshold(homes: homes, center: there)
        let sets = 0..<UInt64(32)
        let areDisjoint = sets.contains { reader in
          read.isMet(by: reader) && write.isMet(by: ~reader & 31)
        }
        // Sufficient for every pair of levels; exact but where one counts and the other is local.
        if read.meets(write) { #expect(!areDisjoint, "\(read) \(write)") }
        if areDisjoint { #expect(!read.meets(write)) }
        verdicts[areDisjoint ? 0 : 1] += 1
      }
    }
    #expect(verdicts[0] > 50 && verdicts[1] > 50, "\(verdicts)")
  }

  /// Replicas that write and sync at random keep just the writes that no other had seen, by whole
  /// causal histories: sets of writes.
  @Test func dottedVersionsAreAsGoodAsWholeHistories() {
    struct Exact {
      let cell: Cell
      let past: Set<Version>
    }
    var siblings = 0
    for seed in 0..<300 as Range<UInt64> {
      var random = Random(seed: seed)
      var copies = Array(repeating: Gathering(.siblings), count: 3)
      var exact = Array(repeating: [Exact](), count: 3)
      func sync(_ from: Int, _ to: Int) {
        for cell in copies[from].cells { copies[to].note(cell, from: Region.ID(to)) }
        let union =
          exact[from]
          + exact[to].filter { mine in
            !exact[from].contains { $0.cell == mine.cell }
          }
        exact[to] = union.filter { one in !union.contains { $0.past.contains(one.cell.version) } }
      }
      for step in 0..<40 {
        let (region, other) = (random.below(3), random.below(3))
        if random.below(3) == 0 {
          sync(other, region)
          continue
        }
        // The author has seen another region's copy, or nothing.
        let blind = random.below(4) == 0
        let known = copies[region].cells.reduce(0) { max($0, $1.past[Region.ID(region)]) }
        let seen =
          blind
          ? VersionVector()
          : copies[other].cells.reduce(into: VersionVector()) { $0.merge($1.past) }
        let past =
          blind
          ? []
          : exact[other].reduce(into: Set<Version>()) {
            $0.formUnion($1.past.union([$1.cell.version]))
          }
        let cell = Cell(
          name: .register(0), value: Value(step), version: Version(known + 1, Int64(region)),
          seen: seen)
        copies[region].note(cell, from: Region.ID(region))
        exact[region] =
          exact[region].filter { !past.contains($0.cell.version) } + [Exact(cell: cell, past: past)]
        siblings += copies[region].cells.count > 1 ? 1 : 0
      }
      for region in 0..<3 {
        #expect(
          Set(copies[region].cells) == Set(exact[region].map(\.cell)), "seed \(seed) r\(region)")
      }
      // All ways to bring all together come to the same.
      let ways = [[0, 1, 2], [2, 1, 0], [1, 2, 0, 1]].map { order in
        order.reduce(into: Gathering(.siblings)) { all, region in
          for cell in copies[region].cells { all.note(cell, from: Region.ID(region)) }
        }
      }
      #expect(ways.allSatisfy { Set($0.cells) == Set(ways[0].cells) })
    }
    #expect(siblings > 1_000)
  }

  @Test func treesDifferJustWhereTheirCellsDo() {
    var (one, other) = (MerkleTree(), MerkleTree())
    let cells = (0..<200).map { number in
      Cell(name: .register(Key(number)), value: 7, version: Version(Int64(number), 1))
    }
    for cell in cells { one.toggle(cell) }
    for cell in cells.reversed() { other.toggle(cell) }
    #expect(one.root == other.root)
    other.toggle(cells[17])
    #expect(one.root != other.root)
    var places = [0]
    for level in 0..<MerkleTree.depth {
      let different = one.comparison(0, level, places).differences(from: other)
      #expect(different.count == 1)
      places = different.flatMap(MerkleTree.children)
    }
    let leaves = one.comparison(0, MerkleTree.depth, places).differences(from: other)
    #expect(leaves == [MerkleTree.leaf(of: cells[17].name)])
  }

  private func refusal(_ settings: [(String, String)], regions: Int = 5) -> String {
    do {
      _ = try Lab(Quorum.self, settings, regions: regions)
      return ""
    } catch { return "\(error)" }
  }

  @Test func whatDoesNotGoTogetherIsRefused() {
    #expect(refusal([("r", "qorum")]).contains("did you mean 'quorum'"))
    #expect(refusal([("r", "6")]).contains("r: 6 is more than n, 5"))
    #expect(refusal([("r", "local-quorum")]).contains("r: needs datacenters"))
    #expect(refusal([("r", "serial")]).contains("needs compare-and-set: paxos"))
    #expect(refusal([("sloppy", "true")]).contains("regions that are no homes"))
    #expect(refusal([("linearizable", "true"), ("r", "1"), ("w", "quorum")]).contains("r + w > n"))
    #expect(refusal([("conflicts", "siblings"), ("n", "3")]).contains("n to be all regions"))
    #expect(refusal([("linearizable", "true"), ("r", "1"), ("w", "all")]) == "")
  }
}
