// Our own history files: JSON Lines, one operation a line.
//
//     {"process": 3, "call": 120, "return": 410, "f": "read", "key": "x", "value": 7, "ok": true}
//
// `ok` is true, false (certainly not applied) or null (unknown, then `return` is null). `cas` has `old`
// and `new`; a transfer has `from`, `to` and `amount`, or an object of them as value; a transaction has
// steps as value: [["append", "x", 1], ["r", "x", [1]], ["w", "y", 2]]; acquire and release may name their
// owner as `client`. Keys are numbers or strings. Optional: `region`, `final`, `version` ([major, minor]).
//
// The reader makes one pass over the bytes and fills columns as it goes.

extension History {
  /// Reads JSON Lines. Operations may be in any order.
  /// - Throws: `HistoryError` at the first thing that can not be understood.
  public init(jsonLines bytes: [UInt8]) throws {
    self = try bytes.withView { try History(jsonLines: $0) }
  }

  init(jsonLines bytes: ByteView) throws {
    self.init()
    reserve(JSONLinesReader.estimatedLines(bytes))
    var reader = JSONLinesReader(bytes)
    while try reader.readLine(into: &self) {}
    reader.names.finish(&self)
    sortByCalls()
  }
}

/// Reads one line after another into a history.
private struct JSONLinesReader {
  private var scanner: ByteScanner
  var names = KeyNames()
  private var line = 0

  // What the current line said so far.
  private var entry = Entry(process: 0, function: .read, key: 0, call: 0, return: 0)
  private var seen: Fields = []
  private var transfer: (from: Key, to: Key, amount: Int64) = (0, 0, 0)
  private var complexValue: Int?
  private var client: Value?

  private struct Fields: OptionSet {
    let rawValue: Int
    static let process = Fields(rawValue: 1)
    static let call = Fields(rawValue: 2)
    static let function = Fields(rawValue: 4)
    static let old = Fields(rawValue: 8)
    static let new = Fields(rawValue: 16)
    static let amount = Fields(rawValue: 32)
    static let returned = Fields(rawValue: 64)
    static let key = Fields(rawValue: 128)
    static let from = Fields(rawValue: 256)
    static let to = Fields(rawValue: 512)
  }

  init(_ bytes: ByteView) { scanner = ByteScanner(bytes) }

  /// How many lines a file may have, if the others are as long as the first ones.
  static func estimatedLines(_ bytes: ByteView) -> Int {
    let sample = 0..<min(bytes.count, 1 << 16)
    let lines = bytes.lineEnds(sample)
    return lines > 0 ? bytes.count / (sample.count / lines) * 9 / 8 : 1
  }

  /// Reads the next line that is not blank; false at the end.
  mutating func readLine(into history: inout History) throws -> Bool {
    scanner.release()
    scanner.skipBlanks(andLines: false)
    line += 1
    while scanner.accept(0x0A) {
      line += 1
      scanner.skipBlanks(andLines: false)
    }
    guard !scanner.isAtEnd else { return false }
    let start = scanner.position
    entry = Entry(
      process: 0, function: .read, key: 0, shape: .none, completion: .info, call: 0,
      return: History.never)
    seen = []
    complexValue = nil
    client = nil
    try scanner.expect(UInt8(ascii: "{"))
    scanner.skipBlanks(andLines: false)
    if !scanner.accept(UInt8(ascii: "}")) {
      repeat {
        scanner.skipBlanks(andLines: false)
        try readField(&history)
        scanner.skipBlanks(andLines: false)
      } while scanner.accept(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "}"))
    }
    scanner.skipBlanks(andLines: false)
    guard scanner.isAtEnd || scanner.byte == 0x0A else {
      throw scanner.fail("expected the end of the line: one operation a line")
    }
    let end = scanner.position
    try finish(start, &history)
    scanner.position = end
    _ = scanner.accept(0x0A)
    return true
  }

  private static let process = ByteScanner.word("process")
  private static let call = ByteScanner.word("call")
  private static let returned = ByteScanner.word("return")
  private static let function = ByteScanner.word("f")
  private static let key = ByteScanner.word("key")
  private static let value = ByteScanner.word("value")
  private static let ok = ByteScanner.word("ok")
  private static let old = ByteScanner.word("old")
  private static let new = ByteScanner.word("new")
  private static let region = ByteScanner.word("region")
  private static let final = ByteScanner.word("final")
  private static let version = ByteScanner.word("version")
  private static let from = ByteScanner.word("from")
  private static let to = ByteScanner.word("to")
  private static let amount = ByteScanner.word("amount")
  private static let owner = ByteScanner.word("client")

  /// A field's name, up to eight letters as one number; 0 for a longer one.
  private mutating func fieldName() throws -> UInt64 {
    try scanner.expect(UInt8(ascii: "\""))
    let start = scanner.position
    while !scanner.isAtEnd, scanner.byte != UInt8(ascii: "\"") { scanner.position += 1 }
    let word = scanner.word(start..<scanner.position)
    try scanner.expect(UInt8(ascii: "\""))
    scanner.skipBlanks(andLines: false)
    try scanner.expect(UInt8(ascii: ":"))
    scanner.skipBlanks(andLines: false)
    return word
  }

  private mutating func readField(_ history: inout History) throws {
    switch try fieldName() {
    case Self.process:
      entry.process = try narrow("process", Int32.self)
      seen.insert(.process)
    case Self.call:
      entry.call = try scanner.integer()
      seen.insert(.call)
    case Self.returned:
      if acceptNull() {
        entry.return = History.never
      } else {
        entry.return = try scanner.integer()
        seen.insert(.returned)
      }
    case Self.function:
      entry.function = try scanner.function()
      seen.insert(.function)
    case Self.key:
      if !acceptNull() {
        entry.key = try keyName()
        seen.insert(.key)
      }
    case Self.value: try readValue()
    case Self.ok:
      entry.completion = acceptNull() ? .info : try boolean() ? .ok : .fail
    case Self.old:
      entry.extra = try scanner.integer()
      seen.insert(.old)
    case Self.new:
      entry.value = try scanner.integer()
      entry.shape = .scalar
      seen.insert(.new)
    case Self.region: entry.region = try narrow("region", UInt8.self)
    case Self.final: entry.isFinal = try boolean()
    case Self.version: if !acceptNull() { entry.version = try readVersion() }
    case Self.owner: client = acceptNull() ? nil : try readClient(&history)
    case let name: if try !readTransferField(name) { try scanner.skipJSON() }
    }
  }

  private mutating func readTransferField(_ name: UInt64) throws -> Bool {
    switch name {
    case Self.from:
      transfer.from = try keyName()
      seen.insert(.from)
    case Self.to:
      transfer.to = try keyName()
      seen.insert(.to)
    case Self.amount:
      transfer.amount = try scanner.integer()
      seen.insert(.amount)
    default: return false
    }
    return true
  }

  private mutating func narrow<Number: FixedWidthInteger>(
    _ name: String, _: Number.Type
  ) throws -> Number {
    let start = scanner.position
    guard let number = Number(exactly: try scanner.integer()) else {
      scanner.position = start
      throw scanner.fail("\(name) must be between \(Number.min) and \(Number.max)")
    }
    return number
  }

  private mutating func acceptNull() -> Bool { scanner.acceptWord("null") }

  private mutating func boolean() throws -> Bool {
    if scanner.acceptWord("true") { return true }
    if scanner.acceptWord("false") { return false }
    throw scanner.fail("expected true or false")
  }

  private mutating func keyName() throws -> Key {
    if scanner.byte == UInt8(ascii: "\"") { return names.key(try scanner.string()) }
    return names.key(try scanner.integer())
  }

  /// Numbers are names too, as in events.
  private mutating func readClient(_ history: inout History) throws -> Value {
    let isString = scanner.byte == UInt8(ascii: "\"")
    return history.value(named: isString ? try scanner.string() : String(try scanner.integer()))
  }

  private mutating func readVersion() throws -> Version {
    try scanner.expect(UInt8(ascii: "["))
    scanner.skipBlanks(andLines: false)
    let major = try scanner.integer()
    scanner.skipBlanks(andLines: false)
    try scanner.expect(UInt8(ascii: ","))
    scanner.skipBlanks(andLines: false)
    let minor = try scanner.integer()
    scanner.skipBlanks(andLines: false)
    try scanner.expect(UInt8(ascii: "]"))
    return Version(major, minor)
  }

  /// An integer or nothing at once; anything else when the whole line is known.
  private mutating func readValue() throws {
    switch scanner.byte {
    case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""):
      complexValue = scanner.position
      try scanner.skipJSON()
    case UInt8(ascii: "n"):
      guard acceptNull() else { throw scanner.fail("expected a value") }
    default:
      entry.value = try scanner.integer()
      entry.shape = .scalar
    }
  }

  /// Checks the line as a whole and appends its row.
  private mutating func finish(_ start: Int, _ history: inout History) throws {
    scanner.position = start
    guard seen.contains(.process) else { throw scanner.fail("`process` is missing") }
    guard seen.contains(.call) else { throw scanner.fail("`call` is missing") }
    guard seen.contains(.function) else { throw scanner.fail("`f` is missing") }
    if entry.completion != .info, !seen.contains(.returned) {
      throw scanner.fail("`return` is missing, though `ok` is not null")
    }
    if entry.function == .compareAndSet, complexValue == nil {
      guard seen.isSuperset(of: [.old, .new]) else {
        throw scanner.fail("cas needs `old` and `new`")
      }
    }
    // One register needs no key: it is 0, like any other plain number.
    if !seen.contains(.key) { entry.key = names.key(0) }
    if let complexValue {
      scanner.position = complexValue
      try readComplexValue(&history)
    }
    if entry.function == .transfer {
      guard seen.isSuperset(of: [.from, .to, .amount]) else {
        scanner.position = start
        throw scanner.fail("a transfer needs `from`, `to` and `amount`")
      }
      entry.shape = .scalar
      (entry.key, entry.value, entry.extra) = (transfer.from, transfer.amount, Int64(transfer.to))
    } else if entry.shape == .none, entry.function.needsValue {
      scanner.position = start
      throw scanner.fail("\(entry.function.name) needs `value`")
    } else if entry.function == .transaction, entry.shape != .steps, entry.shape != .none {
      scanner.position = start
      throw scanner.fail("a transaction needs steps [[\"f\", key, value], ...]")
    }
    if let client, entry.function.isOfLock, entry.shape == .none || entry.shape == .scalar {
      entry.extra = client
    }
    if entry.completion == .info { entry.return = History.never }
    history.append(entry)
    history.lines.append(Int32(clamping: line))
  }

  private mutating func readComplexValue(_ history: inout History) throws {
    if scanner.byte == UInt8(ascii: "\"") {
      try readText(&history)
    } else if entry.function == .transaction {
      let steps = try scanner.readSteps(&history, &names)
      entry.shape = .steps
      (entry.value, entry.extra) = history.store(steps: steps)
    } else if entry.function == .compareAndSet {
      let pair = try scanner.elements(&history)
      guard pair.count == 2 else { throw scanner.fail("cas needs [old, new]") }
      (entry.shape, entry.extra, entry.value) = (.scalar, pair[0], pair[1])
    } else if scanner.byte == UInt8(ascii: "[") {
      entry.shape = .list
      (entry.value, entry.extra) = history.store(try scanner.elements(&history))
    } else if entry.function == .transfer {
      try scanner.expect(UInt8(ascii: "{"))
      repeat {
        scanner.skipBlanks(andLines: false)
        let name = try fieldName()
        if try !readTransferField(name) { try scanner.skipJSON() }
        scanner.skipBlanks(andLines: false)
      } while scanner.accept(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "}"))
    } else {
      entry.shape = .map
      (entry.value, entry.extra) = history.store(try scanner.map(&names))
    }
  }

  /// Text where functions on text have it, else a name that stands for a value.
  private mutating func readText(_ history: inout History) throws {
    let start = scanner.position
    let text = try scanner.string()
    switch entry.function {
    case .read, .write, .append:
      (entry.shape, entry.value) = (.string, history.place(ofString: text))
    case .compareAndSet, .increment, .transfer, .transaction:
      scanner.position = start
      throw scanner.fail("this is not a value of \(entry.function.name)")
    default: (entry.shape, entry.value) = (.scalar, history.value(named: text))
    }
  }
}
