// The app tiers of a run: between the world, at whose doors somebody knocks, and the state machines that
// decide who gets in (Sources/Traffic/AppTier.swift). What clients, operators and health checkers ask is a
// tier's work; the starting state and the final reads, which are the testbed's own, pass by it.

import Histories
import Simulation
import Traffic

/// Carries out what app tiers decide.
final class AppTiers: Door {
  @exclusivity(unchecked) private var tiers: [AppTier]
  private unowned let clients: Clients
  /// What they had done when the load stopped.
  private(set) var record: [TierLog] = []

  init(_ plan: CapacityPlan, topology: Topology, clients: Clients, seed: UInt64) {
    tiers = topology.ids.map { region in
      AppTier(
        plan.tiers[region.index], reconciled: plan.reconciled, in: region,
        named: topology.name(of: region), seed: seed)
    }
    self.clients = clients
  }

  /// Whether nobody waits anywhere.
  var isEmpty: Bool { tiers.allSatisfy(\.isEmpty) }

  /// The load begins.
  func open(_ world: inout World) {
    for region in tiers.indices {
      tiers[region].open(at: world.now)
      carryOut(Region.ID(region), &world)
    }
  }

  /// The load stops.
  func close(at now: Instant) {
    for region in tiers.indices { tiers[region].advance(to: now) }
    record = tiers.map(\.log)
  }

  // MARK: Door

  func knocked(_ visitor: Visitor, at region: Region.ID, _ world: inout World) {
    if case .request(let id, _) = visitor, clients.isOfTestbed(id.client) {
      world.letIn(visitor, to: region)
      return
    }
    tiers[region.index].arrive(visitor, at: world.now)
    carryOut(region, &world)
  }

  func alarm(_ token: Int64, at region: Region.ID, _ world: inout World) {
    tiers[region.index].wake(token, at: world.now)
    carryOut(region, &world)
  }

  func crashed(_ region: Region.ID, _ world: inout World) {
    tiers[region.index].crash(at: world.now)
    carryOut(region, &world)
  }

  func booted(_ region: Region.ID, _ world: inout World) {
    tiers[region.index].boot(at: world.now)
    carryOut(region, &world)
  }

  func scale(_ region: Region.ID, to replicas: Int, _ world: inout World) {
    tiers[region.index].scale(to: replicas, at: world.now)
    carryOut(region, &world)
  }

  func replicas(of region: Region.ID) -> Int { tiers[region.index].replicas }

  private func carryOut(_ region: Region.ID, _ world: inout World) {
    let effects = tiers[region.index].effects
    guard !effects.isEmpty else { return }
    tiers[region.index].effects.removeAll(keepingCapacity: true)
    for effect in effects {
      switch effect {
      case .letIn(let visitor):
        if case .request(let id, _) = visitor, !clients.awaits(id) {
          tiers[region.index].countWaste()
        }
        world.letIn(visitor, to: region)
      case .turnAway(let visitor): world.turnAway(visitor, from: region)
      case .forget(let visitor): world.forget(visitor)
      case .wake(let token, let instant): world.setDoorAlarm(token, at: region, at: instant)
      }
    }
  }
}
