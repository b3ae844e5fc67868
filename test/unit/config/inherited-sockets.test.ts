/** Which sockets were handed over, and what is spoken on them. */
import { describe, expect, test } from 'vitest';
import {
  inheritedSockets,
  mayBeSubmission,
  portOfSocket,
  useOfSocket,
} from '../../../src/config/inherited-sockets.ts';
import { loadConfig } from '../../../src/config/load.ts';

describe('sockets that were handed over', () => {
  const env = { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'submission:submissions' };

  test('have their names, and are none of another process', () => {
    expect(inheritedSockets(env, 7)).toEqual([
      { fd: 3, name: 'submission' },
      { fd: 4, name: 'submissions' },
    ]);
    expect(inheritedSockets(env, 8)).toEqual([]);
    expect(inheritedSockets({ ...env, LISTEN_FDS: 'two' }, 7)).toEqual([]);
  });

  const { config } = loadConfig({
    path: 'relay.toml',
    env: {},
    readFile: () =>
      'inbound = { listen = "0.0.0.0:25", postmaster = "you@elsewhere.example" }\nacme = { listen = "0.0.0.0:80" }\nsubmission = { listen_certificates = "0.0.0.0:8465" }',
    defaultHostname: 'relay.example',
    cwd: '/srv',
  });
  test.each([
    ['submissions', 587, 'submissions'],
    ['submission', 465, 'submission'],
    ['smtp', 587, 'smtp'],
    ['https', 8080, 'https'],
    ['acme', 8080, 'acme'],
    ['relayd.socket', 80, 'acme'],
    ['relayd.socket', 465, 'submissions'],
    ['certificates', 465, 'certificates'],
    ['relayd.socket', 8465, 'certificates'],
    ['relayd.socket', 587, 'submission'],
    ['relayd.socket', 25, 'smtp'],
    ['relayd.socket', 8080, 'http'],
    ['relayd.socket', 2525, 'submission'],
    ['', undefined, 'submission'],
  ])('%s on port %s is for %s', (name, port, expected) => {
    expect(useOfSocket(name, port, config)).toBe(expected);
  });

  test('for the API, reports or certificates alone leave submission without one', () => {
    expect(mayBeSubmission([{ fd: 3, name: 'http' }])).toBe(false);
    expect(mayBeSubmission([{ fd: 3, name: 'smtp' }])).toBe(false);
    expect(mayBeSubmission([{ fd: 3, name: 'acme' }])).toBe(false);
    expect(mayBeSubmission([{ fd: 3, name: 'relayd.socket' }])).toBe(true);
  });

  test('have their port in the tables of the kernel', () => {
    const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:024B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0
`;
    const tcp6 = `  sl  local_address remote_address st
   0: 00000000000000000000000000000000:01D1 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4712 1
`;
    expect(portOfSocket('socket:[4711]', [tcp, tcp6])).toBe(587);
    expect(portOfSocket('socket:[4712]', [tcp, tcp6])).toBe(465);
    expect(portOfSocket('socket:[47]', [tcp, tcp6])).toBeUndefined();
    expect(portOfSocket('/dev/null', [tcp])).toBeUndefined();
  });
});
