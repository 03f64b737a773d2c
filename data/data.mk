# What the program is built from: fetched by lock file or pinned hash, compiled
# into build/data, and embedded.  data/README.md says where each comes from.
BLOBS :=
