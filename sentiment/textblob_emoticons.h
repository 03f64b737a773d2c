/* SPDX-License-Identifier: MIT */
/* The emoticons that TextBlob's rules name in its program, with their polarity.  As the
 * original has it: in the order and the cases of letters in which they are put together
 * when blanks stand in them; they are rated in any case of letters. */
#ifndef DUNLIN_SENTIMENT_TEXTBLOB_EMOTICONS_H
#define DUNLIN_SENTIMENT_TEXTBLOB_EMOTICONS_H

#define EMOTICON_BYTES_MAX 5

/* clang-format off */
#define TEXTBLOB_EMOTICONS(X) \
    X("<3", 1) X("\xE2\x99\xA5", 1) \
    X(">:D", 1) X(":-D", 1) X(":D", 1) X("=-D", 1) X("=D", 1) X("X-D", 1) X("x-D", 1) X("XD", 1) \
    X("xD", 1) X("8-D", 1) \
    X(">:P", 0.75) X(":-P", 0.75) X(":P", 0.75) X(":-p", 0.75) X(":p", 0.75) X(":-b", 0.75) \
    X(":b", 0.75) X(":c)", 0.75) X(":o)", 0.75) X(":^)", 0.75) \
    X(">:)", 0.5) X(":-)", 0.5) X(":)", 0.5) X("=)", 0.5) X("=]", 0.5) X(":]", 0.5) X(":}", 0.5) \
    X(":>", 0.5) X(":3", 0.5) X("8)", 0.5) X("8-)", 0.5) \
    X(">;]", 0.25) X(";-)", 0.25) X(";)", 0.25) X(";-]", 0.25) X(";]", 0.25) X(";D", 0.25) \
    X(";^)", 0.25) X("*-)", 0.25) X("*)", 0.25) \
    X(">:o", 0.05) X(":-O", 0.05) X(":O", 0.05) X(":o", 0.05) X(":-o", 0.05) X("o_O", 0.05) \
    X("o.O", 0.05) X("\xC2\xB0O\xC2\xB0", 0.05) X("\xC2\xB0o\xC2\xB0", 0.05) \
    X(">:/", -0.25) X(":-/", -0.25) X(":/", -0.25) X(":\\", -0.25) X(">:\\", -0.25) \
    X(":-.", -0.25) X(":-s", -0.25) X(":s", -0.25) X(":S", -0.25) X(":-S", -0.25) X(">.>", -0.25) \
    X(">:[", -0.75) X(":-(", -0.75) X(":(", -0.75) X("=(", -0.75) X(":-[", -0.75) X(":[", -0.75) \
    X(":{", -0.75) X(":-<", -0.75) X(":c", -0.75) X(":-c", -0.75) X("=/", -0.75) \
    X(":'(", -1) X(":'''(", -1) X(";'(", -1)
/* clang-format on */

#endif
