/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_OPTIONS_SECRET_H
#define DUNLIN_SERVER_OPTIONS_SECRET_H

#include "server/options/options.h"

enum { SECRET_BYTES_MAX = 512, SECRET_LINE_BYTES = SECRET_BYTES_MAX + 4 };

/* The secret of --token-file that requests must bring, in `line`, which the caller wipes;
 * empty where none is asked for.  EXIT_OK, or the exit code after it has complained:
 * listening beyond loopback needs one.  Where no file is given, "token" in
 * $CREDENTIALS_DIRECTORY is read, as systemd's LoadCredential puts it there. */
int secret_read(const options *o, char line[SECRET_LINE_BYTES], text *token);
/* That of --push-token-file, or the credential "push-token"; empty: nobody may push. */
int secret_read_push(const options *o, char line[SECRET_LINE_BYTES], text *token);
/* Without complaints: whether there is a token for pushing. */
bool secret_has_push(const options *o);

/* Both; the texts are within. */
typedef struct {
    char lines[2][SECRET_LINE_BYTES];
    text token, push_token;
} secrets;
int secrets_read(const options *o, secrets *result); /* As secret_read. */
void secrets_wipe(secrets *s);

#endif
