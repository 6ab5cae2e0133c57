// All chance in a run comes from here: named streams derived from (seed, name), so that one draw
// more in a workload never shifts a packet. The generator is xoshiro256** (Blackman and Vigna,
// "Scrambled Linear Pseudorandom Number Generators", section 4), seeded by SplitMix64; both have
// pinned test vectors, since Swift's own `Int.random` may change between versions.
// Integers only: the last bit of a floating-point function differs between machines.

/// One stream of random numbers.
public struct Random: Sendable {
  @usableFromInline var s0: UInt64
  @usableFromInline var s1: UInt64
  @usableFromInline var s2: UInt64
  @usableFromInline var s3: UInt64

  /// The stream of a seed.
  public init(seed: UInt64) {
    var state = seed
    s0 = Self.splitMix(&state)
    s1 = Self.splitMix(&state)
    s2 = Self.splitMix(&state)
    s3 = Self.splitMix(&state)
  }

  /// The stream of a seed with a name, independent of every stream with another name.
  public init(seed: UInt64, stream name: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    var state = seed
    self.init(seed: Self.splitMix(&state) ^ hash)
  }

  /// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators").
  static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// The next 64 bits.
  @inlinable public mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << 45) | (s3 >> 19)
    return result
  }

  /// A number in 0..<bound, without bias (Lemire, "Fast Random Integer Generation in an Interval").
  @inlinable public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a draw needs a positive bound")
    let range = UInt64(bound)
    var (high, low) = next().multipliedFullWidth(by: range)
    if low < range {
      let threshold = (0 &- range) % range
      while low < threshold { (high, low) = next().multipliedFullWidth(by: range) }
    }
    return Int(high)
  }

  /// A number in the range, both ends included.
  public mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(below(Int(range.upperBound - range.lowerBound) + 1))
  }

  /// A duration in the range, both ends included.
  public mutating func within(_ range: ClosedRange<Duration>) -> Duration {
    Duration(nanoseconds: within(range.lowerBound.nanoseconds...range.upperBound.nanoseconds))
  }

  /// True with the given probability. Draws nothing when the answer is certain.
  @inlinable public mutating func chance(_ ratio: Ratio) -> Bool {
    if ratio.partsPerBillion <= 0 { return false }
    if ratio.partsPerBillion >= 1_000_000_000 { return true }
    return below(1_000_000_000) < Int(ratio.partsPerBillion)
  }

  /// One element; the array must not be empty.
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// The elements in random order (Fisher and Yates).
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    var last = result.count - 1
    while last > 0 {
      result.swapAt(last, below(last + 1))
      last -= 1
    }
    return result
  }
}
