/** Ports as another process sees them: free, relayd's own, or taken. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lookAtPorts as look } from '../../../src/doctor/look-at-ports.ts';
import { socketsOfRelayd, type SystemdSockets } from '../../../src/doctor/systemd-sockets.ts';
import { ports as check } from '../../../src/policy/checks/ports.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

async function listening(): Promise<number> {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const nothing = {
  submission: { listen: [], listenTls: [], listenCertificates: [] },
  inbound: { listen: [] },
  http: { listen: [], listenTls: [], publicListen: [], publicListenTls: [] },
  acme: { enabled: false, listen: [] },
};
const at = (port: number, host = '127.0.0.1') =>
  ({
    ...nothing,
    submission: { listen: [{ host, port }], listenTls: [], listenCertificates: [] },
  }) as unknown as Parameters<typeof lookAtPorts>[0];

const lookAtPorts = (
  config: Parameters<typeof look>[0],
  ours: readonly number[],
  sockets: SystemdSockets | undefined = new Map(),
) => look(config, ours, () => Promise.resolve(sockets));

describe('lookAtPorts', () => {
  it('finds a port taken by another program, and names the remedy', async () => {
    const port = await listening();
    const facts = await lookAtPorts(at(port), []);
    expect(facts).toEqual({ ports: [{ at: `127.0.0.1:${port}`, port, state: 'taken' }] });
    const finding = check.look(facts, 0);
    expect([finding.ok, finding.detail]).toEqual([false, `another program uses port ${port}`]);
    expect(finding.remedy).toContain(`sport = :${port}`);
  });

  it('finds a port that systemd holds for a relayd that is down, which is no fault', async () => {
    const port = await listening();
    const unit = 'relayd-submission.socket';
    const facts = await lookAtPorts(at(port), [], new Map([[port, unit]]));
    expect(facts.ports).toEqual([{ at: `127.0.0.1:${port}`, port, state: 'systemd', unit }]);
    expect(check.look(facts, 0)).toEqual({
      ok: true,
      detail: `systemd holds port ${port} for relayd (${unit})`,
      remedy: 'relayd is down: systemctl start relayd',
    });
  });

  it('names both possibilities where systemctl cannot be asked', async () => {
    const port = await listening();
    const facts = await look(at(port), [], () => Promise.resolve(undefined));
    const finding = check.look(facts, 0);
    expect([finding.ok, finding.detail]).toEqual([
      false,
      `another program uses port ${port}, or systemd for a relayd that is down: systemctl did not say`,
    ]);
    expect(finding.remedy).toContain('systemctl start relayd');
  });

  it('asks systemd for nothing while no port is taken', async () => {
    const asked: string[] = [];
    const port = await listening();
    await look(at(port), [port], () => (asked.push('systemctl'), Promise.resolve(undefined)));
    expect(asked).toEqual([]);
  });

  it('finds a port of all addresses taken where one of them is', async () => {
    const port = await listening();
    expect((await lookAtPorts(at(port, '0.0.0.0'), [])).ports[0]?.state).toBe('taken');
  });

  it('looks at the port for ACME where certificates are asked for', async () => {
    const port = await listening();
    const listen = [{ host: '127.0.0.1', port }];
    const facts = (enabled: boolean) =>
      lookAtPorts(
        { ...nothing, acme: { enabled, listen } } as unknown as Parameters<typeof lookAtPorts>[0],
        [],
      );
    expect((await facts(true)).ports[0]?.state).toBe('taken');
    expect((await facts(false)).ports).toEqual([]);
  });

  it('knows the ports of its own relayd, and lets a free one go', async () => {
    const port = await listening();
    expect((await lookAtPorts(at(port), [port])).ports[0]?.state).toBe('ours');
    server?.close();
    await once(server!, 'close');
    for (let times = 0; times < 3; times++)
      expect((await lookAtPorts(at(port), [])).ports[0]?.state).toBe('free');
  });

  it('does not call an address that the machine lacks a fault', async () => {
    const facts = await lookAtPorts(at(2525, '192.0.2.99'), []);
    expect(facts.ports[0]?.state).toBe('no-address');
    expect(check.look(facts, 0).ok).toBe(true);
  });
});

describe('socketsOfRelayd', () => {
  it('takes the sockets that activate relayd, and no others', () => {
    const row = (listen: string, unit: string, activates: string) => ({ listen, unit, activates });
    const printed = JSON.stringify([
      row('/run/systemd/journal/stdout', 'systemd-journald.socket', 'systemd-journald.service'),
      row('0.0.0.0:587', 'relayd-submission.socket', 'relayd.service'),
      row('[::]:587', 'relayd-submission.socket', 'relayd.service'),
      row('[::]:25', 'relayd-smtp.socket', 'relayd.service'),
      row('[::]:22', 'ssh.socket', 'ssh.service'),
      row('[::]:465', 'not-relayd.socket', 'not-relayd.service'),
      { listen: null },
      null,
    ]);
    expect(socketsOfRelayd(printed)).toEqual(
      new Map([
        [587, 'relayd-submission.socket'],
        [25, 'relayd-smtp.socket'],
      ]),
    );
  });

  it.each(['', 'LISTEN UNIT ACTIVATES', '{}', 'null', '[{"listen":'])('does not read %j', (printed) => {
    expect(socketsOfRelayd(printed)).toBeUndefined();
  });
});

it('warns of ports that this user may not open, without calling it a failure', () => {
  const finding = check.look({ ports: [{ at: '0.0.0.0:587', port: 587, state: 'not-permitted' }] }, 0);
  expect(finding).toMatchObject({
    ok: true,
    detail: 'this user may not open port 587',
    remedy: expect.any(String) as string,
  });
});
