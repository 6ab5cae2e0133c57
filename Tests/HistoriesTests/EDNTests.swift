// Histories of Jepsen and Knossos, and logs of etcd tests.

import Histories
import Testing

@Suite("EDN histories")
struct EDNTests {
  private func read(_ text: String, _ dialect: EDNDialect = .automatic) throws -> History {
    try History(edn: Array(text.utf8), dialect: dialect)
  }

  @Test("a vector of maps with comments, tags and a nemesis")
  func vector() throws {
    let history = try read(
      """
      ; a history
      [{:type :invoke, :f :write, :value 3, :process 0, :time 10, :error [:a "b\\n" 1.5 #{x}]}
       #jepsen.history.Op{:type :info, :f :start, :process :nemesis, :time 11, :value nil}
       {:type :invoke, :f :read, :value nil, :process 1, :time 12}
       #_ {:ignored true}
       {:type :ok, :f :write, :value 3, :process 0, :time 20}
       {:type :ok, :f :read, :value 3, :process 1, :time 30}
       {:type :invoke, :f :cas, :value [3 4], :process 1, :time 40}
       {:type :info, :f :cas, :value [3 4], :process 1, :time 50, :error :timed-out}]
      """)
    #expect(history.count == 3)
    #expect(history.calls == [10, 12, 40])
    #expect(history.returns == [20, 30, History.never])
    #expect(history.values == [3, 3, 4])
    #expect(history.extras == [0, 0, 3])
    #expect(history.completions == [.ok, .ok, .info])
    #expect(history.lines == [2, 4, 8])
    #expect(history.keyNames.isEmpty)
  }

  @Test("one map a line, without times: positions count")
  func lines() throws {
    let history = try read(
      """
      {:process 0 :type :invoke :f :read :value nil}
      {:process 1 :type :invoke :f :write :value 1}
      {:process 0 :type :fail :f :read :value nil}
      {:process 1 :type :ok :f :write :value 1}
      {:process 2 :type :invoke :f :read}
      """)
    #expect(history.calls == [0, 1, 4])
    #expect(history.returns == [2, 3, History.never])
    #expect(history.completions == [.fail, .ok, .info])
    #expect(history[0].shape == .none)
  }

  @Test("events of one time keep the order of the file")
  func ties() throws {
    let history = try read(
      """
      {:process 0 :type :invoke :f :write :value 1 :time 0}
      {:process 1 :type :invoke :f :read :value nil :time 10}
      {:process 0 :type :ok :f :write :value 1 :time 10}
      {:process 0 :type :invoke :f :read :value nil :time 10}
      {:process 2 :type :invoke :f :read :value nil :time 10}
      {:process 2 :type :ok :f :read :value nil :time 10}
      {:process 1 :type :ok :f :read :value 1 :time 20}
      {:process 0 :type :ok :f :read :value 1 :time 20}
      """)
    #expect(history.calls == [0, 10, 10, 11])
    #expect(history.returns == [10, 20, 20, 11])
    #expect(history.processes == [0, 1, 0, 2])
  }

  @Test("independent keys, and a cas that is not one")
  func independent() throws {
    let history = try read(
      """
      [{:process 0 :type :invoke :f :cas :value [:x [1 2]]}
       {:process 0 :type :ok :f :cas :value [:x [1 2]]}
       {:process 0 :type :invoke :f :read :value [:y nil]}
       {:process 0 :type :ok :f :read :value [:y 4]}]
      """)
    #expect(history.keyNames == ["x", "y"])
    #expect(history.values == [2, 4] && history.extras[0] == 1)
    let plain = try read(
      """
      [{:process 0 :type :invoke :f :cas :value [1 2]} {:process 0 :type :ok :f :cas :value [1 2]}]
      """)
    #expect(plain.keys == [0] && plain.values == [2] && plain.extras == [1])
    let keyed = try read("[{:process 0 :type :invoke :f :write :key 7 :value 1}]")
    #expect(keyed.keys == [7])
  }

  @Test("sets, counters, banks and transactions")
  func others() throws {
    let set = try read(
      """
      {:process 0 :type :invoke :f :add :value 1}
      {:process 0 :type :ok :f :add :value 1}
      {:process 0 :type :invoke :f :read :value nil :final? true}
      {:process 0 :type :ok :f :read :value #{1} :final? true}
      """)
    #expect(set.functions == [.insert, .read])
    #expect(Array(set.list(of: 1)) == [1] && set.finals == [false, true])
    let add = "{:process 0 :type :invoke :f :add :value 1}"
    #expect(try read(add).functions == [.increment])
    #expect(try read(add, .set).functions == [.insert])
    let bank = try read(
      """
      {:process 0 :type :invoke :f :transfer :value {:from 4 :to 6 :amount 5}}
      {:process 0 :type :ok :f :transfer :value {:from 4 :to 6 :amount 5}}
      {:process 0 :type :invoke :f :read :value nil}
      {:process 0 :type :ok :f :read :value {4 10, 6 20}}
      {:process 0 :type :invoke :f :txn :value [[:r 4 nil] [:append 6 1]]}
      {:process 0 :type :ok :f :txn :value [[:r 4 [1 2]] [:append 6 1]]}
      """)
    #expect((bank[0].key, bank[0].extra, bank[0].value) == (4, 6, 5))
    #expect(Array(bank.list(of: 1)) == [4, 10, 6, 20])
    #expect(bank.steps(of: 2).map(\.key) == [4, 6])
    #expect(bank.steps(of: 2).first?.shape == .list)
  }

  @Test(
    "what is wrong is named by line and column",
    arguments: [
      ("[{:process 0 :type :invoke :f :read}\n", "1:1: this is never closed"),
      ("{:process 0 :type}", "1:1: this map has a key without a value"),
      ("{:process 0\n :value \"x}", "2:9: this string has no end"),
      ("]", "1:1: nothing is open that this could close"),
      ("{:type :invoke :f :read}", "1:1: this operation has no :process"),
      ("{:process 0 :f :read}", "1:1: this operation has no :type"),
      ("{:process 0 :type :invoke}", "1:1: this operation has no :f"),
      ("\n 12", "2:2: expected an operation: a map"),
      (
        "{:process 0 :type :ok :f :read} {:process 0 :type :invoke :f :read}",
        "1:1: process 0 has no operation open that this could end"
      ),
      (
        "{:process 0 :type :invoke :f :read}\n{:process 0 :type :invoke :f :read}",
        "2:1: process 0 has another operation open, of line 1"
      ),
      (
        "{:process 0 :type :invoke :f :wirte :value 1}",
        "1:1: unknown function `:wirte`; did you mean `:write`?"
      ),
      ("{:process 0 :type :invoke :f :write :value 1.5}", "1:44: values must be integers or names"),
      ("{:process 99999999999 :type :invoke}", "1:11: processes are integers from 0 to 2147483647"),
      ("{:process 99999999999999999999}", "1:11: this integer does not fit in 64 bits"),
    ])
  func errors(text: String, message: String) {
    #expect {
      try read(text)
    } throws: { error in
      String(describing: error) == message
    }
  }

  @Test("deep nesting is refused")
  func deep() {
    #expect(throws: HistoryError.self) {
      try read(String(repeating: "[", count: 100_000))
    }
  }

  @Test("any damage is refused or read, never a trap")
  func damage() {
    let bytes = Array(
      "[{:process 0 :type :invoke :f :txn :value [[:r 4 [1]]]} #{1} \"a\\u0041\" ;\n #_ 1]".utf8)
    for length in 0..<bytes.count { _ = try? History(edn: Array(bytes[..<length])) }
    for place in bytes.indices {
      for letter in "\"[](){},:0-#_\\;\n".utf8 {
        var damaged = bytes
        damaged[place] = letter
        _ = try? History(edn: damaged)
      }
    }
  }

  @Test("logs of etcd tests")
  func etcd() throws {
    let log = """
      INFO  jepsen.core - ready
      INFO  jepsen.util - 0\t:invoke\t:read\tnil
      INFO  jepsen.util - 1\t:invoke\t:cas\t[1 0]
      INFO  jepsen.util - :nemesis\t:info\t:start\tnil
      INFO  jepsen.util - 0\t:ok\t:read\tnil
      INFO  jepsen.util - 1\t:fail\t:cas\t[1 0]
      INFO  jepsen.util - 0\t:invoke\t:read\tnil
      INFO  jepsen.util - 0\t:info\t:read\t:timed-out
      """
    let history = try History(etcdLog: Array(log.utf8))
    #expect(history.functions == [.read, .compareAndSet, .read])
    #expect(history.completions == [.ok, .fail, .info])
    #expect(history.lines == [2, 3, 7])
    #expect((history[1].extra, history[1].value) == (1, 0))
  }
}
