// swift-tools-version:6.1
// Its own package, so that users of the library never build it. `make bench` runs it.
import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "splitbrain", path: "..")],
  targets: [
    .executableTarget(
      name: "benchmarks", dependencies: [.product(name: "Splitbrain", package: "splitbrain")])
  ],
  swiftLanguageModes: [.v6]
)
