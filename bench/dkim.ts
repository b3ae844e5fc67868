/**
 * What a signature costs: `npx node bench/dkim.ts`. The body hash and whole signatures, each next to mailauth on the
 * same messages in the same run (rounds in turn, median), since figures of two runs do not compare. CPU time, since
 * whatever else the machine does counts less in it.
 */
import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { DKIMSignOptions } from 'mailauth';
import { RelaxedHash } from 'mailauth/lib/dkim/body/relaxed.js';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { RelaxedBodyHash } from '../src/dkim/body-hash.ts';
import { generateDkimKeys, openSigningKey } from '../src/dkim/keys.ts';
import { signHeader } from '../src/dkim/sign.ts';
import type { SigningKey } from '../src/dkim/sign.ts';
import { systemRandom } from '../src/platform/random.ts';
import { createSecretBox } from '../src/platform/secret-box.ts';

const ROUNDS = 5;
const BODY_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 16 * 1024;
const SIGNATURES = 400;
const AT_ONCE = 16;
const NOW_MS = Date.UTC(2026, 0, 5);

const TEXT_LINE = 'The quick brown fox jumps over the lazy dog and then it rests for a while.\r\n';
const BODIES: Readonly<Record<string, string>> = {
  text: TEXT_LINE,
  base64: `${'QUJDREVG'.repeat(9)}QUJD\r\n`,
  'flowed text': TEXT_LINE.replace('\r\n', ' \r\n'),
  'indented HTML': '        <td  class="a">\tword word  word </td>\r\n',
};

const HEADER = Buffer.from(
  [
    'Received: from app.example.net ([192.0.2.1])',
    '\tby relay.example.org (Postern) with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384)',
    '\tid msg_01k9q3aaaaaaaaaaaaaaaaaaaa;',
    '\tMon, 05 Jan 2026 09:00:00 +0000',
    'X-Relay-Message-Id: msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
    'From: "Example Shop" <orders@example.org>',
    'To: Someone Else <someone@example.net>',
    'Subject: =?utf-8?q?Your_order_=E2=84=96_1234_is_on?=',
    ' =?utf-8?q?_its_way?=',
    'Date: Mon, 05 Jan 2026 09:00:00 +0000',
    'Message-ID: <01k9q3aaaaaaaaaaaaaaaaaaaa@example.org>',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    'X-Mailer: bench',
    '',
    '',
  ].join('\r\n'),
);

interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

/** Seconds that one round took: on the clock, of the processor, and of the processor on the calling thread. */
interface Sample {
  readonly wall: number;
  readonly cpu: number;
  readonly thread: number;
}

/** The median of each contender over {@link ROUNDS} rounds in turn, after one round that is not counted. */
async function compare(contenders: readonly Contender[]): Promise<Sample[]> {
  const samples = contenders.map(() => [] as Sample[]);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, { run }] of contenders.entries()) {
      const cpuBefore = process.cpuUsage();
      const threadBefore = process.threadCpuUsage();
      const startedAt = performance.now();
      await run();
      const wall = (performance.now() - startedAt) / 1_000;
      const cpu = seconds(process.cpuUsage(cpuBefore));
      const thread = seconds(process.threadCpuUsage(threadBefore));
      if (round > 0) samples[index]?.push({ wall, cpu, thread });
    }
  }
  return samples.map((all) => ({
    wall: median(all.map((sample) => sample.wall)),
    cpu: median(all.map((sample) => sample.cpu)),
    thread: median(all.map((sample) => sample.thread)),
  }));
}

function seconds({ user, system }: { user: number; system: number }): number {
  return (user + system) / 1e6;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function benchBodyHash(): Promise<void> {
  console.log('\nBody hash, MB a CPU second      postern   mailauth    ratio   bare SHA-256');
  for (const [name, line] of Object.entries(BODIES)) {
    const body = Buffer.from(line.repeat(Math.ceil(BODY_BYTES / line.length)), 'latin1');
    const feed = (update: (chunk: Uint8Array) => unknown) => {
      for (let at = 0; at < body.length; at += CHUNK_BYTES) update(body.subarray(at, at + CHUNK_BYTES));
    };
    const digests = new Set<string>();
    const [ours, theirs, bare] = await compare([
      {
        name: 'postern',
        run: () => {
          const hash = new RelaxedBodyHash();
          feed((chunk) => hash.update(chunk));
          digests.add(Buffer.from(hash.digest()).toString('hex'));
        },
      },
      {
        name: 'mailauth',
        run: () => {
          const hash = new RelaxedHash('sha256');
          feed((chunk) => hash.update(chunk));
          digests.add(hash.digest('hex'));
        },
      },
      {
        name: 'bare',
        run: () => {
          const hash = createHash('sha256');
          feed((chunk) => hash.update(chunk));
          hash.digest();
        },
      },
    ]);
    if (digests.size !== 1) throw new Error(`the hashes of ${name} differ`);
    const rate = (sample: Sample | undefined) => body.length / 1e6 / (sample?.cpu ?? 1);
    console.log(
      name.padEnd(28) +
        rate(ours).toFixed(0).padStart(11) +
        rate(theirs).toFixed(0).padStart(11) +
        (rate(ours) / rate(theirs)).toFixed(1).padStart(9) +
        rate(bare).toFixed(0).padStart(15),
    );
  }
}

async function inParallel(count: number, one: () => Promise<unknown>): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function benchSigning(): Promise<void> {
  const box = createSecretBox(systemRandom.bytes(32), systemRandom);
  const records = await generateDkimKeys({ domain: 'example.org', token: 'bench', nowMs: NOW_MS, box });
  const keys = records.map((record) => openSigningKey(record, box));
  const [rsa] = keys;
  if (rsa === undefined) throw new Error('no key');

  console.log(
    '\nSigning (body hash included)     a second   ratio   CPU µs   ratio   on the calling thread µs   ratio',
  );
  for (const sizeBytes of [4 * 1024, 50 * 1024]) {
    const body = Buffer.from(TEXT_LINE.repeat(Math.ceil(sizeBytes / TEXT_LINE.length)));
    const message = Buffer.concat([HEADER, body]);
    const ours = (using: readonly SigningKey[]) => () =>
      inParallel(SIGNATURES, () => {
        const hash = new RelaxedBodyHash();
        hash.update(body);
        return signHeader({ header: HEADER, bodyHash: hash.digest(), keys: using, nowMs: NOW_MS });
      });
    const theirs = (using: readonly SigningKey[]) => {
      const signatureData = using.map(({ domain, selector, key }) => ({
        signingDomain: domain,
        selector,
        privateKey: pem(key),
      }));
      // The declared type asks for one key beside the list of keys; the signer does not.
      const options = { canonicalization: 'relaxed/relaxed', signatureData } as unknown as DKIMSignOptions;
      return () =>
        inParallel(SIGNATURES, async () => {
          const { signatures, errors } = await dkimSign(message, options);
          if (signatures === '' || errors.length > 0) throw new Error('mailauth did not sign');
        });
    };
    const contenders = [
      { name: 'mailauth, RSA', run: theirs([rsa]) },
      { name: 'postern, RSA', run: ours([rsa]) },
      { name: 'mailauth, RSA and Ed25519', run: theirs(keys) },
      { name: 'postern, RSA and Ed25519', run: ours(keys) },
    ];
    const results = await compare(contenders);
    console.log(`${sizeBytes / 1024} KiB`);
    for (const [index, { name }] of contenders.entries()) {
      const result = results[index];
      const base = results[index - (index % 2)];
      if (result === undefined || base === undefined) continue;
      console.log(
        `  ${name}`.padEnd(30) +
          (SIGNATURES / result.wall).toFixed(0).padStart(11) +
          (base.wall / result.wall).toFixed(1).padStart(8) +
          micro(result.cpu).padStart(9) +
          (base.cpu / result.cpu).toFixed(1).padStart(8) +
          micro(result.thread).padStart(27) +
          (base.thread / result.thread).toFixed(1).padStart(8),
      );
    }
  }
}

function micro(totalSeconds: number): string {
  return ((totalSeconds / SIGNATURES) * 1e6).toFixed(0);
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

await benchBodyHash();
await benchSigning();
