// A small reader of EDN, the data notation of Clojure, as far as histories use it: maps, vectors, lists,
// sets, keywords, symbols, strings, numbers, nil, booleans, comments, `#_` and tagged literals, whose
// tag is dropped: `#jepsen.history.Op{...}` reads as its map. https://github.com/edn-format/edn

/// An EDN value and where it begins.
struct EDNValue {
  indirect enum Kind {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number with a fraction or exponent, as written.
    case decimal(String)
    case string(String)
    /// Without its colon.
    case keyword(String)
    case symbol(String)
    /// A vector or list.
    case vector([EDNValue])
    case set([EDNValue])
    case map([(key: EDNValue, value: EDNValue)])
  }

  var kind: Kind
  var offset: Int

  var isNull: Bool { if case .null = kind { true } else { false } }

  var integer: Int64? { if case .integer(let value) = kind { value } else { nil } }

  var keyword: String? { if case .keyword(let name) = kind { name } else { nil } }

  /// The elements of a vector or list.
  var elements: [EDNValue]? { if case .vector(let elements) = kind { elements } else { nil } }

  /// The elements of a vector, list or set.
  var members: [EDNValue]? {
    switch kind {
    case .vector(let elements), .set(let elements): elements
    default: nil
    }
  }

  /// What a map has under a keyword.
  subscript(name: String) -> EDNValue? {
    guard case .map(let pairs) = kind else { return nil }
    return pairs.first { $0.key.keyword == name }?.value
  }
}

extension EDNValue {
  /// The value as EDN, for names.
  var text: String {
    switch kind {
    case .null: "nil"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .decimal(let text), .symbol(let text): text
    case .string(let text): "\"\(text)\""
    case .keyword(let name): ":\(name)"
    case .vector(let items): "[\(items.map(\.text).joined(separator: " "))]"
    case .set(let items): "#{\(items.map(\.text).joined(separator: " "))}"
    case .map(let pairs):
      "{\(pairs.map { "\($0.key.text) \($0.value.text)" }.joined(separator: ", "))}"
    }
  }
}

/// Reads EDN values one after another.
struct EDNReader {
  private(set) var scanner: ByteScanner
  private var depth = 0
  /// Deeper nesting is an attack or an accident.
  private static let deepest = 200

  init(_ bytes: [UInt8], from position: Int = 0) {
    scanner = ByteScanner(bytes, from: position)
  }

  /// The next value; nil at the end.
  mutating func next() throws -> EDNValue? {
    while true {
      skipSpace()
      guard !scanner.isAtEnd else { return nil }
      guard scanner.byte == UInt8(ascii: "#"), peek == UInt8(ascii: "_") else { return try value() }
      scanner.position += 2
      guard try next() != nil else { throw scanner.fail("`#_` must be followed by a value") }
    }
  }

  private var peek: UInt8 {
    scanner.position + 1 < scanner.end ? scanner.bytes[scanner.position + 1] : 0
  }

  private mutating func skipSpace() {
    while !scanner.isAtEnd {
      switch scanner.byte {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","): scanner.position += 1
      case UInt8(ascii: ";"):
        while !scanner.isAtEnd, scanner.byte != 0x0A { scanner.position += 1 }
      default: return
      }
    }
  }

  private mutating func value() throws -> EDNValue {
    let offset = scanner.position
    depth += 1
    defer { depth -= 1 }
    guard depth < EDNReader.deepest else { throw scanner.fail("nested too deeply") }
    switch scanner.byte {
    case UInt8(ascii: "["): return EDNValue(kind: .vector(try items("]")), offset: offset)
    case UInt8(ascii: "("): return EDNValue(kind: .vector(try items(")")), offset: offset)
    case UInt8(ascii: "{"):
      return EDNValue(kind: .map(try pairs(offset)), offset: offset)
    case UInt8(ascii: "\""): return EDNValue(kind: .string(try scanner.string()), offset: offset)
    case UInt8(ascii: "#"): return try dispatch(offset)
    case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"):
      throw scanner.fail("nothing is open that this could close")
    default: return EDNValue(kind: try token(), offset: offset)
    }
  }

  /// What follows a `#`: a set or a tagged value.
  private mutating func dispatch(_ offset: Int) throws -> EDNValue {
    scanner.position += 1
    if scanner.byte == UInt8(ascii: "{") {
      return EDNValue(kind: .set(try items("}")), offset: offset)
    }
    _ = word()
    guard var tagged = try next() else { throw scanner.fail("a tag must be followed by a value") }
    tagged.offset = offset
    return tagged
  }

  private mutating func items(_ close: Unicode.Scalar) throws -> [EDNValue] {
    let start = scanner.position
    scanner.position += 1
    var items: [EDNValue] = []
    while true {
      skipSpace()
      if scanner.accept(UInt8(ascii: close)) { return items }
      // A discarded value may be the last thing before the end of the collection.
      if scanner.byte == UInt8(ascii: "#"), peek == UInt8(ascii: "_") {
        scanner.position += 2
        skipSpace()
        _ = try value()
        continue
      }
      guard !scanner.isAtEnd else {
        scanner.position = start
        throw scanner.fail("this is never closed")
      }
      items.append(try value())
    }
  }

  private mutating func pairs(_ offset: Int) throws -> [(key: EDNValue, value: EDNValue)] {
    let items = try items("}")
    guard items.count % 2 == 0 else {
      scanner.position = offset
      throw scanner.fail("this map has a key without a value")
    }
    return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  private mutating func word() -> String {
    let start = scanner.position
    while !scanner.isAtEnd {
      switch scanner.byte {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"),
        UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "}"),
        UInt8(ascii: "\""), UInt8(ascii: ";"):
        return String(decoding: scanner.bytes[start..<scanner.position], as: UTF8.self)
      default: scanner.position += 1
      }
    }
    return String(decoding: scanner.bytes[start...], as: UTF8.self)
  }

  private mutating func token() throws -> EDNValue.Kind {
    let start = scanner.position
    let first = scanner.byte
    let text = word()
    if first == UInt8(ascii: ":") { return .keyword(String(text.dropFirst())) }
    let sign = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
    let digit = sign ? text.utf8.dropFirst().first : first
    if let digit, digit &- 0x30 < 10 {
      if let value = Int64(text) { return .integer(value) }
      if let value = Int64(text.dropLast()), text.last == "N" { return .integer(value) }
      guard text.contains(where: { ".eEM/".contains($0) }) else {
        scanner.position = start
        throw scanner.fail("this integer does not fit in 64 bits")
      }
      return .decimal(text)
    }
    switch text {
    case "nil": return .null
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: return .symbol(text)
    }
  }
}
