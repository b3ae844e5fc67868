/**
 * What an engineer on call sees of faults of others: the hosts of a destination, its DNS, the sender's own records. Each is
 * really there, and each place tells it: status, trace, log, metrics, with what to do. docs/on-call.md has it as a table.
 */
import { expect, it } from 'vitest';
import type { FakeMxOptions } from '../../support/fake-mx-options.ts';
import { SENDER_DOMAIN, type DomainJson } from '../../e2e/support/stage.ts';
import { messageWhich, OnCall, startStage, submit, TO } from '../support/on-call.ts';

/** Says `reply` to `command` about mail for the recipient; bounces go their way. */
const says = (command: 'GREETING' | 'RCPT', reply: string): FakeMxOptions => ({
  respond: (line) =>
    line.startsWith(command) && (command === 'GREETING' || line.includes(TO)) ? reply : undefined,
});

it('MX down: the destination waits, and is named with when it is tried again', async () => {
  await using stage = await startStage();
  const seen = await OnCall.begin('MX down', stage.relay);
  await stage.mx.close();
  const id = await submit(stage);
  await messageWhich(stage, id, 'deferred');
  await seen.status(
    0,
    /! recipient.test is tried again in .* after 1 failure since .* connection refused \(network\)\. .* outbound port 25/,
  );
  await seen.trace(id, /means The receiving server could not be reached/, /do .* outbound port 25/);
  await seen.log('site unreachable', /"mx.recipient.test"/, /connection refused/, /retry_in_ms/);
  await seen.log('attempt', /"state":"deferred"/, /connection refused/, /"class":"network"/);
  await seen.metrics(
    'postern_failures_total{class="network"} 1',
    'postern_queue_destinations_blocked 1',
    'postern_queue_deliveries{state="deferred"} 1',
  );
});

it('TLS broken: mail goes in clear, and the log says what the host did', async () => {
  await using stage = await startStage({ mx: { starttls: 'garbage' } });
  const seen = await OnCall.begin('TLS broken (the handshake of STARTTLS fails)', stage.relay);
  const id = await submit(stage);
  await stage.settled(id);
  await seen.status(0, /queue: nothing waits/);
  await seen.trace(id, /delivered/, /in clear/, /not over TLS, which the host offers: .* not TLS/);
  await seen.log('tls failed', /"mx.recipient.test"/, /something that is not TLS/);
  await seen.metrics('postern_events_total{event="delivered"} 1');
});

it("a provider's 421: the destination slows down, with the provider's words and what they mean", async () => {
  const reply =
    '421-4.7.28 [127.0.0.1] Our system has detected an unusual rate of\r\n' +
    '421 4.7.28 unsolicited mail originating from your IP address.';
  await using stage = await startStage({ mx: says('GREETING', reply) });
  const seen = await OnCall.begin("provider's 421", stage.relay);
  const id = await submit(stage);
  await messageWhich(stage, id, 'deferred');
  await seen.status(0, /! recipient.test is tried again in .* unusual rate/);
  await seen.trace(
    id,
    /421 4\.7\.28 .*unusual rate/,
    /means Gmail sees more unwanted mail/,
    /do .*Postmaster/,
  );
  await seen.log('site unreachable', /"stage":"greeting"/, /unusual rate/);
  await seen.metrics('postern_failures_total{class="reputation"} 1', 'postern_queue_destinations_blocked 1');
});

it('a 550 for a block list: the message bounces, and the list is named with what to do', async () => {
  const reply = '550 5.7.1 Service unavailable; client [127.0.0.1] blocked using zen.spamhaus.org';
  await using stage = await startStage({ mx: says('RCPT', reply) });
  const seen = await OnCall.begin('block-list 550', stage.relay);
  const id = await submit(stage);
  await stage.settled(id);
  await seen.status(0, /queue: nothing waits/);
  await seen.trace(id, /bounced/, /zen\.spamhaus\.org/, /reputation of the sending/, /ask there for removal/);
  await seen.log('attempt', /"state":"bounced"/, /zen\.spamhaus\.org/, /"class":"reputation"/);
  await seen.metrics(
    'postern_failures_total{class="reputation"} 1',
    'postern_events_total{event="bounced"} 1',
  );
  // Not the address's fault.
  expect(await stage.relay.ctlList('suppression', 'list')).toEqual([]);
});

it('DNS down: the check fails, and no receiver is blamed', async () => {
  await using stage = await startStage();
  const seen = await OnCall.begin('DNS down', stage.relay);
  await stage.dns.close();
  const id = await submit(stage);
  await messageWhich(stage, id, 'deferred');
  await seen.trace(id, /means The DNS resolvers of this relay did not answer/, /do .*dns\.servers/);
  await seen.log('DNS did not answer', /"recipient.test"/, /no DNS server can be reached/);
  await seen.status(1, /✗ dns: .* do not answer/, /do: look at dns\.servers or \/etc\/resolv\.conf/);
  await seen.log('check failed', /"check":"dns"/, /"remedy":"look at dns.servers/);
  await seen.metrics(
    'postern_check_failed{check="dns"} 1',
    'postern_failures_total{class="local-dns"} 1',
    'postern_queue_destinations_blocked 1',
  );
});

it('DKIM record gone: the check names the domain, and a receiver that refuses is explained', async () => {
  const reply =
    '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n' +
    '550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.';
  await using stage = await startStage({ mx: says('RCPT', reply) });
  const { records } = await stage.relay.ctl<DomainJson>('domain', 'show', SENDER_DOMAIN);
  // What was found before is kept for five minutes.
  await stage.relay.stop();
  const seen = await OnCall.begin('DKIM record gone', stage.relay, false);
  for (const { name, purpose } of records) if (purpose.startsWith('dkim')) stage.dns.zone.delete(name);
  await stage.relay.start();
  const id = await submit(stage);
  await stage.settled(id);
  await seen.status(
    1,
    /✗ domains: DKIM records of sender.test are missing/,
    /do: publish the records of relayctl domain show sender.test/,
  );
  await seen.trace(
    id,
    /550 5\.7\.26/,
    /means Gmail does not accept .* DKIM/,
    /do Run relayctl domain verify/,
  );
  await seen.log('check failed', /"check":"domains"/, /sender.test/, /relayctl domain show sender.test/);
  await seen.log('attempt', /"state":"bounced"/, /"class":"authentication"/);
  await seen.metrics(
    'postern_check_failed{check="domains"} 1',
    'postern_failures_total{class="authentication"} 1',
  );
  await seen.command(
    ['domain', 'verify', SENDER_DOMAIN],
    1,
    /missing .*_domainkey/,
    /publish what is missing/,
  );
});
