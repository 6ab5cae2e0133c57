// The replica: one region's part in every home's log. It finds the home that an input is about; what a
// home does with it is in AsyncPrimaryGroup.swift and the files it names.

import Histories
import Simulation

extension AsyncPrimary {
  /// One region.
  public struct Member: Replica {
    let plan: AsyncPrimary
    let me: Region.ID
    /// By home.
    private var groups: [Group]

    init(_ plan: AsyncPrimary, _ me: Region.ID, _ topology: Topology) {
      self.plan = plan
      self.me = me
      groups = (0..<plan.homes).map { Group(plan, home: $0, me, topology) }
    }

    public mutating func start(_ node: inout Node<Envelope>) {
      for home in groups.indices { groups[home].start(&node) }
    }

    public mutating func handle(_ request: Request, _ node: inout Node<Envelope>) {
      let own = plan.homes == 1 ? 0 : me.index
      guard plan.supports(request.operation),
        let home = plan.home(of: request.operation, orIfAny: own)
      else {
        node.reply(to: request.id, .fail(.unsupported))
        return
      }
      groups[home].handle(request, &node)
    }

    public mutating func receive(
      _ envelope: Envelope, from sender: Region.ID, _ node: inout Node<Envelope>
    ) {
      groups[envelope.home].receive(envelope.message, from: sender, &node)
    }

    public mutating func wake(_ timer: TimerID, _ node: inout Node<Envelope>) {
      let (home, kind) = Int(timer.number).quotientAndRemainder(dividingBy: Group.Timer.kinds)
      groups[home].wake(kind, &node)
    }

    public mutating func obey(_ command: Command, _ node: inout Node<Envelope>) {
      guard plan.failover != .none else { return }
      for home in groups.indices { groups[home].obey(command, &node) }
    }

    public var isPrimary: Bool { groups.contains { $0.role == .primary } }

    public var unfinished: String? {
      guard groups.count > 1 else { return groups[0].unfinished }
      for (home, group) in groups.enumerated() {
        if let what = group.unfinished { return "home \(home): \(what)" }
      }
      return nil
    }
  }
}
