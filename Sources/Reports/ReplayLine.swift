// The one line that runs something again.

/// A command as one would type it.
public enum ReplayLine {
  /// `splitbrain run FILE WORDS --seed N`; without a seed, all but that.
  public static func text(_ file: String, _ words: [String], seed: UInt64? = nil) -> String {
    text("run", file, words + (seed.map { ["--seed", "\($0)"] } ?? []))
  }

  /// `splitbrain COMMAND FILE WORDS`.
  static func text(_ command: String, _ file: String, _ words: [String]) -> String {
    (["splitbrain", command, file] + words).map(quoted).joined(separator: " ")
  }

  /// A word in quotes if a shell would see more in it than letters.
  static func quoted(_ word: String) -> String {
    let isPlain = word.allSatisfy {
      ($0.isASCII && ($0.isLetter || $0.isNumber)) || "-_./=%,".contains($0)
    }
    return isPlain && !word.isEmpty
      ? word
      : "'"
        + word.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }
}
