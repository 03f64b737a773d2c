/* SPDX-License-Identifier: MIT */
/* gazetteer_compile -- makes the gazetteer file at build; no part of the program. */
#include <stdio.h>

#include "geocode/compile/model.h"

int main(int argc, char **argv) {
    model m;
    if (argc != 5) {
        fprintf(stderr, "usage: gazetteer_compile NODE_MODULES LOCALES LISTS OUTPUT\n");
        return 2;
    }
    model_init(&m);
    read_countries(&m, argv[1]);
    read_regions(&m, argv[1]);
    read_reach(&m, argv[3]);
    read_areas(&m, argv[3]);
    read_cities(&m, argv[1]);
    guess_people(&m);
    read_more_cities(&m, argv[1]);
    measure_regions(&m);
    read_territories(&m, argv[3]);
    read_country_names(&m, argv[1]);
    read_translations(&m, argv[2]);
    read_own_lists(&m, argv[3]);
    separate_twins(&m);
    write_gazetteer(&m, argv[4]);
    model_deinit(&m);
    return 0;
}
