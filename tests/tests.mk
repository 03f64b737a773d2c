# Tests, fuzzers, benches, checks.  A file in its folder is enough: nothing is registered.
#
#   tests/unit/X/test_*.c, tests/integration/test_*.c   cmocka programs
#   tests/integration, tests/web: test_*.sh, .py, .mjs  scripts: exit 0 passes, 77 skips
#   tests/fuzz/fuzz_X.c, tests/bench/*.c, tests/eval/*.c
#   tests/tools/X.c                                     programs that scripts start
FUZZ_SECONDS ?= 60
PREFIX       ?= /usr/local
SUPPORT_LIB  := $(BUILD)/libsupport.a
# Unit tests may make any allocation fail: see tests/support/fail_alloc.h.  (-u: libgcov allocates
# too, where the test does not.)
TEST_LDFLAGS := -Wl,-u,__wrap_malloc $(foreach f,malloc calloc realloc aligned_alloc posix_memalign strdup strndup pthread_create,-Wl,--wrap=$(f))
TOOLS        := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tools/*.c))
GNUTLS       := -lgnutls # Of the stand-ins' TLS.
UNIT_TESTS   := $(filter $(BUILD)/tests/unit/%,$(TESTS))
TEST_SCRIPTS := $(wildcard $(foreach d,integration web,tests/$(d)/test_*.sh tests/$(d)/test_*.py tests/$(d)/test_*.mjs))
LINK = @echo "  LINK $@"; $(CXX) $(MODE_CFLAGS) $(LDFLAGS) -o $@ $< -Wl,--start-group $(SUPPORT_LIB) $(BLOBS) $(BUILD)/libdunlin.a -Wl,--end-group
LINK_NEEDS := $(SUPPORT_LIB) $(BUILD)/libdunlin.a $(BLOBS)

$(SUPPORT_LIB): $(SUPPORT)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LINK_NEEDS)
	$(LINK) $(TEST_LDFLAGS) -lcmocka $(LIBS) $(GNUTLS)
$(BUILD)/tests/integration/%: $(BUILD)/tests/integration/%.o $(LINK_NEEDS)
	$(LINK) -lcmocka $(LIBS) $(GNUTLS)
$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(LINK_NEEDS)
	$(LINK) $(LIBS) $(GNUTLS)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LINK_NEEDS)
	$(LINK) $(LIBS)
$(BUILD)/tests/eval/%: $(BUILD)/tests/eval/%.o $(LINK_NEEDS)
	$(LINK) $(LIBS)
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LINK_NEEDS)
	$(LINK) -fsanitize=fuzzer $(LIBS)
$(BUILD)/tests/examples/%: $(BUILD)/tests/examples/%.o $(LINK_NEEDS)
	$(LINK) $(LIBS)
$(BUILD)/tests/unit/flow/test_flow_examples: $(patsubst %.c,$(BUILD)/%,$(wildcard tests/examples/*.c))
$(addsuffix .o,$(TESTS) $(TOOLS)): | setup-test
.SECONDARY:

.PHONY: test unit debug asan ubsan tsan check format-check lint lint-files tidy fmt
.PHONY: bench eval faults torture fuzz fuzz-run fuzz-flow coverage coverage-run run install uninstall dist setup-test setup-tidy setup-all
setup-test: ; @./setup.sh build test
setup-tidy: ; @./setup.sh build tidy
setup-all: ; @./setup.sh build test tidy check

test: dunlin $(TESTS) $(TOOLS) | setup-test ## Run all tests: unit, integration, cases, page
	@tests/support/run.sh $(TESTS) $(TEST_SCRIPTS)
unit: $(UNIT_TESTS) ## Run the unit tests, of any MODE
	@tests/support/run.sh $(UNIT_TESTS)
debug: ; @$(MAKE) --no-print-directory MODE=debug unit ## Run the unit tests with tiny limits (TEST_TINY)
asan ubsan tsan: ; @$(MAKE) --no-print-directory MODE=$@ unit
asan: ## Run the unit tests under AddressSanitizer and UBSan
ubsan: ## Run the unit tests under UBSan
tsan: export TSAN_OPTIONS := suppressions=$(CURDIR)/tests/support/tsan.suppress
tsan: ## Run the unit tests under ThreadSanitizer

check: format-check lint tidy asan ubsan tsan ## Format, lint, tidy, and the unit tests under each sanitizer

# Versions of clang-format differ in taste: only 14's counts.
C_FILES := $(wildcard $(foreach d,server server/* pipeline pipeline/* geocode geocode/* sentiment sentiment/* tests/*,$(d)/*.c $(d)/*.h $(d)/*.cc) tests/unit/*/*.c tests/unit/*/*.h)
CLANG_FORMAT := $(firstword $(foreach f,clang-format-14 clang-format,$(if $(findstring version 14.,$(shell $(f) --version 2>/dev/null)),$(f))))
ifeq ($(CLANG_FORMAT),)
format-check fmt:
	@echo "$@: skipped: clang-format 14 is not on this machine"
else
format-check:
	@$(CLANG_FORMAT) --dry-run --Werror $(C_FILES)
fmt:
	$(CLANG_FORMAT) -i $(C_FILES)
endif
format-check: ## Fail where clang-format 14 would change a file
fmt: ## Format all C files with clang-format 14

# A file is linted again when its object file is newer: when it or a header has changed.
CLANG_TIDY ?= $(firstword $(foreach f,clang-tidy-14 clang-tidy,$(shell command -v $(f))))
LINTED := $(patsubst $(BUILD)/%.o,$(BUILD)/lint/%.ok,$(OBJECTS) $(patsubst %.c,$(BUILD)/%.o,$(wildcard server/main.c)) $(SUPPORT) $(addsuffix .o,$(TESTS)))
$(BUILD)/lint/%.ok: $(BUILD)/%.o .clang-tidy tests/.clang-tidy
	@mkdir -p $(@D)
	@echo "lint $*"
	@f=$$(ls $*.c $*.cc 2>/dev/null); case $$f in *.cc) std=-std=c++17 ;; *) std=-std=c11 ;; esac; \
	$(CLANG_TIDY) --quiet --warnings-as-errors='*' $$f -- $(CPPFLAGS) $(PKG_CFLAGS) $$std 2>$@.log || { cat $@.log; exit 1; }
	@touch $@
lint: | setup-all ## clang-tidy and cppcheck
	@$(MAKE) --no-print-directory lint-files
	@mkdir -p build/cppcheck
	@cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr \
	  --suppress=missingIncludeSystem --suppressions-list=tests/tidy/cppcheck.suppress --cppcheck-build-dir=build/cppcheck \
	  -j2 -I. -D_GNU_SOURCE server pipeline geocode sentiment
lint-files: $(LINTED)
tidy: | setup-tidy ## Layers, library doors, function shape, leftovers
	@tests/support/run.sh tests/tidy/tidy.py tests/tidy/test_tidy.py

# What bench_pipeline replays: the demo's lines and the stream's, plain and as a folder of bz2.
BENCH_DATA := demo=build/bench/demo.jsonl v1=build/bench/v1.jsonl bz2=build/bench/bz2
build/bench/made: dunlin
	@rm -rf build/bench/bz2 && mkdir -p build/bench/bz2
	@./dunlin gen --lines 300000 --format demo --out build/bench/demo.jsonl
	@./dunlin gen --lines 100000 --out build/bench/v1.jsonl
	@split -n l/8 build/bench/v1.jsonl build/bench/bz2/part. && bzip2 -f build/bench/bz2/part.*
	@touch $@
TORTURE_SECONDS ?= 600
torture: dunlin $(TESTS) | setup-test ## The long forms of what kills, fills, fails and drops, for about TORTURE_SECONDS=600
	@tests/torture/all.sh $(TORTURE_SECONDS)
faults: dunlin $(TESTS) $(TOOLS) | setup-test ## Play the faults of tests/FAULTS.md, a line each
	@BUILD=$(BUILD) tests/support/faults.py
bench: $(BENCHES) build/bench/made ## Print one line a figure
	@set -e; for b in $(BENCHES); do echo "== $$b"; \
	  case $$b in */bench_pipeline) $$b $(BENCH_DATA) ;; *) $$b ;; esac; done
eval: $(EVALS) dunlin ## Judge answers against labelled data
	@set -e; for e in $(EVALS); do echo "== $$e"; $$e; done
fuzz: | setup-all ## Fuzz every parser for FUZZ_SECONDS (60) each, with the share of lines reached
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang CXX=clang++ fuzz-run
fuzz-run: $(FUZZERS)
	@tests/support/fuzz.sh $(FUZZ_SECONDS) $(FUZZERS)
PROGRAMS ?= 100000
SEED     ?= 1
fuzz-flow: $(BUILD)/tests/unit/flow/test_flow_model ## Run PROGRAMS (100,000) random programs of the engine against recomputing
	@PROGRAMS=$(PROGRAMS) SEED=$(SEED) $<
coverage: ## Lines and branches of each file that unit tests and scripts of the whole program reach
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory MODE=coverage coverage-run
	@tests/support/coverage.sh build/coverage
coverage-run: $(UNIT_TESTS) $(BUILD)/dunlin $(TOOLS)
	@DUNLIN=$(BUILD)/dunlin tests/support/run.sh $(UNIT_TESTS) $(filter %.py,$(TEST_SCRIPTS))

build/sample.jsonl: dunlin
	@./dunlin gen --out $@
run: build/sample.jsonl ## Build, make a small sample, and show it in the browser
	./dunlin --speed 600 build/sample.jsonl

install: dunlin ## Install the program below PREFIX (/usr/local)
	install -D -m 755 $(BUILD)/dunlin $(DESTDIR)$(PREFIX)/bin/dunlin
	install -D -m 644 data/systemd/dunlin.service $(DESTDIR)$(PREFIX)/lib/systemd/system/dunlin.service
	mkdir -p $(addprefix $(DESTDIR)$(PREFIX)/share/,man/man1 bash-completion/completions zsh/site-functions fish/vendor_completions.d)
	$(BUILD)/dunlin man > $(DESTDIR)$(PREFIX)/share/man/man1/dunlin.1
	$(BUILD)/dunlin completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dunlin
	$(BUILD)/dunlin completions zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dunlin
	$(BUILD)/dunlin completions fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/dunlin.fish
uninstall: ## Remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/dunlin lib/systemd/system/dunlin.service share/man/man1/dunlin.1 share/bash-completion/completions/dunlin \
	  share/zsh/site-functions/_dunlin share/fish/vendor_completions.d/dunlin.fish)

# A release holds the compiled data and page, so that it builds without a network: its
# GNUmakefile tells make that these, and the packages, are as they should be.
VERSION  = $(shell sed -n 's/.*DUNLIN_VERSION "\(.*\)".*/\1/p' server/base/version.h)
DIST     = build/dist/dunlin-$(VERSION)
PRODUCTS = $(wildcard build/data/*.bin) build/web/assets.c
dist: dunlin ## Make build/dist/dunlin-VERSION.tar.gz, which builds without a network
	@rm -rf $(DIST) && mkdir -p $(DIST)
	@git archive HEAD | tar -x -C $(DIST)
	@cp -R --parents $(PRODUCTS) build/web/files $(DIST)
	@printf '%s\n' '# dunlin $(VERSION), with its data and page compiled: needs no network.' 'all:' \
	  'GNUmakefile Makefile: ;' '%:' \
	  '	@$$(MAKE) --no-print-directory -f Makefile $(addprefix -o ,$(PRODUCTS) setup-check) $$@' >$(DIST)/GNUmakefile
	@tar -czf $(DIST).tar.gz -C build/dist dunlin-$(VERSION) && rm -r $(DIST)
	@echo "$(DIST).tar.gz"
