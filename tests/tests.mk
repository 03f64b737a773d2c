# Tests, fuzzers, benches, checks.  A file in its folder is enough: nothing is registered.
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(SUPPORT) $(BUILD)/libdunlin.a $(BLOBS)
	$(CXX) $(MODE_CFLAGS) $(LDFLAGS) $(TEST_LDFLAGS) -o $@ $< $(SUPPORT) $(BLOBS) $(BUILD)/libdunlin.a -lcmocka $(LIBS)
$(BUILD)/tests/integration/%: $(BUILD)/tests/integration/%.o $(SUPPORT) $(BUILD)/libdunlin.a $(BLOBS)
	$(CXX) $(MODE_CFLAGS) $(LDFLAGS) -o $@ $< $(SUPPORT) $(BLOBS) $(BUILD)/libdunlin.a -lcmocka $(LIBS)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(SUPPORT) $(BUILD)/libdunlin.a $(BLOBS)
	$(CXX) $(MODE_CFLAGS) $(LDFLAGS) -o $@ $< $(SUPPORT) $(BLOBS) $(BUILD)/libdunlin.a $(LIBS)
$(BUILD)/tests/eval/%: $(BUILD)/tests/eval/%.o $(SUPPORT) $(BUILD)/libdunlin.a $(BLOBS)
	$(CXX) $(MODE_CFLAGS) $(LDFLAGS) -o $@ $< $(SUPPORT) $(BLOBS) $(BUILD)/libdunlin.a $(LIBS)
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(SUPPORT) $(BUILD)/libdunlin.a $(BLOBS)
	$(CXX) $(MODE_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $< $(SUPPORT) $(BLOBS) $(BUILD)/libdunlin.a $(LIBS)

.PHONY: unit
unit: $(filter $(BUILD)/tests/unit/%,$(TESTS)) ## Build and run the unit tests
	@set -e; for t in $^; do $$t; done
.SECONDARY:
