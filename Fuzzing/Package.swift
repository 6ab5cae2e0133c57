// swift-tools-version:6.1
// libFuzzer on the readers of history files and plans. Its own package, so that users of the library never build it.
// `make fuzz` runs it.
import PackageDescription

let package = Package(
  name: "fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "splitbrain", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz",
      dependencies: [
        .product(name: "Checking", package: "splitbrain"),
        .product(name: "Importing", package: "splitbrain"),
      ],
      // libFuzzer has the main function.
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6]
)
