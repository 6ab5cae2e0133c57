// Insertions into a text, and replacements of tokens. Never a line more or less, so that what the compiler says of a
// line of the new text is true of the old.

struct Edits {
  /// What closes goes before what opens; of two that close at one place the inner one comes first.
  private var closing: [Int: String] = [:]
  private var opening: [Int: String] = [:]
  private var replaced: [Int: (end: Int, text: String)] = [:]

  /// Wraps what is between two offsets. Outer ones must come before inner ones.
  mutating func wrap(_ range: Range<Int>, _ before: String, _ after: String) {
    opening[range.lowerBound, default: ""] += before
    closing[range.upperBound] = after + closing[range.upperBound, default: ""]
  }

  mutating func insert(_ text: String, at offset: Int) { opening[offset, default: ""] += text }

  mutating func replace(_ range: Range<Int>, with text: String) {
    replaced[range.lowerBound] = (range.upperBound, text)
  }

  func applied(to text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var hidden = 0
    for offset in 0...text.count {
      result += Array((closing[offset] ?? "").utf8) + Array((opening[offset] ?? "").utf8)
      if let (end, new) = replaced[offset] {
        result += Array(new.utf8)
        hidden = end
      }
      if offset >= hidden, offset < text.count { result.append(text[offset]) }
    }
    return result
  }
}
