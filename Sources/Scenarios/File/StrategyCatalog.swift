// Which strategies a scenario can name. Scenarios do not know them: whoever loads one says.

import Simulation

/// The strategies to choose from.
public struct StrategyCatalog: Sendable {
  public let strategies: [any Strategy.Type]

  public init(_ strategies: [any Strategy.Type]) { self.strategies = strategies }

  /// Their names, in the catalog's order.
  public var names: [String] { strategies.map { $0.name } }

  /// The strategy of that name.
  public func strategy(named name: String) -> (any Strategy.Type)? {
    strategies.first { $0.name == name }
  }
}

/// The `strategy` of a scenario.
public struct StrategyPlan: Sendable {
  /// Its `kind`.
  public let name: String
  public let strategy: any Strategy
  /// As the scenario has it, on one line.
  public let text: String
  /// `durability`, if it is given here, and where.
  let durability: (value: Machine.Durability, mark: Mark)?

  /// The keys of `strategy` that belong to no strategy.
  static let ownKeys = ["kind", "durability"]

  /// Reads `strategy: {kind: NAME, ...}`; nil, and a problem reported, if there is none.
  init?(
    _ setting: Setting, _ catalog: StrategyCatalog, topology: Topology, _ problems: Problems
  ) {
    var own = Options(setting, topology: topology, problems: problems)
    let kind = own.setting("kind", "strategy", "which strategy")
    durability = Self.durability(setting, &own)
    guard case .map = setting.content else { return nil }
    guard let kind else {
      problems.report(
        setting.mark, "strategy: which kind? Known: \(catalog.names.joined(separator: ", "))")
      return nil
    }
    guard case .scalar(let name, _) = kind.content else {
      problems.report(kind.mark, "kind: expected a strategy's name, found \(kind.kind)")
      return nil
    }
    guard let type = catalog.strategy(named: name) else {
      problems.report(kind.mark, unknownName(name, "strategy", among: catalog.names))
      return nil
    }
    self.name = name
    text = setting.flow
    var options = Options(
      setting, topology: topology, problems: problems, alsoKnown: Self.ownKeys)
    strategy = Self.make(type, &options)
    options.finish()
  }

  private static func make(_ type: any Strategy.Type, _ options: inout Options) -> any Strategy {
    type.init(&options)
  }

  private static func durability(
    _ setting: Setting, _ own: inout Options
  ) -> (value: Machine.Durability, mark: Mark)? {
    let value = own.choice(
      "durability", default: Machine.Durability.afterSync, "the same as machine.durability")
    guard case .map(let entries) = setting.content,
      let entry = entries.first(where: { $0.name == "durability" })
    else { return nil }
    return (value, entry.value.mark)
  }
}
