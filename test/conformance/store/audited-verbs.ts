/**
 * Of each verb that changes the store: how a test makes it write its line in the audit log, or why it writes none. A new verb
 * without a decision here does not compile, and fails the suite.
 */
import type { DkimKey } from '../../../src/dkim/dkim-key.ts';
import { IN_TRANSIT_MS, SPREAD_MS } from '../../../src/dkim/rotation.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { StoreWrites } from '../../../src/store/store.ts';
import type { OpenedStore } from './engine.ts';
import { HOUR_MS, newCredential, newMessage } from './fixtures.ts';

export interface Stage {
  readonly store: OpenedStore;
  /** Of the default account. */
  readonly accountId: string;
}

/** What it writes: the action, and whether the line concerns the account. */
export interface Audited {
  readonly action: string;
  readonly ofAccount: boolean;
  readonly write: (stage: Stage) => Promise<unknown>;
}

/** Why there is no line. */
export type Unaudited = string;

export type Decision = Audited | Unaudited;

type Decisions = { readonly [R in keyof StoreWrites]: { readonly [V in keyof StoreWrites[R]]: Decision } };

const BY = 'relayctl:alice@192.0.2.7';
const AT = 1_800_000_000_000;
const TOKEN_HASH = new Uint8Array(32);

const ofAccount = (action: string, write: Audited['write']): Audited => ({ action, ofAccount: true, write });
const ofRelay = (action: string, write: Audited['write']): Audited => ({ action, ofAccount: false, write });

const MAIL = 'the way of mail: messages and their events say it';
const COUNTS = 'it counts, and decides nothing of who may send';
const PACE = 'the relay paces itself: events of the server say it';
const OUTCOME = 'an outcome of mail, in the events of its account';
const SEALED_ANEW = 'the same values: who seals them anew notes that it did';
const SERVER_ONLY = 'of a fleet: postgres-fleet.test.ts';

async function domain({ store, accountId }: Stage): Promise<string> {
  const of = { accountId, name: 'example.org', recordStatus: {}, createdAtMs: AT };
  const unverified = { verifiedAtMs: undefined, failingSinceMs: undefined };
  await store.directory.addDomain({ id: 'dom_1', ...of, ...unverified }, [key('one', 'active')], BY);
  return 'dom_1';
}

async function credential({ store }: Stage) {
  const made = await newCredential(store, { id: 'crd_1', fromAddresses: ['ceo@example.org'] });
  await store.directory.addCredential(made, BY);
  return made;
}

async function template({ store, accountId }: Stage): Promise<string> {
  const first = { subject: 'x', html: undefined, text: 'x', variables: [], createdAtMs: AT };
  await store.templates.addTemplate({ id: 'tpl_1', accountId, name: 'welcome', createdAtMs: AT, first }, BY);
  return 'tpl_1';
}

function key(selector: string, state: DkimKey['state']): DkimKey {
  const of = { domain: 'example.org', selector, state, algorithm: 'rsa-sha256' } as const;
  return { ...of, sealedPrivateKey: new Uint8Array([1]), publicKey: 'MII', createdAtMs: AT };
}

/** A domain whose new key waits. */
async function pendingKey(stage: Stage): Promise<string> {
  const id = await domain(stage);
  await stage.store.directory.addDkimKeys(id, [key('two', 'pending')], AT, BY);
  return id;
}

/** A domain whose new key signs, and whose old one does no more. */
async function switchedKey(stage: Stage): Promise<string> {
  const domainId = await pendingKey(stage);
  const look = (atMs: number) =>
    stage.store.directory.recordPendingKeys({ domainId, seen: { two: true }, atMs }, BY);
  await look(AT);
  await look(AT + SPREAD_MS);
  return domainId;
}

/** A domain whose old record may go. */
async function removableKey(stage: Stage): Promise<string> {
  const id = await switchedKey(stage);
  await stage.store.directory.markRemovableKeys(id, AT + SPREAD_MS + IN_TRANSIT_MS, BY);
  return id;
}

/** An account that is being removed. */
async function removal({ store }: Stage): Promise<string> {
  await store.directory.addAccount({ id: 'acc_shop', name: 'shop', createdAtMs: AT }, BY);
  await store.removal.beginRemoval('acc_shop', 'nothing', AT, BY);
  return 'acc_shop';
}

async function webhook({ store, accountId }: Stage): Promise<string> {
  const made = { id: 'whk_1', accountId, url: 'https://hooks.example/in?token=abc', events: [] };
  await store.webhooks.addWebhook({ ...made, sealedSecret: new Uint8Array([1]), createdAtMs: AT }, BY);
  return 'whk_1';
}

function suppression(accountId: string) {
  const of = {
    accountId,
    scope: 'news',
    address: 'user@example.com',
    reason: 'manual',
    evidence: '',
  } as const;
  return { ...of, createdAtMs: AT, expiresAtMs: undefined, createdBy: 'test' };
}

function erasure({ store, accountId }: Stage) {
  const of = { accountId, address: 'user@example.com', hash: 'hash:1', knownAs: 'known' };
  return store.erasure.beginErasure({ id: 'era_1', ...of, pseudonym: 'erased-1@erased.invalid' }, AT, BY);
}

const account = (accountId: string) => ({ accountId, id: undefined, destination: undefined });

async function suspendedAccount({ store, accountId }: Stage, untilMs?: number): Promise<void> {
  await store.shaping.suspend({
    ...{ kind: 'account', subject: accountId, atMs: AT, untilMs, reason: 'why', actor: BY },
  });
}

/** With an invitation and a session. */
async function person(
  { store, accountId }: Stage,
  parts: { readonly isInvited?: boolean } = {},
): Promise<string> {
  const grants = [{ accountId, role: 'developer', readsContent: false }] as const;
  const added = { id: 'usr_1', email: 'carol@example.org', name: 'Carol', grants, createdAtMs: AT };
  await store.people.addPerson(added, BY);
  if (parts.isInvited === true)
    await store.people.invitePerson('usr_1', { tokenHash: TOKEN_HASH, untilMs: AT + HOUR_MS }, AT, BY);
  return 'usr_1';
}

async function linked(stage: Stage): Promise<string> {
  const personId = await person(stage);
  await stage.store.people.linkIdentity(personId, { issuer: 'https://id.example', subject: '42' }, AT, BY);
  return personId;
}

async function session(stage: Stage): Promise<string> {
  const personId = await person(stage);
  const of = { address: '192.0.2.7', userAgent: undefined, createdAtMs: AT, expiresAtMs: AT + HOUR_MS };
  await stage.store.people.openSession({ id: 'ses_1', personId, tokenHash: TOKEN_HASH, ...of }, BY);
  return 'ses_1';
}

async function factor(stage: Stage): Promise<void> {
  const of = {
    id: 'fac_1',
    personId: await person(stage),
    name: 'App',
    createdAtMs: AT,
    usedAtMs: undefined,
  };
  const totp = { ...of, kind: 'totp', sealedSecret: TOKEN_HASH, lastStep: 1 } as const;
  await stage.store.people.addFactor(totp, [], { hash: TOKEN_HASH, untilMs: AT + HOUR_MS }, BY);
}

const bulk = (verb: 'retry' | 'hold' | 'release' | 'cancel'): Audited =>
  ofAccount(`queue ${verb} done`, ({ store, accountId }) =>
    store.queue[verb]({ ...account(accountId), recipient: 'user@example.com' }, AT, BY),
  );

export const DECISIONS: Decisions = {
  spool: {
    putChunk: MAIL,
    abandonUpload: MAIL,
    accept: MAIL,
    acceptAll: MAIL,
    openFeed: MAIL,
    claim: MAIL,
    claimOverdue: MAIL,
    settle: MAIL,
    blockDestinations: MAIL,
  },
  directory: {
    addAccount: ofRelay('account add', ({ store }) =>
      store.directory.addAccount({ id: 'acc_shop', name: 'shop', createdAtMs: AT }, BY),
    ),
    changeAccount: ofAccount('account change', ({ store, accountId }) =>
      store.directory.changeAccount(accountId, { retainContentMs: 1 }, AT, BY),
    ),
    addDomain: ofAccount('domain add', domain),
    recordDomainCheck: ofAccount('domain verify', async (stage) => {
      const domainId = await domain(stage);
      await stage.store.directory.recordDomainCheck(
        { domainId, atMs: AT, recordStatus: {}, dkim: true, holder: undefined },
        BY,
      );
    }),
    removeDomain: ofAccount('domain remove', async (stage) => {
      await stage.store.directory.removeDomain(await domain(stage), AT, BY);
    }),
    addDkimKeys: ofAccount('domain rotate-dkim', pendingKey),
    recordPendingKeys: ofAccount('domain switch-dkim', switchedKey),
    dropPendingKeys: ofAccount('domain drop-dkim', async (stage) => {
      await stage.store.directory.dropPendingKeys(await pendingKey(stage), AT, BY);
    }),
    markRemovableKeys: ofAccount('domain retire-dkim', removableKey),
    forgetKeys: ofAccount('domain forget-dkim', async (stage) => {
      await stage.store.directory.forgetKeys(await removableKey(stage), ['one'], AT, BY);
    }),
    changeDomain: ofAccount('domain change', async (stage) => {
      await stage.store.directory.changeDomain(await domain(stage), { rotateEveryMs: 1 }, AT, BY);
    }),
    addCredential: ofAccount('credential add', credential),
    revokeCredential: ofAccount('credential revoke', async (stage) => {
      const { id } = await credential(stage);
      await stage.store.directory.revokeCredential(id, AT, BY);
    }),
    changeCredential: ofAccount('credential change', async (stage) => {
      const { id } = await credential(stage);
      const made = await stage.store.directory.findCredential(stage.accountId, id);
      await stage.store.directory.changeCredential(made!, made!, AT, BY);
    }),
    replaceCredentialSecret: ofAccount('credential rotate', async (stage) => {
      const { id } = await credential(stage);
      await stage.store.directory.replaceCredentialSecret(id, new Uint8Array([9]), AT, BY);
    }),
    endOldSecret: ofAccount('credential rotate', async (stage) => {
      const { id } = await credential(stage);
      await stage.store.directory.replaceCredentialSecret(id, new Uint8Array([9]), AT, BY, AT + HOUR_MS);
      await stage.store.directory.endOldSecret(id, AT, BY);
    }),
    addStream: ofAccount('stream add', ({ store, accountId }) =>
      store.directory.addStream({ accountId, name: 'news', kind: 'broadcast', createdAtMs: AT }, BY),
    ),
    changeStream: ofAccount('stream change', ({ store, accountId }) =>
      store.directory.changeStream(
        { accountId, name: 'broadcast', kind: 'broadcast', createdAtMs: AT, maxAgeMs: 1_000 },
        AT,
        BY,
      ),
    ),
    removeStream: ofAccount('stream remove', ({ store, accountId }) =>
      store.directory.removeStream(accountId, 'broadcast', AT, BY),
    ),
    recordStreamMisfits: COUNTS,
  },
  removal: {
    beginRemoval: ofRelay('account remove', removal),
    removeSomeOf: ofRelay('account removed', async (stage) => {
      const id = await removal(stage);
      let events = 0;
      for (;;) {
        const step = await stage.store.removal.removeSomeOf(id, events, AT, BY);
        if (step.kind === 'done') return;
        if (step.kind === 'more') events = step.eventsBehind;
      }
    }),
  },
  audit: {
    noteAudit: ofRelay('relayd start', ({ store }) =>
      store.audit.noteAudit({ atMs: AT, actor: 'relayd', action: 'relayd start', subject: '1.0.0' }),
    ),
    eraseAuditText: ofRelay('audit erase', ({ store }) =>
      store.audit.eraseAuditText(['user@example.com'], AT, BY),
    ),
  },
  suppressions: {
    addSuppression: ofAccount('suppression add', ({ store, accountId }) =>
      store.suppressions.addSuppression(suppression(accountId), BY),
    ),
    removeSuppression: ofAccount('suppression remove', async ({ store, accountId }) => {
      await store.suppressions.addSuppression(suppression(accountId), BY);
      await store.suppressions.removeSuppression(
        { accountId, scope: 'news', address: 'user@example.com', reason: undefined },
        AT,
        BY,
      );
    }),
    importSuppressions: ofAccount('suppression import', ({ store, accountId }) =>
      store.suppressions.importSuppressions([suppression(accountId)], AT, BY),
    ),
  },
  queue: {
    retry: bulk('retry'),
    hold: bulk('hold'),
    release: bulk('release'),
    cancel: bulk('cancel'),
    reroute: ofAccount('queue reroute done', ({ store, accountId }) =>
      store.queue.reroute(account(accountId), 'mx', AT, BY),
    ),
    endWaits: PACE,
    suspendDestination: ofRelay('destination suspend', ({ store }) =>
      store.queue.suspendDestination('example.com', true, AT, BY),
    ),
    endDestinationSuspension: ofRelay('destination resume', async ({ store }) => {
      await store.queue.suspendDestination('example.com', true, AT, BY, { untilMs: AT, reason: undefined });
      await store.queue.endDestinationSuspension('example.com', AT, BY);
    }),
    holdSuspended: ofAccount('queue hold done', ({ store, accountId }) =>
      store.queue.holdSuspended(accountId, AT, BY),
    ),
    releaseSuspended: ofAccount('queue release done', ({ store, accountId }) =>
      store.queue.releaseSuspended(accountId, AT, BY),
    ),
    reschedule: ofAccount('message reschedule', async ({ store, accountId }) => {
      const sendAtMs = systemClock.now() + 9 * HOUR_MS;
      const message = await newMessage(store, { sendAtMs });
      await store.spool.accept(message);
      await store.queue.reschedule(accountId, message.facts.id, sendAtMs + HOUR_MS, systemClock.now(), BY);
    }),
  },
  health: {
    setHealth: ofAccount('health hold', hold),
    releaseHealth: ofAccount('health release', async (stage) => {
      await hold(stage);
      await stage.store.health.releaseHealth({ accountId: stage.accountId, stream: undefined }, AT, BY);
    }),
  },
  logins: {
    recordLogins: COUNTS,
    clearLogins: ofRelay('login clear', ({ store }) => store.logins.clearLogins(undefined, 'all', AT, BY)),
  },
  reports: {
    applyReport: OUTCOME,
    keepReport: OUTCOME,
    applyKeptReport: ofAccount('report apply', async ({ store, accountId }) => {
      await store.reports.keepReport({
        ...{ id: 'rpt_1', accountId, receivedAtMs: AT, kind: 'unreadable', form: '', recipient: undefined },
        ...{ messageId: undefined, client: '192.0.2.1', why: 'x', reading: undefined },
        headers: new Uint8Array([1]),
      });
      await store.reports.applyKeptReport('rpt_1', [], AT, BY);
    }),
  },
  erasure: {
    beginErasure: ofAccount('erase', erasure),
    eraseSome: ofAccount('erased', async (stage) => {
      const { id } = await erasure(stage);
      for (let step; step?.kind !== 'done';) step = await stage.store.erasure.eraseSome(id, AT, BY);
    }),
  },
  refusals: { keepRefused: MAIL },
  retention: { clean: 'the configuration says what is kept how long' },
  search: {
    indexSome: 'an index of what is there, which decides nothing',
    indexAgain: 'an index of what is there, which decides nothing',
  },
  templates: {
    addTemplate: ofAccount('template add', template),
    addTemplateVersion: ofAccount('template add', async (stage) => {
      const version = { subject: 'y', html: undefined, text: 'y', variables: [], createdAtMs: AT };
      await stage.store.templates.addTemplateVersion(await template(stage), version, BY);
    }),
    removeTemplate: ofAccount('template remove', async (stage) => {
      await stage.store.templates.removeTemplate(await template(stage), AT, BY);
    }),
  },
  webhooks: {
    addWebhook: ofAccount('webhook add', webhook),
    changeWebhook: ofAccount('webhook change', async (stage) => {
      const change = { url: 'https://other.example/in', events: undefined };
      await stage.store.webhooks.changeWebhook(await webhook(stage), change, AT, BY);
    }),
    pauseWebhook: ofAccount('webhook pause', async (stage) => {
      await stage.store.webhooks.pauseWebhook(await webhook(stage), 'why', AT, BY);
    }),
    resumeWebhook: ofAccount('webhook resume', async (stage) => {
      await stage.store.webhooks.resumeWebhook(await webhook(stage), false, AT, BY);
    }),
    rotateWebhookSecret: ofAccount('webhook rotate', async (stage) => {
      await stage.store.webhooks.rotateWebhookSecret(await webhook(stage), new Uint8Array([2]), AT, AT, BY);
    }),
    removeWebhook: ofAccount('webhook remove', async (stage) => {
      await stage.store.webhooks.removeWebhook(await webhook(stage), AT, BY);
    }),
    replayWebhook: ofAccount('webhook replay', async (stage) => {
      await stage.store.webhooks.replayWebhook(await webhook(stage), { kind: 'failed' }, AT, BY);
    }),
    recordWebhooks: ofAccount('webhook disable', async (stage) => {
      const webhookId = await webhook(stage);
      const url = 'https://hooks.example/in?token=abc';
      await stage.store.webhooks.recordWebhooks([
        {
          ...{ webhookId, atMs: AT, cursor: 0, failingSinceMs: AT, deliveredAtMs: undefined, outcomes: [] },
          ...{ recovered: false, ends: { state: 'disabled', reason: '410 Gone', url } },
        },
      ]);
    }),
  },
  unsubscribes: {
    unsubscribe: OUTCOME,
    resubscribe: ofAccount('suppression remove', async ({ store, accountId }) => {
      const subscriber = { accountId, stream: 'broadcast', address: 'user@example.com', hashes: [] };
      const link = { messageId: 'msg_gone', recipientNumber: 1, by: 'page', atMs: AT } as const;
      await store.unsubscribes.unsubscribe({ ...subscriber, ...link });
      await store.unsubscribes.resubscribe(subscriber, AT, AT);
    }),
  },
  usage: { recordUses: COUNTS },
  findings: { recordChecks: 'events of the server say it', recordLooks: COUNTS },
  fleet: { drainNode: SERVER_ONLY, removeNode: SERVER_ONLY, noteNodeKeys: SERVER_ONLY },
  limits: { leaseTokens: COUNTS },
  egress: {
    leaseSource: COUNTS,
    countSources: COUNTS,
    countComplaint: COUNTS,
    limitSource: PACE,
    forgetSourceLimit: PACE,
  },
  shaping: {
    leaseWindow: COUNTS,
    returnTokens: COUNTS,
    limitDestination: PACE,
    raiseLimits: PACE,
    liftLimits: ofRelay('destination lift', async ({ store }) => {
      await store.shaping.limitDestination({
        ...{ subject: 'google', source: undefined, action: 'slow', forMs: HOUR_MS, rule: 'google-rate' },
        ...{ reply: '421 4.7.28 slow down', destination: 'gmail.test', startedAtMs: AT, nowMs: AT },
        ...{ ofConnection: false, connections: 10, perMinute: 600 },
      });
      await store.shaping.liftLimits(['google'], AT, BY);
    }),
    suspend: ofAccount('account suspend', (stage) => suspendedAccount(stage)),
    resume: ofAccount('account resume', async (stage) => {
      await suspendedAccount(stage);
      await stage.store.shaping.resume({ kind: 'account', subject: stage.accountId }, AT, BY);
    }),
    endSuspension: ofAccount('account resume', async (stage) => {
      await suspendedAccount(stage, AT);
      await stage.store.shaping.endSuspension({ kind: 'account', subject: stage.accountId }, AT, BY);
    }),
    resumed: 'the end of a resumption that has its line',
  },
  secrets: {
    keepMasterKeyCheck: 'at the first start, which has its line',
    replaceMasterKeyCheck: SEALED_ANEW,
    reseal: SEALED_ANEW,
  },
  dataKeys: {
    noteDataKey: ofRelay('data-key use', ({ store }) =>
      store.dataKeys.noteDataKey({ keyId: 'one', before: undefined, takesOver: true, atMs: AT }, BY),
    ),
    rehashSecrets: 'the same secrets: the change of the key has its line',
    rehashRecipients: COUNTS,
  },
  people: {
    addPerson: ofRelay('user add', person),
    changePerson: ofRelay('user change', async (stage) => {
      await stage.store.people.changePerson(await person(stage), { isSuspended: true }, AT, BY);
    }),
    removePerson: ofRelay('user remove', async (stage) => {
      await stage.store.people.removePerson(await person(stage), AT, BY);
    }),
    invitePerson: ofRelay('user invite', (stage) => person(stage, { isInvited: true })),
    takeInvitation: ofRelay('user password', async (stage) => {
      await person(stage, { isInvited: true });
      await stage.store.people.takeInvitation(TOKEN_HASH, '$scrypt$', AT, BY);
    }),
    openSession: ofRelay('user sign in', session),
    linkIdentity: ofRelay('user link', linked),
    unlinkIdentity: ofRelay('user unlink', async (stage) => {
      await stage.store.people.unlinkIdentity(await linked(stage), AT, BY);
    }),
    noteSessionUse: COUNTS,
    endSession: ofRelay('user sign out', async (stage) => {
      await stage.store.people.endSession(await session(stage), AT, BY);
    }),
    endSessions: ofRelay('user sign out', async (stage) => {
      await session(stage);
      await stage.store.people.endSessions('usr_1', undefined, AT, BY);
    }),
    confirmSession: COUNTS,
    setPassword: ofRelay('user password', async (stage) => {
      await stage.store.people.setPassword(await person(stage), '$scrypt$', undefined, AT, BY);
    }),
    addFactor: ofRelay('user factor add', factor),
    renameFactor: ofRelay('user factor rename', async (stage) => {
      await factor(stage);
      await stage.store.people.renameFactor('usr_1', 'fac_1', 'Phone', AT, BY);
    }),
    removeFactor: ofRelay('user factor remove', async (stage) => {
      await factor(stage);
      await stage.store.people.removeFactor('usr_1', 'fac_1', AT, BY);
    }),
    replaceRecoveryCodes: ofRelay('user recovery codes', async (stage) => {
      await stage.store.people.replaceRecoveryCodes(await person(stage), [TOKEN_HASH], AT, BY);
    }),
    useFactor: 'a part of a sign-in, which has its line',
  },
};

async function hold({ store, accountId }: Stage): Promise<void> {
  const change = {
    accountId,
    stream: '',
    level: 'hold',
    reason: '12 % bounced',
    perMinute: undefined,
  } as const;
  await store.health.setHealth({ ...change, atMs: AT }, 'health');
}
