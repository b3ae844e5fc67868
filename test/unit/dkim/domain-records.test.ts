import { beforeAll, describe, expect, it } from 'vitest';
import { compareRecord, domainRecords } from '../../../src/dkim/domain-records.ts';
import type { DomainRecord, RecordPurpose } from '../../../src/dkim/domain-records.ts';
import { signingDomain } from './signed-message.ts';

let records: readonly DomainRecord[];
beforeAll(async () => {
  const { records: keys } = await signingDomain();
  records = domainRecords({ domain: 'example.org', keys, hostname: 'Relay.example.net', takesReports: true });
});

function record(purpose: RecordPurpose): DomainRecord {
  return records.find((candidate) => candidate.purpose === purpose)!;
}

function compare(purpose: RecordPurpose, ...published: string[]) {
  return compareRecord(record(purpose), { kind: 'found', records: published, ttlSeconds: 60 });
}

describe('domainRecords', () => {
  it('lists the keys, then SPF and DMARC', () => {
    expect(records.map(({ purpose, type, name }) => [purpose, type, name])).toEqual([
      ['dkim-rsa', 'TXT', 'postern-202601-token-rsa._domainkey.example.org'],
      ['dkim-ed25519', 'TXT', 'postern-202601-token-ed._domainkey.example.org'],
      ['spf', 'TXT', 'example.org'],
      ['dmarc', 'TXT', '_dmarc.example.org'],
      ['return-path-mx', 'MX', 'bounces.example.org'],
      ['return-path-spf', 'TXT', 'bounces.example.org'],
    ]);
    expect(record('spf').value).toBe('v=spf1 a:relay.example.net ~all');
    expect(record('dmarc').value).toBe('v=DMARC1; p=none');
    expect(record('return-path-mx').value).toBe('10 relay.example.net.');
    expect(record('return-path-spf').value).toBe(record('spf').value);
  });

  it('is content with exactly what it asks for', () => {
    for (const wanted of records) expect(compare(wanted.purpose, wanted.value)).toBe('ok');
  });
});

it('a relay that takes no reports asks for no return-path host', async () => {
  const { records: keys } = await signingDomain();
  const asked = domainRecords({
    domain: 'example.org',
    keys,
    hostname: 'relay.example.net',
    takesReports: false,
  });
  expect(asked.filter(({ name }) => name.startsWith('bounces.'))).toEqual([]);
});

describe('compareRecord', () => {
  it('wants the relay alone as first choice of the return-path host', () => {
    expect(compare('return-path-mx', '5 RELAY.example.net', '20 backup.example.net.')).toBe('ok');
    expect(compare('return-path-mx', '10 relay.example.net.', '10 other.example.net.')).toBe('different');
    expect(compare('return-path-mx', '10 other.example.net.', '20 relay.example.net.')).toBe('different');
    expect(compareRecord(record('return-path-mx'), { kind: 'not-found', nxdomain: false })).toBe('missing');
  });

  it('tells what is not there from what could not be asked', () => {
    expect(compareRecord(record('spf'), { kind: 'not-found', nxdomain: true })).toBe('missing');
    expect(compareRecord(record('spf'), { kind: 'failed', reason: 'SERVFAIL' })).toBe('unchecked');
    expect(compare('spf', 'some-verification=1')).toBe('missing');
    expect(compare('dkim-rsa', 'some-verification=1')).toBe('missing');
    expect(compare('dmarc', 'v=spf1 -all')).toBe('missing');
  });

  it('takes a DKIM key in other white space, order and with harmless tags', () => {
    const key = record('dkim-rsa').value.replace(/^.*p=/, '');
    for (const text of [
      `p=${key}`,
      `v=DKIM1;p=${key};k=rsa;`,
      `v = DKIM1 ; h=sha1:sha256; s=email; t=y:s; n=note; k=rsa; p= ${key.slice(0, 50)} ${key.slice(50)} `,
      `v=DKIM1; s=*; p=${key}`,
    ]) {
      expect(compare('dkim-rsa', text), text).toBe('ok');
    }
  });

  it('finds a DKIM record different that a verifier would not use', () => {
    const { value } = record('dkim-rsa');
    const key = value.replace(/^.*p=/, '');
    for (const text of [
      `v=DKIM1; p=${key.replace('M', 'N')}`,
      'v=DKIM1; k=rsa; p=',
      `v=DKIM2; p=${key}`,
      `p=${key}; v=DKIM1`,
      `v=DKIM1; k=ed25519; p=${key}`,
      `v=DKIM1; h=sha1; p=${key}`,
      `v=DKIM1; s=other; p=${key}`,
      `v=DKIM1; p=${key}; p=${key}`,
      `v=DKIM1; k=rsa; p=${key.slice(0, -9)}`,
    ]) {
      expect(compare('dkim-rsa', text), text).toBe('different');
    }
    expect(compare('dkim-rsa', value, 'v=DKIM1; p=AAAA')).toBe('different');
    expect(compare('dkim-rsa', value, 'unrelated')).toBe('ok');
    // The default of k= is rsa.
    expect(compare('dkim-ed25519', record('dkim-ed25519').value.replace('k=ed25519; ', ''))).toBe(
      'different',
    );
  });

  it('takes any SPF record that lets the relay send', () => {
    for (const text of [
      'v=spf1 include:_spf.mail.example a:relay.example.net -all',
      'V=SPF1 mx +a:RELAY.example.net ?all',
      'v=spf1  a:relay.example.net',
    ]) {
      expect(compare('spf', text, 'unrelated'), text).toBe('ok');
    }
    for (const text of [
      'v=spf1 -all',
      'v=spf1 ~a:relay.example.net -all',
      'v=spf1 -all a:relay.example.net',
      'v=spf1 a:relay.example.net.evil.example -all',
      'v=spf1 a -all',
    ]) {
      expect(compare('spf', text), text).toBe('different');
    }
    expect(compare('spf', record('spf').value, record('spf').value)).toBe('different');
    expect(compare('spf', 'v=spf10 a:relay.example.net')).toBe('missing');
  });

  it('lets a bare `a` stand for a relay that has the name of the domain', async () => {
    const { records: keys } = await signingDomain();
    const own = domainRecords({
      domain: 'example.org',
      keys,
      hostname: 'example.org',
      takesReports: false,
    });
    const spf = own.find(({ purpose }) => purpose === 'spf')!;
    expect(compareRecord(spf, { kind: 'found', records: ['v=spf1 a -all'], ttlSeconds: 1 })).toBe('ok');
  });

  it('takes any DMARC policy', () => {
    for (const text of [
      'v=DMARC1; p=reject; rua=mailto:x@y.z',
      'v=DMARC1;p=quarantine',
      'v = DMARC1 ; p = none ;',
    ]) {
      expect(compare('dmarc', text), text).toBe('ok');
    }
    expect(compare('dmarc', 'v=DMARC1')).toBe('different');
    expect(compare('dmarc', 'v=DMARC1; p=maybe')).toBe('different');
    expect(compare('dmarc', 'v=DMARC1; p=none', 'v=DMARC1; p=reject')).toBe('different');
  });
});
