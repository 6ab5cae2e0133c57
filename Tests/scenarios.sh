#!/bin/sh
# Every scenario with its expected verdict over some seeds, the same run in two processes, in debug
# and release builds, with 1 and 2 threads, on the simulated disk and in memory.
#   sh Tests/scenarios.sh TOOL [SEEDS]
set -eu
tool=$1
seeds=${2:-10}
passed=0
failed=0

expect() { # NAME STATUS COMMAND...
  name=$1
  wanted=$2
  shift 2
  set +e
  output=$("$@" 2>&1)
  status=$?
  set -e
  if [ "$status" = "$wanted" ] && ! echo "$output" | grep -q "these operations alone are no violation"; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "WRONG $name: exit status $status, expected $wanted"
    echo "$output" | tail -n 30
  fi
}

digests() { # TOOL SCENARIO [OPTIONS...]: the digests of a few seeds, in order
  program=$1
  file=$2
  shift 2
  "$program" run "$file" --seeds 3 --format json "$@" | grep -o '"digest":"[0-9a-f]*"' || true
}

same() { # NAME LEFT RIGHT
  if [ -n "$2" ] && [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    echo "ok    $1"
  else
    failed=$((failed + 1))
    echo "WRONG $1: the digests differ"
  fi
}

debug=.build/debug/splitbrain
for file in $(find scenarios -name '*.yaml' -not -path '*/catalogue/*' | sort); do
  expect "$file: $seeds seeds" 0 "$tool" run "$file" --seeds "$seeds"
  # Presets are configurations of strategies whose determinism the other files show.
  case "$file" in scenarios/presets/*) continue ;; esac
  expect "$file: two processes" 0 "$tool" run "$file" --verify-determinism
  one=$(digests "$tool" "$file" --jobs 1)
  same "$file: 1 and 2 threads" "$one" "$(digests "$tool" "$file" --jobs 2)"
  same "$file: disk and memory" "$one" "$(digests "$tool" "$file" --store memory)"
  if [ -x "$debug" ]; then
    same "$file: debug and release" "$one" "$(digests "$debug" "$file")"
  fi
done

# Every known bug is found, and its safe twin is quiet.
expect "the catalogue, 30 seeds" 0 "$tool" catalogue --seeds 30

# CI must be able to go red: a scenario that expects what does not happen.
canary=$(mktemp)
trap 'rm -f "$canary"' EXIT
sed 's/^expect:.*/expect: {linearizable: violated}/' Tests/canary.yaml >"$canary"
expect "the canary fails" 1 "$tool" run "$canary"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
