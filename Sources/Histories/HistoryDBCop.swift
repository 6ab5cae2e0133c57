// The formats of dbcop ("On the Complexity of Checking Transactional Consistency", OOPSLA 2019): sessions of
// transactions of events, in JSON with or without a wrapper, and in a short text form:
//
//     [[{"events": [{"Write": {"variable": 0, "version": 1}}], "committed": true}], [...]]
//     {"params": {...}, "data": [...]}
//
//     // session 1
//     [x:=1 y:=2] [y==2 x:=3]
//     ---
//     [x==? y:=4]!
//
// `==?` and a version of null read what nobody wrote, and so does 0 unless somebody wrote 0; `!` and
// `committed` false are transactions that were aborted. They have no times: see `appendTransaction`.

extension History {
  /// Reads a history of dbcop's, JSON or text.
  /// - Throws: `HistoryError` at the first thing that can not be understood.
  public init(dbcop bytes: [UInt8]) throws {
    self = try bytes.withView { try History(dbcop: $0) }
  }

  init(dbcop bytes: ByteView) throws {
    self.init()
    var reader = SessionReader(bytes)
    try HistoryFormat.beginsJSON(bytes) ? reader.readJSON(&self) : reader.readText(&self)
    reader.names.finish(&self)
    takeZeroAsInitial()
  }
}

private struct SessionReader {
  private var json: JSONReader
  var names = KeyNames()
  private var session: Int32 = -1
  private var line = 1
  private var counted = 0

  init(_ bytes: ByteView) { json = JSONReader(ByteScanner(bytes)) }

  /// The line of a place in the file; places must come in their order.
  private mutating func line(of place: Int) -> Int32 {
    line += json.scanner.bytes.lineEnds(counted..<place)
    counted = place
    return Int32(clamping: line)
  }

  private mutating func beginSession() { session += session < .max ? 1 : 0 }

  // MARK: JSON

  mutating func readJSON(_ history: inout History) throws {
    json.skipSpace()
    if json.scanner.byte == UInt8(ascii: "[") {
      try readSessions(&history)
    } else {
      try readWrapper(&history)
    }
    json.skipSpace()
    guard json.scanner.isAtEnd else { throw json.scanner.fail("expected the end of the file") }
  }

  private mutating func readWrapper(_ history: inout History) throws {
    let opened = json.scanner.position
    try json.scanner.expect(UInt8(ascii: "{"))
    var isFirst = true
    while try json.another(isFirst: isFirst, close: UInt8(ascii: "}"), opened: opened) {
      isFirst = false
      let name = try json.name().map(json.scanner.word)
      if name == nil { _ = try json.scanner.string() }
      try json.skipToMapValue(opened: opened)
      if name == ByteScanner.word("data") {
        try readSessions(&history)
      } else {
        _ = try json.value()
      }
    }
  }

  private mutating func readSessions(_ history: inout History) throws {
    try elements { reader in
      reader.beginSession()
      try reader.elements { reader in try reader.readTransaction(&history) }
    }
  }

  /// Calls `body` at each element of an array.
  private mutating func elements(_ body: (inout SessionReader) throws -> Void) throws {
    let opened = json.scanner.position
    try json.scanner.expect(UInt8(ascii: "["))
    var isFirst = true
    while try json.another(isFirst: isFirst, close: UInt8(ascii: "]"), opened: opened) {
      isFirst = false
      try body(&self)
    }
  }

  private mutating func readTransaction(_ history: inout History) throws {
    json.scanner.release()
    let transaction = try json.value()
    guard let events = transaction["events"]?.elements else {
      throw json.scanner.fail(at: transaction.offset, "a transaction needs \"events\": [...]")
    }
    let first = history.steps.count
    for event in events { history.steps.append(try step(event)) }
    let isCommitted = transaction["committed"]?.boolean ?? true
    history.appendTransaction(
      of: session, from: first, line: line(of: transaction.offset),
      completion: isCommitted ? .ok : .fail)
  }

  /// {"Read": {"variable": 0, "version": 1}}, or short: ["r", 0, 1].
  private mutating func step(_ event: DataValue) throws -> Step {
    var variable: DataValue?
    var version: DataValue?
    var function = Function.read
    if let items = event.elements, items.count == 3 {
      switch items[0].word {
      case "r": break
      case "w": function = .write
      default: throw fail(event)
      }
      (variable, version) = (items[1], items[2])
    } else {
      if event["Read"] == nil { function = .write }
      let body = event["Read"] ?? event["Write"]
      (variable, version) = (body?["variable"], body?["version"])
    }
    guard let variable, let version else { throw fail(event) }
    var step = Step(function: function, key: try key(variable), shape: .none, value: 0)
    if let number = version.integer {
      (step.shape, step.value) = (.scalar, number)
    } else if case .null = version.kind, function == .read {
      step.shape = .none
    } else {
      throw json.scanner.fail(at: version.offset, "versions are integers")
    }
    return step
  }

  private func fail(_ event: DataValue) -> HistoryError {
    json.scanner.fail(
      at: event.offset, "an event is {\"Read\": {\"variable\": K, \"version\": V}} or \"Write\"")
  }

  private mutating func key(_ variable: DataValue) throws -> Key {
    if let number = variable.integer { return names.key(number) }
    if let name = variable.word { return names.key(name) }
    throw json.scanner.fail(at: variable.offset, "variables are integers or names")
  }

  // MARK: Text

  mutating func readText(_ history: inout History) throws {
    beginSession()
    while true {
      json.scanner.release()
      json.scanner.skipBlanks(andLines: true)
      guard !json.scanner.isAtEnd else { return }
      switch json.scanner.byte {
      case UInt8(ascii: "/"):
        guard json.scanner.acceptWord("//") else { throw json.scanner.fail("expected `//`") }
        while !json.scanner.isAtEnd, json.scanner.byte != 0x0A { json.scanner.position += 1 }
      case UInt8(ascii: "-"):
        while json.scanner.accept(UInt8(ascii: "-")) {}
        beginSession()
      case UInt8(ascii: "["): try readBracket(&history)
      default: throw json.scanner.fail("expected a transaction `[x:=1 y==2]`, `---` or `//`")
      }
    }
  }

  private mutating func readBracket(_ history: inout History) throws {
    let opened = json.scanner.position
    json.scanner.position += 1
    let first = history.steps.count
    json.scanner.skipBlanks(andLines: true)
    while !json.scanner.accept(UInt8(ascii: "]")) {
      guard !json.scanner.isAtEnd else {
        throw json.scanner.fail(at: opened, "this is never closed")
      }
      history.steps.append(try readEvent())
      json.scanner.skipBlanks(andLines: true)
    }
    let isAborted = json.scanner.accept(UInt8(ascii: "!"))
    history.appendTransaction(
      of: session, from: first, line: line(of: opened), completion: isAborted ? .fail : .ok)
  }

  private mutating func readEvent() throws -> Step {
    let start = json.scanner.position
    while SessionReader.isLetter(json.scanner.byte) { json.scanner.position += 1 }
    guard json.scanner.position > start else {
      throw json.scanner.fail("expected a variable, as in `x:=1` or `x==1`")
    }
    let key = names.key(json.scanner.bytes.text(start..<json.scanner.position))
    if json.scanner.acceptWord(":=") {
      return Step(
        function: .write, key: key, shape: .scalar, value: try json.scanner.integer())
    }
    guard json.scanner.acceptWord("==") else { throw json.scanner.fail("expected `:=` or `==`") }
    if json.scanner.accept(UInt8(ascii: "?")) {
      return Step(function: .read, key: key, shape: .none, value: 0)
    }
    return Step(function: .read, key: key, shape: .scalar, value: try json.scanner.integer())
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
