// A cursor over the bytes of a file: what the readers of JSON and EDN share.

/// Reads bytes one after another. Errors say where.
struct ByteScanner {
  let bytes: ByteView
  var position: Int
  let end: Int
  /// What lies before has been given back.
  private var released = 0

  /// - Parameter end: where to stop, if not at the end of the bytes.
  init(_ bytes: ByteView, from position: Int = 0, to end: Int? = nil) {
    self.bytes = bytes
    self.position = position
    self.end = end ?? bytes.count
  }

  /// Gives back what has been read, now and then.
  mutating func release() {
    guard position - released >= 1 << 24 else { return }
    bytes.release(released..<position)
    released = position
  }

  /// The byte at the cursor; 0 at the end.
  var byte: UInt8 { position < end ? bytes[position] : 0 }

  var isAtEnd: Bool { position >= end }

  func fail(_ message: String) -> HistoryError { HistoryError(bytes, at: position, message) }

  func fail(at position: Int, _ message: String) -> HistoryError {
    HistoryError(bytes, at: position, message)
  }

  /// Up to eight bytes as one number, for names that are looked up; 0 if there are more.
  func word(_ range: Range<Int>) -> UInt64 {
    guard range.count <= 8 else { return 0 }
    var word: UInt64 = 0
    for place in range { word = word << 8 | UInt64(bytes[place]) }
    return word
  }

  /// The same of a name.
  static func word(_ name: StaticString) -> UInt64 {
    name.withUTF8Buffer { $0.count > 8 ? 0 : $0.reduce(0) { $0 << 8 | UInt64($1) } }
  }

  /// Steps over a byte that must come next.
  mutating func expect(_ byte: UInt8) throws {
    guard position < end, bytes[position] == byte else {
      throw fail("expected `\(String(decoding: [byte], as: UTF8.self))`")
    }
    position += 1
  }

  /// Steps over a byte if it comes next.
  mutating func accept(_ byte: UInt8) -> Bool {
    guard position < end, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Steps over blanks and tabs, and line ends too if asked.
  mutating func skipBlanks(andLines: Bool) {
    while position < end {
      let byte = bytes[position]
      let isBlank = byte == 0x20 || byte == 0x09 || byte == 0x0D || (andLines && byte == 0x0A)
      guard isBlank else { return }
      position += 1
    }
  }

  /// An integer that fits in 64 bits.
  mutating func integer() throws -> Int64 {
    if let integer = acceptInteger() { return integer }
    let sign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
    let first = position + (sign ? 1 : 0)
    let isDigit = first < end && bytes[first] &- 0x30 < 10
    throw fail(isDigit ? "this integer does not fit in 64 bits" : "expected an integer")
  }

  /// Steps over an integer if one stands here that fits in 64 bits.
  mutating func acceptInteger() -> Int64? {
    let start = position
    let isNegative = accept(UInt8(ascii: "-"))
    if !isNegative { _ = accept(UInt8(ascii: "+")) }
    var value: Int64 = 0
    let digits = position
    while position < end, bytes[position] &- 0x30 < 10 {
      let digit = Int64(bytes[position] - 0x30)
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) =
        isNegative
        ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
      guard !overflow, !carry else {
        position = start
        return nil
      }
      value = sum
      position += 1
    }
    guard position > digits else {
      position = start
      return nil
    }
    return value
  }

  /// A string in double quotes, with the escapes of JSON.
  mutating func string() throws -> String {
    let start = position
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    // What has no escapes needs no copy.
    var plain = position
    while position < end {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard !text.isEmpty else { return bytes.text(plain..<(position - 1)) }
        text.append(contentsOf: bytes[plain..<(position - 1)])
        return String(decoding: text, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: bytes[plain..<(position - 1)])
        try escape(&text)
        plain = position
      }
    }
    position = start
    throw fail("this string has no end")
  }

  private mutating func escape(_ text: inout [UInt8]) throws {
    let byte = self.byte
    position += 1
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if code & 0xFC00 == 0xD800, accept(UInt8(ascii: "\\")), accept(UInt8(ascii: "u")) {
        code = 0x10000 + (code & 0x3FF) << 10 + (try hexadecimal() & 0x3FF)
      }
      let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
      text.append(contentsOf: String(Character(scalar)).utf8)
    default:
      position -= 1
      throw fail("unknown escape in a string")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var code: UInt32 = 0
    for place in position..<(position + 4) {
      let letter = place < end ? bytes[place] : 0
      switch letter {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(letter - 0x30)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 | UInt32(letter - 0x57)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 | UInt32(letter - 0x37)
      default: throw fail("expected four hexadecimal digits")
      }
    }
    position += 4
    return code
  }
}
