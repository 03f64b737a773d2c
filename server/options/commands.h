/* SPDX-License-Identifier: MIT */
/* commands -- what each verb of the command line does.  Each returns the exit code
 * and has written its results to stdout and its troubles to stderr. */
#ifndef DUNLIN_SERVER_OPTIONS_COMMANDS_H
#define DUNLIN_SERVER_OPTIONS_COMMANDS_H

#include "server/options/options.h"

int command_open(const options *o); /* dunlin FILE...: replay, serve, print the address. */
int command_serve(const options *o);
int command_replay(const options *o);
int command_rules(const options *o);
int command_inspect(const options *o);
int command_geocode(const options *o);
int command_sentiment(const options *o);
int command_gen(const options *o);
int command_fix(const options *o);
int command_note(const options *o);
int command_push(const options *o);
int command_top(const options *o);
int command_doctor(const options *o);
int command_check_config(const options *o);
int command_completions(const options *o);
int command_man(const options *o);

#endif
