/** DKIM rotation on the command line: what is to be published, when it signs, what may go. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SPREAD_MS } from '../../src/dkim/rotation.ts';
import { CliStage } from './support/cli-stage.ts';

interface DomainJson {
  readonly verified: boolean;
  readonly dkim_switch_at: string | null;
  readonly delegated: boolean;
  readonly rotate_every_seconds: number | null;
  readonly dkim_keys: readonly { selector: string; state: string }[];
  readonly records: readonly { purpose: string; type: string; name: string; value: string; status: string }[];
}

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const json = async (...words: string[]) => (await stage.json(...words)) as DomainJson;
const publish = ({ records }: DomainJson) => {
  for (const { name, value, type } of records) if (type === 'TXT') stage.txt.set(name, [value]);
};
const states = ({ dkim_keys: keys }: DomainJson) => keys.map(({ state }) => state).sort();

async function verified() {
  publish(await json('domain', 'add', 'shop.example'));
  return await json('domain', 'verify', 'shop.example');
}

test('rotate-dkim prints new records beside the old, again when typed again, and takes them back', async () => {
  await verified();
  const rotated = await json('domain', 'rotate-dkim', 'shop.example');
  const next = rotated.records.filter(({ purpose }) => purpose.endsWith('-next'));
  expect(next.map(({ purpose, status }) => [purpose, status])).toEqual([
    ['dkim-rsa-next', 'unchecked'],
    ['dkim-ed25519-next', 'unchecked'],
  ]);
  expect(new Set(rotated.records.map(({ name }) => name)).size).toBe(rotated.records.length);
  expect(await json('domain', 'rotate-dkim', 'shop.example')).toEqual(rotated);
  const { out } = await stage.run(['domain', 'rotate-dkim', 'shop.example']);
  expect(out).toContain('New DKIM keys wait already for shop.example');
  for (const { name, value } of next) expect(out).toContain(`${name}\n${value}`);
  expect((await stage.run(['domain', 'list'])).out).toContain('new keys wait for DNS');
  await stage.json('domain', 'rotate-dkim', 'shop.example', '--cancel');
  expect(states(await json('domain', 'show', 'shop.example'))).toEqual(['active', 'active']);
  const again = await stage.run(['domain', 'rotate-dkim', 'shop.example', '--cancel']);
  expect(again.code).toBe(1);
  expect(again.err).toContain('no new DKIM keys of shop.example wait');
});

test('rotate-dkim --format prints the records to publish alone, in the forms that add and show have', async () => {
  await verified();
  const rotate = async (...words: string[]) =>
    await stage.run(['domain', 'rotate-dkim', 'shop.example', ...words], { columns: 80 });
  const zone = await rotate('--format', 'zone');
  expect(zone.err).toContain('Made new DKIM keys for shop.example');
  const whole = await json('domain', 'rotate-dkim', 'shop.example', '--format', 'json');
  expect(whole).toEqual(await json('domain', 'show', 'shop.example'));
  const next = whole.records.filter(({ purpose }) => purpose.endsWith('-next'));
  expect(zone.out.match(/ IN TXT /g)).toHaveLength(2);
  for (const { name } of next) expect(zone.out).toContain(`${name}. `);
  const table = await rotate('--format', 'table');
  expect(table.err).toContain('New DKIM keys wait already for shop.example');
  expect(table.out.split('\n')[0]).toMatch(/^STATUS +TYPE +NAME +VALUE$/);
  expect(table.out.match(/^unchecked +TXT/gm)).toHaveLength(2);
  expect((await rotate('--format', 'text')).out).toBe((await rotate()).out);
  const wrong = await rotate('--format', 'xml');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('--format xml is none of text, table, zone, json');
  const both = await rotate('--cancel', '--format', 'zone');
  expect(both.code).toBe(2);
  expect(both.err).toContain('--cancel prints no records');
});

test('verify finds the new records, says when they sign, and switches then; the domain stays verified all the while', async () => {
  await verified();
  publish(await json('domain', 'rotate-dkim', 'shop.example'));
  const seen = await json('domain', 'verify', 'shop.example');
  expect(seen).toMatchObject({ verified: true, dkim_switch_at: expect.stringMatching(/Z$/) as string });
  expect(seen.records.every(({ status }) => status === 'ok')).toBe(true);
  expect((await stage.run(['domain', 'show', 'shop.example'])).out).toContain(
    'The records of the new DKIM keys are there. They sign in 10 min',
  );
  await stage.clock.advance(SPREAD_MS);
  const switched = await json('domain', 'verify', 'shop.example');
  expect(switched.verified).toBe(true);
  expect(states(switched)).toEqual(['active', 'active', 'retired', 'retired']);
  const { out } = await stage.run(['domain', 'show', 'shop.example']);
  expect(out).toContain('Old DKIM keys sign no more since');
  expect(out).toContain('DKIM, old RSA key, to be left');
});

test('a domain that was never verified is not rotated', async () => {
  await json('domain', 'add', 'shop.example');
  const { code, err } = await stage.run(['domain', 'rotate-dkim', 'shop.example']);
  expect(code).toBe(1);
  expect(err).toContain('shop.example was never verified: publish the records that it has');
});

test('change sets how often, and refuses what cannot be meant', async () => {
  await json('domain', 'add', 'shop.example');
  expect(await json('domain', 'change', 'shop.example', '--rotate-every', '180d')).toMatchObject({
    rotate_every_seconds: 180 * 86_400,
  });
  expect(await json('domain', 'change', 'shop.example', '--rotate-every', 'off')).toMatchObject({
    rotate_every_seconds: 0,
  });
  expect(await json('domain', 'change', 'shop.example', '--rotate-every', 'default')).toMatchObject({
    rotate_every_seconds: null,
  });
  for (const wrong of [['--rotate-every', '5m'], ['--rotate-every', 'often'], [], ['--delegate']]) {
    const { code, err } = await stage.run(['domain', 'change', 'shop.example', ...wrong]);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  }
});

test('a delegated domain publishes CNAMEs, also of the rotations to come, and the zone has the keys', async () => {
  stage.env['RELAY_DKIM__ZONE'] = 'dkim.relay.example';
  const added = await json('domain', 'add', 'shop.example', '--delegate');
  const dkim = added.records.filter(({ purpose }) => purpose.startsWith('dkim-'));
  expect(dkim).toHaveLength(10);
  for (const { name, type, value } of dkim)
    expect([type, value]).toEqual(['CNAME', `${name.split('.', 1)[0] ?? ''}.dkim.relay.example.`]);
  const zone = await stage.run(['domain', 'zone']);
  const [rsa] = dkim;
  expect(zone.out).toContain(`${rsa?.value ?? ''} 3600 IN TXT`);
  const lines = (await stage.run(['domain', 'zone', '--json'])).out.trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { state: string }).state)).toEqual(['active', 'active']);
  await json('domain', 'change', 'shop.example', '--no-delegate');
  expect((await stage.run(['domain', 'zone'])).err).toContain('No domain is delegated');
});
