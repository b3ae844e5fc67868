/** What operators and authors are told to do: only what there is, and only what they can do. */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS, NOUNS, PENDING } from '../../../src/cli/program/command-list.ts';
import { authorAction } from '../../../src/policy/author-words.ts';
import { BOUNCE_CLASSES } from '../../../src/policy/bounce-classes.ts';
import { LOCAL_CLASSES, LOCAL_EXPLANATIONS } from '../../../src/policy/local-failures.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('no text names a command that relayctl does not have', () => {
  const known = new Set(COMMANDS.map(({ path }) => path));
  const nouns = new Set([...Object.keys(NOUNS), ...PENDING.map((path) => path.split(' ')[0] ?? '')]);
  const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name}`);
  const docs = readdirSync(new URL('docs', root), { encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  const missing: string[] = [];
  for (const path of [...sources, ...docs, 'README.md', 'config/bounce-rules.toml', 'config/relay.toml']) {
    for (const [named, noun = '', verb = ''] of read(path).matchAll(
      /\brelayctl ([a-z]+)(?: ([a-z][a-z-]+))?/g,
    )) {
      // What follows no noun is prose; so is a verb that names none of its commands after one that stands alone.
      const isCommand = known.has(noun) || known.has(`${noun} ${verb}`);
      if (nouns.has(noun) && (verb !== '' || PENDING.includes(noun)) && !isCommand)
        missing.push(`${path}: ${named}`);
    }
  }
  expect(missing).toEqual([]);
});

test('an author is told nothing that only an operator can do', () => {
  for (const one of [...BOUNCE_CLASSES, ...LOCAL_CLASSES])
    for (const last of [undefined, ...BOUNCE_CLASSES, ...LOCAL_CLASSES])
      expect(authorAction(one, last)).not.toMatch(/relayctl|dns\.servers|port 25|SPF|PTR|\btrace\b/);
});

test('an author of what failed here is told that it is the relay', () => {
  for (const one of LOCAL_CLASSES) {
    expect(authorAction(one)).toContain('not at the recipient');
    expect(authorAction('expired', one)).toContain('not at the recipient');
    expect(LOCAL_EXPLANATIONS[one].meaning).toMatch(/this relay/i);
    expect(LOCAL_EXPLANATIONS[one].meaning).not.toContain('receiving server');
  }
});
