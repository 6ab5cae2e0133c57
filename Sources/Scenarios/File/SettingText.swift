// A tree of settings back to YAML: on one line for reports and for the names of random streams, as
// a document for scenarios that are written back. Reading what was written gives the same tree.

import Simulation

extension Setting {
  /// As it would be written on one line.
  public var flow: String {
    switch content {
    case .scalar(let text, let quoted): return Self.scalar(text, quoted: quoted)
    case .list(let elements): return "[" + elements.map(\.flow).joined(separator: ", ") + "]"
    case .map(let entries): return "{" + entries.map(\.flow).joined(separator: ", ") + "}"
    }
  }

  /// As a file: a line for each key, and for each element where the value is a list of maps.
  public var document: String {
    guard case .map(let entries) = content else { return flow + "\n" }
    return entries.map { entry in
      guard case .list(let elements) = entry.value.content, elements.contains(where: \.isMap) else {
        return entry.flow + "\n"
      }
      let lines = elements.map { "  - \($0.flow)\n" }
      return Self.scalar(entry.name, quoted: false) + ":\n" + lines.joined()
    }.joined()
  }

  private var isMap: Bool { if case .map = content { true } else { false } }

  /// Text that YAML would take for something else is put in quotes.
  fileprivate static func scalar(_ text: String, quoted: Bool) -> String {
    let isPlain =
      text.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || "._/%+- ".unicodeScalars.contains($0)
      } && !text.hasPrefix(" ") && !text.hasSuffix(" ") && !text.hasPrefix("- ")
      && !text.hasPrefix("%") && text != "-" && !text.hasPrefix("---")
    if isPlain, !quoted { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension Setting.Entry {
  fileprivate var flow: String { Setting.scalar(name, quoted: false) + ": " + value.flow }
}
