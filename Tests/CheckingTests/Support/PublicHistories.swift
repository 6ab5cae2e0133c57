// Where the public histories are: a folder that is not part of this package.

import Foundation

struct PublicHistory: Decodable {
  var file: String
  var workload: String
  var model: String
  var valid: Bool
}

enum PublicHistories {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["SPLITBRAIN_HISTORIES"] {
      return URL(fileURLWithPath: path)
    }
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return package.deletingLastPathComponent().appendingPathComponent("shared/histories")
  }()

  static func index(_ name: String) throws -> [PublicHistory] { try list(name) }

  static func list<Element: Decodable>(_ name: String) throws -> [Element] {
    let url = folder.appendingPathComponent("\(name)/index.json")
    return try JSONDecoder().decode([Element].self, from: Data(contentsOf: url))
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
  }

  static func exist(_ name: String) -> Bool {
    let isThere = FileManager.default.fileExists(
      atPath: folder.appendingPathComponent("\(name)/index.json").path)
    if !isThere {
      print("SKIPPED: no \(name)/index.json in \(folder.path); set SPLITBRAIN_HISTORIES")
    }
    return isThere
  }
}
