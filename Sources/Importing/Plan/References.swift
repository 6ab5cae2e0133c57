// Where an attribute leads. Ids are not known before apply, so a plan tells how its resources hang together
// only in `configuration`: the references of each expression, unwrapped step by step
// (["aws_lb.eu.dns_name", "aws_lb.eu"]). They are followed through variables and outputs of modules. A state has
// the ids themselves. What `local.` or a function makes of a reference is not written down: it is not followed.

import Histories

/// A step into the expressions of a configuration.
enum PathStep: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case name(String)
  /// Of a list of blocks; without it all of them are meant.
  case place(Int)

  init(stringLiteral name: String) { self = .name(name) }
  init(integerLiteral place: Int) { self = .place(place) }
}

extension TerraformPlan {
  /// The resources that an attribute leads to, by its value or by the references in its expression.
  func targets(of resource: Resource, _ path: [PathStep]) -> [Resource] {
    if let value = Self.value(resource.values, path[...]), case .string(let text) = value.kind,
      let found = identified[text]
    {
      return found.map { resources[$0] }
    }
    guard let expressions = resource.configuration?.known("expressions") else { return [] }
    var references: [String] = []
    Self.collect(expressions, path[...], &references)
    return follow(references, resource)
  }

  /// The resources of a type that an attribute leads to, directly or by a value that they share, such as the
  /// name of a cluster.
  func linked(
    _ resource: Resource, _ path: [PathStep], to type: String, by attributes: String...
  ) -> [Resource] {
    if let value = Self.value(resource.values, path[...]), case .string(let text) = value.kind {
      let known = (identified[text] ?? []).map { resources[$0] }
      let same = (known.isEmpty ? managed(type) : known).filter { candidate in
        candidate.type == type && !candidate.isData
          && attributes.contains { name in
            if case .string(text) = candidate.values[name]?.kind { true } else { false }
          }
      }
      if !same.isEmpty { return same }
    }
    return targets(of: resource, path).filter { $0.type == type && !$0.isData }
  }

  /// Everything that a resource refers to.
  func allTargets(of resource: Resource) -> [Resource] {
    guard let expressions = resource.configuration?.known("expressions") else { return [] }
    var references: [String] = []
    Self.collect(expressions, [], &references)
    return follow(references, resource)
  }

  /// Whether the expression of an attribute goes through something that a plan does not resolve.
  func usesLocals(_ resource: Resource, _ path: [PathStep]) -> Bool {
    guard let expressions = resource.configuration?.known("expressions") else { return false }
    var references: [String] = []
    Self.collect(expressions, path[...], &references)
    return references.contains { $0.hasPrefix("local.") }
  }

  private func follow(_ references: [String], _ resource: Resource) -> [Resource] {
    var walk = Walk(plan: self)
    walk.follow(references, Scope(module: resource.module, key: resource.key))
    return walk.found.map { resources[$0] }
  }

  private static func value(_ value: DataValue, _ path: ArraySlice<PathStep>) -> DataValue? {
    guard let step = path.first else { return value }
    switch step {
    case .name(let name):
      // A block is a list of objects; without a place the first is meant.
      let object = value.elements?.first ?? value
      return object.known(name).flatMap { Self.value($0, path.dropFirst()) }
    case .place(let place):
      guard let elements = value.elements, elements.indices.contains(place) else { return nil }
      return Self.value(elements[place], path.dropFirst())
    }
  }

  /// The references of all expressions at and below a path.
  private static func collect(
    _ value: DataValue, _ path: ArraySlice<PathStep>, _ references: inout [String]
  ) {
    if let elements = value.elements {
      if case .place(let place) = path.first {
        if elements.indices.contains(place) {
          collect(elements[place], path.dropFirst(), &references)
        }
      } else {
        for element in elements { collect(element, path, &references) }
      }
      return
    }
    guard case .map(let pairs) = value.kind else { return }
    if case .name(let name) = path.first {
      if let inner = value.known(name) { collect(inner, path.dropFirst(), &references) }
    } else if let found = value.known("references")?.elements {
      references += found.compactMap(\.word)
    } else if path.isEmpty {
      for pair in pairs { collect(pair.value, path, &references) }
    }
  }
}

/// Where an expression stands: in which instance of a module, and with which each.key or count.index.
struct Scope: Hashable {
  let module: ModulePath
  let key: String?

  /// Where the module was called.
  var caller: Scope { Scope(module: module.parent, key: module.steps.last?.key) }
}

/// Follows references to resources. Each is followed once, so that it ends however they are tangled.
private struct Walk {
  let plan: TerraformPlan
  var found: [Int] = []
  private var visited: Set<Visit> = []

  private struct Visit: Hashable {
    let scope: Scope
    let reference: String
  }

  init(plan: TerraformPlan) { self.plan = plan }

  mutating func follow(_ references: [String], _ scope: Scope) {
    let parts = references.map { ($0, Traversal.parts($0)) }
    let isOfEach = references.contains { $0.hasPrefix("each.") || $0 == "count.index" }
    for (reference, path) in parts {
      // Each is followed by its own beginnings.
      let isUnwrapped = parts.contains { $0.1.count > path.count && $0.1.starts(with: path) }
      guard !isUnwrapped else { continue }
      guard visited.insert(Visit(scope: scope, reference: reference)).inserted else { continue }
      step(path[...], scope, isOfEach: isOfEach)
    }
  }

  private mutating func step(
    _ path: ArraySlice<Traversal.Part>, _ scope: Scope, isOfEach: Bool
  ) {
    var path = path
    guard case .name(let first) = path.popFirst() else { return }
    switch first {
    case "local", "each", "count", "path", "terraform", "self": return
    case "var":
      guard case .name(let name) = path.first else { return }
      variable(name, scope)
    case "module": module(path, scope, isOfEach: isOfEach)
    case "data":
      guard case .name(let type) = path.popFirst() else { return }
      resource(type, isData: true, path, scope, isOfEach: isOfEach)
    default: resource(first, isData: false, path, scope, isOfEach: isOfEach)
    }
  }

  private mutating func variable(_ name: String, _ scope: Scope) {
    if scope.module.steps.isEmpty {
      guard case .string(let text) = plan.variables[name]?.kind else { return }
      found += (plan.identified[text] ?? []).filter { !found.contains($0) }
    } else if let expressions = plan.calls[scope.module.call]?.known("expressions"),
      let references = expressions.known(name)?.known("references")?.elements
    {
      follow(references.compactMap(\.word), scope.caller)
    }
  }

  private mutating func module(
    _ path: ArraySlice<Traversal.Part>, _ scope: Scope, isOfEach: Bool
  ) {
    var path = path
    guard case .name(let name) = path.popFirst() else { return }
    var key: String?
    if case .key(let given) = path.first {
      key = given
      path = path.dropFirst()
    }
    var instances = plan.instances.filter { instance in
      instance.parent == scope.module && instance.steps.last?.name == name
        && (key == nil || instance.steps.last?.key == key)
    }
    if key == nil, isOfEach, let own = instances.first(where: { $0.steps.last?.key == scope.key }) {
      instances = [own]
    }
    for instance in instances {
      if case .name(let output) = path.first {
        let outputs = plan.modules[instance.call]?.known("outputs")
        let expression = outputs?.known(output)?.known("expression")
        let references = expression?.known("references")?.elements ?? []
        follow(references.compactMap(\.word), Scope(module: instance, key: nil))
      } else {
        // Which output is not written where the key is not a constant: any resource may be meant.
        for place in plan.resources.indices
        where plan.resources[place].module.has(prefix: instance) && !found.contains(place) {
          found.append(place)
        }
      }
    }
  }

  private mutating func resource(
    _ type: String, isData: Bool, _ path: ArraySlice<Traversal.Part>, _ scope: Scope,
    isOfEach: Bool
  ) {
    guard case .name(let name) = path.first else { return }
    let reference = Resource.Reference(
      module: scope.module, isData: isData, type: type, name: name)
    var places = plan.places[reference] ?? []
    if case .key(let key) = path.dropFirst().first {
      places = places.filter { plan.resources[$0].key == key }
    } else if isOfEach, let own = places.first(where: { plan.resources[$0].key == scope.key }) {
      places = [own]
    }
    found += places.filter { !found.contains($0) }
  }
}
