# The dashboard: TypeScript, bundled by esbuild, embedded into the program.
WEB_SOURCES := $(shell find web/src web/tools -type f) web/package-lock.json web/web.mk
WEB_MODULES := web/node_modules/.package-lock.json
BLOBS += $(BUILD)/web/assets.o

$(WEB_MODULES): web/package-lock.json | setup-check
	@echo "  NPM  web"
	$(Q)cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# The modules are no prerequisite: a release that brings the page needs none.
build/web/assets.c: $(WEB_SOURCES)
	@$(MAKE) --no-print-directory $(WEB_MODULES)
	@echo "  WEB  build/web"
	$(Q)node web/tools/build.mjs build/web

# The files are read by .incbin, which no dependency file knows; the table is written
# after them.
$(BUILD)/web/assets.o: build/web/assets.c server/http/assets.h
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

.PHONY: web-check
check: web-check
web-check: $(WEB_MODULES) ## Check the types of the page's sources
	$(Q)node web/node_modules/typescript/bin/tsc -p web
