/** Messages that come in parts: what happens to limits, memory and what is half stored when they are not accepted. */
import { testConfig } from '../../support/test-config.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Composition } from '../../../src/compose/composition.ts';
import { NO_CONTROLS } from '../../../src/message/control-headers.ts';
import { engineInProcess } from '../../support/template-engine.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { StoreError } from '../../../src/store/errors.ts';
import { createAcceptance, type Acceptance, type AcceptanceOptions } from '../../../src/intake/acceptance.ts';
import { submitBatch } from '../../../src/intake/api-batch.ts';
import { submit } from '../../../src/intake/api-submission.ts';
import type { ApiClient, ApiSubmission } from '../../../src/intake/receive-composed.ts';
import { FakeDirectory, FakeSpool } from '../../protocol/support/fake-store.ts';
import { credential, domain } from '../../protocol/support/submission-fixture.ts';

const mailbox = (localPart: string, name = 'example.net') => ({ localPart, domain: name });

let spool: FakeSpool;
let directory: FakeDirectory;
let client: ApiClient;

beforeEach(() => {
  spool = new FakeSpool();
  directory = new FakeDirectory();
  directory.domains.push(domain('example.org'));
  client = {
    credential: credential({ kind: 'api' }),
    session: 'req_1',
    address: '192.0.2.1',
    tls: undefined,
  };
});

function acceptance(parts: Partial<AcceptanceOptions> & { readonly reject?: boolean } = {}): Acceptance {
  const { reject = false, ...rest } = parts;
  return createAcceptance({
    config: testConfig({
      submission: {
        maxMessageBytes: 10_000_000,
        maxRecipients: 5,
        suppressedRecipients: reject ? 'reject' : 'accept',
      },
    }),
    directory,
    spool,
    templateEngine: engineInProcess(),
    box: { hmac: () => new Uint8Array(32), hmacs: () => [new Uint8Array(32)] },
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    ...rest,
  });
}

function submission(parts: Partial<Composition> = {}, to: readonly string[] = ['b']): ApiSubmission {
  return {
    composition: {
      from: { name: '', mailbox: mailbox('a', 'example.org') },
      to: to.map((localPart) => ({ name: '', mailbox: mailbox(localPart) })),
      cc: [],
      replyTo: [],
      subject: 'hello',
      text: 'Hello\n',
      html: undefined,
      fields: [],
      attachments: [],
      ...parts,
    },
    recipients: to.map((localPart, index) => ({ mailbox: mailbox(localPart), field: `to[${index}]` })),
    control: NO_CONTROLS,
  };
}

const large = () =>
  submission({
    attachments: [
      { filename: 'a.bin', contentType: undefined, content: Buffer.alloc(3_000_000), contentId: undefined },
    ],
  });

describe('submit', () => {
  it('stores one address once, and only its last', async () => {
    const verdict = await submit(submission({}, ['b', 'B', 'c']), client, acceptance());
    expect(verdict.kind).toBe('accepted');
    expect(spool.last.deliveries.map(({ recipient }) => recipient)).toEqual([
      'B@example.net',
      'c@example.net',
    ]);
    expect(spool.last.facts).toMatchObject({ via: 'http', reversePath: 'a@example.org', smtpUtf8: false });
  });

  it('gives a large message to the store in parts, a few at a time', async () => {
    const context = acceptance();
    expect((await submit(large(), client, context)).kind).toBe('accepted');
    expect(spool.last.content.kind).toBe('chunks');
    expect(spool.last.bytes.length).toBeGreaterThan(4_000_000);
    expect(spool.maxChunksInFlight).toBeLessThanOrEqual(3);
    expect(context.memory.usedBytes).toBe(0);
  });

  it.each([
    ['a part cannot be stored', () => (spool.chunkFailure = new StoreError('busy', 'x'))],
    ['it cannot be accepted', () => (spool.acceptFailure = new StoreError('disk-full', 'x'))],
  ])('leaves nothing behind when %s', async (_what, fail) => {
    fail();
    const context = acceptance();
    const limited = { ...client, credential: credential({ kind: 'api', dailyQuota: 1 }) };
    const verdict = await submit(large(), limited, context);
    expect(verdict).toMatchObject({ kind: 'refused', refusal: { because: 'failure' } });
    expect(spool.accepted).toEqual([]);
    expect(spool.uploads.size).toBe(0);
    expect(context.memory.usedBytes).toBe(0);
    // Nothing of the day's quota is used up.
    spool.chunkFailure = undefined;
    spool.acceptFailure = undefined;
    expect((await submit(submission(), limited, context)).kind).toBe('accepted');
  });

  it('counts a repeat neither against the quota nor in memory', async () => {
    const context = acceptance();
    const limited = { ...client, credential: credential({ kind: 'api', dailyQuota: 2 }) };
    const mark = (id: string) => ({ key: 'k', bodyHash: undefined, result: JSON.stringify({ id }) });
    const first = await submit(large(), limited, context, mark);
    expect(first.kind).toBe('accepted');
    for (let round = 0; round < 3; round++)
      expect(await submit(large(), limited, context, mark)).toMatchObject({ kind: 'repeated' });
    expect(spool.accepted).toHaveLength(1);
    expect(spool.uploads.size).toBe(0);
    expect(context.memory.usedBytes).toBe(0);
    expect((await submit(submission(), limited, context)).kind).toBe('accepted');
  });

  it.each([
    ['a null MX', { checkNullMx: (name: string) => Promise.resolve(name === 'example.net') }, ['b'], 'to[0]'],
    ['too many recipients', {}, ['b', 'c', 'd', 'e', 'f', 'g'], 'to'],
    ['a suppressed recipient where that is asked for', { reject: true }, ['b', 'gone'], 'to[1]'],
  ])('refuses %s by its field', async (_what, options, to, field) => {
    directory.suppressions.push({ address: 'gone@example.net', scope: '', reason: 'manual' });
    const verdict = await submit(submission({}, to), client, acceptance(options));
    expect(verdict).toMatchObject({ kind: 'refused', refusal: { because: 'recipient', field } });
  });

  it('says how long to wait when the rate is used up', async () => {
    const slow = { ...client, credential: credential({ kind: 'api', ratePerMinute: 1 }) };
    const context = acceptance();
    await submit(submission(), slow, context);
    const verdict = await submit(submission(), slow, context);
    expect(verdict).toMatchObject({ kind: 'refused', refusal: { because: 'limit' } });
    expect(verdict.kind === 'refused' && verdict.refusal.retryAfterSeconds).toBeGreaterThan(0);
  });
});

describe('submitBatch', () => {
  it('refuses all with the failure when the transaction fails, and leaves nothing behind', async () => {
    spool.acceptFailure = new StoreError('busy', 'x');
    const context = acceptance();
    const limited = { ...client, credential: credential({ kind: 'api', dailyQuota: 2 }) };
    const verdict = await submitBatch([submission(), undefined, large()], limited, context);
    expect(verdict).toMatchObject({
      kind: 'done',
      items: [
        { kind: 'refused', refusal: { because: 'failure' } },
        undefined,
        { kind: 'refused', refusal: { because: 'failure' } },
      ],
    });
    expect(spool.uploads.size).toBe(0);
    expect(context.memory.usedBytes).toBe(0);
    spool.acceptFailure = undefined;
    const again = await submitBatch([submission(), submission()], limited, context);
    expect(again).toMatchObject({ items: [{ kind: 'accepted' }, { kind: 'accepted' }] });
  });

  it('waits once for the null MXs of all its domains', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `d${index}.example`);
    let waiting = 0;
    let most = 0;
    const checkNullMx = async (name: string) => {
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setImmediate(resolve));
      waiting--;
      return name === 'd7.example';
    };
    const submissions = names.map((name) => ({
      ...submission(),
      recipients: [{ mailbox: mailbox('b', name), field: 'to' }],
    }));
    const verdict = await submitBatch(submissions, client, acceptance({ checkNullMx }));
    const kinds = verdict.kind === 'done' ? verdict.items.map((item) => item?.kind) : [];
    expect(most).toBe(60);
    expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(1);
    expect(kinds[7]).toBe('refused');
  });

  it('lets others work while it composes', async () => {
    let turns = 0;
    let running = true;
    const count = () => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const submissions = Array.from({ length: 500 }, () => submission({ html: '<p>Hello</p>'.repeat(200) }));
    await submitBatch(submissions, client, acceptance());
    running = false;
    expect(turns).toBeGreaterThan(5);
    expect(spool.accepted).toHaveLength(500);
  });

  it('holds no more than its measure in memory', async () => {
    const text = 'x'.repeat(70) + '\n';
    const submissions = Array.from({ length: 320 }, () => submission({ text: text.repeat(3_500) }));
    const verdict = await submitBatch(submissions, client, acceptance());
    const refused = verdict.kind === 'done' ? verdict.items.filter((item) => item?.kind === 'refused') : [];
    expect(refused.length).toBeGreaterThan(20);
    expect(refused[0]).toMatchObject({ refusal: { because: 'content', reply: { code: 552 } } });
  });
});
