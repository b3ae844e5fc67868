/** Who may read and write what the relay keeps: what is refused, what is warned of, and what mends it. */
import { describe, expect, test } from 'vitest';
import { judgeFile, type FileFacts } from '../../../src/policy/file-rights.ts';

const RELAY = 998;
const STRANGER = 1001;

function judge(change: Partial<FileFacts>, uid = RELAY, folderUid = RELAY) {
  const role = change.role ?? 'data';
  const kind = role === 'folder' ? 'folder' : 'file';
  return judgeFile({ path: '/srv/data/x', role, kind, uid: RELAY, mode: 0o600, ...change }, uid, folderUid);
}

describe('the folder', () => {
  test.each([
    [0o700, undefined],
    [0o500, undefined],
    [0o750, 'warn'],
    [0o755, 'warn'],
    [0o711, 'warn'],
    [0o770, 'refuse'],
    [0o777, 'refuse'],
    [0o1777, 'refuse'],
    [0o702, 'refuse'],
  ])('with mode %o: %s', (mode, severity) => {
    const found = judge({ role: 'folder', mode });
    expect(found?.severity).toBe(severity);
    if (severity !== undefined) expect(found?.text).toContain('fix: chmod 700 /srv/data/x');
  });

  test('that is no folder is refused', () => {
    expect(judge({ role: 'folder', kind: 'file' })?.severity).toBe('refuse');
  });
});

describe('the key', () => {
  test.each([
    [0o600, undefined],
    [0o400, undefined],
    [0o640, 'refuse'],
    [0o604, 'refuse'],
    [0o644, 'refuse'],
    [0o660, 'refuse'],
  ])('with mode %o: %s', (mode, severity) => {
    const found = judge({ role: 'key', mode });
    expect(found?.severity).toBe(severity);
    if (severity !== undefined) expect(found?.text).toContain('fix: chmod 600 /srv/data/x');
  });
});

describe('the database', () => {
  test.each([
    [0o600, undefined],
    [0o644, 'warn'],
    [0o640, 'warn'],
    [0o660, 'refuse'],
    [0o666, 'refuse'],
  ])('with mode %o: %s', (mode, severity) => {
    expect(judge({ mode })?.severity).toBe(severity);
  });
});

test.each(['key', 'data'] as const)('a link in place of a file (%s) is refused', (role) => {
  const found = judge({ role, kind: 'link', mode: 0o777 });
  expect(found).toMatchObject({ severity: 'refuse' });
  expect(found?.text).toContain('fix: mv "$(readlink -f /srv/data/x)" /srv/data/x');
  expect(judge({ role, kind: 'other' })?.severity).toBe('refuse');
});

describe('an owner', () => {
  test.each([
    ['the process itself', RELAY, RELAY, RELAY, undefined],
    ['root', 0, RELAY, RELAY, undefined],
    ['a stranger', STRANGER, RELAY, RELAY, 'refuse'],
    ['a stranger who owns the folder too', STRANGER, RELAY, STRANGER, 'refuse'],
    ['whom root works for', STRANGER, 0, STRANGER, undefined],
    ['somebody else in a folder that root looks at', STRANGER, 0, RELAY, 'refuse'],
  ])('%s', (_, owner, uid, folderUid, severity) => {
    for (const role of ['folder', 'key', 'data'] as const)
      expect(
        judge({ role, uid: owner, mode: role === 'folder' ? 0o700 : 0o600 }, uid, folderUid)?.severity,
      ).toBe(severity);
  });

  test('is named, and what gives the file to the right one', () => {
    expect(judge({ role: 'folder', uid: STRANGER, mode: 0o700 })?.text).toBe(
      '/srv/data/x belongs to another user (uid 1001, expected 998); fix: as root, chown -R 998 /srv/data/x, or run as the user that owns it',
    );
  });
});

test.each([
  [0o600, undefined],
  [0o640, undefined],
  [0o644, 'warn'],
  [0o602, 'warn'],
])("an operator's file with a secret, mode %o: %s", (mode, severity) => {
  const found = judge({ role: 'secret', mode, uid: STRANGER });
  expect(found?.severity).toBe(severity);
  if (severity !== undefined) expect(found?.text).toContain('fix: chmod o-rwx /srv/data/x');
});

test('a path is shown so that a shell takes the command as it is', () => {
  expect(judge({ path: "/srv/my 'data", mode: 0o666 })?.text).toContain(
    String.raw`fix: chmod 600 '/srv/my '\''data'`,
  );
});
