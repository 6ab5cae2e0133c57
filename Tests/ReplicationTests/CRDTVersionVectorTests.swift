import Simulation
import Testing

@testable import Replication

@Suite struct CRDTVersionVectorTests {
  @Test func absentIsZero() {
    let short = VersionVector([1])
    #expect(short == VersionVector([1, 0, 0]))
    #expect(short.hashValue == VersionVector([1, 0, 0]).hashValue)
    #expect(short[Region.ID(7)] == 0)
    #expect(short.relation(to: VersionVector([1, 1])) == .before)
    #expect(VersionVector([1, 1]).relation(to: short) == .after)
    #expect(VersionVector().relation(to: VersionVector([0, 0])) == .equal)
    #expect(VersionVector([0, 2]).relation(to: VersionVector([1])) == .concurrent)
    #expect(short.components(3) == [1, 0, 0])
  }

  @Test func settingAndTrimming() {
    var vector = VersionVector()
    vector[Region.ID(3)] = 4
    #expect(vector == VersionVector([0, 0, 0, 4]))
    #expect(vector.includes(4, of: Region.ID(3)))
    #expect(!vector.includes(5, of: Region.ID(3)))
    vector[Region.ID(3)] = 0
    #expect(vector == VersionVector())
  }

  /// Against the definition, component by component, over all vectors of three numbers up to 2.
  @Test func relationAndMergeAgainstTheDefinition() {
    let digits: [Int64] = [0, 1, 2]
    let all = digits.flatMap { a in digits.flatMap { b in digits.map { c in [a, b, c] } } }
    for left in all {
      for right in all {
        let pairs = Array(zip(left, right))
        let below = pairs.allSatisfy { $0 <= $1 }
        let above = pairs.allSatisfy { $0 >= $1 }
        let expected: CausalRelation =
          below && above ? .equal : below ? .before : above ? .after : .concurrent
        let (a, b) = (VersionVector(left), VersionVector(right))
        #expect(a.relation(to: b) == expected)
        #expect(a.includes(b) == above)
        var merged = a
        merged.merge(b)
        #expect(merged == VersionVector(pairs.map { max($0, $1) }))
        #expect(merged.includes(a) && merged.includes(b))
      }
    }
  }
}
