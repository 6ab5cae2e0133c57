// Puts invocations and completions together: each completion belongs to the open invocation of its
// process. What an operation asked comes from its invocation, what it was told from its completion.

struct EventAssembly {
  private let bytes: [UInt8]
  private let events: [EDNEvent]
  private let addInserts: Bool
  private let isIndependent: Bool
  private let usesTimes: Bool
  /// Completions alone, as in the unit tests of checkers: all operations are concurrent.
  private let hasInvocations: Bool
  private var names = KeyNames()
  private var stringNumbers: [String: Int64] = [:]
  private var built = History()
  /// The line of each event.
  private var lines: [Int32] = []

  init(_ bytes: [UInt8], _ events: [EDNEvent], _ dialect: EDNDialect) {
    self.bytes = bytes
    self.events = events
    addInserts =
      switch dialect {
      case .set: true
      case .counter: false
      case .automatic:
        events.contains { event in
          event.function == "read" && event.type == "ok" && event.value.members != nil
        }
      }
    isIndependent = EventAssembly.areIndependent(events)
    hasInvocations = events.contains { $0.type == "invoke" }
    var last = Int64.min
    // Times that are all the same say nothing.
    let differ = events.count < 2 || events.contains { $0.time != events[0].time }
    usesTimes =
      differ
      && events.allSatisfy { event in
        guard let time = event.time, time >= last else { return false }
        last = time
        return true
      }
    lines = EventAssembly.lines(bytes, events)
  }

  /// Whether every value is a pair of a key and the value proper.
  private static func areIndependent(_ events: [EDNEvent]) -> Bool {
    let judged = events.filter { !["txn", "transfer", "append"].contains($0.function) }
    guard !judged.isEmpty else { return false }
    return judged.allSatisfy { event in
      guard let pair = event.value.elements, pair.count == 2 else { return false }
      return event.function != "cas" || pair[1].elements?.count == 2
    }
  }

  private static func lines(_ bytes: [UInt8], _ events: [EDNEvent]) -> [Int32] {
    var line: Int32 = 1
    var position = 0
    return events.map { event in
      while position < event.offset {
        if bytes[position] == 0x0A { line += 1 }
        position += 1
      }
      return line
    }
  }

  mutating func history() throws -> History {
    var open: [Int32: Int] = [:]
    for (place, event) in events.enumerated() {
      let time = usesTimes ? event.time ?? 0 : Int64(place)
      guard event.type != "invoke" else {
        if let other = open.updateValue(built.count, forKey: event.process) {
          throw fail(
            event,
            "process \(event.process) has another operation open, of line "
              + "\(built.lines[other])")
        }
        built.append(try invocation(event, time))
        built.lines.append(lines[place])
        continue
      }
      let completion: Completion =
        switch event.type {
        case "ok": .ok
        case "fail": .fail
        case "info": .info
        default: throw fail(event, "unknown type `:\(event.type)`")
        }
      if !hasInvocations {
        open[event.process] = built.count
        var entry = try invocation(event, Int64(place))
        // Its process had nothing else open, but here all transactions are concurrent.
        if entry.function == .transaction { entry.process = Int32(place) }
        built.append(entry)
        built.lines.append(lines[place])
      }
      guard let row = open.removeValue(forKey: event.process) else {
        throw fail(event, "process \(event.process) has no operation open that this could end")
      }
      let end = hasInvocations ? time : Int64(events.count + place)
      try complete(row, event, completion, at: end)
    }
    names.finish(&built)
    return built
  }

  private func fail(_ event: EDNEvent, _ message: String) -> HistoryError {
    HistoryError(bytes, at: event.offset, message)
  }

  private mutating func invocation(_ event: EDNEvent, _ time: Int64) throws -> Entry {
    guard var function = FunctionNames.function(event.function.utf8) else {
      throw fail(
        event,
        "unknown function `:\(event.function)`; did you mean "
          + "`:\(FunctionNames.nearest(to: event.function))`?")
    }
    if function == .increment, event.function == "add", addInserts { function = .insert }
    var entry = Entry(
      process: event.process, function: function, key: 0, shape: .none, completion: .info,
      call: time, return: History.never, region: event.region, isFinal: event.isFinal)
    try fill(&entry, event)
    return entry
  }

  private mutating func complete(
    _ row: Int, _ event: EDNEvent, _ completion: Completion, at time: Int64
  ) throws {
    var entry = built[row]
    if completion == .ok, tells(entry.function) { try fill(&entry, event) }
    let end = completion == .info ? History.never : time
    built.complete(
      row, completion, at: end, shape: entry.shape, value: entry.value, extra: entry.extra,
      version: nil)
    if event.isFinal { built.finals[row] = true }
    if event.region != 0 { built.regions[row] = event.region }
  }

  /// Whether the value of an operation is only known when it ends.
  private func tells(_ function: Function) -> Bool {
    switch function {
    case .read, .transaction, .dequeue, .generate: true
    default: false
    }
  }

  /// Takes key and value from an event.
  private mutating func fill(_ entry: inout Entry, _ event: EDNEvent) throws {
    var value = event.value
    var key = event.key
    if isIndependent, let pair = value.elements, pair.count == 2 {
      (key, value) = (pair[0], pair[1])
    }
    entry.key = try key.map { try name($0, event) } ?? names.key(0)
    (entry.shape, entry.value, entry.extra) = (.none, 0, 0)
    switch value.kind {
    case .null: return
    case .integer(let number):
      entry.shape = .scalar
      entry.value = number
    case .string(let text) where EventAssembly.holdsText(entry.function):
      (entry.shape, entry.value) = (.string, number(of: text))
    case .vector(let items) where entry.function == .compareAndSet:
      guard items.count == 2, let old = items[0].integer, let new = items[1].integer else {
        throw fail(event, "cas needs [old new]")
      }
      (entry.shape, entry.value, entry.extra) = (.scalar, new, old)
    case .vector(let items) where entry.function == .transaction:
      let steps = try items.map { try step($0, event) }
      entry.shape = .steps
      (entry.value, entry.extra) = built.store(steps: steps)
    case .vector(let items), .set(let items):
      entry.shape = .list
      (entry.value, entry.extra) = built.store(try items.map { try integer($0, event) })
    case .map where entry.function == .transfer:
      guard let from = value["from"], let to = value["to"], let amount = value["amount"]?.integer
      else { throw fail(event, "a transfer needs :from, :to and :amount") }
      entry.key = try name(from, event)
      (entry.shape, entry.value, entry.extra) = (.scalar, amount, Int64(try name(to, event)))
    case .map(let pairs):
      entry.shape = .map
      var list: [Int64] = []
      for pair in pairs {
        list.append(try pair.key.integer ?? Int64(name(pair.key, event)))
        list.append(try integer(pair.value, event))
      }
      (entry.value, entry.extra) = built.store(list)
    default:
      // Such as the `:timed-out` of an operation that was not answered.
      if event.type == "invoke" { throw fail(event, "values must be integers") }
    }
  }

  private static func holdsText(_ function: Function) -> Bool {
    function == .read || function == .write || function == .append
  }

  /// The number of a string.
  private mutating func number(of text: String) -> Int64 {
    if let number = stringNumbers[text] { return number }
    built.strings.append(text)
    stringNumbers[text] = Int64(built.strings.count - 1)
    return Int64(built.strings.count - 1)
  }

  private func integer(_ value: EDNValue, _ event: EDNEvent) throws -> Int64 {
    guard let number = value.integer else { throw fail(event, "values must be integers") }
    return number
  }

  private mutating func name(_ value: EDNValue, _ event: EDNEvent) throws -> Key {
    switch value.kind {
    case .integer(let number): return names.key(number)
    case .keyword(let word), .symbol(let word), .string(let word): return names.key(word)
    default:
      guard event.function == "txn" else { throw fail(event, "keys must be integers or names") }
      return names.key(value.text)
    }
  }

  /// A step of a transaction: [:r :x 1], [:append :x 1], [:w :y 2].
  private mutating func step(_ value: EDNValue, _ event: EDNEvent) throws -> Step {
    guard let items = value.elements, items.count == 3 || items.count == 2 else {
      throw HistoryError(bytes, at: value.offset, "a step of a transaction is [:f key value]")
    }
    let word =
      switch items[0].kind {
      case .keyword(let word), .symbol(let word), .string(let word): word
      default: ""
      }
    guard let function = FunctionNames.function(word.utf8) else {
      throw HistoryError(
        bytes, at: items[0].offset,
        "unknown step `:\(word)`; did you mean `:\(FunctionNames.nearest(to: word))`?")
    }
    var step = Step(function: function, key: try name(items[1], event), shape: .none, value: 0)
    guard items.count == 3 else {
      guard function == .read else { throw fail(event, "\(function.name) needs a value") }
      return step
    }
    switch items[2].kind {
    case .null: break
    case .vector(let members), .set(let members):
      step.shape = .list
      (step.value, step.extra) = built.store(try members.map { try element($0, event) })
    default: (step.shape, step.value) = (.scalar, try element(items[2], event))
    }
    return step
  }

  /// A value in a transaction: an integer, or a number that stands for anything else.
  private mutating func element(_ value: EDNValue, _ event: EDNEvent) throws -> Int64 {
    if let number = value.integer { return number }
    if case .string(let word) = value.kind { return built.value(named: word) }
    return built.value(named: value.text)
  }
}
