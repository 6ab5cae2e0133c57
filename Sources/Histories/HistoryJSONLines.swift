// Our own history files: JSON Lines, one operation a line.
//
//     {"process": 3, "call": 120, "return": 410, "f": "read", "key": "x", "value": 7, "ok": true}
//
// `ok` is true, false (certainly not applied) or null (unknown, then `return` is null). `cas` has `old`
// and `new`; a transfer has `from`, `to` and `amount`, or an object of them as value; a transaction has
// steps as value: [["append", "x", 1], ["r", "x", [1]], ["w", "y", 2]]. Keys are numbers or strings.
// Optional: `region`, `final`, `version` ([major, minor]).
//
// The reader makes one pass over the bytes and fills columns as it goes.

extension History {
  /// Reads JSON Lines. Operations may be in any order.
  /// - Throws: `HistoryError` at the first thing that can not be understood.
  public init(jsonLines bytes: [UInt8]) throws {
    self.init()
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
  }

  init(_ bytes: [UInt8]) { scanner = ByteScanner(bytes) }

  /// Reads the next line that is not blank; false at the end.
  mutating func readLine(into history: inout History) throws -> Bool {
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
    try scanner.expect(UInt8(ascii: "{"))
    scanner.skipBlanks(andLines: false)
    if !scanner.accept(UInt8(ascii: "}")) {
      repeat {
        scanner.skipBlanks(andLines: false)
        try readField()
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

  private static func pack(_ name: StaticString) -> UInt64 {
    name.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt64($1) } }
  }

  private static let process = pack("process")
  private static let call = pack("call")
  private static let returned = pack("return")
  private static let function = pack("f")
  private static let key = pack("key")
  private static let value = pack("value")
  private static let ok = pack("ok")
  private static let old = pack("old")
  private static let new = pack("new")
  private static let region = pack("region")
  private static let final = pack("final")
  private static let version = pack("version")
  private static let from = pack("from")
  private static let to = pack("to")
  private static let amount = pack("amount")

  /// A field's name, up to eight letters as one number; 0 for a longer one.
  private mutating func fieldName() throws -> UInt64 {
    try scanner.expect(UInt8(ascii: "\""))
    var packed: UInt64 = 0
    var length = 0
    while !scanner.isAtEnd, scanner.byte != UInt8(ascii: "\"") {
      packed = packed << 8 | UInt64(scanner.byte)
      length += 1
      scanner.position += 1
    }
    try scanner.expect(UInt8(ascii: "\""))
    scanner.skipBlanks(andLines: false)
    try scanner.expect(UInt8(ascii: ":"))
    scanner.skipBlanks(andLines: false)
    return length > 8 ? 0 : packed
  }

  private mutating func readField() throws {
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
      entry.function = try functionName()
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
    case let name: if try !readTransferField(name) { try scanner.skipJSON() }
    }
  }

  private mutating func readTransferField(_ name: UInt64) throws -> Bool {
    switch name {
    case Self.from: transfer.from = try keyName()
    case Self.to: transfer.to = try keyName()
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

  private mutating func functionName() throws -> Function {
    let start = scanner.position
    try scanner.expect(UInt8(ascii: "\""))
    while !scanner.isAtEnd, scanner.byte != UInt8(ascii: "\"") { scanner.position += 1 }
    try scanner.expect(UInt8(ascii: "\""))
    let name = scanner.bytes[(start + 1)..<(scanner.position - 1)]
    if let function = FunctionNames.function(name) { return function }
    let text = String(decoding: name, as: UTF8.self)
    scanner.position = start
    throw scanner.fail(
      "unknown function `\(text)`; did you mean `\(FunctionNames.nearest(to: text))`?")
  }

  private mutating func keyName() throws -> Key {
    if scanner.byte == UInt8(ascii: "\"") { return names.key(try scanner.string()) }
    return names.key(try scanner.integer())
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
    case UInt8(ascii: "["), UInt8(ascii: "{"):
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
    if seen.contains(.amount) {
      entry.shape = .scalar
      (entry.key, entry.value, entry.extra) = (transfer.from, transfer.amount, Int64(transfer.to))
    } else if entry.shape == .none, needsValue(entry.function) {
      scanner.position = start
      throw scanner.fail("\(entry.function.name) needs `value`")
    }
    if entry.completion == .info { entry.return = History.never }
    history.append(entry)
    history.lines.append(Int32(line))
  }

  private func needsValue(_ function: Function) -> Bool {
    switch function {
    case .write, .increment, .insert, .remove, .append, .transfer: true
    default: false
    }
  }

  private mutating func readComplexValue(_ history: inout History) throws {
    if entry.function == .transaction {
      let steps = try scanner.readSteps(&history, &names)
      entry.shape = .steps
      (entry.value, entry.extra) = history.store(steps: steps)
    } else if scanner.byte == UInt8(ascii: "["), entry.function == .compareAndSet {
      let pair = try scanner.integers()
      guard pair.count == 2 else { throw scanner.fail("cas needs [old, new]") }
      (entry.shape, entry.extra, entry.value) = (.scalar, pair[0], pair[1])
    } else if scanner.byte == UInt8(ascii: "[") {
      entry.shape = .list
      (entry.value, entry.extra) = history.store(try scanner.integers())
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
}
