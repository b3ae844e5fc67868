/** Manual pages and completion as the build writes them: one for each group of commands, every key, clean for groff. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { configPage } from '../../src/cli/manual/config-page.ts';
import { commandPages } from '../../src/cli/manual/command-pages.ts';
import { paragraphs } from '../../src/cli/manual/roff.ts';
import { COMMANDS } from '../../src/cli/program/command-list.ts';
import { SETTING_KEYS } from '../../src/config/settings.ts';
import { programVersion } from '../../src/app/version.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const version = programVersion();
const pages = [...commandPages(version), configPage(read('config/relay.toml'), version)];
const noGroff = spawnSync('groff', ['--version']).error !== undefined;

/** As a terminal shows it, without its formatting. */
function shown(roff: string): { readonly text: string; readonly complaints: string } {
  const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-c', '-P-b', '-P-o', '-P-u'], {
    input: roff,
    encoding: 'utf8',
  });
  return { text: stdout, complaints: stderr };
}

test('what was built is current', () => {
  const place = (file: string) => `man${file.at(-1) ?? ''}/${file}`;
  for (const { file, roff } of pages) expect(read(`dist/man/${place(file)}`), file).toBe(roff);
  const built = readdirSync(path.join(ROOT, 'dist/man'), { recursive: true, encoding: 'utf8' });
  expect(built.filter((name) => name.includes('/')).sort()).toEqual(
    [...pages.map(({ file }) => file), 'relayd.8'].map(place).sort(),
  );
  expect(readdirSync(path.join(ROOT, 'dist/completion'))).toEqual([
    'relayctl.bash',
    'relayctl.fish',
    'relayctl.zsh',
  ]);
});

test('every option of relayd is in its page, and no other', () => {
  const { stdout } = spawnSync(process.execPath, ['bin/relayd.js', '--help'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const optionsIn = (text: string) => [...new Set(text.match(/--[a-z]+/g))].sort();
  expect(optionsIn(read('packaging/man/relayd.8').replaceAll(String.raw`\-`, '-'))).toEqual(
    optionsIn(stdout),
  );
});

test('text is never taken for a request of roff', () => {
  expect(paragraphs('.so /etc/passwd\n\n    \'x \\fB "y" -z\n')).toBe(
    String.raw`.PP
\&.so /etc/passwd
.PP
.RS 4
.nf
\(aqx \efB \(dqy\(dq \-z
.fi
.RE
`,
  );
});

test.skipIf(noGroff).each([...pages, { file: 'relayd.8', roff: read('packaging/man/relayd.8') }])(
  '$file is clean (needs groff)',
  ({ roff }) => {
    const { text, complaints } = shown(roff);
    expect(complaints).toBe('');
    expect(text.split('\n').length).toBeGreaterThan(10);
    // A font that was opened and not closed, or a grave accent that stands alone.
    expect(text).not.toMatch(/\\f|`/);
  },
);

test.skipIf(noGroff)('every command and option has its place (needs groff)', () => {
  for (const { file, roff } of pages) {
    const { text } = shown(roff);
    for (const { path: words, options } of COMMANDS) {
      if (file !== `relayctl-${words.split(' ')[0] ?? ''}.1`) continue;
      expect(text).toContain(`relayctl ${words}`);
      for (const { flags } of options ?? []) expect(text).toContain(flags.replaceAll(/[<>]/g, ''));
    }
  }
});

test.skipIf(noGroff)(
  'every key of the configuration has its place, its meaning before it (needs groff)',
  () => {
    const { text } = shown(pages.at(-1)?.roff ?? '');
    for (const key of SETTING_KEYS)
      expect(text).toMatch(new RegExp(`^ +${key.replace('.', String.raw`\.`)}(?: +\\[\\[.*)?$`, 'm'));
    const flat = text.replace(/\s+/g, ' ');
    expect(flat).toContain('(SIZE). submission.max_message_bytes');
  },
);
