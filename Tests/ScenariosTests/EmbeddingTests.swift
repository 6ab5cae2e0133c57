// What an embedder does, with nothing but `import Splitbrain`: the README's example.

import Splitbrain
import Testing

@Suite struct EmbeddingTests {
  @Test func theReadmesExample() throws {
    let path = TidyTests.root.appendingPathComponent("scenarios/bank.yaml").path
    let scenario = try Scenario.load(path: path)[0]
    let run = try Runner.run(scenario, seed: 7).run
    #expect(run.verdict == .holds)
    #expect(run.measures.availability > 0.5)
    #expect(run.checks.map(\.name).contains("bank"))
    #expect(run.history.count > 100)
  }
}
