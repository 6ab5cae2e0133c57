# make demo    from nothing to a report: installs SQLite's headers if missing, builds, runs quickstart
# make test    all tests
# make bench   the benchmarks, each beside its baseline
# make twins   the checkers beside their brute-force twins, 100,000 histories each
# make swarm   every strategy in SWARM runs of random faults (2,000), each held to its promises
# make fuzz    libFuzzer on each reader of history files and plans, FUZZ_SECONDS each (600)
# make lint    formatting
# make check   every scenario with its expected verdict, and determinism

SWIFT ?= swift
TOOL  = .build/release/splitbrain

.PHONY: demo test twins swarm fuzz bench lint format check build sqlite clean

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
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift Fuzzing/Sources Fuzzing/Package.swift

format:
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift Fuzzing/Sources Fuzzing/Package.swift

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
	rm -rf .build .build-twins Benchmarks/.build Fuzzing/.build

# Every checker beside its brute-force twin on 100,000 random histories, built for speed.
TWINS ?= 100000
twins: sqlite
	SPLITBRAIN_TWINS=$(TWINS) $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-twins --filter CheckingTests

# Every strategy against random faults inside its fault model; SPLITBRAIN_STRATEGY=NAME for one alone.
SWARM ?= 2000
swarm: sqlite
	SPLITBRAIN_SWARM=$(SWARM) $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-twins --filter keepsItsPromisesUnderFaults

# What it finds is kept in Fuzzing/.build/FORMAT; inputs that were interesting too, for the next time.
FUZZ_SECONDS ?= 600
FORMATS ?= jsonl edn json etcd-log awdit plume dbcop terraform
fuzz: sqlite
	cd Fuzzing && $(SWIFT) build -c release --sanitize=fuzzer --product fuzz
	cd Fuzzing && for format in $(FORMATS); do mkdir -p .build/$$format && \
	  SWIFT_BACKTRACE=enable=no FUZZ_FORMAT=$$format .build/release/fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=4096 \
	    -print_final_stats=1 -artifact_prefix=.build/$$format/found- .build/$$format Seeds/$$format || exit 1; done
