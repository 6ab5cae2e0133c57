// How long a packet travels: a median, and a tail drawn from an integer quantile table, since
// floating-point logarithms differ between machines.
//
// The tail is a shifted log-normal (sigma 0.8): the shape that measured inter-region round trips
// show, a hard floor with a right tail. The table holds (Q(u) - Q(1/2)) / (Q(0.99) - Q(1/2)) in
// 1/65536, so that `spread` is the distance from the median to the 99th percentile.

/// A distribution of one-way delays.
public struct Latency: Sendable, Hashable {
  /// The shape of what is added to the base.
  public enum Shape: Sendable, Hashable {
    case constant, uniform, tailed
  }
  /// Constant: the delay. Uniform: the least. Tailed: the median.
  public let base: Duration
  /// Uniform: greatest minus least. Tailed: 99th percentile minus median.
  public let spread: Duration
  public let shape: Shape
  /// Tailed: the share of packets that take `spike` longer.
  public let spikes: Ratio

  /// What a spike adds.
  public static let spike = Duration.milliseconds(50)

  /// A base with a spread of some shape, and with a tail spikes on a share of packets.
  public init(base: Duration, spread: Duration, shape: Shape, spikes: Ratio = .never) {
    self.base = base
    self.spread = spread
    self.shape = shape
    self.spikes = spikes
  }

  /// Always the same.
  public static func constant(_ delay: Duration) -> Latency {
    Latency(base: delay, spread: .zero, shape: .constant)
  }
  /// Evenly between two ends.
  public static func uniform(_ least: Duration, _ most: Duration) -> Latency {
    Latency(base: least, spread: most - least, shape: .uniform)
  }
  /// A median with a log-normal tail, and spikes on a share of packets.
  public static func tailed(median: Duration, p99: Duration, spikes: Ratio = .never) -> Latency {
    Latency(base: median, spread: p99 - median, shape: .tailed, spikes: spikes)
  }

  /// A median with a log-normal tail, by the time that 19 of 20 take at most: in this shape it lies half as far
  /// from the median as the 99th percentile.
  public static func tailed(median: Duration, p95: Duration) -> Latency {
    .tailed(median: median, p99: median + max(.zero, p95 - median) * 2)
  }

  /// The same, so many times as long; a spike stays what it is.
  public func scaled(by factor: Ratio) -> Latency {
    Latency(
      base: base.scaled(by: factor), spread: spread.scaled(by: factor), shape: shape,
      spikes: spikes)
  }

  /// One delay.
  public func draw(_ random: inout Random) -> Duration {
    switch shape {
    case .constant:
      return base
    case .uniform:
      return base + Duration(nanoseconds: Int64(random.below(Int(spread.nanoseconds) + 1)))
    case .tailed:
      let bits = random.next()
      let index = Int(bits >> 56)
      let fraction = Int64((bits >> 40) & 0xffff)
      let low = Latency.quantiles[index]
      let point = low + ((Latency.quantiles[index + 1] - low) * fraction) >> 16
      // Multiply before shifting, in pieces: a spread of an hour must not overflow.
      let offset =
        (spread.nanoseconds >> 16) * point + ((spread.nanoseconds & 0xffff) * point) >> 16
      // Bits 0 to 31, as a fraction of 10^9.
      let isSpike = Int64(((bits & 0xffff_ffff) * 1_000_000_000) >> 32) < spikes.partsPerBillion
      let delay = max(Duration(nanoseconds: 1), base + Duration(nanoseconds: offset))
      return isSpike ? delay + Latency.spike : delay
    }
  }

  /// Quantiles at 0/256 ... 256/256, the ends clamped to 0.0005 and 0.9995.
  static let quantiles: [Int64] = [
    -11200, -10631, -10323, -10099, -9914, -9752, -9607, -9473, -9349, -9231,
    -9120, -9013, -8910, -8811, -8715, -8622, -8531, -8442, -8355, -8270,
    -8186, -8104, -8022, -7942, -7863, -7785, -7708, -7632, -7556, -7481,
    -7407, -7333, -7260, -7187, -7115, -7043, -6971, -6900, -6829, -6759,
    -6689, -6618, -6549, -6479, -6410, -6340, -6271, -6202, -6133, -6064,
    -5995, -5927, -5858, -5789, -5721, -5652, -5583, -5515, -5446, -5377,
    -5308, -5240, -5171, -5102, -5032, -4963, -4894, -4824, -4755, -4685,
    -4615, -4545, -4475, -4404, -4334, -4263, -4192, -4121, -4049, -3977,
    -3906, -3833, -3761, -3688, -3615, -3542, -3468, -3395, -3321, -3246,
    -3171, -3096, -3021, -2945, -2869, -2792, -2715, -2638, -2561, -2482,
    -2404, -2325, -2246, -2166, -2086, -2005, -1924, -1842, -1760, -1678,
    -1595, -1511, -1427, -1342, -1257, -1171, -1085, -998, -911, -822,
    -734, -644, -554, -464, -372, -280, -188, -94, 0, 95,
    191, 287, 384, 482, 581, 681, 781, 883, 985, 1088,
    1192, 1297, 1403, 1510, 1618, 1727, 1838, 1949, 2061, 2174,
    2289, 2405, 2522, 2640, 2759, 2880, 3002, 3125, 3250, 3376,
    3504, 3633, 3764, 3896, 4029, 4165, 4302, 4441, 4581, 4723,
    4868, 5014, 5162, 5312, 5464, 5618, 5774, 5933, 6094, 6257,
    6423, 6591, 6762, 6936, 7112, 7291, 7473, 7658, 7846, 8038,
    8232, 8430, 8632, 8838, 9047, 9260, 9477, 9699, 9925, 10156,
    10391, 10631, 10877, 11128, 11384, 11646, 11915, 12190, 12471, 12759,
    13055, 13359, 13670, 13990, 14319, 14657, 15005, 15364, 15733, 16114,
    16508, 16914, 17335, 17771, 18222, 18691, 19178, 19684, 20211, 20762,
    21337, 21939, 22570, 23233, 23932, 24669, 25449, 26276, 27157, 28098,
    29107, 30194, 31371, 32651, 34054, 35603, 37328, 39271, 41488, 44059,
    47106, 50821, 55534, 61892, 71410, 89283, 155763,
  ]
}
