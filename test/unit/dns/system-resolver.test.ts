import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemResolver, type SystemResolver } from '../../../src/dns/system-resolver.ts';
import { startFakeDns, type FakeDns } from '../../support/fake-dns.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('the system resolver', () => {
  let dns: FakeDns;
  let clock: VirtualClock;
  let resolver: SystemResolver;
  /** For names that stay silent; too short for answers of a busy machine. */
  let impatient: SystemResolver;

  beforeEach(async () => {
    dns = await startFakeDns({
      'example.test': {
        mx: [
          { preference: 20, exchange: 'MX2.example.test.' },
          { preference: 10, exchange: 'mx1.example.test' },
        ],
        txt: ['v=spf1 -all', 'x'.repeat(300)],
      },
      'null.test': { mx: [{ preference: 0, exchange: '.' }] },
      'mx1.example.test': { a: ['192.0.2.1', '192.0.2.2'], aaaa: ['2001:db8::1'], ttlSeconds: 30 },
      'alias.test': { cname: 'mx1.example.test' },
      '192.0.2.1': { ptr: ['mx1.example.test'] },
      '2001:db8::1': { ptr: ['mx1.example.test'] },
      'servfail.test': { fault: 'servfail' },
      'refused.test': { fault: 'refused' },
      'timeout.test': { fault: 'timeout' },
      'big.test': { txt: Array.from({ length: 20 }, (_, n) => `${n} ${'y'.repeat(200)}`) },
    });
    clock = new VirtualClock();
    resolver = createSystemResolver({ servers: [dns], clock, timeoutMs: 10_000, tries: 2 });
    impatient = createSystemResolver({ servers: [dns], clock, timeoutMs: 50, tries: 2 });
  });
  afterEach(async () => {
    resolver.close();
    impatient.close();
    await dns.close();
  });

  it('finds records of each type', async () => {
    expect(await resolver.mx('example.test')).toEqual({
      kind: 'found',
      records: expect.arrayContaining([
        { preference: 10, exchange: 'mx1.example.test' },
        { preference: 20, exchange: 'mx2.example.test' },
      ]) as unknown,
      ttlSeconds: 300,
    });
    expect(await resolver.mx('null.test')).toMatchObject({ records: [{ preference: 0, exchange: '' }] });
    expect(await resolver.a('mx1.example.test')).toEqual({
      kind: 'found',
      records: expect.arrayContaining(['192.0.2.1', '192.0.2.2']) as unknown,
      ttlSeconds: 30,
    });
    expect(await resolver.aaaa('MX1.example.test.')).toMatchObject({ records: ['2001:db8::1'] });
    expect(await resolver.cname('alias.test')).toMatchObject({ records: ['mx1.example.test'] });
    expect(await resolver.a('alias.test')).toMatchObject({ kind: 'found', ttlSeconds: 30 });
    expect(await resolver.ptr('192.0.2.1')).toMatchObject({ records: ['mx1.example.test'] });
    expect(await resolver.ptr('2001:db8::1')).toMatchObject({ records: ['mx1.example.test'] });
  });

  it('joins the strings of a text, and asks over TCP when an answer is too long for UDP', async () => {
    const short = await resolver.txt('example.test');
    expect(short).toMatchObject({ records: ['v=spf1 -all', 'x'.repeat(300)] });
    expect(dns.tcpQuestions).toBe(0);
    const long = await resolver.txt('big.test');
    expect(long.kind === 'found' && long.records).toHaveLength(20);
    expect(dns.tcpQuestions).toBe(1);
  });

  it('tells a name that does not exist from one without such records', async () => {
    expect(await resolver.a('nowhere.test')).toEqual({ kind: 'not-found', nxdomain: true });
    expect(await resolver.mx('mx1.example.test')).toEqual({ kind: 'not-found', nxdomain: false });
    expect(await resolver.a(`${'x'.repeat(64)}.test`)).toEqual({ kind: 'not-found', nxdomain: true });
  });

  it.each([
    ['servfail.test', 'SERVFAIL', () => resolver],
    ['refused.test', 'REFUSED', () => resolver],
    ['timeout.test', 'no answer in time', () => impatient],
  ])('says that %s could not be asked', async (name, reason, asked) => {
    for (const type of ['mx', 'a', 'aaaa', 'txt'] as const)
      expect(await asked()[type](name)).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining(reason) as string,
      });
  });

  it('says that nobody could be asked when the server is gone, and that it is ours', async () => {
    await dns.close();
    expect(await resolver.a('mx1.example.test')).toMatchObject({ kind: 'failed', ours: true });
  });

  it('tells resolvers of ours that fail from servers of the domain that do', async () => {
    expect(await resolver.a('servfail.test')).not.toHaveProperty('ours');
    expect(await resolver.a('refused.test')).toHaveProperty('ours', true);
    // Silent to everybody.
    expect(await impatient.a('timeout.test')).toHaveProperty('ours', true);
    // Silent on this name alone: others are answered meanwhile.
    const patient = createSystemResolver({ servers: [dns], clock, timeoutMs: 1_500, tries: 1 });
    const silence = patient.mx('timeout.test');
    expect(await patient.mx('null.test')).toMatchObject({ kind: 'found' });
    const silent = await silence;
    patient.close();
    expect(silent).toMatchObject({ kind: 'failed' });
    expect(silent).not.toHaveProperty('ours');
  });

  it('keeps an answer for as long as it may, and no longer', async () => {
    await resolver.a('mx1.example.test');
    await resolver.a('MX1.example.test.');
    expect(dns.zone.questions).toEqual(['A mx1.example.test']);
    await clock.advance(29_000);
    await resolver.a('mx1.example.test');
    expect(dns.zone.questions).toHaveLength(1);
    await clock.advance(1_000);
    dns.zone.set('mx1.example.test', { a: ['192.0.2.9'] });
    expect(await resolver.a('mx1.example.test')).toMatchObject({ records: ['192.0.2.9'] });
    expect(dns.zone.questions).toHaveLength(2);
  });

  it('keeps "not found" for a minute and a failure not at all', async () => {
    await resolver.a('later.test');
    dns.zone.set('later.test', { a: ['192.0.2.5'] });
    expect(await resolver.a('later.test')).toMatchObject({ kind: 'not-found' });
    await clock.advance(60_000);
    expect(await resolver.a('later.test')).toMatchObject({ kind: 'found' });

    expect(await resolver.a('servfail.test')).toMatchObject({ kind: 'failed' });
    dns.zone.set('servfail.test', { a: ['192.0.2.6'] });
    expect(await resolver.a('servfail.test')).toMatchObject({ kind: 'found' });
  });

  it('asks once for all who ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => resolver.mx('example.test')));
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['found']));
    expect(dns.zone.questions).toEqual(['MX example.test']);
  });

  it('keeps only so many answers', async () => {
    const small = createSystemResolver({ servers: [dns], clock, maxAnswers: 2 });
    for (const name of ['null.test', 'example.test', 'mx1.example.test', 'null.test']) await small.mx(name);
    expect(dns.zone.questions.filter((question) => question === 'MX null.test')).toHaveLength(2);
    await small.mx('mx1.example.test');
    expect(dns.zone.questions.filter((question) => question === 'MX mx1.example.test')).toHaveLength(1);
    small.close();
  });

  it('asks other servers when it is given another list, and keeps no answers of the old ones', async () => {
    const other = await startFakeDns({ 'example.test': { mx: [{ preference: 1, exchange: 'new.test' }] } });
    const options = { servers: [dns], clock };
    const renewed = createSystemResolver(options);
    await renewed.mx('example.test');
    options.servers = [other];
    expect(await renewed.mx('example.test')).toMatchObject({ records: [{ exchange: 'new.test' }] });
    renewed.close();
    await other.close();
  });

  it('fails what is under way when it is closed', async () => {
    const slow = createSystemResolver({ servers: [dns], clock, timeoutMs: 60_000 });
    const asking = slow.a('timeout.test');
    slow.close();
    expect(await asking).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('cancelled') as string,
    });
  });
});
