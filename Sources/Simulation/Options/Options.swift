// Reads one map of settings. Each call names an option, its default, its limits and what it is
// about, and gives its value; the same calls against an empty map describe the options for
// `splitbrain list`, and make the JSON Schema. So an option exists in one place only.

/// An option as its reader declared it.
public struct OptionField: Sendable {
  public enum Kind: Sendable, Equatable {
    case integer, duration, ratio, flag, text, region
    case choice([String])
    case other(String)
  }
  public let name: String
  public let kind: Kind
  /// As it would be written; nil if it has none.
  public let fallback: String?
  public let about: String

  public init(name: String, kind: Kind, fallback: String?, about: String) {
    self.name = name
    self.kind = kind
    self.fallback = fallback
    self.about = about
  }
}

/// A map of settings being read.
public struct Options {
  public let topology: Topology
  public let problems: Problems
  public let mark: Mark
  private let entries: [Setting.Entry]
  /// What has been asked for so far.
  public private(set) var fields: [OptionField] = []
  /// Names that are right but read elsewhere.
  private var foreign: [String]

  /// Reads a map; anything else is a problem, and then every option has its default.
  public init(
    _ setting: Setting, topology: Topology, problems: Problems, alsoKnown foreign: [String] = []
  ) {
    self.topology = topology
    self.problems = problems
    self.foreign = foreign
    mark = setting.mark
    if case .map(let entries) = setting.content {
      self.entries = entries
    } else {
      entries = []
      problems.report(setting.mark, "expected a map of options, found \(setting.kind)")
    }
  }

  /// An empty map: everything at its default.
  public static func defaults(in topology: Topology) -> Options {
    Options(Setting(.map([])), topology: topology, problems: Problems())
  }

  /// Whether a name is set.
  public func has(_ name: String) -> Bool { entries.contains { $0.name == name } }

  /// The setting under a name, for readers of shapes that have no call of their own here.
  public mutating func setting(_ name: String, _ kind: String = "", _ about: String) -> Setting? {
    declare(name, .other(kind), nil, about)
    return entry(name)
  }

  public mutating func integer(
    _ name: String, default fallback: Int, in range: ClosedRange<Int> = 0...Int(Int32.max),
    _ about: String
  ) -> Int {
    declare(name, .integer, String(fallback), about)
    guard let (text, mark) = scalar(name) else { return fallback }
    guard let value = Int(text) else {
      problems.report(mark, "\(name): expected a whole number, found '\(text)'")
      return fallback
    }
    guard range.contains(value) else {
      problems.report(
        mark,
        "\(name): \(value) is out of range, \(range.lowerBound) to \(range.upperBound)")
      return fallback
    }
    return value
  }

  public mutating func duration(
    _ name: String, default fallback: Duration, in range: ClosedRange<Duration>? = nil,
    _ about: String
  ) -> Duration {
    declare(name, .duration, fallback.description, about)
    guard let setting = entry(name) else { return fallback }
    let limits = range ?? .zero...Duration.longest
    return Quantity.duration(setting, name, in: limits, problems) ?? fallback
  }

  public mutating func ratio(
    _ name: String, default fallback: Ratio, _ about: String
  ) -> Ratio {
    declare(name, .ratio, Quantity.text(fallback), about)
    guard let setting = entry(name) else { return fallback }
    return Quantity.ratio(setting, name, problems) ?? fallback
  }

  public mutating func flag(_ name: String, default fallback: Bool, _ about: String) -> Bool {
    declare(name, .flag, String(fallback), about)
    guard let (text, mark) = scalar(name) else { return fallback }
    switch text {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default:
      problems.report(mark, "\(name): expected true or false, found '\(text)'")
      return fallback
    }
  }

  public mutating func choice<Choice>(
    _ name: String, default fallback: Choice, _ about: String
  ) -> Choice where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    declare(name, .choice(names), fallback.rawValue, about)
    guard let (text, mark) = scalar(name) else { return fallback }
    if let choice = Choice(rawValue: text) { return choice }
    problems.report(mark, unknownName(text, "value of \(name)", among: names))
    return fallback
  }

  public mutating func text(_ name: String, default fallback: String?, _ about: String) -> String? {
    declare(name, .text, fallback, about)
    return scalar(name)?.text ?? fallback
  }

  public mutating func region(
    _ name: String, default fallback: Region.ID, _ about: String
  ) -> Region.ID {
    declare(name, .region, topology.count > 0 ? topology.name(of: fallback) : nil, about)
    guard let (text, mark) = scalar(name) else { return fallback }
    if let region = topology.region(named: text) { return region }
    problems.report(mark, unknownName(text, "region of this scenario", among: topology.regions))
    return fallback
  }

  /// A map inside this one.
  public mutating func section(_ name: String, _ about: String) -> Options? {
    declare(name, .other("map"), nil, about)
    return entry(name).map { Options($0, topology: topology, problems: problems) }
  }

  /// Reports that two options do not go together, or the like, where `name` stands.
  public func reject(_ name: String, _ message: String) {
    problems.report(entry(name)?.mark ?? mark, message)
  }

  /// Reports every name that nobody asked for. Call it last.
  public func finish() {
    let known = fields.map(\.name)
    for entry in entries where !known.contains(entry.name) && !foreign.contains(entry.name) {
      problems.report(entry.mark, unknownName(entry.name, "known key here", among: known + foreign))
    }
  }

  private mutating func declare(
    _ name: String, _ kind: OptionField.Kind, _ fallback: String?, _ about: String
  ) {
    fields.append(OptionField(name: name, kind: kind, fallback: fallback, about: about))
  }

  private func entry(_ name: String) -> Setting? { entries.first { $0.name == name }?.value }

  private func scalar(_ name: String) -> (text: String, mark: Mark)? {
    guard let setting = entry(name) else { return nil }
    if case .scalar(let text, _) = setting.content { return (text, setting.mark) }
    problems.report(setting.mark, "\(name): expected one value, found \(setting.kind)")
    return nil
  }
}
