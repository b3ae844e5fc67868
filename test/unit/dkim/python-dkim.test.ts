import { spawn, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { dkimRecordValue } from '../../../src/dkim/keys.ts';
import { messageShapes } from './message-shapes.ts';
import { signingDomain, signMessage } from './signed-message.ts';
import type { SigningDomain } from './signed-message.ts';

/** The first Python with the dkim package; `true` for Ed25519 when it has the library for that as well. */
function findPython(): { command: string; ed25519: boolean } | undefined {
  for (const command of ['python3', '/usr/bin/python3', '/usr/local/bin/python3']) {
    if (spawnSync(command, ['-c', 'import dkim']).status !== 0) continue;
    return { command, ed25519: spawnSync(command, ['-c', 'import nacl.signing']).status === 0 };
  }
  return undefined;
}

const SCRIPT = `
import dkim, json, sys
records = json.loads(sys.argv[1])
message = sys.stdin.buffer.read()
def txt(name, timeout=5):
    return records.get(name.decode().rstrip('.'), '').encode() or None
verifier = dkim.DKIM(message)
print(json.dumps([verifier.verify(idx=int(i), dnsfunc=txt) for i in sys.argv[2].split(',')]))
`;

const python = findPython();

describe.runIf(python !== undefined)('signatures as python3-dkim sees them (where installed)', () => {
  let domain: SigningDomain;
  beforeAll(async () => {
    domain = await signingDomain();
  });

  it.each(messageShapes.filter(({ obsolete }) => obsolete === undefined))(
    'verifies $name',
    async ({ bytes }) => {
      const signed = await signMessage(bytes, domain.keys);
      const indexes = python?.ed25519 === true ? '0,1' : '0';
      const records = Object.fromEntries(
        domain.records.map((key) => [`${key.selector}._domainkey.${key.domain}`, dkimRecordValue(key)]),
      );
      const output = await run(
        python?.command ?? '',
        ['-c', SCRIPT, JSON.stringify(records), indexes],
        signed,
      );
      expect(JSON.parse(output)).toEqual(indexes.split(',').map(() => true));
    },
  );
});

function run(command: string, args: readonly string[], input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(errors))));
    child.stdin.on('error', reject);
    child.stdin.end(input);
  });
}
