// What is asked of the values of a plan. Absent and null are the same: Terraform leaves out or nulls what it
// does not know before it applies. A value of the wrong kind is a complaint with its place.

import Histories

extension DataValue {
  /// What an attribute holds; nil if it is not there, null, or unknown.
  func known(_ name: String) -> DataValue? {
    guard let value = self[name] else { return nil }
    if case .null = value.kind { return nil }
    return value
  }

  func text(_ name: String) throws -> String? {
    guard let value = known(name) else { return nil }
    guard case .string(let text) = value.kind else { throw value.complaint(name, "a string") }
    return text.isEmpty ? nil : text
  }

  /// A whole number, also if it is written as a string.
  func integer(_ name: String) throws -> Int? {
    guard let value = known(name) else { return nil }
    if let integer = value.integer { return Int(integer) }
    if case .string(let text) = value.kind {
      if text.isEmpty { return nil }
      if let integer = Int(text) { return integer }
    }
    throw value.complaint(name, "a whole number")
  }

  /// A whole number within bounds.
  func integer(_ name: String, in bounds: ClosedRange<Int>) throws -> Int? {
    guard let integer = try integer(name), let value = known(name) else { return nil }
    guard bounds.contains(integer) else {
      throw Complaint(
        offset: value.offset,
        message: "\(name): expected \(bounds.lowerBound) to \(bounds.upperBound), found \(integer)")
    }
    return integer
  }

  func flag(_ name: String) throws -> Bool? {
    guard let value = known(name) else { return nil }
    guard let flag = value.boolean else { throw value.complaint(name, "true or false") }
    return flag
  }

  /// The members of a list; none if it is not there.
  func list(_ name: String) throws -> [DataValue] {
    guard let value = known(name) else { return [] }
    guard let elements = value.elements else { throw value.complaint(name, "a list") }
    return elements
  }

  /// The nested blocks of a name: a list of objects, even where there can be one only.
  func blocks(_ name: String) throws -> [DataValue] {
    try list(name).map { block in
      guard case .map = block.kind else { throw block.complaint(name, "an object") }
      return block
    }
  }

  /// The pairs of an object; none if it is not there.
  func entries(_ name: String) throws -> [(name: String, value: DataValue)] {
    guard let value = known(name) else { return [] }
    return try value.entries(called: name)
  }

  /// The pairs of this object.
  func entries(called name: String) throws -> [(name: String, value: DataValue)] {
    guard case .map(let pairs) = kind else { throw complaint(name, "an object") }
    return pairs.compactMap { pair in pair.key.word.map { ($0, pair.value) } }
  }

  /// The texts of a list of strings; what is unknown in it is left out.
  func texts(_ name: String) throws -> [String] {
    try list(name).compactMap { element in
      switch element.kind {
      case .string(let text): text
      case .null: nil
      default: throw element.complaint(name, "a string")
      }
    }
  }

  /// That something else was expected here.
  func complaint(_ name: String, _ expected: String) -> Complaint {
    Complaint(offset: offset, message: "\(name): expected \(expected), found \(kindName)")
  }

  private var kindName: String {
    switch kind {
    case .null: "null"
    case .boolean(let flag): flag ? "true" : "false"
    case .integer, .decimal: "a number"
    case .string(let text) where text.utf8.count <= 40: "\"\(text.printable)\""
    case .string: "a string"
    case .map: "an object"
    case .vector, .set: "a list"
    case .keyword, .symbol: "a word"
    }
  }
}

extension String {
  /// Without what would break a line or a terminal, and not longer than a line: names of resources may
  /// hold anything.
  var printable: String {
    let scalars = unicodeScalars.prefix(160).map { scalar -> Character in
      let category = scalar.properties.generalCategory
      let isPlain =
        ![.control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse].contains(
          category)
      return isPlain ? Character(scalar) : "?"
    }
    return String(scalars)
  }
}
