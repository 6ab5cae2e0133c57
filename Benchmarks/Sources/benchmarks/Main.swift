// `benchmarks [engine|storage|end-to-end|check]...`: each with its baseline in the same run. All by default.

@main
enum Main {
  static func main() throws {
    let chosen = CommandLine.arguments.dropFirst()
    func wants(_ name: String) -> Bool { chosen.isEmpty || chosen.contains(name) }
    if wants("engine") { WorkloadW.run() }
    if wants("storage") { try StorageCost.run() }
    if wants("end-to-end") { try EndToEnd.run() }
    if wants("check") { try CheckCost.run() }
  }
}
