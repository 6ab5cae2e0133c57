// The options of the strategy: those that products ship, the unsafe ones too, and deliberate flaws. Options
// that would have no effect together are refused.

import Simulation

extension CRDT {
  /// When what was removed is forgotten.
  enum TombstonePolicy: Sendable, Equatable {
    case causalStability
    case keep
    /// So long after the removal, whoever has heard of it by then.
    case after(Duration)

    /// Whether no region can miss a removal for good.
    var areSafe: Bool { if case .after = self { false } else { true } }

    /// Reads `causal-stability`, `keep` or a duration.
    init(_ options: inout Options) {
      let about =
        "when removed elements are forgotten: causal-stability, keep, or so long after the removal "
        + "(10s); default causal-stability"
      let setting = options.setting("tombstones", "causal-stability, keep or a duration", about)
      self = .causalStability
      guard let setting else { return }
      switch setting.content {
      case .scalar("causal-stability", _): self = .causalStability
      case .scalar("keep", _): self = .keep
      case .scalar(let text, _) where text.first?.isNumber != true:
        let known = ["causal-stability", "keep"]
        let message = unknownName(text, "value of tombstones", among: known)
        options.problems.report(setting.mark, "\(message), or a duration such as 10s")
      default:
        if let age = Quantity.duration(setting, "tombstones", options.problems) {
          self = .after(age)
        }
      }
    }
  }

  public init(_ options: inout Options) {
    exchange = options.choice(
      "exchange", default: .operation,
      "what regions send: each operation, deltas of what changed, or the whole state")
    delivery = options.choice(
      "delivery", default: .causal,
      "of operations: causal; any-order, each once; or at-least-once, whenever they come")
    resync = options.flag(
      "resync", default: true, "whether operations that were lost are sent again")
    clock = options.choice(
      "clock", default: .hybrid,
      "timestamps of lww registers: hybrid respects causality, wall takes the clock as it is")
    clockResolution = options.duration(
      "clock-resolution", default: .nanoseconds(1), in: .nanoseconds(1)...Duration.seconds(3_600),
      "how fine clocks are read for timestamps")
    register = options.choice(
      "register", default: .lww,
      "lww keeps the write with the greatest timestamp, multi-value all concurrent ones")
    comparesLocally =
      options.choice(
        "conditional-writes", default: ConditionalWrites.none,
        "whether a compare-and-set is refused, or judged by what its region has and then a write")
      == .local
    let unit = options.choice(
      "conflict-unit", default: ConflictUnit.field,
      "what lww compares: each field, or each row of fields-per-row keys as its author saw it")
    let fields = options.integer(
      "fields-per-row", default: 4, in: 2...32, "how many keys make a row for conflict-unit: row")
    fieldsPerRow = unit == .row ? fields : 1
    counter = options.choice(
      "counter", default: .plain,
      "plain counters merge, bounded ones have a floor of 0 by escrow; none leaves the registers")
    set = options.choice(
      "set", default: .addWins, "which of a concurrent insert and remove of an element prevails")
    tombstones = TombstonePolicy(&options)
    compactsLog = options.flag(
      "compact-log", default: true, "whether operations that all regions have leave the log")
    antiEntropy = options.duration(
      "anti-entropy", default: .seconds(1), in: .milliseconds(1)...Duration.seconds(3_600),
      "how often a region compares what it has with a peer, or sends it its delta or state")
    batch = options.integer(
      "batch", default: 200, in: 1...100_000, "the most operations that one comparison sends")
    flaw = options.choice(
      "flaw", default: .none, "a part that is wrong on purpose, as it was in a real system")
    refuseWhatHasNoEffect(options, unit)
  }

  private func refuseWhatHasNoEffect(_ options: Options, _ unit: ConflictUnit) {
    if exchange != .operation {
      for name in ["delivery", "resync", "batch", "compact-log"] where options.has(name) {
        options.reject(name, "\(name) is about exchange: operation, not \(exchange.rawValue)")
      }
    }
    if register != .lww {
      for name in ["conflict-unit", "clock"] where options.has(name) {
        options.reject(name, "\(name) is about register: lww")
      }
    }
    if unit == .field, options.has("fields-per-row") {
      options.reject("fields-per-row", "fields-per-row is about conflict-unit: row")
    }
    if !flaw.exchanges.contains(exchange) {
      let names = flaw.exchanges.map(\.rawValue).joined(separator: " or ")
      options.reject("flaw", "flaw \(flaw.rawValue) needs exchange: \(names)")
    }
    if flaw.isOfRegisters, register != .lww || unit == .row {
      options.reject("flaw", "flaw \(flaw.rawValue) needs register: lww by field")
    }
    if flaw == .sharedReplicaIDs, counter != .plain {
      options.reject("flaw", "flaw \(flaw.rawValue) needs counter: plain")
    }
  }
}
