# The dashboard: TypeScript, bundled by esbuild, embedded into the program.
