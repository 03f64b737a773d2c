# dunlin -- `make help` lists the targets; V=1 shows the commands.
MODE     ?= release
Q        := $(if $(V),,@)
BUILD    := build/$(MODE)
CC       ?= gcc
CXX      ?= g++
PYTHON   ?= python3
ifeq ($(origin CC),default)
CC       := gcc
endif
ifeq ($(origin CXX),default)
CXX      := g++
endif

PACKAGES := jansson libarchive libcurl liblzma libmicrohttpd libzstd nettle sqlite3 simdjson zlib
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla $(if $(CI),-Werror)
CFLAGS_release := -O3 -g
CFLAGS_debug   := -O0 -g3 -DTEST_TINY
CFLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_ubsan   := -O1 -g -fsanitize=undefined -fno-sanitize-recover=undefined
CFLAGS_tsan    := -O1 -g -fsanitize=thread
CFLAGS_coverage := -O0 -g --coverage
CFLAGS_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping
MODE_CFLAGS := $(CFLAGS_$(MODE))
CPPFLAGS += -I. -D_GNU_SOURCE
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
ALL_CFLAGS   = -std=c11 $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes -ffp-contract=off -fno-math-errno $(MODE_CFLAGS) $(CFLAGS)
ALL_CXXFLAGS = -std=c++17 $(WARNINGS) -ffp-contract=off $(MODE_CFLAGS) $(CXXFLAGS)
LIBS = $(PKG_LIBS) -lsvm -lcld2 -lunistring -lbz2 -lstdc++ -lpthread -lm

SOURCES := $(filter-out server/main.c,$(wildcard server/*.c server/*/*.c pipeline/*.c pipeline/*/*.c geocode/*.c sentiment/*.c))
CXX_SOURCES := $(wildcard pipeline/decode/*.cc sentiment/*.cc)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(CXX_SOURCES:%.cc=$(BUILD)/%.o)
SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*/*.c tests/integration/*.c))
BENCHES := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
EVALS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/eval/*.c))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all help clean
all: dunlin ## Build the program: build/release/dunlin, linked as ./dunlin
include data/data.mk
include web/web.mk
include tests/tests.mk

dunlin: $(BUILD)/dunlin
	@ln -sf $< $@

# Memory that has run out is asked for once more: see pipeline/base/reserve.h.
RESERVE := $(foreach f,malloc calloc realloc,-Wl,--wrap=$(f))
$(BUILD)/dunlin: $(BUILD)/server/main.o $(BUILD)/libdunlin.a $(BLOBS)
	@echo "  LINK $@"
	$(Q)$(CXX) $(MODE_CFLAGS) $(LDFLAGS) $(RESERVE) -o $@ $(BUILD)/server/main.o $(BUILD)/libdunlin.a $(BLOBS) $(LIBS)

$(BUILD)/libdunlin.a: $(OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c | setup-check
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc | setup-check
	@mkdir -p $(@D)
	@echo "  CXX  $<"
	$(Q)$(CXX) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c -o $@ $<

.PHONY: setup setup-check
setup-check: ; @./setup.sh build
setup: ; @./setup.sh build test tidy check ## Install what is missing for all targets

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile data/data.mk web/web.mk tests/tests.mk | expand -t 24

clean: ## Remove all that was built
	rm -rf build dunlin

-include $(OBJECTS:.o=.d) $(BUILD)/server/main.d $(SUPPORT:.o=.d) $(addsuffix .d,$(TESTS) $(TOOLS) $(BENCHES) $(EVALS) $(FUZZERS))
