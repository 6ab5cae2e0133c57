// Implementations that are wrong on purpose, each as one part that is put in the place of the right one:
// bugs that were found in real systems, for the catalogue to show that the tool finds them again. A flaw
// changes no promise: that is what is broken.

import Simulation

extension CRDT {
  /// A deliberate bug.
  enum Flaw: String, CaseIterable, Sendable {
    case none
    case keepsLocalOnTie = "keeps-local-on-tie"
    case birthStamps = "birth-stamps"
    case stoppedClock = "stopped-clock"
    case sharedReplicaIDs = "shared-replica-ids"
    case volatileDots = "volatile-dots"
    case undefinedReadd = "undefined-readd"
    case unboundedScan = "unbounded-scan"
    case echo
    case biggerSideWins = "bigger-side-wins"

    func register(_ right: any ReplicatedType) -> any ReplicatedType {
      guard let register = right as? LastWriterRegister else { return right }
      return switch self {
      case .keepsLocalOnTie, .stoppedClock: KeepsLocalOnTie(right: register)
      case .birthStamps: BirthStamps(right: register)
      default: right
      }
    }

    func counter(_ right: any ReplicatedType) -> any ReplicatedType {
      guard self == .sharedReplicaIDs, let counter = right as? PNCounter else { return right }
      return SharedReplicaIDs(right: counter)
    }

    func list(_ right: ReplicatedList) -> any ReplicatedType {
      switch self {
      case .undefinedReadd: UndefinedReadd(right: right)
      case .unboundedScan: UnboundedScan(right.table.ordinal)
      default: right
      }
    }

    func clock(_ right: any Stamping) -> any Stamping {
      self == .stoppedClock ? StoppedClock() : right
    }

    var ledger: any Ledger { self == .volatileDots ? VolatileDots() : DurableLedger() }

    var capture: any Capture { self == .echo ? Echo() : OwnUpdates() }

    /// A side of a split is gone when it has been silent for `patience`.
    func policy(patience: Duration) -> any MergePolicy {
      self == .biggerSideWins ? BiggerSideWins(patience: patience) : Join()
    }

    /// Whether it is one of last-writer-wins registers.
    var isOfRegisters: Bool {
      [.keepsLocalOnTie, .stoppedClock, .birthStamps].contains(self)
    }

    /// Which exchanges it can be seen in.
    var exchanges: [ExchangeKind] {
      switch self {
      case .none, .keepsLocalOnTie, .stoppedClock, .volatileDots: ExchangeKind.allCases
      case .birthStamps, .undefinedReadd, .unboundedScan, .echo: [.operation]
      case .sharedReplicaIDs: [.state, .delta]
      case .biggerSideWins: [.state]
      }
    }
  }
}
