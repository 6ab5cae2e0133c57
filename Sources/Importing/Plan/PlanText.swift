// From the bytes of a file to a tree of JSON values that know where they stand. Says what a file is
// that people often take for a plan. PowerShell's `>` writes UTF-16: such files are read too.

import Histories

/// The text of a plan file.
struct PlanText {
  /// As UTF-8, without a byte order mark.
  let bytes: [UInt8]

  init(_ file: [UInt8]) throws {
    if file.starts(with: [0xFF, 0xFE]) {
      bytes = try Self.decodedUTF16(file) { UInt16($1) << 8 | UInt16($0) }
    } else if file.starts(with: [0xFE, 0xFF]) {
      bytes = try Self.decodedUTF16(file) { UInt16($0) << 8 | UInt16($1) }
    } else {
      bytes = file.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(file.dropFirst(3)) : file
      if let place = Self.firstInvalid(bytes) {
        throw Complaint(offset: place, message: "this byte is not UTF-8; is this a JSON file?")
      }
    }
  }

  /// The whole of it as one value.
  func value() throws -> DataValue {
    guard let start = bytes.firstIndex(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
      throw Complaint(
        offset: 0, message: "the file is empty; terraform show -json PLANFILE writes what is read")
    }
    guard bytes[start] == UInt8(ascii: "{") else {
      throw Complaint(
        offset: start,
        message: "expected `{`: terraform show -json PLANFILE writes one JSON object, this is other"
      )
    }
    return try DataValue.json(bytes)
  }

  private static func decodedUTF16(
    _ file: [UInt8], _ unit: (UInt8, UInt8) -> UInt16
  ) throws -> [UInt8] {
    guard file.count.isMultiple(of: 2) else {
      throw Complaint(offset: 0, message: "this begins as UTF-16 but has an odd number of bytes")
    }
    let units = stride(from: 2, to: file.count, by: 2).map { unit(file[$0], file[$0 + 1]) }
    guard let text = String(validating: units, as: UTF16.self) else {
      throw Complaint(offset: 0, message: "this begins as UTF-16 but is not")
    }
    return Array(text.utf8)
  }

  /// The first byte that does not belong to a scalar in UTF-8.
  private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var decoder = UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var place = 0
    while true {
      switch decoder.parseScalar(from: &iterator) {
      case .valid(let scalar): place += scalar.count
      case .error: return place
      case .emptyInput: return nil
      }
    }
  }
}
