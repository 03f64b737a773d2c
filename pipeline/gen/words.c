/* SPDX-License-Identifier: MIT */
#include "pipeline/gen/words.h"

#include "pipeline/base/hash.h"

/* ---- English: an opening, a sentence, an end ---- */

static const char *const en_topics[] = {
    "the night market by the harbour",
    "our little choir",
    "the new tram line",
    "a comet over the hills",
    "the village chess club",
    "my grandmother's soup",
    "the library on wheels",
    "the flooded allotment",
    "a lighthouse for sale",
    "the last train home",
    "the school garden",
    "an octopus called Henry",
    "the city bike scheme",
    "the bakery on the corner",
    "tonight's football match",
    "the storm warning",
    "the rooftop cinema",
    "a very long bridge",
    "the sourdough disaster",
    "the museum of lost keys",
    "the marathon",
    "the power cut",
    "the new album",
    "the spelling contest",
};
static const char *const en_originals[] = {
    "Just in: %. More soon.",
    "Can we talk about % for a minute?",
    "Ten things I learned from %",
    "Pictures from % are up now",
    "I did not expect % to end like this",
    "Everyone is asking about %",
    "Day three of %, and nobody has slept",
    "So % is happening again",
    "Here is what we know about %",
    "You have to see %",
    "Nothing prepared me for %",
    "We went to % &amp; came back with questions",
    "Breaking my silence about %",
    "Who else is up because of %?",
    "A short thread on %",
    "Tell me your best story about %",
};
static const char *const en_tails[] = {
    "",
    "",
    "",
    "",
    " #news",
    " #today",
    " #outside",
    " #smallthings",
    " #latenight",
    " https://example.org/a",
    " https://example.org/live",
    " #weather",
    " #music",
    " #food",
    " 👀",
    " 🎉",
};
static const char *const en_openings[] = {
    "",        "",        "",     "",         "Honestly, ",   "Wow, ",
    "OK but ", "Sorry, ", "Hm. ", "Look, ",   "To be fair, ", "I mean, ",
    "Well, ",  "Yes! ",   "No. ", "Listen, ",
};
static const char *const en_good[] = {
    "this is wonderful",
    "I love everything about it",
    "what a great idea",
    "you made my whole week",
    "this is the best thing I have read today",
    "I am so happy for you",
    "brilliant work, thank you",
    "my kids adored it",
    "that is really kind of you",
    "it was absolutely beautiful",
    "count me in, this is fun",
    "I smiled all the way home",
    "so proud of this town",
    "perfect, just perfect",
    "thanks, this helped me a lot",
    "the kindest people I have ever met",
    "it gets better every year",
    "delightful, and free of charge",
    "VERY good news",
    "finally something nice",
};
static const char *const en_bad[] = {
    "this is terrible",
    "I hate how this was handled",
    "what an awful mess",
    "you ruined my evening",
    "the worst queue of my life",
    "I am so angry about it",
    "nobody was helped and nobody said sorry",
    "my bag was stolen there",
    "it is a disgrace",
    "it made me cry, and not in a good way",
    "the food was disgusting",
    "so disappointed in this town",
    "a horrible, boring waste of time",
    "it failed again, of course",
    "this is not good at all",
    "I feel sick just thinking about it",
    "it gets worse every year",
    "dangerous and stupid",
    "REALLY bad planning",
    "what a shame",
};
static const char *const en_plain[] = {
    "what time does it start",
    "is there a map somewhere",
    "I was there in 2009",
    "which platform is it",
    "my cousin works next door",
    "asking for a neighbour",
    "the road is closed until Monday",
    "it says so on the poster",
    "we took the bus",
    "that would be the second one this month",
    "there is a list at the town hall",
    "the door on the left",
    "see the other thread",
    "it depends on the day",
    "they moved it to the big hall",
    "how many seats are there",
};
static const char *const en_ends[] = {
    "", "", "", ".", ".", "!", "!!", "...", " :)", " :(", " 😂", " 😭", " ❤", " lol", " 👏", "?",
};

/* ---- The others: whole sentences, good, bad and plain ---- */

static const char *const es[3][6] = {
    {"me encanta, gracias de verdad", "qué maravilla, enhorabuena", "lo mejor del día",
     "estoy muy feliz por vosotros", "precioso, de principio a fin", "qué buena idea"},
    {"qué vergüenza", "fue horrible, no volveré", "estoy harta de este desastre",
     "lo peor que he visto", "una pérdida de tiempo", "me da mucha rabia"},
    {"¿a qué hora empieza?", "mañana hay otra", "está al lado de la estación", "lo vi ayer",
     "mi prima trabaja allí", "depende del día"}};
static const char *const pt[3][6] = {
    {"que coisa linda, parabéns", "amei demais", "melhor notícia da semana",
     "muito feliz por vocês", "ficou perfeito", "que ideia boa"},
    {"que vergonha", "foi horrível, nunca mais", "estou com muita raiva", "o pior dia do ano",
     "uma bagunça sem fim", "triste demais"},
    {"que horas começa?", "fica perto da estação", "vi ontem", "amanhã tem de novo",
     "minha tia mora lá", "depende do dia"}};
static const char *const fr[3][6] = {
    {"c'est magnifique, bravo", "j'adore, merci mille fois", "la meilleure nouvelle du jour",
     "quelle belle idée", "je suis ravie", "un vrai bonheur"},
    {"quelle honte", "c'était affreux", "je suis en colère", "le pire accueil de ma vie",
     "une perte de temps", "vraiment déçu"},
    {"à quelle heure ?", "c'est près de la gare", "on y était hier", "demain aussi, je crois",
     "ma sœur travaille là", "ça dépend"}};
static const char *const de[3][6] = {
    {"wie schön, danke dafür", "das ist großartig", "ich freue mich so",
     "beste Nachricht der Woche", "wunderbar gemacht", "tolle Idee"},
    {"was für ein Reinfall", "das war furchtbar", "ich bin so wütend", "nie wieder",
     "schlechter geht es kaum", "so traurig"},
    {"wann geht es los?", "gleich neben dem Bahnhof", "gestern war ich dort", "morgen noch einmal",
     "meine Tante wohnt da", "kommt auf den Tag an"}};
static const char *const it[3][6] = {{"che meraviglia, grazie", "lo adoro",
                                      "la notizia più bella di oggi", "bravissimi tutti",
                                      "sono felicissima", "ottima idea"},
                                     {"che vergogna", "è stato orribile", "sono furioso", "mai più",
                                      "una delusione enorme", "che tristezza"},
                                     {"a che ora comincia?", "è vicino alla stazione", "ieri c'ero",
                                      "domani di nuovo", "mia zia abita lì", "dipende dal giorno"}};
static const char *const tr[3][6] = {
    {"çok güzel olmuş", "bayıldım, teşekkürler", "günün en iyi haberi", "harika fikir",
     "çok mutlu oldum", "tebrikler"},
    {"rezalet", "çok kötüydü", "çok kızgınım", "bir daha asla", "zaman kaybı", "çok üzüldüm"},
    {"saat kaçta?", "istasyonun yanında", "dün oradaydım", "yarın da var", "teyzem orada oturuyor",
     "gününe bağlı"}};
static const char *const id[3][6] = {
    {"bagus banget, makasih ya", "aku suka sekali", "berita terbaik hari ini", "keren parah",
     "ikut senang", "ide yang bagus"},
    {"parah, mengecewakan", "jelek banget", "aku marah", "nggak lagi deh", "buang waktu",
     "sedih sekali"},
    {"jam berapa mulai?", "dekat stasiun", "kemarin aku ke sana", "besok ada lagi",
     "tanteku tinggal di sana", "tergantung hari"}};
static const char *const ja[3][6] = {
    {"すてき、ありがとう", "最高でした", "うれしい", "大好き", "とてもきれい", "いいね"},
    {"ひどい", "最悪だ", "がっかり", "もう行かない", "悲しい", "腹が立つ"},
    {"何時から？", "駅のとなりです", "昨日見ました", "明日もあるよ", "どこですか", "日による"}};
static const char *const ar[3][6] = {
    {"رائع جدا", "شكرا لكم", "أجمل خبر", "مبروك", "فكرة جميلة", "أحببته"},
    {"للأسف", "سيئ جدا", "لن أعود", "ضياع وقت", "محزن", "أنا غاضب"},
    {"متى يبدأ؟", "قرب المحطة", "كنت هناك أمس", "غدا أيضا", "أين؟", "حسب اليوم"}};
static const char *const ru[3][6] = {
    {"красота, спасибо", "очень рад", "лучшая новость", "отлично", "поздравляю", "обожаю"},
    {"позор", "ужасно", "больше никогда", "очень грустно", "кошмар", "злюсь"},
    {"во сколько?", "рядом с вокзалом", "был там вчера", "завтра ещё", "где это?", "по-разному"}};
static const char *const nl[3][6] = {
    {"wat mooi, dank je wel", "geweldig gedaan", "het beste nieuws van vandaag", "ik ben zo blij",
     "prachtig", "leuk idee"},
    {"wat een schande", "het was vreselijk", "ik ben zo boos", "nooit meer", "zonde van de tijd",
     "heel verdrietig"},
    {"hoe laat begint het?", "naast het station", "ik was er gisteren", "morgen weer",
     "mijn tante woont daar", "ligt aan de dag"}};

static const struct {
    const char *code;
    const char *const (*sentences)[6]; /* Good, bad, plain; NULL: English. */
} langs[LANG_COUNT] = {
    [LANG_EN] = {"en", NULL}, [LANG_ES] = {"es", es}, [LANG_PT] = {"pt", pt},
    [LANG_FR] = {"fr", fr},   [LANG_DE] = {"de", de}, [LANG_IT] = {"it", it},
    [LANG_TR] = {"tr", tr},   [LANG_ID] = {"in", id}, [LANG_JA] = {"ja", ja},
    [LANG_AR] = {"ar", ar},   [LANG_RU] = {"ru", ru}, [LANG_NL] = {"nl", nl},
};

const char *lang_code(gen_lang l) {
    return langs[l].code;
}

/* ---- Choosing ---- */

typedef enum { MOOD_GOOD, MOOD_BAD, MOOD_PLAIN } mood;

/* Takes what it needs off the bits. */
static const char *pick(const char *const *phrases, uint32_t count, uint64_t *bits) {
    uint32_t at = (uint32_t)(*bits % count);
    *bits = hash_mix(*bits);
    return phrases[at];
}
#define PICK(list, bits) pick((list), sizeof(list) / sizeof(list)[0], (bits))

static void add_string(buffer *out, const char *s) {
    buffer_add(out, text_of(s));
}

int words_lean(uint64_t bits_of_original) {
    return (int)(hash_mix(bits_of_original ^ 5) % 3) - 1;
}

void words_add_original(buffer *out, gen_lang lang, uint64_t bits) {
    if (langs[lang].sentences != NULL) {
        add_string(out, langs[lang].sentences[bits % 3][bits / 3 % 6]);
        bits = hash_mix(bits);
    } else {
        text frame = text_of(PICK(en_originals, &bits));
        size_t hole = 0;
        text_find_byte(frame, '%', &hole);
        buffer_add(out, text_slice(frame, 0, hole));
        add_string(out, PICK(en_topics, &bits));
        buffer_add(out, text_slice(frame, hole + 1, frame.count));
    }
    add_string(out, PICK(en_tails, &bits));
}

/* Six in ten as the conversation leans, the rest as it comes. */
static mood mood_of(int lean, uint64_t *bits) {
    uint64_t chance = *bits % 10;
    *bits = hash_mix(*bits);
    if (lean != 0 && chance < 6) return lean > 0 ? MOOD_GOOD : MOOD_BAD;
    return (mood)(*bits % 3);
}

void words_add_answer(buffer *out, gen_lang lang, int lean, uint64_t bits) {
    mood m = mood_of(lean, &bits);
    bits = hash_mix(bits);
    if (langs[lang].sentences != NULL) {
        add_string(out, PICK(langs[lang].sentences[m], &bits));
    } else {
        add_string(out, PICK(en_openings, &bits));
        add_string(out, m == MOOD_GOOD  ? PICK(en_good, &bits)
                        : m == MOOD_BAD ? PICK(en_bad, &bits)
                                        : PICK(en_plain, &bits));
    }
    add_string(out, PICK(en_ends, &bits));
}
