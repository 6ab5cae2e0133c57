// A copy of the package with mutants in it, and its tests as one program. What the compiler does not take with a mutant
// in it is written again without.

import Foundation

struct Workshop {
  /// The package's folder, and the scratch folder.
  let package: URL
  let folder: URL
  private(set) var mutants: [Mutant] = []

  /// Files that decide no verdict.
  static let leftAlone = ["Sources/Checking/Prose.swift": "words only"]

  var program: URL {
    folder.appendingPathComponent(".build/release/mutantsPackageTests.xctest")
  }

  init(package: URL) throws {
    self.package = package
    folder = package.appendingPathComponent(".build-mutants")
    let runtime = package.appendingPathComponent("Mutation/Runtime")
    try copy(package.appendingPathComponent("Sources/Histories"), to: "Sources/Histories")
    try copy(package.appendingPathComponent("Tests/CheckingTests"), to: "Tests/CheckingTests")
    try copy(runtime.appendingPathComponent("CMutants"), to: "Sources/CMutants")
    let helpers = try Data(contentsOf: runtime.appendingPathComponent("Mutants.swift"))
    try write([UInt8](helpers), to: "Sources/Checking/Mutants.swift")
    try write(Array(Self.manifest.utf8), to: "Package.swift")
    try build()
  }

  private static let manifest = """
    // swift-tools-version:6.1
    import PackageDescription

    let package = Package(
      name: "mutants",
      platforms: [.macOS(.v15)],
      targets: [
        .target(name: "CMutants"),
        .target(name: "Histories"),
        .target(name: "Checking", dependencies: ["CMutants", "Histories"]),
        .testTarget(name: "CheckingTests", dependencies: ["Checking", "Histories"]),
      ],
      swiftLanguageModes: [.v6]
    )

    """

  // MARK: Files

  /// Files that have not changed keep their dates, so that the compiler need not look at them.
  private func write(_ bytes: [UInt8], to path: String) throws {
    let target = folder.appendingPathComponent(path)
    let data = Data(bytes)
    guard (try? Data(contentsOf: target)) != data else { return }
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: target)
  }

  private func copy(_ source: URL, to path: String) throws {
    for file in Self.files(in: source) {
      let name = path + file.path.dropFirst(source.path.count)
      try write([UInt8](Data(contentsOf: file)), to: name)
    }
    removeStrangers(from: path) { source.path + $0 }
  }

  /// Removes what is no longer in the package.
  private func removeStrangers(from path: String, origin: (Substring) -> String) {
    let copies = folder.appendingPathComponent(path)
    for file in Self.files(in: copies) {
      let original = origin(file.path.dropFirst(copies.path.count))
      if !FileManager.default.fileExists(atPath: original) {
        try? FileManager.default.removeItem(at: file)
      }
    }
  }

  /// The files of a folder and of those in it.
  private static func files(in folder: URL) -> [URL] {
    let paths = FileManager.default.subpaths(atPath: folder.path) ?? []
    return paths.sorted().map { folder.appendingPathComponent($0) }.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }

  // MARK: Building

  private mutating func build() throws {
    let checking = package.appendingPathComponent("Sources/Checking")
    removeStrangers(from: "Sources/Checking") {
      $0 == "/Mutants.swift" ? package.path + "/Mutation/Runtime/Mutants.swift" : checking.path + $0
    }
    var rejected = Set(remembered())
    while true {
      mutants = []
      var points: [(point: Point, lines: ClosedRange<Int>)] = []
      var number = 0
      for file in Self.files(in: checking) {
        let path = "Sources/Checking" + file.path.dropFirst(checking.path.count)
        let text = try String(contentsOf: file, encoding: .utf8)
        guard Self.leftAlone[path] == nil else {
          try write(Array(text.utf8), to: path)
          continue
        }
        let (new, schemata) = Schemata.rewrite(text, file: path, from: number, without: rejected)
        try write(new, to: path)
        mutants += schemata.mutants
        points += schemata.points
        number = schemata.next
      }
      say("\(mutants.count) mutants; \(rejected.count) places do not compile with one")
      let errors = try compile()
      guard !errors.isEmpty else { return try remember(rejected) }
      let before = rejected.count
      for error in errors {
        let own = points.filter { $0.point.file == error.file }
        let near = own.filter { $0.lines.contains(error.line) }
        let exact = near.filter { $0.lines == error.line...error.line }
        // What is missing at the end of a function is a statement before.
        let guilty =
          near.isEmpty
          ? own.filter { ["left out", "continue", "break"].contains($0.point.kind) } : near
        rejected.formUnion((exact.isEmpty ? guilty : exact).map(\.point))
      }
      guard rejected.count > before else { throw Failure("no mutant is to blame for the errors") }
    }
  }

  // What the compiler has rejected before is left out at once, as long as the file is the same.

  private var memory: URL { folder.appendingPathComponent("rejected.txt") }

  private func remember(_ rejected: Set<Point>) throws {
    let lines = try rejected.map { point in
      "\(point.file)\t\(point.offset)\t\(point.kind)\t\(try checksum(of: point.file))\n"
    }
    try lines.sorted().joined().write(to: memory, atomically: true, encoding: .utf8)
  }

  private func remembered() -> [Point] {
    let text = (try? String(contentsOf: memory, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "\t").map(String.init)
      guard parts.count == 4, let offset = Int(parts[1]), (try? checksum(of: parts[0])) == parts[3]
      else { return nil }
      return Point(file: parts[0], offset: offset, kind: parts[2])
    }
  }

  /// FNV-1a of a file of the package.
  private func checksum(of file: String) throws -> String {
    let data = try Data(contentsOf: package.appendingPathComponent(file))
    let sum = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return String(sum, radix: 16)
  }

  private func compile() throws -> Set<CompilerError> {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "swift", "build", "-c", "release", "-Xswiftc", "-enable-testing", "--build-tests",
    ]
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try write(Array(output.utf8), to: "compiler.txt")
    if process.terminationStatus == 0 { return [] }
    let errors = Set(output.split(separator: "\n").compactMap { CompilerError($0, in: folder) })
    guard !errors.isEmpty else { throw Failure(output) }
    return errors
  }
}

/// Where the compiler complains.
private struct CompilerError: Hashable {
  var file: String
  var line: Int

  init?(_ text: Substring, in folder: URL) {
    guard let place = text.firstRange(of: ": error: ") else { return nil }
    let parts = text[..<place.lowerBound].split(separator: ":")
    guard parts.count >= 2, let line = Int(parts[1]), parts[0].hasPrefix(folder.path) else {
      return nil
    }
    file = String(parts[0].dropFirst(folder.path.count + 1))
    self.line = line
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
