// A value of a history file, EDN or JSON, where it is more than an integer: what the readers of both
// notations make, so that everything behind them knows one kind of value. Other files in JSON are read
// with it too.

/// A value and where it begins.
package struct DataValue {
  package enum Kind {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number with a fraction or exponent, as written.
    case decimal(String)
    case string(String)
    /// Without its colon.
    case keyword(String)
    case symbol(String)
    /// A vector, list or array.
    case vector([DataValue])
    case set([DataValue])
    case map([(key: DataValue, value: DataValue)])
  }

  package var kind: Kind
  package var offset: Int

  package init(kind: Kind, offset: Int) { (self.kind, self.offset) = (kind, offset) }

  package var integer: Int64? { if case .integer(let value) = kind { value } else { nil } }

  package var boolean: Bool? { if case .boolean(let value) = kind { value } else { nil } }

  /// A name: a keyword, a symbol or a string.
  package var word: String? {
    switch kind {
    case .keyword(let word), .symbol(let word), .string(let word): word
    default: nil
    }
  }

  /// The elements of a vector or list.
  package var elements: [DataValue]? {
    if case .vector(let elements) = kind { elements } else { nil }
  }

  /// The elements of a vector, list or set.
  var members: [DataValue]? {
    switch kind {
    case .vector(let elements), .set(let elements): elements
    default: nil
    }
  }

  /// What a map has under a name.
  package subscript(name: String) -> DataValue? {
    guard case .map(let pairs) = kind else { return nil }
    return pairs.first { $0.key.word == name }?.value
  }

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

/// Reads the values of a notation. What differs between EDN and JSON is how values are separated and
/// what a scalar looks like; collections are read in one place.
protocol NotationReader {
  var scanner: ByteScanner { get set }
  /// How many collections are open.
  var depth: Int { get set }

  init(_ scanner: ByteScanner)

  /// Steps over blanks, line ends, and what else means nothing.
  mutating func skipSpace() throws

  /// Steps over what may stand before a value without changing it.
  mutating func skipTags() throws

  /// Whether a collection has another element; if so, the cursor is on it, else behind the end.
  /// - Parameter opened: where the collection begins, to complain if it has no end.
  mutating func another(isFirst: Bool, close: UInt8, opened: Int) throws -> Bool

  /// A name that stands here, as its bytes, and steps over it; nil if it is not a plain name.
  mutating func name() throws -> Range<Int>?

  /// Steps from a map's key to its value.
  mutating func skipToMapValue(opened: Int) throws

  /// The value that stands here and is no collection.
  mutating func scalar() throws -> DataValue.Kind
}

extension NotationReader {
  /// The value that stands here.
  mutating func value() throws -> DataValue {
    try skipTags()
    let offset = scanner.position
    guard !scanner.isAtEnd else { throw scanner.fail("expected a value") }
    switch scanner.byte {
    case UInt8(ascii: "["): return DataValue(kind: .vector(try items("]")), offset: offset)
    case UInt8(ascii: "{"): return DataValue(kind: .map(try pairs()), offset: offset)
    case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"):
      throw scanner.fail("nothing is open that this could close")
    default: return DataValue(kind: try scalar(), offset: offset)
    }
  }

  /// The elements of a collection that begins here.
  mutating func items(_ close: Unicode.Scalar) throws -> [DataValue] {
    let opened = try enter()
    var items: [DataValue] = []
    while try another(isFirst: items.isEmpty, close: UInt8(ascii: close), opened: opened) {
      items.append(try value())
    }
    depth -= 1
    return items
  }

  private mutating func pairs() throws -> [(key: DataValue, value: DataValue)] {
    let opened = try enter()
    var pairs: [(key: DataValue, value: DataValue)] = []
    while try another(isFirst: pairs.isEmpty, close: UInt8(ascii: "}"), opened: opened) {
      let key = try value()
      try skipToMapValue(opened: opened)
      pairs.append((key, try value()))
    }
    depth -= 1
    return pairs
  }

  /// Steps into a collection; deep nesting is an attack or an accident, and would end the stack.
  private mutating func enter() throws -> Int {
    depth += 1
    guard depth < 200 else { throw scanner.fail("nested too deeply") }
    scanner.position += 1
    return scanner.position - 1
  }
}
