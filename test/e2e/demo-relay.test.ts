/** The demo's relay beside one that is in use. Needs `npm run build`. */
import { expect, it, vi } from 'vitest';
import { DemoRelay } from '../../src/demo/relay.ts';

const CONFIG = `hostname = "relay.example.org"
[submission]
listen = ["127.0.0.1:0"]
listen_tls = []
[http]
listen = []
`;

it('comes to no store that a variable of the shell names', async () => {
  vi.stubEnv('RELAY_STORE__URL', 'postgres://nobody@127.0.0.1:1/in-use');
  vi.stubEnv('RELAY_DATA_KEY', 'ab'.repeat(32));
  const relay = new DemoRelay();
  try {
    await relay.start(CONFIG);
    expect(await relay.ctl('db', 'check')).not.toContain('postgres:');
  } finally {
    await relay.stop();
    vi.unstubAllEnvs();
  }
});
