/** Who types a command of relayctl, and from where. */
import { describe, expect, test } from 'vitest';
import { commandActor, type CommandActorFacts } from '../../../src/app/command-actor.ts';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n';

function actor(
  files: Readonly<Record<string, string>> = {},
  facts: Partial<CommandActorFacts> & { readonly links?: Readonly<Record<string, string>> } = {},
): string {
  return commandActor({
    env: {},
    read: (path) => files[path],
    readLink: (path) => facts.links?.[path],
    userName: 'root',
    ...facts,
  });
}

describe('who types a command', () => {
  test('is the user, where nothing else is known', () => {
    expect(actor()).toBe('relayctl:root');
  });

  test('is who called sudo', () => {
    expect(actor({}, { env: { SUDO_USER: 'alice' } })).toBe('relayctl:alice');
  });

  test('is who logged in, whatever the environment says', () => {
    const files = { '/proc/self/loginuid': '1000\n', '/etc/passwd': PASSWD };
    expect(actor(files, { env: { SUDO_USER: 'bob' } })).toBe('relayctl:alice');
    const nobody = { ...files, '/proc/self/loginuid': '4294967295' };
    expect(actor(nobody, { env: { SUDO_USER: 'bob' } })).toBe('relayctl:bob');
    expect(actor({ ...files, '/proc/self/loginuid': '7000' })).toBe('relayctl:root');
  });

  test('comes from the client of the SSH session', () => {
    const env = { SSH_CONNECTION: '192.0.2.7 51234 198.51.100.2 22' };
    expect(actor({}, { env })).toBe('relayctl:root@192.0.2.7');
    expect(actor({}, { env: { SSH_CONNECTION: 'fe80::1%eth0 1 fe80::2 22' } })).toBe('relayctl:root@fe80::1');
  });

  test('comes from it behind sudo too, which takes the variable away', () => {
    const files = {
      '/proc/self/stat': '30 (relayctl) S 20 30 30 0',
      '/proc/20/stat': '20 (a (sudo) x) S 10 20 20 0',
      '/proc/20/environ': 'HOME=/root\0SUDO_USER=alice\0',
      '/proc/10/environ': 'HOME=/home/alice\0SSH_CONNECTION=2001:db8::7 51234 2001:db8::2 22\0',
    };
    expect(actor(files, { env: { SUDO_USER: 'alice' } })).toBe('relayctl:alice@2001:db8::7');
  });

  test('comes from the terminal otherwise', () => {
    const links = { '/proc/self/fd/0': '/dev/null', '/proc/self/fd/1': '/dev/pts/3' };
    expect(actor({}, { links })).toBe('relayctl:root@pts/3');
  });

  test('ends, also where a process is its own parent', () => {
    expect(actor({ '/proc/self/stat': '7 (x) S 7 7', '/proc/7/stat': '7 (x) S 7 7' })).toBe('relayctl:root');
  });
});
