// Memoryless intervals: what arrives or is served at random times, at a known rate. The exponential
// distribution comes from an integer table of -ln(1 - u), straight between its points, since the last
// bit of a logarithm differs between machines. By that its mean and its second moment are 0.1 % and
// 0.2 % too large.

extension Random {
  /// A memoryless interval with the given mean, at least 1 ns.
  public mutating func interval(mean: Duration) -> Duration {
    let bits = next()
    let index = Int(bits >> 57)
    let fraction = Int64((bits >> 41) & 0xffff)
    let low = Self.exponential[index]
    let point = low + ((Self.exponential[index + 1] - low) * fraction) >> 16
    return Duration(nanoseconds: mean.nanoseconds / 1_000 * point / 65_536 * 1_000 + 1)
  }

  /// -ln(1 - i/128) in 1/65536; the last, infinite, is -ln(1/1024).
  private static let exponential: [Int64] = [
    0, 514, 1032, 1554, 2081, 2611, 3146, 3686, 4230, 4778,
    5331, 5889, 6451, 7019, 7591, 8169, 8751, 9339, 9932, 10530,
    11135, 11744, 12360, 12981, 13608, 14241, 14880, 15526, 16178, 16837,
    17502, 18174, 18854, 19540, 20233, 20934, 21643, 22359, 23083, 23815,
    24556, 25305, 26063, 26829, 27605, 28390, 29184, 29988, 30802, 31627,
    32461, 33307, 34164, 35032, 35911, 36803, 37707, 38624, 39553, 40496,
    41453, 42424, 43409, 44410, 45426, 46458, 47507, 48572, 49656, 50757,
    51877, 53017, 54177, 55358, 56561, 57786, 59034, 60307, 61604, 62928,
    64280, 65659, 67069, 68509, 69982, 71489, 73031, 74610, 76228, 77887,
    79590, 81338, 83133, 84979, 86879, 88836, 90852, 92933, 95082, 97304,
    99603, 101987, 104460, 107030, 109706, 112495, 115408, 118457, 121654, 125016,
    128559, 132305, 136278, 140508, 145029, 149886, 155132, 160834, 167080, 173985,
    181704, 190455, 200558, 212507, 227130, 245984, 272557, 317983, 454261,
  ]
}
