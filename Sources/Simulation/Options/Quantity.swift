// Quantities with their units, as people write them: 250ms, 20s, 0.1%, 200/s, 1Gbps. A number
// without its unit is refused: "10" could be anything. Decimal fractions are read exactly, without
// floating point.

extension Duration {
  /// A year: the longest that a scenario may say.
  public static let longest = Duration.seconds(365 * 24 * 3600)
}

/// Readers of quantities; each reports what is wrong and then gives nil.
public enum Quantity {
  static let durationUnits: [(String, Int64)] = [
    ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
    ("min", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
  ]
  static let bandwidthUnits: [(String, Int64)] = [
    ("bps", 1), ("kbps", 1_000), ("Mbps", 1_000_000), ("Gbps", 1_000_000_000),
  ]

  /// A time span, such as 250ms.
  public static func duration(
    _ setting: Setting, _ name: String, in range: ClosedRange<Duration> = .zero...Duration.longest,
    _ problems: Problems
  ) -> Duration? {
    guard let text = scalar(setting, name, "a duration such as 250ms", problems) else { return nil }
    guard let (mantissa, scale, unit) = split(text) else {
      problems.report(setting.mark, "\(name): expected a duration such as 250ms, found '\(text)'")
      return nil
    }
    guard let size = durationUnits.first(where: { $0.0 == unit })?.1 else {
      let units = durationUnits.map(\.0)
      let why = unit.isEmpty ? "needs a unit" : unknownName(unit, "unit of time", among: units)
      problems.report(
        setting.mark,
        "\(name): \(unit.isEmpty ? "'\(text)' \(why): one of \(units.joined(separator: ", "))" : why)"
      )
      return nil
    }
    guard let nanoseconds = scaled(mantissa, scale, size),
      range.contains(Duration(nanoseconds: nanoseconds))
    else {
      problems.report(
        setting.mark,
        "\(name): \(text) is out of range, \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return Duration(nanoseconds: nanoseconds)
  }

  /// A share: 0.1%, 50 ppm, or a fraction such as 0.001.
  public static func ratio(_ setting: Setting, _ name: String, _ problems: Problems) -> Ratio? {
    guard let ratio = signedRatio(setting, name, problems) else { return nil }
    guard ratio >= .never, ratio <= .always else {
      problems.report(setting.mark, "\(name): a share lies between 0% and 100%")
      return nil
    }
    return ratio
  }

  /// A deviation, which may be negative or above one: clock drift.
  public static func signedRatio(
    _ setting: Setting, _ name: String, _ problems: Problems
  ) -> Ratio? {
    let expected = "a share such as 0.1% or 200ppm"
    guard let text = scalar(setting, name, expected, problems) else { return nil }
    let units: [(String, Int64)] = [("%", 10_000_000), ("ppm", 1_000), ("", 1_000_000_000)]
    guard let (mantissa, scale, unit) = split(text),
      let size = units.first(where: { $0.0 == unit })?.1,
      let parts = scaled(mantissa, scale, size)
    else {
      problems.report(setting.mark, "\(name): expected \(expected), found '\(text)'")
      return nil
    }
    return Ratio(partsPerBillion: parts)
  }

  /// So many a second: 200/s, 50/min. Gives the time between two.
  public static func rate(_ setting: Setting, _ name: String, _ problems: Problems) -> Duration? {
    let expected = "a rate such as 200/s"
    guard let text = scalar(setting, name, expected, problems) else { return nil }
    let units: [(String, Int64)] = [
      ("/s", 1_000_000_000), ("/min", 60_000_000_000), ("/m", 60_000_000_000),
      ("/h", 3_600_000_000_000),
    ]
    guard let (mantissa, scale, unit) = split(text),
      let period = units.first(where: { $0.0 == unit })?.1,
      mantissa > 0, let powered = scaled(1, -scale, period), powered / mantissa > 0
    else {
      problems.report(setting.mark, "\(name): expected \(expected), found '\(text)'")
      return nil
    }
    return Duration(nanoseconds: powered / mantissa)
  }

  /// Bits a second: 100Mbps.
  public static func bandwidth(_ setting: Setting, _ name: String, _ problems: Problems) -> Int64? {
    let expected = "a bandwidth such as 100Mbps"
    guard let text = scalar(setting, name, expected, problems) else { return nil }
    guard let (mantissa, scale, unit) = split(text),
      let size = bandwidthUnits.first(where: { $0.0 == unit })?.1,
      let bits = scaled(mantissa, scale, size), bits > 0
    else {
      problems.report(setting.mark, "\(name): expected \(expected), found '\(text)'")
      return nil
    }
    return bits
  }

  /// Degrees on the globe, such as -1.29, as ten-thousandths.
  public static func degrees(
    _ setting: Setting, _ name: String, atMost limit: Int64, _ problems: Problems
  ) -> Int64? {
    let expected = "degrees from -\(limit) to \(limit), such as -1.29"
    guard let text = scalar(setting, name, expected, problems) else { return nil }
    guard let (mantissa, scale, unit) = split(text), unit.isEmpty,
      let degrees = scaled(mantissa, scale, 10_000), abs(degrees) <= limit * 10_000
    else {
      problems.report(setting.mark, "\(name): expected \(expected), found '\(text)'")
      return nil
    }
    return degrees
  }

  /// A share as it would be written.
  public static func text(_ ratio: Ratio) -> String {
    ratio.partsPerBillion % 10_000_000 == 0
      ? "\(ratio.partsPerBillion / 10_000_000)%" : "\(ratio.partsPerBillion / 1_000)ppm"
  }

  private static func scalar(
    _ setting: Setting, _ name: String, _ expected: String, _ problems: Problems
  ) -> String? {
    if case .scalar(let text, _) = setting.content { return text }
    problems.report(setting.mark, "\(name): expected \(expected), found \(setting.kind)")
    return nil
  }

  /// "1.25ms" as (125, 2 decimals, "ms").
  private static func split(_ text: String) -> (mantissa: Int64, scale: Int, unit: String)? {
    var mantissa: Int64 = 0
    var scale = 0
    var seenPoint = false
    var digits = 0
    var rest = Substring(text)
    let negative = rest.first == "-"
    if negative { rest = rest.dropFirst() }
    while let character = rest.first, character.isASCII {
      if character == ".", !seenPoint {
        seenPoint = true
      } else if character == "_" {
      } else if let digit = character.wholeNumberValue {
        digits += 1
        guard digits <= 15 else { return nil }
        mantissa = mantissa * 10 + Int64(digit)
        if seenPoint { scale += 1 }
      } else {
        break
      }
      rest = rest.dropFirst()
    }
    guard digits > 0 else { return nil }
    let unit = rest.drop { $0 == " " }
    return (negative ? -mantissa : mantissa, scale, String(unit))
  }

  /// mantissa x size / 10^scale, or nil if it does not fit.
  private static func scaled(_ mantissa: Int64, _ scale: Int, _ size: Int64) -> Int64? {
    var power: Int64 = 1
    for _ in 0..<abs(scale) { power *= 10 }
    if scale < 0 {
      let (product, overflow) = size.multipliedReportingOverflow(by: power)
      return overflow ? nil : mantissa * product
    }
    let (product, overflow) = mantissa.multipliedReportingOverflow(by: size)
    return overflow ? nil : product / power
  }
}
