// The JSON Schema of scenario files, for editors that complete and check while one types. It is
// made from the declarations by which options are read, so a new option, fault or strategy is in it
// without anybody thinking of it. Rules that tie two keys together are left to `splitbrain
// validate`.

import Histories
import Simulation
import Traffic

/// Makes the schema for a catalog of strategies.
public enum ScenarioSchema {
  /// The schema as JSON text, always the same for the same catalog.
  public static func text(catalog: StrategyCatalog) -> String {
    root(catalog).rendered() + "\n"
  }

  private static let topology = Topology(["a", "b", "c"])

  /// The fields that a reader asks for.
  private static func fields(_ read: (inout Options) -> Void) -> [OptionField] {
    var options = Options.defaults(in: topology)
    read(&options)
    return options.fields
  }

  private static func root(_ catalog: StrategyCatalog) -> SchemaText {
    var top = fields {
      _ = Head(&$0, stem: "")
      _ = Sections(&$0)
    }
    top.append(
      OptionField(
        name: "variants", kind: .other("variants"), fallback: nil,
        about: "the same scenario with some keys replaced; each variant is run"))
    top.append(
      OptionField(
        name: "twin", kind: .other("twin"), fallback: nil,
        about: "in the catalogue: what to replace to be safe; run on the same seeds"))
    top.append(
      OptionField(
        name: "bug", kind: .other("bug"), fallback: nil,
        about: "in the catalogue: the published failure that it reproduces"))
    top.append(
      OptionField(
        name: "preset", kind: .other("preset"), fallback: nil,
        about: "the managed database that it models, and what its vendor states"))
    var object = objectMembers(top, required: ["regions", "strategy"])
    object.insert(("$schema", .text("https://json-schema.org/draft/2020-12/schema")), at: 0)
    object.insert(("title", .text("splitbrain scenario")), at: 1)
    object.append(("$defs", .object(definitions(catalog))))
    return .object(object)
  }

  private static func definitions(_ catalog: StrategyCatalog) -> [(String, SchemaText)] {
    let invariant = fields { _ = Invariant(&$0, number: 1) }
    let place = fields { _ = PlacesPlan.Spot(&$0, load: Load.standard) }
    let change = Variant.keys.map { ($0, SchemaText.reference($0)) }
    return [
      ("regions", .list(of: .string, from: 1, to: Topology.most)),
      ("network", object(fields { _ = NetworkPlan(&$0, regionMarks: []) })),
      ("machine", object(fields { _ = Machine(&$0) })),
      ("clocks", object(fields { _ = ClockPlan(&$0) })),
      ("places", .list(of: object(place, required: ["name"]), from: 1)),
      ("traffic", object(fields { _ = TrafficPlan(&$0, places: PlacesPlan.none) })),
      ("capacity", object(fields { _ = CapacityPlan(&$0, load: Load.standard) })),
      ("workload", .any(Catalog.workloads.map { workload($0) })),
      ("strategy", .any(catalog.strategies.map { strategy($0) })),
      ("faults", .list(of: .any(Faults.all.map { fault($0) }))),
      ("invariants", .list(of: object(invariant, required: ["sql"]))),
      ("expect", expect),
      ("cost", object(fields { _ = CostPlan(&$0, network: .none) })),
      ("compute", object(fields { _ = CostPlan.Compute(&$0) }, required: ["instances"])),
      (
        "runbook",
        object(fields { _ = RunbookPlan(&$0, .none) }, required: ["when", "steps"])
      ),
      ("requirements", object(fields { _ = Requirement.list(&$0) })),
      (
        "variants",
        .list(
          of: .object([
            ("type", .text("object")),
            ("properties", .object([("name", .string)] + change)),
            ("required", .array([.text("name")])),
            ("additionalProperties", .flag(false)),
          ]), from: 1)
      ),
      ("twin", .properties(change)),
      (
        "preset",
        object(
          fields { _ = Preset(&$0) }, required: ["product", "claim", "source", "date"])
      ),
      ("bug", object(fields { _ = KnownBug(&$0) }, required: ["id", "title", "source"])),
    ]
  }

  private static func strategy(_ type: any Strategy.Type) -> SchemaText {
    func read(_ options: inout Options) { _ = type.init(&options) }
    var members = objectMembers(fields { read(&$0) }, required: ["kind"])
    members.insert(("description", .text(type.summary)), at: 0)
    let durability = Machine.Durability.allCases.map { SchemaText.text($0.rawValue) }
    let own: [(String, SchemaText)] = [
      ("kind", .object([("const", .text(type.name))])),
      ("durability", .object([("enum", .array(durability))])),
    ]
    return .object(members.map { $0.0 == "properties" ? ($0.0, $0.1.with(own)) : $0 })
  }

  private static func workload(_ type: any Workload.Type) -> SchemaText {
    func read(_ options: inout Options) {
      _ = type.init(&options)
      _ = Load(&options)
    }
    // `kind` may be left out for the first, which is the default.
    let required = type.name == RegisterWorkload.name ? [] : ["kind"]
    var members = objectMembers(fields { read(&$0) }, required: required)
    members.insert(("description", .text(type.summary)), at: 0)
    let own = [("kind", SchemaText.object([("const", .text(type.name))]))]
    return .object(members.map { $0.0 == "properties" ? ($0.0, $0.1.with(own)) : $0 })
  }

  private static func fault(_ type: any Fault.Type) -> SchemaText {
    func read(_ options: inout Options) { _ = type.init(&options) }
    let timing = fields {
      _ = FaultTiming(&$0, type.name, isInstant: type.isInstant, .seconds(30))
    }
    // Their defaults depend on each other and on the scenario's duration.
    let times = timing.filter { !(type.isInstant && $0.name == "for") }.map {
      OptionField(name: $0.name, kind: $0.kind, fallback: nil, about: $0.about)
    }
    let own = fields { read(&$0) }.map {
      $0.name == type.name
        ? OptionField(name: $0.name, kind: $0.kind, fallback: nil, about: $0.about) : $0
    }
    return object(own + times, required: [type.name])
  }

  private static var expect: SchemaText {
    let verdicts = SchemaText.words(Expectation.Wanted.allCases.map(\.rawValue))
    let comparison = SchemaText.pattern("^(<=|>=|==|!=|<|>) *[0-9]")
    let guarantees = Guarantee.allCases.map { ($0.rawValue, verdicts) }
    let measures = Measure.allCases.map { ($0.rawValue, comparison) }
    return .object([
      ("type", .text("object")), ("properties", .object(guarantees + measures)),
      ("additionalProperties", .flag(false)),
    ])
  }

  // MARK: From fields

  private static func object(_ fields: [OptionField], required: [String] = []) -> SchemaText {
    .object(objectMembers(fields, required: required))
  }

  private static func objectMembers(
    _ fields: [OptionField], required: [String]
  ) -> [(String, SchemaText)] {
    var properties: [(String, SchemaText)] = []
    for field in fields where !properties.contains(where: { $0.0 == field.name }) {
      properties.append((field.name, property(field)))
    }
    var members: [(String, SchemaText)] = [
      ("type", .text("object")), ("properties", .object(properties)),
    ]
    if !required.isEmpty { members.append(("required", .array(required.map { .text($0) }))) }
    members.append(("additionalProperties", .flag(false)))
    return members
  }

  private static func property(_ field: OptionField) -> SchemaText {
    var members: [(String, SchemaText)] = [("description", .text(field.about))]
    if let fallback = field.fallback, let value = literal(fallback, field.kind) {
      members.append(("default", value))
    }
    guard case .object(let type) = type(of: field) else { return .object(members) }
    return .object(members + type)
  }

  private static func literal(_ text: String, _ kind: OptionField.Kind) -> SchemaText? {
    switch kind {
    case .integer: .number(text)
    case .flag: .flag(text == "true")
    case .region: nil
    default: .text(text)
    }
  }

  private static func type(of field: OptionField) -> SchemaText {
    switch field.kind {
    case .integer: .object([("type", .text("integer"))])
    case .duration: .duration
    case .ratio: .share
    case .flag: .object([("type", .text("boolean"))])
    case .text, .region: .string
    case .choice(let words): .words(words)
    case .other(let kind): shape(kind, field.name)
    }
  }

  /// Shapes that readers name in words.
  private static func shape(_ kind: String, _ name: String) -> SchemaText {
    switch kind {
    case "regions", "network", "machine", "clocks", "strategy", "workload", "faults",
      "invariants", "expect", "variants", "twin", "bug", "preset", "places", "traffic",
      "capacity", "cost", "requirements", "compute", "runbook":
      return .reference(kind)
    case "latency", "a duration or {min: duration, max: duration}":
      let ends = SchemaText.properties([("min", .duration), ("max", .duration)])
      let tail = SchemaText.properties([("median", .duration), ("p99", .duration)])
      return .any(kind == "latency" ? [.duration, ends, tail] : [.duration, ends])
    case "list of links":
      return .list(
        of: object(
          fields {
            _ = LinkChange.places(&$0)
            _ = LinkChange(&$0, withLatency: true)
          }))
    case "health-check": return object(fields { _ = HealthPolicy(&$0, Provider.custom.health) })
    case "autoscaler": return object(fields { _ = AutoscalerRules(&$0, replicas: 4) })
    case "nodes": return object(fields { _ = NodeRules(&$0) })
    case "gitops": return object(fields { _ = ReconcilerRules(&$0) })
    case "retries": return object(fields { _ = RetryRules(&$0) })
    case "list of commits":
      return .list(of: object(fields { _ = Commit(&$0) }, required: ["at"]))
    case "tiers by region":
      let tier = fields { _ = TierRules(&$0, over: TierRules(replicas: 4, serviceTime: .zero)) }
      return .object([("type", .text("object")), ("additionalProperties", object(tier))])
    case "region": return .string
    case "plans": return object(fields { _ = PlanRules(&$0) })
    case "list of caches":
      return .list(of: object(fields { _ = CacheShare(&$0) }, required: ["share"]), from: 1)
    case "list of regions": return .list(of: .string, from: 1)
    case "figures of regions":
      return .object([
        ("type", .text("object")),
        ("additionalProperties", .object([("type", .text("integer"))])),
      ])
    case "regions of places":
      return .object([("type", .text("object")), ("additionalProperties", .string)])
    case "degrees": return .object([("type", .text("number"))])
    case "two regions": return .list(of: .string, from: 2, to: 2)
    case "bandwidth": return .pattern("^[0-9][0-9._]* ?(bps|kbps|Mbps|Gbps)$")
    case "rate": return .rate
    case "list of steps":
      let step = fields { _ = RunbookWords.step(&$0, .documented, acting: 1, .none) }
      return .list(of: object(step, required: ["do"]), from: 1, to: RunbookPlan.mostSteps)
    case "conditions": return object(fields { _ = $0.conditions(.none) })
    case "when": return object(fields { _ = RunbookPlan.trigger(&$0, .none) })
    case "rollback":
      return object(
        fields { _ = RunbookWords.rollback(&$0, .none) }, required: ["do", "region", "then"])
    case "fail-back":
      return object(
        fields { _ = RunbookPlan.wayBack(&$0, .documented, .none) }, required: ["when", "steps"])
    case "time of an operator": return object(fields { _ = OrderToRegion.time(&$0) })
    case "factor", "dollars":
      return .object([("type", .text("number")), ("minimum", .number("0"))])
    case "guarantees": return .list(of: .words(Guarantee.allCases.map(\.rawValue)), from: 1)
    case "level": return .any([.string, .object([("type", .text("integer"))])])
    case "lists of regions": return .list(of: .list(of: .string, from: 1), from: 1)
    case "map" where name == OneWayCut.name:
      return .properties([("from", .string), ("to", .string)])
    case "map", "counts by region":
      return .object([
        ("type", .text("object")),
        ("additionalProperties", .object([("type", .text("integer")), ("minimum", .number("0"))])),
      ])
    default:
      // "groups of regions, or ..."; "a region, any, a list of regions"; a deviation.
      if kind.hasPrefix("groups of regions") {
        return .any([
          .list(of: .list(of: .string), from: 2), .words(Split.Draw.allCases.map(\.rawValue)),
        ])
      }
      return kind.hasSuffix("a list of regions")
        ? .any([.string, .list(of: .string, from: 1)]) : .string
    }
  }
}
