// A cursor over the bytes of a file: what the readers of JSON and EDN share.

/// Reads bytes one after another. Errors say where.
struct ByteScanner {
  let bytes: [UInt8]
  var position: Int
  let end: Int

  init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = position
    end = bytes.count
  }

  /// The byte at the cursor; 0 at the end.
  var byte: UInt8 { position < end ? bytes[position] : 0 }

  var isAtEnd: Bool { position >= end }

  func fail(_ message: String) -> HistoryError { HistoryError(bytes, at: position, message) }

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
      if overflow || carry {
        position = start
        throw fail("this integer does not fit in 64 bits")
      }
      value = sum
      position += 1
    }
    if position == digits {
      position = start
      throw fail("expected an integer")
    }
    return value
  }

  /// A string in double quotes, with the escapes of JSON.
  mutating func string() throws -> String {
    let start = position
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    while true {
      guard position < end else {
        position = start
        throw fail("this string has no end")
      }
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      try escape(&text)
    }
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
    let digits = bytes[position..<min(position + 4, end)]
    let code = digits.count == 4 ? UInt32(String(decoding: digits, as: UTF8.self), radix: 16) : nil
    guard let code else { throw fail("expected four hexadecimal digits") }
    position += 4
    return code
  }
}
