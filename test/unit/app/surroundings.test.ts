/** What relayd and relayctl look at around the relay, as the composition root wires it. */
import { expect, test } from 'vitest';
import type { LoadedConfig } from '../../../src/config/load.ts';
import { surroundingsOptions } from '../../../src/app/surroundings.ts';
import { startFakeMx } from '../../support/fake-mx.ts';
import { testConfig } from '../../support/test-config.ts';

test('a smart host that is this relay itself is wrong, even where something answers', async () => {
  await using mx = await startFakeMx();
  const look = async (port: number) => {
    const config = testConfig({ submission: { listen: [{ host: '0.0.0.0', port }] } });
    const options = surroundingsOptions({
      ...{ config, resolver: undefined as never, blocklists: undefined as never },
      loaded: (): LoadedConfig => {
        throw new Error('not asked for');
      },
    });
    const smartHost = { host: '127.0.0.1', port: mx.port, tls: 'none', login: undefined } as const;
    return await options.trySmartHost(smartHost, '127.0.0.1', undefined);
  };
  expect(await look(mx.port)).toEqual({
    kind: 'failed',
    stage: 'connect',
    reason: 'it is this relay itself',
  });
  expect(await look(mx.port === 1 ? 2 : 1)).toMatchObject({ kind: 'ready' });
});
