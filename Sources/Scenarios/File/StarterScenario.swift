// What `splitbrain init` writes: a scenario that runs as it is and says what each line is for.

/// The commented scenario that one starts from.
public enum StarterScenario {
  /// Its text.
  ///
  /// - Parameters:
  ///   - name: The scenario's name, which must be fit for YAML as it is.
  ///   - strategy: A strategy that needs no options.
  public static func text(name: String, strategy: String) -> String {
    """
    # A splitbrain scenario. Try:  splitbrain run \(name).yaml
    # Every quantity has a unit (250ms, 20s, 0.1%, 200/s); a misspelt key is an error.
    name: \(name)
    about: One region is cut from the others for 10 s. Who notices?
    seed: 1                       # decides everything left to chance: same seed, same run

    # Regions are names of yours, or of a cloud if the network has its preset.
    regions: [us-east-1, eu-west-1, ap-southeast-1]
    network:
      preset: aws                 # measured round trips; also gcp, azure, or none
      # links:                    # what differs from the preset
      #   - {between: [us-east-1, eu-west-1], latency: 80ms, loss: 0.1%, bandwidth: 100Mbps}

    # How data is replicated. `splitbrain list strategies` shows what there is.
    strategy:
      kind: \(strategy)

    # What clients do: registers that are read and written, counters, sets, or bank accounts.
    workload:
      kind: register
      keys: 10
      clients-per-region: 10
      rate: 50/s                  # of all clients together; or `think: 10ms` for a closed loop
      mix: {read: 50, write: 50}

    # Clients work and faults happen for so long; then all is healed and the regions settle.
    duration: 30s
    settle: 60s

    # `splitbrain list faults` shows what can break. Each has one fault and its times.
    faults:
      - {at: 10s, for: 10s, partition: [[us-east-1], [eu-west-1, ap-southeast-1]]}
      # - {every: 5s, for: 1s, crash: any}

    # What must come out, besides what the strategy promises.
    # expect: {converged: holds, lost-acknowledged-writes: "== 0", rto: "< 30s"}

    # The same with another strategy, side by side:
    # variants:
    #   - {name: as it is}
    #   - {name: slow disks, machine: {sync: 10ms}}

    """
  }
}
