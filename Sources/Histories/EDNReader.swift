// A small reader of EDN, the data notation of Clojure, as far as histories use it: maps, vectors, lists,
// sets, keywords, symbols, strings, numbers, nil, booleans, comments, `#_` and tagged literals, whose
// tag is dropped: `#jepsen.history.Op{...}` reads as its map. https://github.com/edn-format/edn

/// Reads EDN values one after another.
struct EDNReader: NotationReader {
  var scanner: ByteScanner
  var depth = 0

  init(_ scanner: ByteScanner) { self.scanner = scanner }

  private var peek: UInt8 {
    scanner.position + 1 < scanner.end ? scanner.bytes[scanner.position + 1] : 0
  }

  mutating func skipSpace() throws {
    skipBlanks()
    while scanner.byte == UInt8(ascii: "#"), peek == UInt8(ascii: "_") {
      try discard()
      skipBlanks()
    }
  }

  /// Steps over `#_` and the value that it takes away; `#_ #_ a b` takes away two.
  private mutating func discard() throws {
    var values = 0
    repeat {
      while scanner.byte == UInt8(ascii: "#"), peek == UInt8(ascii: "_") {
        scanner.position += 2
        values += 1
        skipBlanks()
      }
      guard !scanner.isAtEnd else { throw scanner.fail("`#_` must be followed by a value") }
      _ = try value()
      values -= 1
      skipBlanks()
    } while values > 0
  }

  /// Steps over blanks, commas and comments.
  private mutating func skipBlanks() {
    while !scanner.isAtEnd {
      switch scanner.byte {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","): scanner.position += 1
      case UInt8(ascii: ";"):
        while !scanner.isAtEnd, scanner.byte != 0x0A { scanner.position += 1 }
      default: return
      }
    }
  }

  mutating func skipTags() throws {
    while scanner.byte == UInt8(ascii: "#") {
      switch peek {
      case UInt8(ascii: "{"), UInt8(ascii: "#"): return
      default:
        scanner.position += 1
        _ = token()
        try skipSpace()
        guard !scanner.isAtEnd else { throw scanner.fail("a tag must be followed by a value") }
      }
    }
  }

  mutating func another(isFirst: Bool, close: UInt8, opened: Int) throws -> Bool {
    try skipSpace()
    if scanner.accept(close) { return false }
    guard !scanner.isAtEnd else { throw scanner.fail(at: opened, "this is never closed") }
    return true
  }

  mutating func name() throws -> Range<Int>? {
    let isKeyword = scanner.byte == UInt8(ascii: ":")
    if isKeyword {
      let word = token()
      return word.lowerBound + 1..<word.upperBound
    }
    return try scanner.plainString()
  }

  mutating func skipToMapValue(opened: Int) throws {
    try skipSpace()
    guard scanner.byte != UInt8(ascii: "}") else {
      throw scanner.fail(at: opened, "this map has a key without a value")
    }
    guard !scanner.isAtEnd else { throw scanner.fail(at: opened, "this is never closed") }
  }

  mutating func scalar() throws -> DataValue.Kind {
    switch scanner.byte {
    case UInt8(ascii: "("): return .vector(try items(")"))
    case UInt8(ascii: "\""): return .string(try scanner.string())
    case UInt8(ascii: "#"):
      guard peek == UInt8(ascii: "{") else { return .symbol(scanner.bytes.text(token())) }
      scanner.position += 1
      return .set(try items("}"))
    case UInt8(ascii: ":"):
      let word = token()
      return .keyword(scanner.bytes.text(word.lowerBound + 1..<word.upperBound))
    default: break
    }
    let word = token()
    guard !word.isEmpty else { throw scanner.fail("expected a value") }
    if let number = try scanner.number(word, suffixes: ".eEMN/") { return number }
    switch scanner.word(word) {
    case EDNReader.null: return .null
    case EDNReader.yes: return .boolean(true)
    case EDNReader.no: return .boolean(false)
    default: return .symbol(scanner.bytes.text(word))
    }
  }

  private static let null = ByteScanner.word("nil")
  private static let yes = ByteScanner.word("true")
  private static let no = ByteScanner.word("false")

  /// Steps over what is written without a blank or bracket.
  private mutating func token() -> Range<Int> {
    let start = scanner.position
    while !scanner.isAtEnd {
      switch scanner.byte {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"),
        UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "}"),
        UInt8(ascii: "\""), UInt8(ascii: ";"):
        return start..<scanner.position
      default: scanner.position += 1
      }
    }
    return start..<scanner.position
  }
}
