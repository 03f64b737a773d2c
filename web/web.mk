# The dashboard: TypeScript, bundled by esbuild, embedded into the program.
WEB_SOURCES := $(shell find web/src web/tools -type f) web/package-lock.json web/web.mk
WEB_MODULES := web/node_modules/.package-lock.json
BLOBS += $(BUILD)/web/assets.o

$(WEB_MODULES): web/package-lock.json | setup-check
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build/web/assets.c: $(WEB_SOURCES) | $(WEB_MODULES)
	node web/tools/build.mjs build/web

# The blobs are read by .incbin, which no dependency file knows; they and the table
# are written together.
$(BUILD)/web/assets.o: build/web/assets.c server/assets.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<
