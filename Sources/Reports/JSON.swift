// A JSON value with ordered keys and exact numbers, so that two equal runs print equal bytes.

/// A JSON value.
public enum JSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Printed with at most six decimals; infinities and NaN become null.
  case number(Double)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  /// The text, indented by two spaces a level.
  public var text: String {
    var out = ""
    write(&out, indent: 0)
    return out
  }

  /// The text on one line.
  public var line: String {
    var out = ""
    write(&out, indent: nil)
    return out
  }

  private func write(_ out: inout String, indent: Int?) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .number(let value): out += JSON.decimal(value)
    case .string(let value): out += JSON.quoted(value)
    case .array(let items):
      JSON.list(items, "[", "]", &out, indent) { item, inner, out in
        item.write(&out, indent: inner)
      }
    case .object(let entries):
      JSON.list(entries, "{", "}", &out, indent) { entry, inner, out in
        out += JSON.quoted(entry.0) + (inner == nil ? ":" : ": ")
        entry.1.write(&out, indent: inner)
      }
    }
  }

  private static func list<Item>(
    _ items: [Item], _ open: String, _ close: String, _ out: inout String, _ indent: Int?,
    _ write: (Item, Int?, inout String) -> Void
  ) {
    guard !items.isEmpty else {
      out += open + close
      return
    }
    let inner = indent.map { $0 + 1 }
    out += open
    for (place, item) in items.enumerated() {
      if place > 0 { out += "," }
      if let inner { out += "\n" + String(repeating: "  ", count: inner) }
      write(item, inner, &out)
    }
    if let indent { out += "\n" + String(repeating: "  ", count: indent) }
    out += close
  }

  /// At most six decimals, no exponent, no trailing zeros.
  static func decimal(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 9e12 else { return "null" }
    let scaled = Int64((value * 1e6).rounded())
    var fraction = String(abs(scaled) % 1_000_000)
    fraction = String(repeating: "0", count: 6 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let whole = (scaled < 0 ? "-" : "") + String(abs(scaled) / 1_000_000)
    return fraction.isEmpty ? whole : "\(whole).\(fraction)"
  }

  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default:
        if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out + "\""
  }
}
