// A reader of JSON (RFC 8259) that makes the same values as the reader of EDN does, and what both share
// about numbers and plain strings.

/// Reads JSON values one after another.
struct JSONReader: NotationReader {
  var scanner: ByteScanner
  var depth = 0

  init(_ scanner: ByteScanner) { self.scanner = scanner }

  mutating func skipSpace() { scanner.skipBlanks(andLines: true) }

  mutating func skipTags() {}

  mutating func another(isFirst: Bool, close: UInt8, opened: Int) throws -> Bool {
    skipSpace()
    if scanner.accept(close) { return false }
    guard !scanner.isAtEnd else { throw scanner.fail(at: opened, "this is never closed") }
    if !isFirst {
      try scanner.expect(UInt8(ascii: ","))
      skipSpace()
    }
    return true
  }

  mutating func name() throws -> Range<Int>? { try scanner.plainString() }

  mutating func skipToMapValue(opened: Int) throws {
    skipSpace()
    try scanner.expect(UInt8(ascii: ":"))
    skipSpace()
  }

  mutating func scalar() throws -> DataValue.Kind {
    if scanner.byte == UInt8(ascii: "\"") { return .string(try scanner.string()) }
    if scanner.acceptWord("null") { return .null }
    if scanner.acceptWord("true") { return .boolean(true) }
    if scanner.acceptWord("false") { return .boolean(false) }
    let start = scanner.position
    while !scanner.isAtEnd, JSONReader.isNumeric(scanner.byte) { scanner.position += 1 }
    if let number = try scanner.number(start..<scanner.position, suffixes: ".eE") { return number }
    throw scanner.fail(at: start, "expected a value")
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}

extension DataValue {
  /// The value that a whole JSON text is.
  /// - Throws: `HistoryError`, where it stops being one.
  package static func json(_ bytes: [UInt8]) throws -> DataValue {
    try bytes.withView { view in
      var reader = JSONReader(ByteScanner(view))
      reader.skipSpace()
      let value = try reader.value()
      reader.skipSpace()
      guard reader.scanner.isAtEnd else { throw reader.scanner.fail("expected the end") }
      return value
    }
  }
}

extension ByteScanner {
  /// A string that stands here, without its quotes, and steps over it; nil if there is none, or one
  /// with escapes.
  mutating func plainString() throws -> Range<Int>? {
    guard byte == UInt8(ascii: "\"") else { return nil }
    var place = position + 1
    while place < end, bytes[place] != UInt8(ascii: "\"") {
      if bytes[place] == UInt8(ascii: "\\") { return nil }
      place += 1
    }
    guard place < end else { throw fail("this string has no end") }
    defer { position = place + 1 }
    return position + 1..<place
  }

  /// The number that part of the bytes is; nil if it does not begin as one.
  /// - Parameter suffixes: letters that make it a number, but not an integer.
  func number(_ range: Range<Int>, suffixes: String) throws -> DataValue.Kind? {
    guard let first = range.first else { return nil }
    let isSigned = bytes[first] == UInt8(ascii: "-") || bytes[first] == UInt8(ascii: "+")
    let digits = isSigned ? first + 1 : first
    guard digits < range.upperBound, bytes[digits] &- 0x30 < 10 else { return nil }
    var part = ByteScanner(bytes, from: first, to: range.upperBound)
    if let integer = part.acceptInteger() {
      if part.isAtEnd { return .integer(integer) }
      if suffixes.contains("N"), part.accept(UInt8(ascii: "N")), part.isAtEnd {
        return .integer(integer)
      }
    }
    let text = bytes.text(range)
    if text.dropFirst().contains(where: { suffixes.contains($0) }) { return .decimal(text) }
    let isInteger = text.utf8.dropFirst().allSatisfy { $0 &- 0x30 < 10 }
    throw fail(
      at: first, isInteger ? "this integer does not fit in 64 bits" : "this is not a number")
  }
}
