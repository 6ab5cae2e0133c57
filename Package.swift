// swift-tools-version:6.1
// Arrows point down only: splitbrain -> Reports -> Scenarios -> { Storage, Replication, Traffic } ->
// Simulation -> Histories <- Checking <- Scenarios; splitbrain -> Importing -> Histories.
// ARCHITECTURE.md says why.
import PackageDescription

let package = Package(
  name: "splitbrain",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Splitbrain", targets: ["Splitbrain"]),
    .library(name: "Checking", targets: ["Checking", "Histories"]),
    .library(name: "Importing", targets: ["Importing"]),
    .executable(name: "splitbrain", targets: ["SplitbrainTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .target(name: "Histories"),
    .target(name: "Checking", dependencies: ["Histories"]),
    .target(name: "Importing", dependencies: ["Histories"]),
    .target(name: "Simulation", dependencies: ["Histories"]),
    .target(name: "Storage", dependencies: ["CSQLite", "Simulation"]),
    .target(name: "Replication", dependencies: ["Histories", "Simulation"]),
    .target(name: "Traffic", dependencies: ["Simulation"]),
    .target(
      name: "Scenarios",
      dependencies: [
        "Checking", "Histories", "Replication", "Simulation", "Storage", "Traffic",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ]),
    .target(
      name: "Reports",
      dependencies: ["Checking", "Histories", "Scenarios", "Simulation", "Traffic"]),
    // What an embedder imports: one name for the parts of the library.
    .target(
      name: "Splitbrain",
      dependencies: [
        "Checking", "Histories", "Importing", "Replication", "Reports", "Scenarios", "Simulation",
        "Storage", "Traffic",
      ],
      path: "Sources/Embedding"),
    .executableTarget(
      name: "SplitbrainTool",
      // The parts are named besides the umbrella: an incremental build looks at direct ones only.
      dependencies: [
        "Checking", "Histories", "Importing", "Replication", "Reports", "Scenarios",
        "Simulation", "Splitbrain", "Storage", "Traffic",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/splitbrain"),
    .testTarget(name: "HistoriesTests", dependencies: ["Histories"]),
    .testTarget(name: "CheckingTests", dependencies: ["Checking", "Histories"]),
    .testTarget(name: "ImportingTests", dependencies: ["Importing"], exclude: ["Plans"]),
    .testTarget(name: "SimulationTests", dependencies: ["Simulation", "Histories"]),
    .testTarget(
      name: "TrafficTests",
      dependencies: ["Histories", "Reports", "Scenarios", "Simulation", "Traffic"]),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "Simulation", "CSQLite"]),
    .testTarget(
      name: "ReplicationTests",
      dependencies: ["Checking", "Histories", "Replication", "Scenarios", "Simulation", "Storage"]),
    .testTarget(
      name: "ScenariosTests",
      dependencies: [
        "Checking", "Histories", "Reports", "Scenarios", "Simulation", "Splitbrain",
        "SplitbrainTool",
      ]),
  ],
  swiftLanguageModes: [.v6]
)
