/** Random verbs beside the flow of mail. */
import { DAY_MS, STREAMS } from './random-values.ts';
import { idOf } from './random-messages.ts';
import type { Make } from './random-mail-verbs.ts';

export const SIDE_VERBS: Readonly<Record<string, Make>> = {
  health: (values) => {
    const [accountId, stream, atMs] = [values.account(), values.of(['', ...STREAMS]), values.now()];
    const level = values.of(['good', 'warn', 'throttle', 'hold'] as const);
    const perMinute = level === 'throttle' ? 1 + values.below(5) : undefined;
    const change = { accountId, stream, level: level as never, reason: values.text(), perMinute, atMs };
    const releases = values.maybe();
    return async (store) => {
      await store.health.setHealth(change, 'x');
      return [
        releases && (await store.health.releaseHealth({ accountId, stream: undefined }, atMs, 'x')),
        await store.health.healthStates(),
        await store.health.streamTotals(atMs - DAY_MS),
        await store.health.healthTotals('destination', atMs - DAY_MS, 100),
      ];
    };
  },
  suppress: (values) => {
    const [accountId, address, atMs] = [
      values.account(),
      values.of([values.addressKey(), values.name()]),
      values.now(),
    ];
    const scope = values.of(['', ...STREAMS]);
    const expiresAtMs = values.optional(() => atMs + values.below(1_000_000));
    const texts = { evidence: values.text(), createdBy: values.text(), reason: 'manual' } as const;
    const added = { accountId, address, scope, createdAtMs: atMs, expiresAtMs, ...texts };
    const [verb, actor] = [values.below(4), values.text()];
    return async (store) => {
      if (verb === 0)
        return store.suppressions.removeSuppression(
          { accountId, scope, address, reason: undefined },
          atMs,
          'x',
        );
      if (verb === 1) return store.suppressions.importSuppressions([added], atMs, actor);
      return store.suppressions.addSuppression(added, 'x');
    };
  },
  suppressions: (values) => {
    const [account, address, nowMs] = [
      values.account(),
      values.of([values.addressKey(), values.name()]),
      values.now(),
    ];
    const after = values.optional(() => values.of([values.addressKey(), values.name()]));
    const stream = values.of(STREAMS);
    return async (store) => [
      await store.suppressions.suppressionFor(account, stream, address, nowMs),
      await store.suppressions.listSuppressions(account, after, 5),
      await store.suppressions.listSuppressions(account, undefined, 100),
      (await store.suppressions.countSuppressions(0, nowMs, undefined)).reasons,
    ];
  },
  refusals: (values) => {
    const id = values.id('msg_');
    const kept = {
      ...{
        id,
        accountId: values.account(),
        credentialId: 'crd_none',
        via: 'smtp' as const,
        client: values.text(),
      },
      ...{
        refusedAtMs: values.now(),
        reversePath: values.text(),
        recipients: values.some(3, () => values.text()),
      },
      ...{ recipientCount: 3, reply: values.text(), fix: values.optional(() => values.text()) },
      ...{ headerFrom: values.optional(() => values.text()), subject: values.optional(() => values.text()) },
      ...{ leftOut: values.below(3), headers: values.octets() },
    };
    return async (store) => {
      await store.refusals.keepRefused(kept);
      return [
        await store.refusals.refusedMessage(id),
        await store.refusals.refusedMessages(undefined, undefined, 5),
      ];
    };
  },
  reports: (values, known) => {
    const id = values.id('rpt_');
    const report = {
      ...{ id, accountId: values.account(), receivedAtMs: values.now(), kind: 'unreadable' as const },
      ...{ form: values.text(), recipient: values.optional(() => values.text()), client: values.text() },
      ...{ messageId: values.optional(() => idOf(values, known.messages)), why: values.text() },
      ...{ reading: values.optional(() => values.text()), headers: values.octets() },
    };
    return async (store) => {
      await store.reports.keepReport(report);
      return [
        await store.reports.unverifiedReport(id),
        await store.reports.unverifiedReports(report.accountId, undefined, 5),
      ];
    };
  },
  complain: (values, known) => {
    const [messageId, atMs] = [idOf(values, known.messages), values.now()];
    const event = {
      type: 'complained',
      atMs,
      data: { via: 'report', text: values.text(), class: values.failure() },
    } as const;
    const change = {
      messageId,
      recipientNumber: 1,
      state: undefined,
      event,
      suppression: undefined,
      dsns: [],
    };
    return (store) => store.reports.applyReport([change]);
  },
  templates: (values) => {
    const [id, accountId, name, atMs] = [values.id('tpl_'), values.account(), values.name(), values.now()];
    const part = () => values.optional(() => values.text());
    const variables = values.some(2, () => ({ name: values.text(), required: values.maybe() }));
    const first = { subject: part(), html: part(), text: part(), variables, createdAtMs: atMs };
    const removes = values.maybe();
    return async (store) => [
      await store.templates.addTemplate({ id, accountId, name, createdAtMs: atMs, first }, 'x').catch(codeOf),
      await store.templates.addTemplateVersion(id, first, 'x').catch(codeOf),
      await store.templates.templateVersion(id, 1),
      await store.templates.findTemplate(accountId, name),
      await store.templates.listTemplates(accountId),
      removes && (await store.templates.removeTemplate(id, atMs, 'x').catch(codeOf)),
    ];
  },
  logins: (values) => {
    const atMs = values.now();
    const record = {
      ...{
        kind: values.of(['address', 'user', 'pair'] as const),
        key: values.name(),
        failures: values.below(9),
      },
      ...{ atMs, blockedUntilMs: atMs + values.below(9), succeededAtMs: values.optional(() => atMs) },
    };
    return async (store) => {
      await store.logins.recordLogins([record], atMs - DAY_MS);
      return store.logins.loginRecords(atMs - DAY_MS);
    };
  },
  findings: (values) => {
    const nowMs = values.now();
    const check = {
      ...{ name: values.name(), ok: values.maybe(), sinceMs: nowMs, detail: values.text() },
      remedy: values.optional(() => values.text()),
    };
    const look = { subject: values.name(), atMs: nowMs, found: values.text() };
    const change = {
      accountId: values.account(),
      atMs: nowMs,
      data: { reason: values.text(), all: [values.text()] },
    };
    const gone = values.name();
    return async (store) => {
      await store.findings.recordChecks([check], nowMs);
      await store.findings.recordLooks([look], [change], [gone]);
      return [
        await store.findings.checkStates(),
        await store.findings.lookStates(),
        await store.findings.serverEvents({ after: 0, limit: 100 }),
      ];
    };
  },
  lookUp: (values) => {
    const [account, text, nowMs] = [values.account(), values.text(), values.now()];
    return async (store) => [
      await store.directory.credentialByUsername(text),
      await store.directory.findCredential(account, text),
      await store.directory.findDomain(account, text),
      await store.directory.domainHolder(text),
      await store.directory.streamByName(account, text),
      await store.directory.accountByName(text),
      await store.queue.messageById(text),
      await store.queue.contentIdOf(text),
      await store.reports.unverifiedReport(text),
      await store.idempotency.firstResult('crd_none', text, nowMs),
      await store.webhooks.webhookById(text),
    ];
  },
  directory: (values, known) => {
    const [accountId, name, nowMs] = [values.account(), values.name(), values.now()];
    const [id, actor, revoked] = [values.id('crd_'), values.text(), values.of(known.others)];
    known.others.push(id);
    const credential = {
      ...{
        id,
        accountId,
        accountName: '',
        kind: 'smtp' as const,
        name,
        username: values.optional(() => values.text()),
      },
      ...{
        secretHash: values.octets(),
        certificate: values.optional(() => ({
          subject: values.optional(() => values.text()),
          notAfterMs: nowMs,
        })),
        networks: values.some(1, () => values.text()),
        domains: [],
        fromAddresses: [],
      },
      ...{ scopes: ['send'], stream: values.text(), ratePerMinute: undefined, dailyQuota: values.below(9) },
      ...{ requireTls: false, sendDsn: true, dsnTo: values.optional(() => values.text()), version: 0 },
      ...{ expiresAtMs: values.optional(() => nowMs), revokedAtMs: undefined, createdAtMs: nowMs },
    };
    return async (store) => [
      await store.directory
        .addStream({ accountId, name, kind: 'broadcast', createdAtMs: nowMs }, 'x')
        .catch(codeOf),
      await store.directory.addCredential(credential, actor).catch(codeOf),
      await store.directory.credentialByCertificate(credential.secretHash),
      await store.directory.replaceCredentialSecret(id, Uint8Array.of(1), nowMs, 'x').catch(codeOf),
      await store.directory.revokeCredential(revoked, nowMs, 'x').catch(codeOf),
      await store.directory.listStreams(accountId),
      await store.directory.listCredentials(accountId, undefined, 1000),
      await store.directory.credentialsExpiring(accountId, 0, nowMs + DAY_MS, 50),
      await store.usage.certificatesEnding(accountId, 0, nowMs + DAY_MS, 50),
    ];
  },
  retention: (values) => {
    const nowMs = values.now();
    const ages = { contentMs: DAY_MS / 24, metadataMs: DAY_MS / 4, eventsMs: DAY_MS / 2 };
    return async (store) => {
      let more = true;
      for (let steps = 0; more && steps < 50; steps++) ({ more } = await store.retention.clean(nowMs, ages));
      return more;
    };
  },
};

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
