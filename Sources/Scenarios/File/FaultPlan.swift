// An entry of a scenario's `faults`: which fault, and when. Each fault draws from a stream named
// after what it says, so that taking another one out, or moving it, changes nothing about this one.

import Simulation

/// A fault with its times.
public struct FaultPlan: Sendable {
  /// The fault's name: `partition`.
  public let kind: String
  public let fault: any Fault
  /// When it is active: once, or for each occurrence.
  public let windows: [Range<Instant>]
  /// The entry on one line, for reports and for scenarios that are written back.
  public let text: String
  public let mark: Mark
  /// Its stream of chance: its text, and a number if an entry before says the same.
  public let stream: String

  /// The most occurrences of one entry.
  public static let mostOccurrences = 10_000

  /// What it does in a run.
  public func actions(on topology: Topology, seed: UInt64) -> [TimedAction] {
    // The numbers of tags come from the stream's name: the streams of its packet rules hang on
    // them.
    var naming = Random(seed: 0, stream: stream)
    var tags = Tags(from: Int(naming.next() >> 34) << 32)
    return windows.indices.flatMap { place in
      var random = Random(seed: seed, stream: "\(stream)/\(place)")
      return fault.actions(in: windows[place], on: topology, &random, &tags)
    }
  }

  /// Reads `faults`.
  static func list(
    _ setting: Setting, topology: Topology, duration: Duration, _ problems: Problems
  ) -> [FaultPlan] {
    guard case .list(let entries) = setting.content else {
      problems.report(setting.mark, "faults: expected a list, found \(setting.kind)")
      return []
    }
    var plans: [FaultPlan] = []
    for entry in entries {
      let earlier = plans.count { $0.text == entry.flow }
      let stream = "fault/\(entry.flow)" + (earlier > 0 ? "#\(earlier + 1)" : "")
      if let plan = FaultPlan(
        entry, stream: stream, topology: topology, duration: duration, problems)
      {
        plans.append(plan)
      }
    }
    return plans
  }

  private init?(
    _ setting: Setting, stream: String, topology: Topology, duration: Duration,
    _ problems: Problems
  ) {
    guard case .map(let entries) = setting.content else {
      problems.report(
        setting.mark,
        "expected a fault such as {at: 10s, for: 2s, crash: any}, found \(setting.kind)")
      return nil
    }
    guard let type = Self.kind(of: entries, setting.mark, problems) else { return nil }
    kind = type.name
    var options = Options(
      setting, topology: topology, problems: problems, alsoKnown: FaultTiming.keys)
    fault = Self.make(type, &options)
    options.finish()
    var timing = Options(setting, topology: topology, problems: problems)
    windows = FaultTiming(&timing, type.name, isInstant: type.isInstant, duration)
      .windows(until: duration)
    text = setting.flow
    mark = setting.mark
    self.stream = stream
  }

  private static func make(_ type: any Fault.Type, _ options: inout Options) -> any Fault {
    type.init(&options)
  }

  /// The one fault that an entry names.
  private static func kind(
    of entries: [Setting.Entry], _ mark: Mark, _ problems: Problems
  ) -> (any Fault.Type)? {
    let names = Faults.all.map { $0.name }
    let named = entries.filter { names.contains($0.name) }
    if named.count > 1 {
      problems.report(
        named[1].mark,
        "'\(named[0].name)' and '\(named[1].name)' in one entry; each fault has its own")
      return nil
    }
    if let name = named.first?.name { return Faults.all.first { $0.name == name } }
    let others = entries.filter { !FaultTiming.keys.contains($0.name) }
    if let other = others.first(where: { nearest($0.name, among: names) != nil }) ?? others.first {
      problems.report(other.mark, unknownName(other.name, "fault", among: names))
    } else {
      problems.report(mark, "which fault? Known: \(names.joined(separator: ", "))")
    }
    return nil
  }
}

/// When a fault happens: `at` (and `for`), or `every` (and `for`, `from`, `until`).
struct FaultTiming {
  static let keys = ["at", "for", "every", "from", "until"]

  private let at: Duration
  private let length: Duration?
  private let every: Duration?
  private let from: Duration
  private let until: Duration
  private var isValid = true

  init(_ options: inout Options, _ name: String, isInstant: Bool, _ duration: Duration) {
    let problems = options.problems
    let before = problems.all.count
    at = options.duration("at", default: .zero, "when it begins")
    let length = options.duration("for", default: .zero, "how long it lasts; otherwise to the end")
    let every = options.duration(
      "every", default: .seconds(5), in: .milliseconds(1)...Duration.longest,
      "how often it happens, instead of at")
    from = options.duration("from", default: every, "with every: when it first happens")
    until = options.duration("until", default: duration, "with every: when it ends happening")
    self.length = isInstant ? .zero : options.has("for") ? length : nil
    self.every = options.has("every") ? every : nil
    defer { isValid = problems.all.count == before }

    switch (options.has("at"), options.has("every")) {
    case (false, false):
      problems.report(options.mark, "\(name): when? Add at: such as at: 10s, or every: 5s")
      return
    case (true, true):
      options.reject("every", "at and every exclude each other")
      return
    case (true, false):
      for key in ["from", "until"] where options.has(key) {
        options.reject(key, "\(key) means nothing without every")
      }
      if at >= duration { options.reject("at", "at: \(at) is after the end, \(duration)") }
    case (false, true):
      if from >= duration {
        let key = options.has("from") ? "from" : "every"
        options.reject(key, "\(key): \(from) is after the end, \(duration)")
      } else if until <= from {
        options.reject("until", "until: \(until) is not after the first time, \(from)")
      } else if !isInstant, !options.has("for") {
        options.reject("every", "\(name): how long each time? Add for: such as for: 2s")
      }
      if length > every { options.reject("for", "for: \(length) is longer than every: \(every)") }
      if (duration.nanoseconds / every.nanoseconds) > Int64(FaultPlan.mostOccurrences) {
        options.reject(
          "every", "every: \(every) comes to more than \(FaultPlan.mostOccurrences) times")
      }
    }
    guard options.has("for") else { return }
    if isInstant {
      options.reject("for", "for: \(name) happens at once and has no length")
    } else if length == .zero {
      options.reject("for", "for: a length of nothing has no effect")
    }
  }

  /// The windows within a scenario's duration; none if something was wrong.
  func windows(until duration: Duration) -> [Range<Instant>] {
    guard isValid else { return [] }
    let end = Instant.zero + duration
    func window(_ begin: Instant) -> Range<Instant> {
      begin..<min(end, length.map { begin + $0 } ?? end)
    }
    guard let every else { return [window(.zero + at)] }
    var windows: [Range<Instant>] = []
    var begin = Instant.zero + from
    while begin < min(end, .zero + until) {
      windows.append(window(begin))
      begin = begin + every
    }
    return windows
  }
}
