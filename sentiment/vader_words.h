/* SPDX-License-Identifier: MIT */
/* The words that VADER's rules name in its program, not in its lexicon file: they
 * are compiled into the same table, so that one look-up tells all about a word. */
#ifndef DUNLIN_SENTIMENT_VADER_WORDS_H
#define DUNLIN_SENTIMENT_VADER_WORDS_H

/* Words that a rule or an idiom asks for by name. */
/* clang-format off */
#define VADER_MARKS(X) \
    X(NO, "no") X(OR, "or") X(NOR, "nor") X(KIND, "kind") X(OF, "of") X(SORT, "sort") \
    X(JUST, "just") X(ENOUGH, "enough") X(LEAST, "least") X(AT, "at") X(VERY, "very") \
    X(NEVER, "never") X(SO, "so") X(THIS, "this") X(WITHOUT, "without") X(DOUBT, "doubt") \
    X(BUT, "but") X(THE, "the") X(SHIT, "shit") X(BOMB, "bomb") X(BAD, "bad") X(ASS, "ass") \
    X(BUS, "bus") X(STOP, "stop") X(YEAH, "yeah") X(RIGHT, "right") X(KISS, "kiss") \
    X(DEATH, "death") X(TO, "to") X(DIE, "die") X(FOR, "for") X(BEATING, "beating") \
    X(HEART, "heart")
/* clang-format on */

#define X(name, word) MARK_##name,
typedef enum { MARK_NONE, VADER_MARKS(X) } vader_mark;
#undef X

/* clang-format off */
#define VADER_NEGATIONS(X) \
    X("aint") X("arent") X("cannot") X("cant") X("couldnt") X("darent") X("didnt") X("doesnt") \
    X("ain't") X("aren't") X("can't") X("couldn't") X("daren't") X("didn't") X("doesn't") \
    X("dont") X("hadnt") X("hasnt") X("havent") X("isnt") X("mightnt") X("mustnt") X("neither") \
    X("don't") X("hadn't") X("hasn't") X("haven't") X("isn't") X("mightn't") X("mustn't") \
    X("neednt") X("needn't") X("never") X("none") X("nope") X("nor") X("not") X("nothing") \
    X("nowhere") X("oughtnt") X("shant") X("shouldnt") X("uhuh") X("wasnt") X("werent") \
    X("oughtn't") X("shan't") X("shouldn't") X("uh-uh") X("wasn't") X("weren't") X("without") \
    X("wont") X("wouldnt") X("won't") X("wouldn't") X("rarely") X("seldom") X("despite")
/* clang-format on */

/* clang-format off */
#define VADER_BOOSTERS(X) \
    X("absolutely") X("amazingly") X("awfully") X("completely") X("considerable") \
    X("considerably") X("decidedly") X("deeply") X("effing") X("enormous") X("enormously") \
    X("entirely") X("especially") X("exceptional") X("exceptionally") X("extreme") \
    X("extremely") X("fabulously") X("flipping") X("flippin") X("frackin") X("fracking") \
    X("fricking") X("frickin") X("frigging") X("friggin") X("fully") X("fuckin") X("fucking") \
    X("fuggin") X("fugging") X("greatly") X("hella") X("highly") X("hugely") X("incredible") \
    X("incredibly") X("intensely") X("major") X("majorly") X("more") X("most") X("particularly") \
    X("purely") X("quite") X("really") X("remarkably") X("so") X("substantially") \
    X("thoroughly") X("total") X("totally") X("tremendous") X("tremendously") X("uber") \
    X("unbelievably") X("unusually") X("utter") X("utterly") X("very")
/* clang-format on */

/* "just enough", "kind of" and "sort of" are pairs: see vader.c. */
/* clang-format off */
#define VADER_DAMPENERS(X) \
    X("almost") X("barely") X("hardly") X("kinda") X("kindof") X("kind-of") X("less") \
    X("little") X("marginal") X("marginally") X("occasional") X("occasionally") X("partly") \
    X("scarce") X("scarcely") X("slight") X("slightly") X("somewhat") X("sorta") X("sortof") \
    X("sort-of")
/* clang-format on */

#endif
