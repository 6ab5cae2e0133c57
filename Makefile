# make demo    from nothing to a report: installs SQLite's headers if missing, builds, runs quickstart
# make test    all tests
# make bench   the benchmarks, each beside its baseline
# make twins   the checkers beside their brute-force twins, 100,000 histories each
# make swarm   every strategy in SWARM runs of random faults (2,000), each held to its promises
# make mutants faults in the checkers' own code, which the tests must find; MUTANTS=200 and FILES=... make it shorter
# make fuzz    libFuzzer on each reader of history files and plans, FUZZ_SECONDS each (600)
# make lint    formatting
# make check   every scenario with its expected verdict, and determinism

SWIFT ?= swift
TOOL  = .build/release/splitbrain

# What is formatted.
SWIFT_FILES = Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift Fuzzing/Sources \
  Fuzzing/Package.swift Mutation/Sources Mutation/Runtime Mutation/Package.swift

.PHONY: demo test twins swarm mutants fuzz bench lint format check build sqlite clean

# A debug build: half the time to wait, and the run takes a second either way.
demo: sqlite
	$(SWIFT) build --product splitbrain
	.build/debug/splitbrain run scenarios/quickstart.yaml

build: sqlite
	$(SWIFT) build -c release --product splitbrain

test: sqlite
	$(SWIFT) test --parallel

bench: sqlite
	cd Benchmarks && $(SWIFT) run -c release benchmarks

lint:
	$(SWIFT) format lint --strict --recursive $(SWIFT_FILES)

format:
	$(SWIFT) format --in-place --recursive $(SWIFT_FILES)

check: build
	sh Tests/scenarios.sh $(TOOL)

# The C library is the only thing that is not a Swift package. Install it if we may; else say how.
sqlite:
	@if pkg-config --exists sqlite3 2>/dev/null || [ "$$(uname)" = Darwin ]; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq libsqlite3-dev pkg-config; \
	elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then \
	  sudo apt-get update -qq && sudo apt-get install -y -qq libsqlite3-dev pkg-config; \
	else \
	  echo "SQLite's headers are missing. Please type:"; \
	  echo "  sudo apt-get install libsqlite3-dev pkg-config"; exit 1; \
	fi

clean:
	rm -rf .build .build-twins .build-mutants Benchmarks/.build Fuzzing/.build Mutation/.build

# Every checker beside its brute-force twin on 100,000 random histories, built for speed.
TWINS ?= 100000
twins: sqlite
	SPLITBRAIN_TWINS=$(TWINS) $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-twins --filter CheckingTests

# Every strategy against random faults inside its fault model; SPLITBRAIN_STRATEGY=NAME for one alone.
SWARM ?= 2000
swarm: sqlite
	SPLITBRAIN_SWARM=$(SWARM) $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-twins --filter keepsItsPromisesUnderFaults

# Faults in the checkers' own code, one at a time: which do the tests not find? There are some 7,800: take a sample, or files.
# MUTANTS=200: a sample, by SEED. FILES='Sources/Checking/Data/*.swift': only these. AGAIN=1: only those that were not
# found the last time. JOBS: how many at once.
SEED ?= 1
mutants:
	$(SWIFT) run --package-path Mutation mutate . --seed $(SEED) $(if $(MUTANTS),--count $(MUTANTS)) \
	  $(if $(FILES),--files "$(wildcard $(FILES))") $(if $(JOBS),--jobs $(JOBS)) $(if $(AGAIN),--again)

# What it finds is kept in Fuzzing/.build/FORMAT; inputs that were interesting too, for the next time.
FUZZ_SECONDS ?= 600
FORMATS ?= jsonl edn json etcd-log awdit plume dbcop terraform
fuzz: sqlite
	cd Fuzzing && $(SWIFT) build -c release --sanitize=fuzzer --product fuzz
	cd Fuzzing && for format in $(FORMATS); do mkdir -p .build/$$format && \
	  SWIFT_BACKTRACE=enable=no FUZZ_FORMAT=$$format .build/release/fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=4096 \
	    -print_final_stats=1 -artifact_prefix=.build/$$format/found- .build/$$format Seeds/$$format || exit 1; done
