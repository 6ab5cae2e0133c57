// swift-tools-version:6.1
// Mutants of the checkers: faults put into their code, one at a time, which the tests must find. Its own package, so
// that users of the library never build a parser of Swift. `make mutants` runs it.
import PackageDescription

let package = Package(
  name: "mutation",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "https://github.com/swiftlang/swift-syntax", exact: "603.0.1")],
  targets: [
    .executableTarget(
      name: "mutate",
      dependencies: [
        .product(name: "SwiftOperators", package: "swift-syntax"),
        .product(name: "SwiftParser", package: "swift-syntax"),
        .product(name: "SwiftSyntax", package: "swift-syntax"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
