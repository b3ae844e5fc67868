/** Ports as another process sees them: free, relayd's own, or taken. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lookAtPorts } from '../../../src/doctor/look-at-ports.ts';
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
  submission: { listen: [], listenTls: [] },
  inbound: { listen: [] },
  http: { listen: [], listenTls: [] },
  acme: { enabled: false, listen: [] },
};
const at = (port: number, host = '127.0.0.1') =>
  ({ ...nothing, submission: { listen: [{ host, port }], listenTls: [] } }) as unknown as Parameters<
    typeof lookAtPorts
  >[0];

describe('lookAtPorts', () => {
  it('finds a port taken by another program, and names the remedy', async () => {
    const port = await listening();
    const facts = await lookAtPorts(at(port), []);
    expect(facts).toEqual({ ports: [{ at: `127.0.0.1:${port}`, port, state: 'taken' }] });
    const finding = check.look(facts, 0);
    expect([finding.ok, finding.detail]).toEqual([false, `another program uses port ${port}`]);
    expect(finding.remedy).toContain(`sport = :${port}`);
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

it('warns of ports that this user may not open, without calling it a failure', () => {
  const finding = check.look({ ports: [{ at: '0.0.0.0:587', port: 587, state: 'not-permitted' }] }, 0);
  expect(finding).toMatchObject({
    ok: true,
    detail: 'this user may not open port 587',
    remedy: expect.any(String) as string,
  });
});
