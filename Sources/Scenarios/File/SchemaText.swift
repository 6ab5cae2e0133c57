// JSON values with their members in a fixed order, and the few shapes that the scenario schema is
// made of. Foundation's encoder would sort the keys or leave them in hash order.

/// A JSON value of the schema.
indirect enum SchemaText {
  case text(String)
  /// As it is written.
  case number(String)
  case flag(Bool)
  case array([SchemaText])
  case object([(String, SchemaText)])

  static let string = SchemaText.object([("type", .text("string"))])
  static let duration = pattern("^-?[0-9][0-9._]* ?(ns|us|ms|s|m|min|h|d)$")
  static let rate = pattern("^[0-9][0-9._]* ?/(s|m|min|h)$")
  static let share = any([
    pattern("^[0-9][0-9._]* ?(%|ppm)$"),
    .object([("type", .text("number")), ("minimum", .number("0")), ("maximum", .number("1"))]),
  ])

  static func pattern(_ expression: String) -> SchemaText {
    .object([("type", .text("string")), ("pattern", .text(expression))])
  }
  static func words(_ words: [String]) -> SchemaText {
    .object([("enum", .array(words.map { .text($0) }))])
  }
  static func any(_ shapes: [SchemaText]) -> SchemaText { .object([("anyOf", .array(shapes))]) }
  static func reference(_ name: String) -> SchemaText {
    .object([("$ref", .text("#/$defs/\(name)"))])
  }
  static func properties(_ properties: [(String, SchemaText)]) -> SchemaText {
    .object([
      ("type", .text("object")), ("properties", .object(properties)),
      ("additionalProperties", .flag(false)),
    ])
  }
  static func list(of element: SchemaText, from least: Int = 0, to most: Int? = nil) -> SchemaText {
    var members: [(String, SchemaText)] = [("type", .text("array")), ("items", element)]
    if least > 0 { members.append(("minItems", .number(String(least)))) }
    if let most { members.append(("maxItems", .number(String(most)))) }
    return .object(members)
  }

  /// An object with more members in front.
  func with(_ more: [(String, SchemaText)]) -> SchemaText {
    guard case .object(let members) = self else { return self }
    return .object(more + members)
  }

  /// As text, two spaces a level.
  func rendered(_ indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .text(let text): return Self.quoted(text)
    case .number(let text): return text
    case .flag(let value): return value ? "true" : "false"
    case .array(let elements):
      let lines = elements.map { inner + $0.rendered(inner) }
      return lines.isEmpty ? "[]" : "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let members):
      let lines = members.map { "\(inner)\(Self.quoted($0.0)): \($0.1.rendered(inner))" }
      return lines.isEmpty ? "{}" : "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
