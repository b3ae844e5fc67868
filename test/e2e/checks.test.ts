/** `relayctl doctor` and the checks that relayd runs by itself, with the real programs, a DNS server and a mail host. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendingAddresses } from '../../src/doctor/sending-addresses.ts';
import { eventually } from '../support/eventually.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { SENDER_DOMAIN, Stage, type DomainJson } from './support/stage.ts';

const HOSTNAME = 'relay.test';
const ZONES = ['zen.spamhaus.org', 'bl.spamcop.net', 'psbl.surriel.com'];

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly level: string;
  readonly since: string | null;
  readonly detail: string;
  readonly remedy: string | null;
}
interface Report {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly domains: readonly { readonly domain: string; readonly problems: readonly { problem: string }[] }[];
}
interface ServerEvent {
  readonly event: string;
  readonly check: string;
}

let stage: Stage;
let receiver: WebhookReceiver;
/** Of this machine, or where it has none that is public, of the host name. */
let addresses: readonly string[];

beforeEach(async () => {
  const { public: open } = await sendingAddresses();
  addresses = open.length > 0 ? open : ['203.0.113.7'];
  stage = await Stage.start({
    config: {
      http: { listen: ['127.0.0.1:0'] },
      checks: { egress: ['recipient.test'] },
      webhooks: { allow_private_addresses: true, allow_http: true },
    },
  });
  receiver = await startWebhookReceiver();
  const { zone } = stage.dns;
  stage.dns.authenticated = true;
  zone.set(HOSTNAME, {
    a: addresses.filter((address) => !address.includes(':')),
    aaaa: addresses.filter((address) => address.includes(':')),
  });
  for (const address of addresses) zone.set(address, { ptr: [HOSTNAME] });
  for (const list of ZONES) zone.set(`2.0.0.127.${list}`, { a: ['127.0.0.2'] });
  const { records } = await stage.relay.ctl<DomainJson>('domain', 'show', SENDER_DOMAIN);
  for (const { purpose, name, value } of records)
    if (purpose === 'spf' || purpose === 'dmarc')
      zone.set(name, { txt: [value], mx: [{ preference: 10, exchange: 'mx.sender.test' }] });
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await receiver.stop();
});

async function doctor(...args: string[]): Promise<{ readonly code: number; readonly report: Report }> {
  const { code, stdout } = await stage.relay.ctlRaw(['doctor', ...args, '--json']);
  return { code, report: JSON.parse(stdout) as Report };
}

const wrong = ({ checks }: Pick<Report, 'checks'>) => checks.filter(({ ok }) => !ok).map(({ name }) => name);

async function statusChecks(): Promise<readonly Check[]> {
  const { stdout } = await stage.relay.ctlRaw(['status', '--json']);
  return (JSON.parse(stdout) as Report).checks;
}

async function untilWrong(names: readonly string[]): Promise<readonly Check[]> {
  let checks: readonly Check[] = [];
  await eventually(
    async () => {
      checks = await statusChecks();
      return (
        checks.some(({ name }) => name === 'domain_records') &&
        JSON.stringify(wrong({ checks })) === JSON.stringify(names)
      );
    },
    { what: `checks that fail: ${names.join(', ')}`, timeoutMs: 20_000, everyMs: 200 },
  );
  return checks;
}

const serverEvents = async () =>
  (await stage.relay.ctlList<ServerEvent>('events', '--server')).map(
    ({ event, check }) => `${event} ${check}`,
  );

test('from all well to a failure, over a crash, and back; no webhook is told of the server', async () => {
  const { zone } = stage.dns;
  const [address = ''] = addresses;
  await stage.relay.ctl('webhook', 'add', '--url', receiver.url);

  const well = await doctor();
  expect(well.report.checks.filter(({ level }) => level === 'wrong' || level === 'unknown')).toEqual([]);
  expect(well.report.domains).toMatchObject([{ domain: SENDER_DOMAIN, problems: [] }]);
  expect(well.code).toBe(0);
  expect(new Set(stage.mx.commands)).toEqual(new Set(['QUIT']));
  await untilWrong([]);
  expect(await serverEvents()).toEqual([]);

  zone.set(address, { fault: 'nxdomain' });
  zone.set(SENDER_DOMAIN, { mx: [{ preference: 0, exchange: '' }] });
  const ill = await doctor(SENDER_DOMAIN);
  expect(ill.code).toBe(1);
  expect(wrong(ill.report)).toEqual(['reverse_dns']);
  expect(ill.report.domains[0]?.problems.map(({ problem }) => problem)).toEqual(['spf', 'replies']);
  const failed = await untilWrong(['reverse_dns', 'domain_records']);
  await eventually(async () => (await serverEvents()).length === 2, { what: 'two events' });
  const ready = (await (await fetch(`${stage.relay.httpUrl}/readyz`)).json()) as { ready: boolean };
  expect(ready.ready).toBe(true);
  const metrics = await (await fetch(`${stage.relay.httpUrl}/metrics`)).text();
  expect(metrics).toContain('postern_check_failed{check="reverse_dns"} 1');
  await stage.relay.kill();
  expect((await doctor()).code).toBe(3);
  await stage.relay.start();
  const after = await untilWrong(['reverse_dns', 'domain_records']);
  const since = (checks: readonly Check[]) => checks.find(({ name }) => name === 'reverse_dns')?.since;
  expect(since(after)).toBe(since(failed));

  zone.set(address, { ptr: [HOSTNAME] });
  await doctor();
  await untilWrong(['domain_records']);
  await eventually(async () => (await serverEvents()).length === 3, { what: 'three events' });
  expect(await serverEvents()).toEqual([
    'check_failed reverse_dns',
    'check_failed domain_records',
    'check_recovered reverse_dns',
  ]);
  await eventually(() => receiver.received.length > 0, { what: 'the event of the account' });
  expect(receiver.received.map(({ body }) => body['event'])).toEqual(['domain_changed']);
  expect(receiver.received[0]?.body).toMatchObject({ domain: SENDER_DOMAIN, problems: ['spf', 'replies'] });
});
