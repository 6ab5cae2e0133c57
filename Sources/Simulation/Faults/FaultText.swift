// What a fault does, in words: for traces, reports, and the golden lists that tests compare with.

extension TimedAction {
  /// "10.000000s crash us-east-1".
  public func text(in topology: Topology) -> String { "\(at) \(action.text(in: topology))" }
}

extension FaultAction {
  /// The action in words.
  public func text(in topology: Topology) -> String {
    switch self {
    case .install(let rule, let wire, let tag):
      "\(words(for: rule)) on \(wire.text(in: topology)) [\(tag)]"
    case .remove(let tag): "remove [\(tag)]"
    case .crash(let target): "crash \(target.text(in: topology))"
    case .restart(let target): "restart \(target.text(in: topology))"
    case .rot(let target): "rot the disk of \(target.text(in: topology))"
    case .pause(let target): "pause \(target.text(in: topology))"
    case .resume(let target): "resume \(target.text(in: topology))"
    case .stepClock(let target, let offset):
      "step clock of \(target.text(in: topology)) by \(offset)"
    case .driftClock(let target, let drift):
      "drift clock of \(target.text(in: topology)) at \(Quantity.text(drift))"
    case .command(let command, let target):
      "order \(target.text(in: topology)) to \(command.text(in: topology))"
    case .scale(let region, let replicas):
      "order \(replicas) replicas for \(topology.name(of: region))"
    case .divert(let diversion): diversion.text(in: topology)
    case .endDiversion(let diversion): "no longer: \(diversion.text(in: topology))"
    }
  }

  private func words(for rule: any PacketRule) -> String {
    switch rule {
    case is Cut: "cut"
    case let rule as Lose: "lose \(Quantity.text(rule.share))"
    case let rule as Duplicate:
      "duplicate \(Quantity.text(rule.share)) within \(rule.within)"
    case let rule as Delay:
      "delay \(Quantity.text(rule.share)) by \(rule.by.lowerBound) to \(rule.by.upperBound)"
    default: String(describing: type(of: rule))
    }
  }
}

extension Diversion {
  /// What happens, in words.
  func text(in topology: Topology) -> String {
    switch self {
    case .lyingChecks(let region, let healthy):
      "checks call \(topology.name(of: region)) \(healthy ? "healthy" : "unhealthy")"
    case .away(let region): "\(topology.name(of: region)) is taken out of the records"
    case .heldUpPlan: "a plan is held up"
    case .deafNameServers: "name servers do not answer"
    }
  }
}

extension Command {
  /// What is ordered, in words.
  func text(in topology: Topology) -> String {
    switch self {
    case .promote: "promote"
    case .switchOver: "switch over"
    case .failOver: "fail over"
    case .addMember(let region): "add member \(topology.name(of: region))"
    case .moveTablet(let tablet, let further): "move tablet \(tablet), \(further) shards further"
    case .removeMember(let region): "remove member \(topology.name(of: region))"
    }
  }
}

extension Target {
  /// The region's name, or how it will be found.
  public func text(in topology: Topology) -> String {
    switch self {
    case .region(let region): topology.name(of: region)
    case .primary(let number): "the primary (#\(number))"
    case .remembered(let number): "#\(number)"
    }
  }
}

extension Wire {
  /// "a>b a<>c": one way, both ways.
  public func text(in topology: Topology) -> String {
    switch self {
    case .around(let target): return "all links of \(target.text(in: topology))"
    case .clients(let target): return "the clients of \(target.text(in: topology))"
    case .links(let links):
      let count = topology.count
      let present = links.map(\.index)
      var words: [String] = []
      for link in present.sorted() {
        guard link < count * count else {
          words.append("client link \(link - count * count)")
          continue
        }
        let (from, to) = (link / count, link % count)
        let back = present.contains(to * count + from)
        if back, from > to { continue }
        words.append("\(topology.regions[from])\(back ? "<>" : ">")\(topology.regions[to])")
      }
      return words.isEmpty ? "no link" : words.joined(separator: " ")
    }
  }
}
