# SPDX-License-Identifier: MIT
# For scripts: `. tests/support/shared_data.sh` sets DATA to the folder of test data
# that are no part of the project, and skips (exit 77) where it is missing.
DATA=${DUNLIN_TEST_DATA:-../shared/data}
if [ ! -d "$DATA" ]; then
    echo "skipped: $DATA is not here; DUNLIN_TEST_DATA names the folder"
    exit 77
fi
