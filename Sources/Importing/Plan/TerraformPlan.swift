// What `terraform show -json` writes, for a plan or a state: resources of all modules flattened, the
// configuration beside them. Format versions 0.x and 1.x: a minor version adds keys, a major one may mean
// something else. Layout: "JSON Output Format", Terraform documentation (internals/json-format).

import Histories

struct TerraformPlan {
  let format: String
  let version: String?
  /// In the order of the file; data sources that were read before come last.
  private(set) var resources: [Resource] = []
  /// The configuration of each module, by the names of the calls to it.
  private(set) var modules: [[String]: DataValue] = [:]
  /// The call of each module but the root.
  private(set) var calls: [[String]: DataValue] = [:]
  private(set) var providers: [String: DataValue] = [:]
  private(set) var variables: [String: DataValue] = [:]
  /// What was odd about the plan as a whole.
  private(set) var remarks: [String] = []

  private(set) var places: [Resource.Reference: [Int]] = [:]
  private var byType: [String: [Int]] = [:]
  /// The resources that a value such as an ARN or a host name stands for.
  private(set) var identified: [String: [Int]] = [:]
  /// The instances of modules, each after the one it is in.
  private(set) var instances: [ModulePath] = []

  init(_ root: DataValue) throws {
    format = try Self.formatVersion(root)
    version = try root.text("terraform_version")
    if root.known("errored")?.boolean == true {
      remarks.append("the plan stopped at an error: what comes after it is not in it")
    }
    if root.known("complete")?.boolean == false {
      remarks.append("the plan is not complete: Terraform deferred some changes")
    }
    for (name, variable) in try root.entries("variables") {
      if let value = variable.known("value") { variables[name] = value }
    }
    try readConfiguration(root)
    if let values = root.known("planned_values") ?? root.known("values") {
      try readValues(values)
    }
    if let before = root.known("prior_state")?.known("values"),
      let module = before.known("root_module")
    {
      let planned = Set(resources.map(\.address))
      try readModule(module, .root) { $0.isData && !planned.contains($0.address) }
    }
    try readUnknowns(root)
    index()
  }

  private static func formatVersion(_ root: DataValue) throws -> String {
    guard let found = root.known("format_version") else {
      let what =
        if root["@level"] != nil {
          "this is the log of terraform plan -json; "
        } else if root["lineage"] != nil || root["serial"] != nil {
          "this is a state file as Terraform keeps it; "
        } else {
          ""
        }
      throw Complaint(
        offset: root.offset,
        message: "\(what)format_version is missing: terraform show -json PLANFILE writes it")
    }
    guard case .string(let format) = found.kind else {
      throw found.complaint("format_version", "a string such as \"1.2\"")
    }
    guard let major = format.split(separator: ".").first.flatMap({ Int($0) }) else {
      throw found.complaint("format_version", "a version such as \"1.2\"")
    }
    guard (0...1).contains(major) else {
      throw Complaint(
        offset: found.offset,
        message: "format_version \(format.printable) is not known; 0.x and 1.x are")
    }
    return format.printable
  }

  // MARK: Values

  private mutating func readValues(_ values: DataValue) throws {
    _ = try values.entries(called: "planned_values")
    guard let module = values.known("root_module") else { return }
    try readModule(module, .root) { _ in true }
  }

  private mutating func readModule(
    _ module: DataValue, _ path: ModulePath, _ isWanted: (Resource) -> Bool
  ) throws {
    for value in try module.blocks("resources") {
      let resource = try Resource(value, in: path)
      if isWanted(resource) { resources.append(resource) }
    }
    for child in try module.blocks("child_modules") {
      guard let address = try child.text("address") else {
        throw Complaint(offset: child.offset, message: "a child module needs an address")
      }
      guard let childPath = ModulePath(address), !childPath.steps.isEmpty else {
        throw Complaint(
          offset: child.offset,
          message: "'\(address.printable)' is not the address of a module")
      }
      try readModule(child, childPath, isWanted)
    }
  }

  private mutating func readUnknowns(_ root: DataValue) throws {
    var unknowns: [String: DataValue] = [:]
    for change in try root.blocks("resource_changes") {
      guard let address = try change.text("address") else { continue }
      unknowns[address] = change.known("change")?.known("after_unknown")
    }
    for place in resources.indices { resources[place].unknown = unknowns[resources[place].address] }
  }

  // MARK: Configuration

  private mutating func readConfiguration(_ root: DataValue) throws {
    guard let configuration = root.known("configuration") else { return }
    for (key, provider) in try configuration.entries("provider_config") {
      providers[key] = provider
    }
    if let module = configuration.known("root_module") { try readModuleConfiguration(module, []) }
  }

  private mutating func readModuleConfiguration(_ module: DataValue, _ path: [String]) throws {
    modules[path] = module
    for (name, call) in try module.entries("module_calls") {
      calls[path + [name]] = call
      if let child = call.known("module") { try readModuleConfiguration(child, path + [name]) }
    }
  }

  // MARK: Index

  /// The attributes by which resources name each other once they are known.
  private static let identities = [
    "id", "arn", "self_link", "dns_name", "fqdn", "hostname", "default_hostname", "endpoint",
    "ip_address", "address", "public_ip",
  ]

  private mutating func index() {
    var declared: [[String]: [String: DataValue]] = [:]
    for (path, module) in modules {
      for resource in module.known("resources")?.elements ?? [] {
        let isData = resource.known("mode")?.word == "data"
        if let type = resource.known("type")?.word, let name = resource.known("name")?.word {
          declared[path, default: [:]]["\(isData ? "data." : "")\(type).\(name)"] = resource
        }
      }
    }
    var seen: Set<ModulePath> = []
    for place in resources.indices {
      let resource = resources[place]
      let name = "\(resource.isData ? "data." : "")\(resource.type).\(resource.name)"
      resources[place].configuration = declared[resource.module.call]?[name]
      places[resource.reference, default: []].append(place)
      if !resource.isData { byType[resource.type, default: []].append(place) }
      for count in 0...resource.module.steps.count {
        let instance = ModulePath(steps: Array(resource.module.steps.prefix(count)))
        if seen.insert(instance).inserted { instances.append(instance) }
      }
      var names: Set<String> = []
      for attribute in Self.identities {
        if case .string(let value) = resource.values[attribute]?.kind, !value.isEmpty,
          names.insert(value).inserted
        {
          identified[value, default: []].append(place)
        }
      }
    }
  }

  /// The managed resources of a type, in the plan's order.
  func managed(_ type: String) -> [Resource] {
    (byType[type] ?? []).map { resources[$0] }
  }
}
