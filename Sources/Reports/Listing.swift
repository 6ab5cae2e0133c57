// What `splitbrain list` prints, made from the catalogs: an option is documented where it is read.

import Checking
import Scenarios
import Simulation
import Traffic

/// Lists of what scenarios can be made of.
public enum Listing {
  private static let topology = Topology(["us-east-1", "eu-west-1", "ap-southeast-1"])

  public static var strategies: String {
    Catalog.strategies.map { type in
      var options = Options.defaults(in: topology)
      _ = type.init(&options)
      return entry(type.name, type.summary, options.fields)
    }.joined()
  }

  public static var workloads: String {
    Catalog.workloads.map { type in
      var options = Options.defaults(in: topology)
      _ = type.init(&options)
      return entry(type.name, type.summary, options.fields)
    }.joined() + loads
  }

  private static var loads: String {
    var options = Options.defaults(in: topology)
    _ = Load(&options)
    return entry("every workload also takes", "", options.fields)
  }

  public static var faults: String {
    Faults.all.map { entry($0.name, $0.summary + "\n    - " + $0.example, []) }.joined()
  }

  public static var models: String {
    Checkers.all.map { entry($0.name, $0.summary, []) }.joined()
      + IsolationModel.all.map { model in
        let weaker =
          model.implies.isEmpty ? "" : "; implies " + model.implies.joined(separator: ", ")
        let names = model.aliases.isEmpty ? "" : " (\(model.aliases.joined(separator: ", ")))"
        return entry(model.name, "of transactions\(names)\(weaker)", [])
      }.joined()
  }

  /// A managed database that a scenario models.
  public static func entry(_ preset: Preset, path: String) -> String {
    "\(path)\n    \(preset.product): \(preset.claim)\n    \(preset.source), \(preset.date)\n"
  }

  /// Presets of `network: {preset: ...}`.
  public static var networks: String {
    NetworkPreset.allCases.map { preset in
      guard let table = preset.table else {
        return entry(preset.rawValue, "one latency for every link, 40ms unless given", [])
      }
      let about = "\(table.regions.count) regions: \(table.regions.joined(separator: " "))"
      return entry(preset.rawValue, "\(table.source), \(table.date)\n    \(about)", [])
    }.joined()
  }

  /// Providers of `traffic: {provider: ...}` with the figures that run, and kinds of caches.
  public static var providers: String {
    Provider.all.map { provider in
      let health = provider.health
      let rule =
        switch health.rule {
        case .consecutive(let fail, let pass): "unhealthy after \(fail), healthy after \(pass)"
        case .sample(let size, let needed): "healthy with \(needed) of the last \(size)"
        }
      let figures = [
        "policies \(provider.policies.map(\.rawValue).joined(separator: ", "))",
        "health check: interval \(health.interval), timeout \(health.timeout), \(rule)",
        "  checkers \(health.checkers), healthy share more than \(Quantity.text(health.healthyShare)), "
          + "starts \(health.start.rawValue), all down: \(health.allDown.rawValue)",
        "  propagation \(health.propagation), recovery \(health.recovery); so a fault is detected "
          + "after \(fixed(health.meanDetection.seconds, 1)) s on average, \(health.longestDetection) at most",
        "records: ttl \(provider.ttl), client subnet \(provider.clientSubnet ? "used" : "not used"), "
          + "geolocation otherwise \(provider.otherwise.rawValue)",
      ]
      let sources = provider.sources.map { "[\($0.status.rawValue)] \($0.figure): \($0.title)" }
      return "\(provider.name)\n    \(provider.title)\n"
        + (figures + sources).map { "      \($0)\n" }.joined()
    }.joined()
      + CachePreset.all.map { entry("caches: \($0.name)", "\($0.about)\n    \($0.source)", []) }
      .joined()
  }

  private static func entry(_ name: String, _ summary: String, _ fields: [OptionField]) -> String {
    let width = fields.map(\.name.count).max() ?? 0
    let lines = fields.map { field in
      let fallback = field.fallback.map { " (default \($0))" } ?? ""
      let kind: String =
        if case .choice(let names) = field.kind { " [\(names.joined(separator: " | "))]" } else {
          ""
        }
      return "      \(padded(field.name, width))  \(field.about)\(kind)\(fallback)\n"
    }
    return "\(name)\n" + (summary.isEmpty ? "" : "    \(summary)\n") + lines.joined()
  }
}
