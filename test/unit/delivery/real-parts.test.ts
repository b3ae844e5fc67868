import { flatMapInTurn } from '../../../src/platform/in-turn.ts';
import { describe, expect, test } from 'vitest';
import { verifyMessage } from '../../../src/dkim/verify.ts';
import { zoneResolver } from '../../support/dns-zone.ts';
import { eventually } from '../../support/eventually.ts';
import { RealRelay } from './support/real-relay.ts';

describe('store, client and keys together', () => {
  test('a message is delivered with two signatures that verify, and is on record', async () => {
    await using relay = await RealRelay.start();
    const id = await relay.submit(['b@dest.test'], { body: '.\r\n..\r\nHello  there\r\n.\r\n' });
    await eventually(async () => (await relay.states(id))[0] === 'delivered');
    const [message] = relay.mx.messages;
    expect(message?.content.toString()).toContain('\r\n\r\n.\r\n..\r\nHello  there\r\n.\r\n');
    const verified = await verifyMessage(message!.content, zoneResolver(relay.zone));
    expect(verified.map(({ algorithm, result }) => [algorithm, result])).toEqual([
      ['rsa-sha256', 'pass'],
      ['ed25519-sha256', 'pass'],
    ]);
    expect((await relay.deliveries(id))[0]).toMatchObject({
      attempts: 1,
      history: [{ host: 'mx.test', address: '127.0.0.1', replyCode: 250, stage: 'final' }],
    });
    expect((await relay.deliveries(id))[0]?.history?.[0]?.tls).toMatch(/^TLSv1\.[23] /);
  });

  test('a large message is read chunk by chunk, signed, and arrives whole', async () => {
    await using relay = await RealRelay.start();
    const body = `${'0123456789'.repeat(7)}\r\n`.repeat(3_000);
    const id = await relay.submit(['b@dest.test'], { body });
    await eventually(async () => (await relay.states(id))[0] === 'delivered');
    expect(relay.mx.messages[0]?.content.toString().endsWith(`\r\n\r\n${body}`)).toBe(true);
    const verified = await verifyMessage(relay.mx.messages[0]!.content, zoneResolver(relay.zone));
    expect(verified.map(({ result }) => result)).toEqual(['pass', 'pass']);
  });

  test('a deferral is retried and succeeds', async () => {
    await using relay = await RealRelay.start();
    const id = await relay.submit(['defer-once-451@dest.test']);
    await eventually(async () => (await relay.states(id))[0] === 'delivered');
    expect((await relay.deliveries(id))[0]).toMatchObject({ attempts: 2 });
    expect((await relay.deliveries(id))[0]?.history?.map(({ replyCode }) => replyCode)).toEqual([451, 250]);
    const events = (
      await relay.reader.readEvents({
        accountId: undefined,
        messageId: id,
        recipient: undefined,
        types: [],
        after: 0,
        limit: 10,
      })
    ).events;
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'deferred', 'delivered']);
  });

  test('a hard bounce is notified, signed, and suppresses the address for the next message', async () => {
    await using relay = await RealRelay.start();
    const id = await relay.submit(['bounce-550-5.1.1@dest.test']);
    await eventually(() => relay.mx.deliveriesTo('a@sender.test') === 1);
    expect(await relay.states(id)).toEqual(['bounced']);
    const [dsn] = relay.mx.messages;
    expect(dsn).toMatchObject({ reversePath: '' });
    const text = dsn!.content.toString();
    expect(text).toContain('Content-Type: multipart/report; report-type=delivery-status');
    expect(text).toContain('Status: 5.1.1');
    const verified = await verifyMessage(dsn!.content, zoneResolver(relay.zone));
    expect(verified.map(({ domain, result }) => [domain, result])).toEqual([
      ['sender.test', 'pass'],
      ['sender.test', 'pass'],
    ]);
    const [suppression] = await relay.reader.listSuppressions(relay.accountId, undefined, 10);
    expect(suppression).toMatchObject({ address: 'bounce-550-5.1.1@dest.test', reason: 'unknown-address' });
    expect(suppression?.evidence).toContain('5.1.1');
  });

  test.each([
    [
      'RCPT',
      '550 5.1.1 <app@sender.test>: Sender address rejected: User unknown in local sender table',
      'policy',
    ],
    ['RCPT TO', '550 5.1.1 Service refused, 192.0.2.1 blocked using zen.spamhaus.org', 'reputation'],
    ['.', '554 5.1.1 rejected as spam', 'content'],
  ])('what answers %s with "%s" bounces, and the address is mailed again', async (verb, reply, wanted) => {
    await using relay = await RealRelay.start();
    let refuses = true;
    relay.mx.change({
      respond: (command) => {
        const here = verb === '.' ? command === '.' : /^RCPT TO:<b@dest/i.test(command);
        if (!refuses || !here) return undefined;
        refuses = false;
        return reply;
      },
    });
    const first = await relay.submit(['b@dest.test']);
    await eventually(async () => (await relay.states(first))[0] === 'bounced');
    const query = {
      accountId: undefined,
      messageId: first,
      recipient: undefined,
      types: [],
      after: 0,
      limit: 10,
    };
    const bounce = (await relay.reader.readEvents(query)).events.find(({ type }) => type === 'bounced');
    expect(bounce?.data).toMatchObject({ class: wanted, hard: false });
    expect(await relay.reader.listSuppressions(relay.accountId, undefined, 10)).toEqual([]);
    const second = await relay.submit(['b@dest.test']);
    await eventually(async () => (await relay.states(second))[0] === 'delivered');
  });

  test('recipients of one destination share a transaction, each with its own outcome', async () => {
    await using relay = await RealRelay.start({ retryScheduleMs: [60_000] });
    const id = await relay.submit([
      'b@dest.test',
      'bounce-550-5.1.1@dest.test',
      'defer-451-4.2.1@dest.test',
      'c@dest.test',
    ]);
    await eventually(async () => (await relay.states(id)).every((state) => state !== 'queued'));
    expect(await relay.states(id)).toEqual(['delivered', 'bounced', 'deferred', 'delivered']);
    expect(relay.mx.messages[0]?.recipients.map(({ address }) => address)).toEqual([
      'b@dest.test',
      'c@dest.test',
    ]);
  });

  test.each(['drop-in-data', 'drop-after-dot'])('%s: deferred and tried again', async (localPart) => {
    await using relay = await RealRelay.start({ retryScheduleMs: [60_000] });
    const id = await relay.submit([`${localPart}@dest.test`]);
    await eventually(async () => (await relay.states(id))[0] === 'deferred');
    const [delivery] = await relay.deliveries(id);
    expect(delivery).toMatchObject({ attempts: 1 });
    const text = delivery?.history?.[0]?.text ?? '';
    // A message that fits into one write is past its dot before the remote is seen to go: both are ambiguous.
    expect(text).toMatch(/second copy/);
  });

  test('many messages use few connections', async () => {
    await using relay = await RealRelay.start();
    const ids = await Promise.all(Array.from({ length: 300 }, (_, i) => relay.submit([`r${i}@dest.test`])));
    await eventually(() => relay.mx.messageCount === 300);
    await eventually(() => relay.areDelivered(ids));
    expect(relay.mx.maxConcurrentConnections).toBeLessThanOrEqual(10);
    expect(relay.mx.connectionCount).toBeLessThanOrEqual(15);
    expect(new Set(relay.mx.messages.map(({ recipients }) => recipients[0]?.address)).size).toBe(300);
  });

  test('a dead destination takes one connection and delays nobody', async () => {
    await using relay = await RealRelay.start();
    relay.zone.set('dead.test', { a: ['127.0.0.9'] });
    const dead = await Promise.all(Array.from({ length: 50 }, (_, i) => relay.submit([`r${i}@dead.test`])));
    const live = await Promise.all(Array.from({ length: 50 }, (_, i) => relay.submit([`r${i}@dest.test`])));
    await eventually(() => relay.areDelivered(live));
    await eventually(() => relay.delivery?.stats().claimed === 0);
    const histories = await flatMapInTurn(dead, async (id) => (await relay.deliveries(id))[0]?.history ?? []);
    expect(histories.length).toBeGreaterThan(0);
    expect(histories.every(({ stage, host }) => stage === 'connect' && host === 'dead.test')).toBe(true);
    const { destinations } = await relay.reader.summary(10);
    const blocked = destinations.find(({ name }) => name === 'dead.test');
    expect(blocked).toMatchObject({ failures: 1 });
    expect(blocked!.blockedUntilMs!).toBeGreaterThan(Date.now());
    expect(blocked!.counts).toMatchObject({ delivered: 0, bounced: 0 });
  });

  test('a flood to a dead destination costs one connection, however its claims cross with the block', async () => {
    await using relay = await RealRelay.start();
    relay.zone.set('dead.test', { a: ['127.0.0.9'] });
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 50 }, (_, i) => relay.submit([`r${round}-${i}@dead.test`])));
    await eventually(() => relay.delivery?.stats().claimed === 0);
    const [blocked] = (await relay.reader.summary(10)).destinations;
    expect(blocked).toMatchObject({ name: 'dead.test', failures: 1 });
    expect(relay.delivery?.stats().totals).toMatchObject({ attempts: 0, deferred: 1 });
  });

  test('what was not sent before a stop is sent by the next process', async () => {
    await using relay = await RealRelay.start({ limits: { maxConnectionsPerSite: 1 } });
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, i) => relay.submit([`slow-20ms+${i}@dest.test`])),
    );
    await eventually(() => relay.mx.messageCount >= 5);
    await relay.restart(1_000);
    await eventually(() => relay.areDelivered(ids));
    expect(relay.mx.messageCount).toBe(40);
  });

  test('a message whose domain has lost its key waits; one of a domain that is not ours goes unsigned', async () => {
    await using relay = await RealRelay.start({ retryScheduleMs: [60_000] });
    await relay.store.directory.addDomain(
      {
        id: 'dom_keyless',
        accountId: relay.accountId,
        name: 'keyless.test',
        verifiedAtMs: 1,
        recordStatus: {},
        createdAtMs: 1,
      },
      [],
      'test',
    );
    const waits = await relay.submit(['b@dest.test'], { facts: { signingDomain: 'keyless.test' } });
    const goes = await relay.submit(['c@dest.test'], { facts: { signingDomain: 'unknown.test' } });
    await eventually(async () => (await relay.states(goes))[0] === 'delivered');
    await eventually(async () => (await relay.states(waits))[0] === 'deferred');
    expect((await relay.deliveries(waits))[0]?.history?.[0]?.text).toMatch(/no active DKIM key/);
    expect(relay.mx.messageCount).toBe(1);
  });
});
