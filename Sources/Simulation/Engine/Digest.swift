// A run's fingerprint: every event, history row and database row is mixed in, in order, so that two
// runs with one digest did the same things. Two multiply-rotate lanes, in the manner of xxHash's
// rounds; not cryptographic, nor need it be.

/// A running 128-bit digest over integers.
public struct Digest: Sendable, Hashable {
  @usableFromInline var first: UInt64 = 0x9e37_79b9_7f4a_7c15
  @usableFromInline var second: UInt64 = 0xc2b2_ae3d_27d4_eb4f

  public init() {}

  /// Mixes one number in.
  @inlinable public mutating func mix(_ value: Int64) {
    let bits = UInt64(bitPattern: value)
    first = (first ^ bits) &* 0x9fb2_1c65_1e98_df25
    first ^= first >> 32
    second = (second &+ bits) &* 0xd6e8_feb8_6659_fd93
    second = (second << 29) | (second >> 35)
  }

  /// Mixes a row of numbers in, with its length.
  public mutating func mix(_ row: [Int64]) {
    mix(Int64(row.count))
    for value in row { mix(value) }
  }

  /// Both lanes in one word: enough to find the first event that differs.
  public var short: UInt64 { first ^ second }

  /// 32 hexadecimal digits.
  public var text: String {
    [first, second].map { lane in
      let digits = String(lane, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
