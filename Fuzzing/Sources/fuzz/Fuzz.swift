// What libFuzzer calls with one input after another. The environment variable FUZZ_FORMAT says which reader
// gets it: one of histories, or `terraform`. A history that can be read is also checked for defects, written,
// and read again: a trap, a hang, or a history that comes back changed is a defect of ours.

import Foundation
import Histories
import Importing

/// Nil is a plan of Terraform.
private let format: HistoryFormat? = {
  let name = ProcessInfo.processInfo.environment["FUZZ_FORMAT"] ?? ""
  if name == "terraform" { return nil }
  guard let format = HistoryFormat(rawValue: name) else {
    fatalError("FUZZ_FORMAT must be terraform or one of \(HistoryFormat.allCases.map(\.rawValue))")
  }
  return format
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let format else {
    _ = try? TerraformImport(bytes, named: "plan.json", networks: [])
    return 0
  }
  _ = HistoryFormat(guessedFrom: bytes)
  guard let history = try? History(bytes, format: format) else { return 0 }
  _ = history.defects()
  for format in HistoryFormat.written {
    // Names of keys may be taken for numbers and the like: events are only asked not to trap.
    let again = try? History(history.written(format), format: format)
    guard format != .jsonLines || again?.count == history.count else {
      fatalError("a history that was read could not be written and read again")
    }
  }
  return 0
}
