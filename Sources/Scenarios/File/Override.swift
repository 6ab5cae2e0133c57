// `--set workload.rate=500/s`: changes a scenario's tree before it is decoded, so that whatever is
// wrong with the path or the value is found by the same code, and told with the same words, as if
// it stood in the file.

import Simulation

/// One override of the command line.
public struct Override: Sendable {
  /// As it was given: `path=value`.
  public let text: String
  let path: [String]
  let value: Setting
  /// Line 0 and the override's number: where its problems are.
  let mark: Mark

  /// Reads `path=value`, the value as YAML; reports what is wrong with it.
  public init?(_ text: String, number: Int, _ problems: Problems) {
    let mark = Mark(line: 0, column: number)
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, path.allSatisfy({ !$0.isEmpty }) else {
      problems.report(mark, "expected path=value such as workload.rate=500/s")
      return nil
    }
    let own = Problems()
    let value =
      parts[1].isEmpty
      ? Setting(.scalar("", quoted: false)) : SettingParser.parse(Array(parts[1].utf8), own)
    for problem in own.all { problems.report(mark, problem.message) }
    guard let value, own.all.isEmpty else { return nil }
    self.text = text
    self.path = path
    self.value = value.marked(mark)
    self.mark = mark
  }

  /// The tree with the value in its place; maps that are missing on the way are added, and if the
  /// path leads nowhere, decoding will say so.
  public func apply(to root: Setting, _ problems: Problems) -> Setting {
    replace(in: root, path[...], problems)
  }

  private func replace(
    in setting: Setting, _ rest: ArraySlice<String>, _ problems: Problems
  ) -> Setting {
    guard let name = rest.first else { return value }
    let after = rest.dropFirst()
    switch setting.content {
    case .map(var entries):
      let place = entries.firstIndex { $0.name == name }
      let old = place.map { entries[$0].value } ?? Setting(.map([]), mark: mark)
      let new = replace(in: old, after, problems)
      if let place {
        entries[place] = Setting.Entry(name: name, mark: entries[place].mark, value: new)
      } else {
        entries.append(Setting.Entry(name: name, mark: mark, value: new))
      }
      return Setting(.map(entries), mark: setting.mark)
    case .list(var elements):
      guard let place = Int(name), elements.indices.contains(place) else {
        let known = elements.isEmpty ? "it is empty" : "known: 0 to \(elements.count - 1)"
        problems.report(mark, "'\(name)' is not a place in this list; \(known)")
        return setting
      }
      elements[place] = replace(in: elements[place], after, problems)
      return Setting(.list(elements), mark: setting.mark)
    case .scalar(let text, _):
      problems.report(mark, "'\(name)' is not known: above it is '\(text)', not a map")
      return setting
    }
  }
}

extension Setting {
  /// The same with every place in it replaced by one.
  fileprivate func marked(_ mark: Mark) -> Setting {
    switch content {
    case .scalar: return Setting(content, mark: mark)
    case .list(let elements):
      return Setting(.list(elements.map { $0.marked(mark) }), mark: mark)
    case .map(let entries):
      return Setting(
        .map(entries.map { Entry(name: $0.name, mark: mark, value: $0.value.marked(mark)) }),
        mark: mark)
    }
  }
}
