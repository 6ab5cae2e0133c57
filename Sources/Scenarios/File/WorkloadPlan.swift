// The `workload` of a scenario: what clients do, read by the workload itself, and how hard they
// push.

import Simulation

/// A workload with its load.
public struct WorkloadPlan: Sendable {
  /// Its `kind`.
  public let name: String
  public let load: Load
  let source: any IntentSource

  /// What clients do.
  public var workload: any Workload { source }

  /// Reads a scenario's `workload`; without one, registers. Nil, and a problem reported, if there
  /// is no such kind.
  init?(_ setting: Setting, topology: Topology, _ problems: Problems) {
    var own = Options(setting, topology: topology, problems: problems)
    let kind = own.text("kind", default: RegisterWorkload.name, "what clients work on")
    let names = Catalog.workloads.map { $0.name }
    guard let type = Catalog.workloads.first(where: { $0.name == kind }) else {
      let mark = own.setting("kind", "workload", "what clients work on")?.mark ?? setting.mark
      problems.report(mark, unknownName(kind ?? "", "workload", among: names))
      return nil
    }
    name = type.name
    var options = Options(setting, topology: topology, problems: problems, alsoKnown: ["kind"])
    guard let workload = Self.make(type, &options) as? any IntentSource else { return nil }
    source = workload
    load = Load(&options)
    options.finish()
  }

  private static func make(_ type: any Workload.Type, _ options: inout Options) -> any Workload {
    type.init(&options)
  }
}
