/** At the build: the licences of the packages whose code is in the bundle, into `licences.txt` beside it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';

const PACKAGE = /^(.*[/\\]node_modules[/\\])((?:@[^/\\]+[/\\])?[^/\\]+)[/\\]/;

/** Fails the build where a package brings no licence. */
export function licenceNotices(): Plugin {
  return {
    name: 'licence-notices',
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        for (const id of file.moduleIds) {
          const [, before, name] = PACKAGE.exec(id.replace(/^\0/, '')) ?? [];
          if (before !== undefined && name !== undefined) folders.add(before + name);
        }
      }
      this.emitFile({
        type: 'asset',
        fileName: 'licences.txt',
        source: [...folders].toSorted().map(noticeOf).join('\n'),
      });
    },
  };
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const file = existsSync(folder) ? readdirSync(folder).find((one) => /^licen[cs]e/i.test(one)) : undefined;
  if (file === undefined) throw new Error(`${name} is in the bundle and brings no licence`);
  return `${name} ${version} (${license ?? 'see below'})\n\n${readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
}
