/**
 * How the dashboard is built, into dist/ui: one script, one style sheet and an icon with hashes in their names, and index.html.
 * Everything is a file of its own, nothing is inline: the pages' Content-Security-Policy allows nothing else.
 */
import path from 'node:path';
import { defineConfig } from 'vite';
import { licenceNotices } from './licence-notices.ts';

export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  publicDir: false,
  plugins: [licenceNotices()],
  cacheDir: path.resolve(import.meta.dirname, '../../node_modules/.cache/vite'),
  build: {
    outDir: path.resolve(import.meta.dirname, '../../dist/ui'),
    emptyOutDir: true,
    // Browsers of 2024 and later: they know light-dark(), :has() and <dialog>.
    target: ['chrome125', 'firefox128', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
});
