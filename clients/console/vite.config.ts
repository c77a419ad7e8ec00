import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Bundles the console into dist/console: index.html and hashed files under assets/, which a server may cache for ever.
 * Everything, Monaco's workers and fonts included, comes from our own origin, so the page lives under a strict policy.
 */
export default defineConfig({
  root: here('.'),
  base: '/',
  // The bundle must not depend on the environment of the build.
  envDir: false,
  publicDir: false,
  resolve: { dedupe: ['graphql', 'react', 'react-dom'] },
  worker: { format: 'es' },
  build: {
    outDir: here('../../dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    assetsDir: 'assets',
    // Inline files would have to be data: addresses, which the policy allows for pictures and fonts only.
    assetsInlineLimit: 0,
    // Monaco is 3 MB in one piece; splitting it further only adds round trips.
    chunkSizeWarningLimit: 4_000,
    reportCompressedSize: false,
    // React's "use client" marks mean nothing here; one warning per file would hide the real ones.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
