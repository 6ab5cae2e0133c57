// Puts invocations and completions together: each completion belongs to the open invocation of its
// process. What an operation asked comes from its invocation, what it was told from its completion.

struct EventAssembly {
  private let scanner: ByteScanner
  private let survey: EventSurvey
  private let addInserts: Bool
  private let isIndependent: Bool
  private let usesTimes: Bool
  private let hasInvocations: Bool
  private var clock = EventClock()
  private var names = KeyNames()
  private var built = History()
  /// The rows of the operations that are open.
  private var open: [Int32: Int] = [:]
  /// How far lines have been counted, and how many.
  private var counted = 0
  private var line = 1

  /// Reads all events of a file.
  /// - Throws: `HistoryError` at the first thing that can not be understood.
  static func history(of source: some EventSource, _ dialect: EDNDialect) throws -> History {
    var assembly = EventAssembly(source.scanner, try EventSurvey(source), dialect)
    var source = source
    var place = 0
    while let event = try source.next() {
      try assembly.add(event, place)
      place += 1
    }
    assembly.names.finish(&assembly.built)
    return assembly.built
  }

  private init(_ scanner: ByteScanner, _ survey: EventSurvey, _ dialect: EDNDialect) {
    self.scanner = scanner
    self.survey = survey
    addInserts =
      switch dialect {
      case .set: true
      case .counter: false
      case .automatic: survey.hasCollections
      }
    isIndependent = survey.isIndependent
    usesTimes = survey.usesTimes
    hasInvocations = survey.invocations > 0
    built.reserve(hasInvocations ? survey.invocations : survey.events)
  }

  private mutating func add(_ event: HistoryEvent, _ place: Int) throws {
    line += scanner.bytes.lineEnds(counted..<event.offset)
    counted = event.offset
    let time = usesTimes ? clock.time(of: event, at: event.time ?? 0) : Int64(place)
    guard let completion = event.completion else {
      if let other = open.updateValue(built.count, forKey: event.process) {
        throw fail(
          event,
          "process \(event.process) has another operation open, of line \(built.lines[other])")
      }
      append(try invocation(event, time))
      return
    }
    if !hasInvocations {
      open[event.process] = built.count
      var entry = try invocation(event, Int64(place))
      // Its process had nothing else open, but here all transactions are concurrent.
      if entry.function == .transaction { entry.process = Int32(clamping: place) }
      append(entry)
    }
    guard let row = open.removeValue(forKey: event.process) else {
      throw fail(event, "process \(event.process) has no operation open that this could end")
    }
    try complete(
      row, event, completion, at: hasInvocations ? time : Int64(survey.events + place))
  }

  private mutating func append(_ entry: Entry) {
    built.append(entry)
    built.lines.append(Int32(clamping: line))
  }

  private func fail(_ event: HistoryEvent, _ message: String) -> HistoryError {
    scanner.fail(at: event.offset, message)
  }

  private mutating func invocation(_ event: HistoryEvent, _ time: Int64) throws -> Entry {
    let function = event.isAdd && addInserts ? .insert : event.function
    var entry = Entry(
      process: event.process, function: function, key: 0, shape: .none, completion: .info,
      call: time, return: History.never, region: event.region, isFinal: event.isFinal,
      version: event.version)
    try fill(&entry, event)
    return entry
  }

  private mutating func complete(
    _ row: Int, _ event: HistoryEvent, _ completion: Completion, at time: Int64
  ) throws {
    var entry = built[row]
    if completion == .ok, tells(entry.function, event) {
      let isBare = survey.areAnswersBare && entry.function == .read
      try fill(&entry, event, knownKey: isBare ? entry.key : nil)
    }
    guard entry.function == built.functions[row] else {
      throw fail(
        event, "a \(built.functions[row].name) cannot be answered with the steps of a transaction")
    }
    let end = completion == .info ? History.never : time
    built.complete(
      row, completion, at: end, shape: entry.shape, value: entry.value, extra: entry.extra,
      version: event.version)
    if event.isFinal { built.finals[row] = true }
    if event.region != 0 { built.regions[row] = event.region }
  }

  /// Whether the value of an operation is only known when it ends.
  private func tells(_ function: Function, _ event: HistoryEvent) -> Bool {
    switch function {
    case .read, .transaction, .dequeue, .generate: true
    case .acquire, .release:
      // Owners and tokens are often told only then.
      if case .null = event.value.kind { false } else { true }
    default: false
    }
  }

  /// Takes key and value from an event; only the value if the key is known.
  private mutating func fill(
    _ entry: inout Entry, _ event: HistoryEvent, knownKey: Key? = nil
  ) throws {
    var value = event.value
    var key = event.key
    if isIndependent, knownKey == nil, let pair = value.elements, pair.count == 2 {
      (key, value) = (pair[0], pair[1])
    }
    if entry.function == .read || entry.function == .write, value.isSteps {
      entry.function = .transaction
    }
    try screen(entry.function, value, event)
    entry.key = try knownKey ?? key.map { try name($0) } ?? names.key(0)
    (entry.shape, entry.value, entry.extra) = (.none, 0, 0)
    switch value.kind {
    case .null: return
    case .integer(let number): (entry.shape, entry.value) = (.scalar, number)
    case .string(let text) where holdsText(entry.function):
      (entry.shape, entry.value) = (.string, built.place(ofString: text))
    case .vector(let items) where entry.function == .compareAndSet:
      guard items.count == 2 else { throw fail(event, "cas needs [old new]") }
      (entry.shape, entry.extra) = (.scalar, element(items[0]))
      entry.value = element(items[1])
    case .vector(let items) where entry.function == .transaction:
      let steps = try items.map { try step($0) }
      entry.shape = .steps
      (entry.value, entry.extra) = built.store(steps: steps)
    case .vector(let items), .set(let items):
      entry.shape = .list
      (entry.value, entry.extra) = built.store(items.map { element($0) })
    case .map where entry.function == .transfer:
      guard let from = value["from"], let to = value["to"], let amount = value["amount"]?.integer
      else { throw fail(event, "a transfer needs :from, :to and :amount") }
      entry.key = try name(from)
      (entry.shape, entry.value, entry.extra) = (.scalar, amount, Int64(try name(to)))
    case .map where entry.function.isOfLock:
      try own(&entry, value, event)
    case .map(let pairs):
      entry.shape = .map
      var list: [Int64] = []
      for pair in pairs {
        list.append(Int64(try account(pair.key)))
        list.append(try scalar(pair.value))
      }
      (entry.value, entry.extra) = built.store(list)
    default: (entry.shape, entry.value) = (.scalar, try scalar(value))
    }
  }

  /// Takes owner and token of a lock operation: {:client "n1", :fence 7}, as in Jepsen's tests of Hazelcast.
  private mutating func own(
    _ entry: inout Entry, _ value: DataValue, _ event: HistoryEvent
  ) throws {
    guard let client = value["client"] else {
      throw fail(event, "\(entry.function.name) needs a token, or a map with a :client")
    }
    entry.extra = built.value(named: client.word ?? client.text)
    guard let fence = (value["fence"] ?? value["token"])?.integer else { return }
    (entry.shape, entry.value) = (.scalar, fence)
  }

  /// Refuses what cannot be the value of a function.
  private func screen(_ function: Function, _ value: DataValue, _ event: HistoryEvent) throws {
    switch (function, value.kind) {
    case (.compareAndSet, .vector), (.transfer, .map), (.transaction, .vector),
      (.transaction, .null),
      (.increment, .integer):
      break
    case (.compareAndSet, _): throw fail(event, "cas needs [old new]")
    case (.transfer, _): throw fail(event, "a transfer needs :from, :to and :amount")
    case (.transaction, _): throw fail(event, "a transaction needs steps [[:f key value] ...]")
    case (.increment, _): throw fail(event, "add needs an integer")
    case (_, .null) where function.needsValue: throw fail(event, "\(function.name) needs a value")
    default: break
    }
  }

  private func holdsText(_ function: Function) -> Bool {
    function == .read || function == .write || function == .append
  }

  private mutating func name(_ value: DataValue) throws -> Key {
    if let number = value.integer { return names.key(number) }
    return names.key(value.word ?? value.text)
  }

  /// An account of a bank: JSON has its number in quotes.
  private mutating func account(_ value: DataValue) throws -> Key {
    if case .string(let text) = value.kind, let number = Int64(text) { return names.key(number) }
    return try name(value)
  }

  /// A step of a transaction: [:r :x 1], [:append :x 1], [:w :y 2].
  private mutating func step(_ value: DataValue) throws -> Step {
    guard let items = value.elements, items.count == 3 || items.count == 2 else {
      throw scanner.fail(at: value.offset, "a step of a transaction is [:f key value]")
    }
    let word = items[0].word ?? items[0].text
    guard let function = FunctionNames.function(word) else {
      throw scanner.fail(
        at: items[0].offset,
        "unknown step `:\(word)`; did you mean `:\(FunctionNames.nearest(to: word))`?")
    }
    var step = Step(function: function, key: try name(items[1]), shape: .none, value: 0)
    guard items.count == 3 else {
      guard function == .read else {
        throw scanner.fail(at: value.offset, "\(function.name) needs a value")
      }
      return step
    }
    switch items[2].kind {
    case .null: break
    case .vector(let pair) where function == .compareAndSet:
      guard pair.count == 2 else {
        throw scanner.fail(at: items[2].offset, "cas needs [old new]")
      }
      (step.shape, step.extra) = (.scalar, element(pair[0]))
      step.value = element(pair[1])
    case .vector(let members), .set(let members):
      step.shape = .list
      (step.value, step.extra) = built.store(members.map { element($0) })
    default: (step.shape, step.value) = (.scalar, element(items[2]))
    }
    return step
  }

  /// An integer, or a number that stands for a name.
  private mutating func scalar(_ value: DataValue) throws -> Int64 {
    if case .decimal = value.kind {
      throw scanner.fail(at: value.offset, "values must be integers or names")
    }
    return element(value)
  }

  /// An integer, or a number that stands for anything else, where values are only compared.
  private mutating func element(_ value: DataValue) -> Int64 {
    switch value.kind {
    case .integer(let number): number
    case .string(let word): built.value(named: word)
    default: built.value(named: value.text)
    }
  }
}

extension DataValue {
  /// Whether it is a list of steps, as in [[:r 1 nil] [:r 2 3]]: some of Jepsen's workloads call transactions of
  /// reads `:read`.
  fileprivate var isSteps: Bool {
    guard let steps = elements, !steps.isEmpty else { return false }
    return steps.allSatisfy { step in
      guard let parts = step.elements, parts.count == 3, let word = parts[0].word else {
        return false
      }
      return FunctionNames.function(word) != nil
    }
  }
}
