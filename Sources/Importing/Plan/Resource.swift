// A resource of a plan, and the instance of the module that it is in. Addresses look like
// module.app["eu"].module.db.aws_db_instance.main[0]; see "JSON Output Format" in Terraform's documentation.

import Histories

/// An instance of a module: the calls that lead to it from the root.
struct ModulePath: Hashable {
  struct Step: Hashable {
    let name: String
    /// Its key with count or for_each.
    let key: String?
  }

  var steps: [Step] = []

  static let root = ModulePath()

  /// The calls' names alone: what the configuration knows.
  var call: [String] { steps.map(\.name) }

  var parent: ModulePath { ModulePath(steps: steps.dropLast()) }

  func has(prefix: ModulePath) -> Bool { steps.starts(with: prefix.steps) }

  init(steps: [Step] = []) { self.steps = steps }

  /// Reads `module.a.module.b["k"]`.
  init?(_ address: String) {
    var rest = Traversal.parts(address)[...]
    while rest.first == .name("module") {
      rest = rest.dropFirst()
      guard case .name(let name) = rest.popFirst() else { return nil }
      var key: String?
      if case .key(let found) = rest.first {
        key = found
        rest = rest.dropFirst()
      }
      steps.append(Step(name: name, key: key))
    }
    guard rest.isEmpty else { return nil }
  }
}

/// The parts of an address or a reference: `a.b["k"].c`.
enum Traversal {
  enum Part: Hashable {
    case name(String)
    case key(String)
  }

  static func parts(_ text: String) -> [Part] {
    var parts: [Part] = []
    var rest = Array(text.unicodeScalars)[...]
    var word = String.UnicodeScalarView()
    func endWord() {
      if !word.isEmpty { parts.append(.name(String(word))) }
      word = String.UnicodeScalarView()
    }
    while let scalar = rest.popFirst() {
      switch scalar {
      case ".": endWord()
      case "[":
        endWord()
        parts.append(.key(key(&rest)))
      default: word.append(scalar)
      }
    }
    endWord()
    return parts
  }

  /// What stands in brackets, without quotes.
  private static func key(_ rest: inout ArraySlice<Unicode.Scalar>) -> String {
    var key = String.UnicodeScalarView()
    let isQuoted = rest.first == "\""
    if isQuoted { rest = rest.dropFirst() }
    while let scalar = rest.popFirst() {
      if isQuoted, scalar == "\\", let next = rest.popFirst() {
        key.append(next)
      } else if isQuoted, scalar == "\"" {
        if rest.first == "]" { rest = rest.dropFirst() }
        return String(key)
      } else if !isQuoted, scalar == "]" {
        return String(key)
      } else {
        key.append(scalar)
      }
    }
    return String(key)
  }
}

/// A resource of a plan or state.
struct Resource {
  let address: String
  let isData: Bool
  let type: String
  let name: String
  /// Its key with count or for_each.
  let key: String?
  let module: ModulePath
  /// An object, perhaps an empty one.
  let values: DataValue
  /// The attributes that are known only after apply.
  var unknown: DataValue?
  /// What the configuration says of it.
  var configuration: DataValue?

  /// For sentences: without what would break a line.
  var title: String { address.printable }

  init(_ value: DataValue, in module: ModulePath) throws {
    let none = DataValue(kind: .map([]), offset: value.offset)
    guard let address = try value.text("address"), let type = try value.text("type"),
      let name = try value.text("name")
    else {
      throw Complaint(
        offset: value.offset, message: "a resource needs address, type and name")
    }
    (self.address, self.type, self.name, self.module) = (address, type, name, module)
    isData = try value.text("mode") == "data"
    switch value.known("index")?.kind {
    case .string(let text): key = text
    case .integer(let number): key = String(number)
    default: key = nil
    }
    values = value.known("values") ?? none
    _ = try values.entries(called: "values")
  }

  /// Whether an attribute is known only after apply.
  func isUnknown(_ name: String) -> Bool { unknown?[name]?.boolean == true }

  /// `module|managed.type.name`: what a reference inside the module says.
  var reference: Reference {
    Reference(module: module, isData: isData, type: type, name: name)
  }

  struct Reference: Hashable {
    let module: ModulePath
    let isData: Bool
    let type: String
    let name: String
  }
}
