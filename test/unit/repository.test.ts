/** Rules of the repository that no tool checks: documents that stay true to the tree, files that say what they are for. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

function filesUnder(folder: string, extension: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => path.join(folder, name));
}

const SOURCES = [...filesUnder('src', '.ts'), ...filesUnder('test', '.ts'), ...filesUnder('bench', '.ts')];
const DOCUMENTS = ['README.md', 'CHANGELOG.md', ...filesUnder('docs', '.md')];

/** As GitHub names the headings of a document. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

describe('sources', () => {
  it('open by saying what they are for', () => {
    const ours = SOURCES.filter((file) => !file.startsWith('test/'));
    const silent = ours.filter((file) => !/^(#![^\n]*\n)?\/(\*\*|\/)/.test(read(file)));
    expect(silent).toEqual([]);
  });

  it('are not named after nothing', () => {
    const vague = /^(utils?|helpers?|common|shared|types|managers?)$/;
    const named = SOURCES.flatMap((file) => file.replace(/\.ts$/, '').split('/')).filter((part) =>
      vague.test(part),
    );
    expect(named).toEqual([]);
  });

  it('leave nothing to do without an issue', () => {
    const word = new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b`);
    expect(SOURCES.filter((file) => word.test(read(file)))).toEqual([]);
  });

  it('contain no test that is switched off or stands alone', () => {
    const switched = /\b(it|test|describe)\.(only|skip|todo)\b/;
    expect(SOURCES.filter((file) => switched.test(read(file)))).toEqual([]);
  });
});

describe('documents', () => {
  it('link to files that exist', () => {
    const broken: string[] = [];
    for (const document of DOCUMENTS) {
      for (const [, target = ''] of read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        if (!existsSync(path.join(ROOT, path.dirname(document), target)))
          broken.push(`${document}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('link to headings that exist', () => {
    const broken: string[] = [];
    for (const document of DOCUMENTS) {
      for (const [, target = '', heading = ''] of read(document).matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)) {
        const file = target === '' ? document : path.join(path.dirname(document), target);
        if (file.endsWith('.md') && !anchorsOf(read(file)).includes(heading))
          broken.push(`${document}: ${target}#${heading}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('keep the README within 200 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200);
  });

  it('name tests that exist', () => {
    const named = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map((match) => match[1] ?? ''),
    );
    expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('list every RFC that the code cites, with files that exist', () => {
    const table = read('docs/rfcs.md');
    const listed = new Set([...table.matchAll(/^\| (\d{4}) /gm)].map((match) => match[1]));
    const cited = new Set(
      filesUnder('src', '.ts').flatMap((file) =>
        [...read(file).matchAll(/\bRFC (\d{4})\b/g)].map((match) => match[1]),
      ),
    );
    expect([...cited].filter((rfc) => !listed.has(rfc))).toEqual([]);
    const named = [...table.matchAll(/`([a-z0-9/-]+\.ts)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((file) => !existsSync(path.join(ROOT, 'src', file)))).toEqual([]);
  });
});
