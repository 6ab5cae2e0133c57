// Writes a history as JSON Lines, as HistoryJSONLines.swift reads them: what was written and read again
// is the same history.

extension History {
  /// The history as JSON Lines.
  public func jsonLines() -> [UInt8] {
    var writer = JSONLinesWriter(history: self)
    writer.output.reserveCapacity(96 * count)
    for row in 0..<count { writer.write(row) }
    return writer.output
  }

  /// One row as a line of JSON, without its end.
  public func jsonLine(_ row: Int) -> String {
    var writer = JSONLinesWriter(history: self)
    writer.write(row)
    return String(decoding: writer.output.dropLast(), as: UTF8.self)
  }
}

private struct JSONLinesWriter {
  let history: History
  var output: [UInt8] = []

  mutating func write(_ row: Int) {
    add("{\"process\": ")
    add(Int64(history.processes[row]))
    add(", \"call\": ")
    add(history.calls[row])
    add(", \"return\": ")
    if history.completions[row] == .info { add("null") } else { add(history.returns[row]) }
    add(", \"f\": \"")
    output.append(contentsOf: history.functions[row].name.utf8)
    add("\"")
    if history.functions[row] != .transfer, history.functions[row] != .transaction {
      add(", \"key\": ")
      addKey(history.keys[row])
    }
    addValue(row)
    switch history.completions[row] {
    case .ok: add(", \"ok\": true")
    case .fail: add(", \"ok\": false")
    case .info: add(", \"ok\": null")
    }
    if history.regions[row] != 0 {
      add(", \"region\": ")
      add(Int64(history.regions[row]))
    }
    if history.finals[row] { add(", \"final\": true") }
    if let version = history.version(of: row) {
      add(", \"version\": [")
      add(version.major)
      add(", ")
      add(version.minor)
      add("]")
    }
    add("}\n")
  }

  private mutating func addValue(_ row: Int) {
    if history.functions[row] == .compareAndSet, history.shapes[row] != .list {
      add(", \"old\": ")
      add(history.extras[row])
      add(", \"new\": ")
      add(history.values[row])
      return
    }
    if history.functions[row] == .transfer {
      add(", \"from\": ")
      addKey(history.keys[row])
      add(", \"to\": ")
      addKey(Key(truncatingIfNeeded: history.extras[row]))
      add(", \"amount\": ")
      add(history.values[row])
      return
    }
    if let owner = history.lockOwner(of: row) {
      add(", \"client\": ")
      output.append(quoted: history.name(ofValue: owner))
    }
    add(", \"value\": ")
    switch history.shapes[row] {
    case .none: add("null")
    case .scalar: addElement(history.values[row])
    case .list: addElements(history.list(of: row))
    case .map: addMap(history.list(of: row))
    case .steps: addSteps(history.steps(of: row))
    case .string: output.append(quoted: history.strings[Int(history.values[row])])
    }
  }

  private mutating func addList(_ list: ArraySlice<Int64>) {
    add("[")
    for (place, value) in list.enumerated() {
      if place > 0 { add(", ") }
      add(value)
    }
    add("]")
  }

  private mutating func addMap(_ list: ArraySlice<Int64>) {
    add("{")
    for (place, value) in list.enumerated() {
      if place % 2 == 0 {
        if place > 0 { add(", ") }
        output.append(quoted: history.name(of: Key(truncatingIfNeeded: value)))
        add(": ")
      } else {
        add(value)
      }
    }
    add("}")
  }

  private mutating func addSteps(_ steps: ArraySlice<Step>) {
    add("[")
    for (place, step) in steps.enumerated() {
      if place > 0 { add(", ") }
      add("[\"")
      output.append(contentsOf: stepName(step.function).utf8)
      add("\", ")
      addKey(step.key)
      add(", ")
      switch (step.function, step.shape) {
      case (.compareAndSet, _): addList([step.extra, step.value])
      case (_, .scalar): addElement(step.value)
      case (_, .list): addElements(history.pool[Int(step.value)..<Int(step.value + step.extra)])
      default: add("null")
      }
      add("]")
    }
    add("]")
  }

  private mutating func addElements(_ list: ArraySlice<Int64>) {
    add("[")
    for (place, value) in list.enumerated() {
      if place > 0 { add(", ") }
      addElement(value)
    }
    add("]")
  }

  /// A value: numbers that stand for names are written as these.
  private mutating func addElement(_ value: Int64) {
    if history.isNamed(value) {
      output.append(quoted: history.name(ofValue: value))
    } else {
      add(value)
    }
  }

  /// Steps have the short names of Elle.
  private func stepName(_ function: Function) -> String {
    switch function {
    case .read: "r"
    case .write: "w"
    default: function.name
    }
  }

  private mutating func addKey(_ key: Key) {
    guard Int(key) < history.keyNames.count, key >= 0 else { return add(Int64(key)) }
    output.append(quoted: history.keyNames[Int(key)])
  }

  private mutating func add(_ text: StaticString) {
    text.withUTF8Buffer { output.append(contentsOf: $0) }
  }

  private mutating func add(_ number: Int64) { output.append(decimal: number) }
}

extension [UInt8] {
  /// Appends a string in quotes, escaped as JSON and EDN both read it.
  mutating func append(quoted text: String) {
    append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case ..<0x20:
        let digits = String(byte, radix: 16)
        append(contentsOf: "\\u\(digits.count < 2 ? "000" : "00")\(digits)".utf8)
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }

  /// Appends an integer.
  mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    let start = count
    repeat {
      append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    self[start...].reverse()
  }
}
