/** A store in which every text that somebody else may have written tries to take over the terminal that shows it. */
import type { ReportedRecipient } from '../../../src/dsn/read/report.ts';
import { makeId } from '../../../src/platform/ids.ts';
import type { CliStage } from '../../cli/support/cli-stage.ts';

/** Colours, clears, turns around, goes to another line and says something there; EVIL shows that it was shown at all. */
export const HOSTILE =
  '\u001b[31mEVIL\u001b[2J\u009b1A\u202e\u2066\u2028\u0000\u007f\u200b\u{e0041}\r\nFORGED\tx';

export interface HostileStore {
  readonly messageId: string;
  readonly webhookId: string;
  readonly credentialId: string;
  readonly reportId: string;
}

/** Through the store's own verbs, past whatever checks the ways in have. */
export async function fillStore(stage: CliStage): Promise<HostileStore> {
  const { store, clock } = stage;
  const accountId = stage.defaultAccountId;
  const nowMs = clock.now();
  const by = HOSTILE;
  stage.relayRuns();
  await store.directory.addAccount(
    { id: makeId('acc_', nowMs, stage.random), name: HOSTILE, createdAtMs: nowMs },
    by,
  );
  await store.people.addPerson(
    { id: 'usr_1', email: HOSTILE, name: HOSTILE, grants: [], createdAtMs: nowMs },
    by,
  );
  const second = { id: 'usr_2', email: `2${HOSTILE}`, name: HOSTILE };
  await store.people.addPerson({ ...second, grants: [], createdAtMs: nowMs }, by);
  await store.people.openSession(
    {
      ...{ id: 'ses_1', personId: 'usr_1', tokenHash: new Uint8Array(32), createdAtMs: nowMs },
      ...{ expiresAtMs: nowMs + 1_000, address: HOSTILE, userAgent: HOSTILE },
    },
    by,
  );
  const credentialId = makeId('crd_', nowMs, stage.random);
  await store.directory.addCredential(
    {
      id: credentialId,
      accountId,
      accountName: 'default',
      kind: 'api',
      name: HOSTILE,
      username: undefined,
      secretHash: new Uint8Array(32),
      networks: [HOSTILE],
      domains: [HOSTILE],
      fromAddresses: [HOSTILE],
      scopes: [HOSTILE],
      stream: HOSTILE,
      ratePerMinute: undefined,
      dailyQuota: undefined,
      requireTls: false,
      sendDsn: true,
      dsnTo: HOSTILE,
      expiresAtMs: undefined,
      revokedAtMs: undefined,
      createdAtMs: nowMs,
      version: 0,
    },
    by,
  );
  await store.directory.addStream({ accountId, name: HOSTILE, kind: 'broadcast', createdAtMs: nowMs }, by);
  await store.directory.addDomain(
    {
      id: makeId('dom_', nowMs, stage.random),
      accountId,
      name: 'shop.example',
      verifiedAtMs: nowMs,
      recordStatus: {},
      createdAtMs: nowMs,
    },
    [],
    by,
  );
  await store.suppressions.addSuppression(
    {
      accountId,
      scope: '',
      address: 'alice@example.org',
      reason: 'unknown-address',
      evidence: HOSTILE,
      createdAtMs: nowMs,
      expiresAtMs: undefined,
      createdBy: HOSTILE,
    },
    by,
  );
  await store.templates.addTemplate(
    {
      id: makeId('tpl_', nowMs, stage.random),
      accountId,
      name: 'welcome',
      createdAtMs: nowMs,
      first: {
        subject: HOSTILE,
        text: HOSTILE,
        html: `<p>${HOSTILE}</p>`,
        variables: [{ name: HOSTILE, required: false }],
        createdAtMs: nowMs,
      },
    },
    by,
  );
  await store.health.setHealth(
    { accountId, stream: '', level: 'warn', reason: HOSTILE, perMinute: undefined, atMs: nowMs },
    by,
  );
  const webhookId = makeId('whk_', nowMs, stage.random);
  await store.webhooks.addWebhook(
    {
      id: webhookId,
      accountId,
      url: 'https://hooks.example.org/',
      events: [],
      sealedSecret: new Uint8Array(1),
      createdAtMs: nowMs,
    },
    by,
  );
  const messageId = await acceptAndBounce(stage, credentialId);
  await store.webhooks.recordWebhooks([
    {
      webhookId,
      cursor: 1,
      outcomes: [
        {
          sequence: 1,
          eventType: 'accepted',
          messageId,
          result: 'failed',
          attempts: 1,
          firstAttemptAtMs: nowMs,
          nextAttemptAtMs: undefined,
          attempt: { atMs: nowMs, durationMs: 5, statusCode: 500, error: HOSTILE, excerpt: HOSTILE },
          wasRecorded: false,
        },
      ],
      failingSinceMs: nowMs - 3_600_000,
      deliveredAtMs: undefined,
      recovered: false,
      ends: { state: 'disabled', reason: HOSTILE, url: 'https://hooks.example.org/' },
      atMs: nowMs,
    },
  ]);
  const reportId = makeId('rpt_', nowMs, stage.random);
  const recipient: ReportedRecipient = {
    kind: 'bounce',
    action: 'failed',
    recipient: HOSTILE,
    originalRecipient: HOSTILE,
    status: '5.1.1',
    reply: { code: 550, status: '5.1.1', text: HOSTILE },
    text: HOSTILE,
    stage: 'rcpt',
    ownMailbox: false,
    remoteMta: HOSTILE,
    feedbackType: HOSTILE,
  };
  const returned = { messageId: HOSTILE, subject: HOSTILE, to: [HOSTILE] };
  await store.reports.keepReport({
    id: reportId,
    accountId,
    receivedAtMs: nowMs,
    kind: 'bounce',
    form: HOSTILE,
    recipient: HOSTILE,
    messageId,
    client: HOSTILE,
    why: HOSTILE,
    reading: JSON.stringify({ recipients: [recipient], returned, form: HOSTILE }),
    headers: Buffer.from(`Subject: ${HOSTILE}\r\n\r\n`),
  });
  return { messageId, webhookId, credentialId, reportId };
}

/** One delivery has bounced, one waits after a refusal. */
async function acceptAndBounce(stage: CliStage, credentialId: string): Promise<string> {
  const id = await stage.accept({
    recipients: ['alice@example.org', `${HOSTILE}@other.example`],
    credentialId,
    subject: HOSTILE,
    headerFrom: HOSTILE,
    reversePath: HOSTILE,
    messageIdField: HOSTILE,
    envelopeId: HOSTILE,
    stream: HOSTILE,
    tags: [HOSTILE],
    metadata: { [HOSTILE]: HOSTILE },
    signingDomain: HOSTILE,
    content: `Received: from ${HOSTILE.slice(0, 8)} ([192.0.2.1])\r\n\tby relay.test; x\r\n\r\nx\r\n`,
  });
  const attempt = {
    replyCode: 550,
    status: '5.1.1',
    text: HOSTILE,
    host: HOSTILE,
    address: HOSTILE,
    tls: HOSTILE,
  };
  await stage.settle(({ recipient }) => {
    const bounced = recipient === 'alice@example.org';
    return {
      state: bounced ? ('bounced' as const) : ('queued' as const),
      nextAttemptAtMs: bounced ? undefined : stage.clock.now() + 60_000,
      attempts: [attempt],
      event: {
        type: bounced ? ('bounced' as const) : ('deferred' as const),
        atMs: stage.clock.now(),
        data: { reply: HOSTILE, host: HOSTILE, meaning: HOSTILE, via: 'report', feedback_type: HOSTILE },
      },
    };
  });
  return id;
}
