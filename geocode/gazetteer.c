/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "geocode/find.h"

static status map_file(const char *path, const char **bytes, uint64_t *byte_count) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return STATUS_CANNOT_OPEN;
    struct stat info;
    status s = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? STATUS_OK : STATUS_CANNOT_READ;
    if (s == STATUS_OK && info.st_size == 0) s = STATUS_BAD_FORMAT;
    if (s == STATUS_OK) {
        *byte_count = (uint64_t)info.st_size;
        void *mapped = mmap(NULL, (size_t)*byte_count, PROT_READ, MAP_PRIVATE, fd, 0);
        if (mapped == MAP_FAILED)
            s = STATUS_NO_MEMORY;
        else
            *bytes = mapped;
    }
    close(fd);
    return s;
}

status gazetteer_open(const char *path, gazetteer **result) {
    const char *bytes = NULL;
    uint64_t byte_count = 0;
    *result = NULL;
    gazetteer *g = calloc(1, sizeof *g);
    if (g == NULL) return STATUS_NO_MEMORY;
    status s = map_file(path, &bytes, &byte_count);
    if (s == STATUS_OK) s = gazetteer_attach(g, bytes, byte_count);
    if (s == STATUS_OK) s = gazetteer_check(g);
    if (s == STATUS_OK) {
        g->is_mapped = true;
        *result = g;
        return s;
    }
    if (bytes != NULL) munmap((void *)(uintptr_t)bytes, (size_t)byte_count);
    free(g);
    return s;
}

void gazetteer_close(gazetteer *g) {
    if (g == NULL) return;
    if (g->is_mapped) munmap((void *)(uintptr_t)g->bytes, (size_t)g->byte_count);
    free(g);
}

bool gazetteer_find(const gazetteer *g, text location, place *found) {
    finding f;
    return find_place(g, location, &f, found);
}
