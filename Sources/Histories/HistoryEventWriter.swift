// Writes a history as Jepsen's events, in EDN or JSON, so that Elle, Knossos and elle-cli can judge our runs:
// an event for each invocation and each completion, in the order of their times.
//
// What an operation asked is in both events, what it was told in its completion. Operations over several
// keys are pairs [key value], as jepsen.independent has them; where values are no single objects (appends,
// transactions, banks), `:key` says it. Reading what was written gives the same history (rows that were called
// at the same time may change places).

extension History {
  /// The history as Jepsen's events.
  /// - Parameter format: `.edn`, one map a line, or `.json`, an array of the same: elle-cli reads one value.
  public func events(_ format: HistoryFormat) -> [UInt8] {
    var writer = EventWriter(history: self, isJSON: format == .json)
    writer.writeAll()
    return writer.output
  }
}

private struct EventWriter {
  let history: History
  let isJSON: Bool
  var output: [UInt8] = []
  private var index: Int64 = 0
  private let keys: Keys
  /// Whether reads return collections: then `add` inserts into a set, else it adds to a counter.
  private let hasCollections: Bool
  private let hasSets: Bool

  /// Where an operation's key is written.
  private enum Keys { case none, pair, field }

  init(history: History, isJSON: Bool) {
    self.history = history
    self.isJSON = isJSON
    hasCollections = (0..<history.count).contains {
      history.functions[$0] == .read && history.completions[$0] == .ok
        && history.shapes[$0] == .list
    }
    hasSets = history.functions.contains { $0 == .insert || $0 == .remove }
    let isWhole = history.functions.contains {
      $0 == .transaction || $0 == .transfer || $0 == .append
    }
    if history.keyNames.isEmpty, history.keys.allSatisfy({ $0 == 0 }) {
      keys = .none
    } else {
      keys = isWhole || history.shapes.contains(.map) ? .field : .pair
    }
    output.reserveCapacity(160 * history.count)
  }

  mutating func writeAll() {
    let events = inOrder()
    for event in events { write(event.row, isEnd: event.isEnd, at: event.time) }
    let last = events.last?.time ?? 0
    for row in 0..<history.count where history.completions[row] == .info {
      write(row, isEnd: true, at: last)
    }
    if isJSON { add(index == 0 ? "[]\n" : "]\n") }
  }

  /// An invocation, or a completion that a client heard of.
  private struct Event {
    var time: Int64
    var row: Int
    var isEnd: Bool
    /// Its place among events of the same time.
    var rank: Int
  }

  /// All events by time. Elle and Knossos go by the order of events alone: of what happens at the same time
  /// invocations come first, or what ended then would come before them. But a process ends what it has
  /// open before it goes on.
  private func inOrder() -> [Event] {
    var latest: [Int32: Event] = [:]
    var events: [Event] = []
    events.reserveCapacity(2 * history.count)
    func add(_ time: Int64, _ row: Int, isEnd: Bool) {
      let own = latest[history.processes[row]]
      let rank = own?.time == time ? (own?.rank ?? 0) + 1 : isEnd ? 1 : 0
      let event = Event(time: time, row: row, isEnd: isEnd, rank: rank)
      latest[history.processes[row]] = event
      events.append(event)
    }
    for row in 0..<history.count {
      add(history.calls[row], row, isEnd: false)
      if history.completions[row] != .info { add(history.returns[row], row, isEnd: true) }
    }
    return events.sorted { ($0.time, $0.rank, $0.row) < ($1.time, $1.rank, $1.row) }
  }

  private mutating func write(_ row: Int, isEnd: Bool, at time: Int64) {
    if isJSON { add(index == 0 ? "[" : ",\n") }
    add("{")
    name("index", isFirst: true)
    add(index)
    name("time")
    add(time)
    name("type")
    word(isEnd ? "\(history.completions[row])" : "invoke")
    name("process")
    add(Int64(history.processes[row]))
    name("f")
    word(functionName(history.functions[row]))
    if keys == .field, history.functions[row] != .transaction, history.functions[row] != .transfer {
      name("key")
      addKey(history.keys[row])
    }
    name("value")
    if keys == .pair {
      add("[")
      addKey(history.keys[row])
      comma()
    }
    addValue(row, isTold: isEnd && history.completions[row] == .ok)
    if keys == .pair { add("]") }
    if history.regions[row] != 0 {
      name("region")
      add(Int64(history.regions[row]))
    }
    if history.finals[row] {
      name("final?")
      add("true")
    }
    if isEnd, let version = history.version(of: row) {
      name("version")
      addList([version.major, version.minor])
    }
    add(isJSON ? "}" : "}\n")
    index += 1
  }

  /// The names that Jepsen's workloads have.
  private func functionName(_ function: Function) -> String {
    switch function {
    case .insert: hasCollections ? "add" : "insert"
    case .increment: hasCollections ? "increment" : "add"
    default: function.name
    }
  }

  private mutating func addValue(_ row: Int, isTold: Bool) {
    switch (history.functions[row], history.shapes[row]) {
    case (.compareAndSet, .scalar): addList([history.extras[row], history.values[row]])
    case (.transfer, _):
      add("{")
      name("from", isFirst: true)
      addKey(history.keys[row])
      name("to")
      addKey(Key(truncatingIfNeeded: history.extras[row]))
      name("amount")
      add(history.values[row])
      add("}")
    case (_, _) where history.lockOwner(of: row) != nil:
      add("{")
      name("client", isFirst: true)
      addScalar(history.extras[row])
      if history.shapes[row] == .scalar {
        name("fence")
        add(history.values[row])
      }
      add("}")
    case (.transaction, .steps): addSteps(history.steps(of: row), isTold: isTold)
    case (.read, _) where !isTold, (.dequeue, _) where !isTold, (.generate, _) where !isTold:
      addNull()
    case (_, .scalar): addScalar(history.values[row])
    case (_, .list): addList(history.list(of: row), isSet: hasSets)
    case (_, .map): addMap(history.list(of: row))
    case (_, .string): addString(history.strings[Int(history.values[row])])
    default: addNull()
    }
  }

  private mutating func addSteps(_ steps: ArraySlice<Step>, isTold: Bool) {
    add("[")
    for (place, step) in steps.enumerated() {
      if place > 0 { comma() }
      add("[")
      word(step.function == .read ? "r" : step.function == .write ? "w" : step.function.name)
      comma()
      addKey(step.key)
      comma()
      switch (step.function, step.shape) {
      case (.read, _) where !isTold: addNull()
      case (.compareAndSet, .scalar): addList([step.extra, step.value])
      case (_, .scalar): addScalar(step.value)
      case (_, .list):
        addList(history.pool[Int(step.value)..<Int(step.value + step.extra)])
      default: addNull()
      }
      add("]")
    }
    add("]")
  }

  private mutating func addList(_ list: some Collection<Int64>, isSet: Bool = false) {
    let isSet = isSet && !isJSON
    add(isSet ? "#{" : "[")
    var isFirst = true
    for value in list {
      if !isFirst { comma() }
      isFirst = false
      addScalar(value)
    }
    add(isSet ? "}" : "]")
  }

  private mutating func addMap(_ list: ArraySlice<Int64>) {
    add("{")
    for (place, value) in list.enumerated() {
      if place % 2 == 1 {
        add(isJSON ? ": " : " ")
        addScalar(value)
      } else {
        if place > 0 { add(", ") }
        let key = Key(truncatingIfNeeded: value)
        if isJSON { addString(history.name(of: key)) } else { addKey(key) }
      }
    }
    add("}")
  }

  // MARK: The two notations

  private mutating func name(_ name: String, isFirst: Bool = false) {
    if !isFirst { add(", ") }
    word(name)
    add(isJSON ? ": " : " ")
  }

  private mutating func word(_ word: String) {
    output.append(contentsOf: (isJSON ? "\"\(word)\"" : ":\(word)").utf8)
  }

  private mutating func comma() { add(isJSON ? ", " : " ") }

  private mutating func addNull() { add(isJSON ? "null" : "nil") }

  private mutating func addKey(_ key: Key) {
    let name = history.name(of: key)
    if Int64(name).map(String.init) == name {
      output.append(contentsOf: name.utf8)
    } else {
      addString(name)
    }
  }

  private mutating func addScalar(_ value: Int64) {
    if history.isNamed(value) { addString(history.name(ofValue: value)) } else { add(value) }
  }

  private mutating func addString(_ text: String) { output.append(quoted: text) }

  private mutating func add(_ text: String) { output.append(contentsOf: text.utf8) }

  private mutating func add(_ number: Int64) { output.append(decimal: number) }
}
