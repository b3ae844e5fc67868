/** Sending domains on the command line: adding, publishing, verifying, removing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import Database from 'better-sqlite3';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import type { ZoneEntry } from '../support/dns-zone.ts';
import { publishZone } from '../support/zone-block.ts';
import { CliStage } from './support/cli-stage.ts';

interface DomainJson {
  readonly domain: string;
  readonly verified: boolean;
  readonly dkim: string;
  readonly records: readonly { purpose: string; type: string; name: string; value: string; status: string }[];
}

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const add = async (domain: string) => (await stage.json('domain', 'add', domain)) as DomainJson;
const publish = ({ records }: DomainJson) => {
  for (const { name, value } of records) stage.txt.set(name, [value]);
};

test('add makes both keys and prints every record, unchecked', async () => {
  const added = await add('Shop.Example');
  expect(added).toMatchObject({ domain: 'shop.example', verified: false });
  expect(added.records.map(({ purpose, type, status }) => [purpose, type, status])).toEqual([
    ['dkim-rsa', 'TXT', 'unchecked'],
    ['dkim-ed25519', 'TXT', 'unchecked'],
    ['spf', 'TXT', 'unchecked'],
    ['dmarc', 'TXT', 'unchecked'],
  ]);
  expect(added.records[0]?.name).toMatch(/^postern-202611-[0-9a-z]{16}-rsa\._domainkey\.shop\.example$/);
  expect(added.records[1]?.name).toBe(added.records[0]?.name.replace('-rsa.', '-ed.'));
  expect(added.records[0]?.value).toMatch(/^v=DKIM1; k=rsa; p=[A-Za-z0-9+/=]{300,}$/);
});

test('where reports are taken, the return-path host has records too, and verify checks them', async () => {
  stage.env['RELAY_INBOUND__LISTEN'] = '["127.0.0.1:0"]';
  stage.env['RELAY_INBOUND__POSTMASTER'] = 'ops@shop.example';
  const added = await add('shop.example');
  expect(added.records.slice(4)).toEqual([
    {
      purpose: 'return-path-mx',
      type: 'MX',
      name: 'bounces.shop.example',
      value: '10 mail.example.net.',
      status: 'unchecked',
    },
    {
      purpose: 'return-path-spf',
      type: 'TXT',
      name: 'bounces.shop.example',
      value: 'v=spf1 a:mail.example.net ~all',
      status: 'unchecked',
    },
  ]);
  publish(added);
  stage.mx.set('bounces.shop.example', '10 mail.example.net.');
  const verified = (await stage.json('domain', 'verify', 'shop.example')) as DomainJson;
  expect(verified.records.map(({ status }) => status)).toEqual(Array(6).fill('ok'));
  stage.mx.set('bounces.shop.example', '10 elsewhere.example.net.');
  const { out } = await stage.run(['domain', 'verify', 'shop.example']);
  expect(out).toContain('DNS has: 10 elsewhere.example.net.');
});

test('add, show and verify print a block for a zone file in 80 columns, of what is not there yet', async () => {
  const added = await stage.run(['domain', 'add', 'shop.example'], { columns: 80 });
  const { records } = (await stage.json('domain', 'show', 'shop.example')) as DomainJson;
  const blockOf = (out: string) => /The same for a zone file:\n\n((?:.+\n)+)/.exec(out)?.[1] ?? '';
  const valuesIn = (block: string) => {
    const zone = new Map<string, ZoneEntry>();
    publishZone({ zone }, block);
    return [...zone].map(([name, { txt }]) => [name, txt?.[0]]);
  };
  const wanted = records.map(({ name, value }) => [name, value]);
  const shown = await stage.run(['domain', 'show', 'shop.example'], { columns: 80 });
  for (const { out } of [added, shown]) {
    expect(valuesIn(blockOf(out))).toEqual(wanted);
    const wide = out.split('\n').filter(({ length }) => length > 80);
    // A value stands whole too, for a form: the terminal wraps it, and copies it as one line.
    expect(wide.every((line) => records.some(({ value }) => value === line))).toBe(true);
  }
  for (const { name, value } of records.slice(1)) stage.txt.set(name, [value]);
  const checked = await stage.run(['domain', 'verify', 'shop.example'], { columns: 80 });
  expect(valuesIn(blockOf(checked.out))).toEqual(wanted.slice(0, 1));
  stage.txt.set(records[0]!.name, [records[0]!.value]);
  const verified = await stage.run(['domain', 'verify', 'shop.example'], { columns: 80 });
  expect(verified.out).not.toContain('zone file');
});

test('--format prints the records alone, as a zone file or a table in which nothing is cut', async () => {
  const added = await stage.run(['domain', 'add', 'shop.example', '--format', 'zone']);
  expect(added.err).toContain('Added shop.example to account default.');
  const { records } = (await stage.json('domain', 'show', 'shop.example')) as DomainJson;
  const zone = new Map<string, ZoneEntry>();
  publishZone({ zone }, added.out);
  expect([...zone].map(([name, { txt }]) => [name, txt?.[0]])).toEqual(
    records.map(({ name, value }) => [name, value]),
  );
  expect(added.out).not.toContain('zone file');
  expect((await stage.run(['domain', 'show', 'shop.example', '--format', 'zone'])).out).toBe(added.out);
  const table = await stage.run(['domain', 'show', 'shop.example', '--format', 'table'], { columns: 80 });
  const lines = table.out.trimEnd().split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  const column = (from: number, to?: number) => lines.map((line) => line.slice(from, to).trim()).join('');
  const [head = ''] = lines;
  const [name, value] = [head.indexOf('NAME'), head.indexOf('VALUE')];
  expect(column(name, value)).toBe(`NAME${records.map((one) => one.name).join('')}`);
  expect(column(value).replaceAll(' ', '')).toBe(
    `VALUE${records.map((one) => one.value).join('')}`.replaceAll(' ', ''),
  );
  const verified = await stage.run(['domain', 'verify', 'shop.example', '--format', 'json']);
  expect(JSON.parse(verified.out)).toMatchObject({ domain: 'shop.example', verified: false });
  expect((await stage.run(['domain', 'show', 'shop.example', '--format', 'xml'])).err).toContain(
    '--format xml is none of text, table, zone, json',
  );
});

test('add prints each value whole on a line of its own, and what to type next', async () => {
  const { out } = await stage.run(['domain', 'add', 'shop.example'], { columns: 60 });
  expect(out).toMatch(/\nv=DKIM1; k=rsa; p=[A-Za-z0-9+/=]+\n/);
  expect(out).toContain('\nv=spf1 a:mail.example.net ~all\n');
  expect(out).toContain('Then type: relayctl domain verify shop.example');
});

test('add says where it made a new store', async () => {
  const { err } = await stage.run(['domain', 'add', 'shop.example']);
  expect(err).toBe(`made a new store in ${stage.dataDir}\n`);
});

test.each([
  ['nobody@shop.example', 2, /is not a domain name\n {2}type the part after the @: shop\.example/],
  ['not a domain', 2, /is not a domain name/],
  ['[192.0.2.1]', 2, /is not a domain name/],
])('add refuses %s', async (name, code, words) => {
  const ran = await stage.run(['domain', 'add', name]);
  expect(ran.code).toBe(code);
  expect(ran.err).toMatch(words);
});

test('add refuses a domain that the account has, and says how to see its records', async () => {
  await add('shop.example');
  const again = await stage.run(['domain', 'add', 'shop.example']);
  expect(again.code).toBe(1);
  expect(again.err).toContain('relayctl domain show shop.example');
});

describe('add --dkim', () => {
  const addRsaAlone = async () =>
    (await stage.json('domain', 'add', 'shop.example', '--dkim', 'rsa')) as DomainJson;

  test('rsa makes one key, prints one DKIM record, and is verified by that record', async () => {
    const added = await addRsaAlone();
    expect(added.dkim).toBe('rsa');
    expect(added.records.map(({ purpose }) => purpose)).toEqual(['dkim-rsa', 'spf', 'dmarc']);
    expect((await stage.run(['domain', 'verify', 'shop.example'])).code).toBe(1);
    stage.txt.set(added.records[0]!.name, [added.records[0]!.value]);
    const verified = (await stage.json('domain', 'verify', 'shop.example')) as DomainJson;
    expect(verified).toMatchObject({ verified: true, dkim: 'rsa' });
    expect(verified.records.map(({ status }) => status)).toEqual(['ok', 'missing', 'missing']);
    expect(verified).toMatchObject((await stage.json('domain', 'show', 'shop.example')) as object);
    const shown = await stage.text('domain', 'show', 'shop.example');
    expect(shown).toContain('DKIM, RSA key');
    expect(shown).not.toMatch(/ed25519/i);
  });

  test('says so, and list tells it from a domain with both', async () => {
    const { out } = await stage.run(['domain', 'add', 'shop.example', '--dkim', 'rsa']);
    expect(out).toContain('Added shop.example to account default, with one DKIM key, RSA-2048.');
    expect((await stage.json('domain', 'add', 'a.example', '--dkim', 'both')) as DomainJson).toMatchObject({
      dkim: 'both',
    });
    expect((await add('b.example')).dkim).toBe('both');
    expect(await stage.jsonLines('domain', 'list')).toMatchObject([
      { domain: 'a.example', dkim: 'both' },
      { domain: 'b.example', dkim: 'both' },
      { domain: 'shop.example', dkim: 'rsa' },
    ]);
    const list = await stage.text('domain', 'list');
    expect(list).toMatch(/DOMAIN +VERIFIED +DKIM +ADDED/);
    expect(list).toMatch(/shop\.example +no +rsa /);
  });

  test('ed25519 is refused with the reason and what to type, and nothing is added', async () => {
    const ran = await stage.run(['domain', 'add', 'shop.example', '--dkim', 'ed25519']);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('many receivers cannot verify Ed25519');
    expect(ran.err).toContain('(RFC 8463 §6)');
    expect(ran.err).toContain('\n  both keys: relayctl domain add shop.example\n');
    expect(ran.err).toContain('\n  RSA alone: relayctl domain add shop.example --dkim rsa\n');
    stage.openStore();
    expect(await stage.jsonLines('domain', 'list')).toEqual([]);
  });

  test('anything else is refused with what there is', async () => {
    const ran = await stage.run(['domain', 'add', 'shop.example', '--dkim', 'dsa']);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('--dkim dsa is none of both, rsa');
  });

  test('is in the audit log', async () => {
    await addRsaAlone();
    await add('both.example');
    const db = new Database(databasePath(stage.dataDir), { readonly: true });
    const subjects = db
      .prepare("SELECT subject FROM audit WHERE action = 'domain add' ORDER BY id")
      .pluck()
      .all();
    db.close();
    expect(subjects).toEqual(['["shop.example rsa-sha256"]', '["both.example rsa-sha256 ed25519-sha256"]']);
  });
});

describe('verify', () => {
  test('is done when the DKIM records are there; the others are reported beside them', async () => {
    const added = await add('shop.example');
    for (const { name, value } of added.records.slice(0, 2)) stage.txt.set(name, [value]);
    const verified = (await stage.json('domain', 'verify', 'shop.example')) as DomainJson;
    expect(verified.verified).toBe(true);
    expect(verified.records.map(({ status }) => status)).toEqual(['ok', 'ok', 'missing', 'missing']);
    expect(verified).toMatchObject((await stage.json('domain', 'show', 'shop.example')) as object);
    expect(await stage.jsonLines('domain', 'list')).toMatchObject([
      { domain: 'shop.example', verified: true },
    ]);
  });

  test('fails with the document all the same when a record is missing or different', async () => {
    const added = await add('shop.example');
    stage.txt.set(added.records[0]!.name, ['v=DKIM1; k=rsa; p=AAAA']);
    const ran = await stage.run(['domain', 'verify', 'shop.example', '--json']);
    expect(ran.code).toBe(1);
    const verified = JSON.parse(ran.out) as DomainJson;
    expect(verified.verified).toBe(false);
    expect(verified.records.map(({ status }) => status)).toEqual([
      'different',
      'missing',
      'missing',
      'missing',
    ]);
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'not-verified' } });
  });

  test('says per record what DNS has and what to publish', async () => {
    const added = await add('shop.example');
    publish(added);
    stage.txt.set('shop.example', ['v=spf1 include:other.example -all', 'some=thing']);
    const { out, code } = await stage.run(['domain', 'verify', 'shop.example'], { columns: 80 });
    expect(code).toBe(0);
    expect(out).toContain('✓ ok  DMARC (recommended), TXT record\n_dmarc.shop.example\n');
    expect(out).toContain('✗ different  SPF (recommended), TXT record\nshop.example\n');
    expect(out).toContain('DNS has: v=spf1 include:other.example -all');
    expect(out).toContain('put a:mail.example.net into the one that is there');
    expect(out).toContain('which makes it: v=spf1 include:other.example a:mail.example.net -all');
    expect(out).toContain('other.example, which it refers to, has no valid SPF record');
  });

  test('keeps a verified domain verified when DNS cannot be asked', async () => {
    const added = await add('shop.example');
    publish(added);
    await stage.json('domain', 'verify', 'shop.example');
    for (const { name } of added.records) stage.txt.set(name, 'servfail');
    const ran = await stage.run(['domain', 'verify', 'shop.example', '--json']);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'dns-failed' } });
    expect(await stage.json('domain', 'show', 'shop.example')).toMatchObject({ verified: true });
  });

  test('takes the verification away after three look-ups over a day, and says where it stands', async () => {
    const added = await add('shop.example');
    publish(added);
    await stage.json('domain', 'verify', 'shop.example');
    stage.txt.delete(added.records[1]!.name);
    for (const looks of [1, 2, 3]) {
      const ran = await stage.run(['domain', 'verify', 'shop.example']);
      expect(ran.code).toBe(1);
      expect(ran.out).toMatch(
        new RegExp(
          `known to fail since 2026-11-24.*: ${looks} of 3 look-ups\\. Mail is accepted until 2026-11-25.* at least`,
        ),
      );
      expect(ran.err).toContain('mail from it is still accepted and signed');
    }
    expect(await stage.json('domain', 'show', 'shop.example')).toMatchObject({
      verified: true,
      failing_since: '2026-11-24T06:12:31.000Z',
      failed_looks: 3,
      accepted_until: '2026-11-25T06:12:31.000Z',
    });
    await stage.clock.advance(24 * 3_600_000);
    expect(JSON.parse((await stage.run(['domain', 'verify', 'shop.example', '--json'])).out)).toMatchObject({
      verified: false,
      accepted_until: null,
    });
    publish(added);
    expect(await stage.json('domain', 'verify', 'shop.example')).toMatchObject({
      verified: true,
      failing_since: null,
    });
  });
});

describe('remove', () => {
  beforeEach(async () => {
    await add('shop.example');
  });

  test('asks, and does nothing without a yes', async () => {
    const ran = await stage.run(['domain', 'remove', 'shop.example'], { answer: 'n' });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('Remove shop.example and its DKIM keys? [y/N]');
    expect(await stage.jsonLines('domain', 'list')).toHaveLength(1);
  });

  test('does it after a yes', async () => {
    expect((await stage.run(['domain', 'remove', 'shop.example'], { answer: 'y' })).code).toBe(0);
    expect(await stage.jsonLines('domain', 'list')).toEqual([]);
  });

  test('needs --yes where nobody can be asked', async () => {
    const ran = await stage.run(['domain', 'remove', 'shop.example']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('add --yes');
    expect(await stage.json('domain', 'remove', 'shop.example', '--yes')).toEqual({
      domain: 'shop.example',
      removed: true,
      waiting: 0,
      waiting_at_least: false,
    });
  });

  test('of a domain that is not there is not found', async () => {
    expect(await stage.run(['domain', 'remove', 'none.example', '--yes'])).toMatchObject({ code: 1 });
  });
});

test('remove says what would leave unsigned', async () => {
  await add('shop.example');
  await stage.accept();
  const ran = await stage.run(['domain', 'remove', 'shop.example'], { answer: 'n' });
  expect(ran.err).toContain('1 message from it could not be signed any more, and would expire? [y/N]');
  const other = await stage.accept({ signingDomain: 'other.example' });
  expect((await stage.run(['domain', 'remove', 'shop.example', '--yes'])).out).toContain(
    'In the queue: 1 message from it,',
  );
  expect(await stage.json('message', 'show', other)).toMatchObject({ id: other });
});

test('remove counts what waits in JSON, of this domain alone', async () => {
  await add('shop.example');
  await add('other.example');
  for (let i = 0; i < 3; i++) await stage.accept();
  await stage.accept({ signingDomain: 'other.example' });
  await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
  for (let i = 0; i < 2; i++) await stage.accept();
  await stage.accept({ signingDomain: 'other.example' });
  expect(await stage.json('domain', 'remove', 'shop.example', '--yes')).toEqual({
    ...{ domain: 'shop.example', removed: true },
    ...{ waiting: 2, waiting_at_least: false },
  });
});
