/** Answers about the relay as a whole for the dashboard's tests: routes, sources, settings, reports, refused mail, events as they happen. */
import type { Answering } from './dashboard-stub.ts';

const START = Date.parse('2026-11-24T06:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const FIVE = [0, 1, 2, 3, 4] as const;

/** `undefined`: of another page. `texts`: what stands in the first ones. */
export function relayAnswersOf(texts: readonly string[]): Answering {
  const text = texts[0];
  return ({ path, query }) => {
    const ok = (body: unknown) => ({ status: 200, body });
    const some = (make: (index: number, text?: string) => object) =>
      ok({ data: FIVE.map((index) => make(index, texts[index])), next: null });
    if (path === 'v1/events/stream')
      return { status: 200, events: query.has('after') ? '' : eventsOf(texts) };
    if (path === 'operation/queue-now')
      return ok({ scheduled: 3, queued: 1_204, deferred: 40, held: 0, oldest_at: at(0) });
    if (path === 'operation/queue') return ok(queueOf(texts));
    if (path.endsWith('/preview'))
      return ok({
        ...{ deliveries: 12, messages: 10, in_progress: 1, oldest_at: at(0) },
        accounts: [{ name: text ?? 'shop', deliveries: 12 }],
      });
    if (path.startsWith('operation/queue/')) return ok(queueOfDestination(text));
    if (path === 'operation/person-names')
      return ok({ data: [{ id: 'usr_2', email: text ?? 'dan@example.org' }] });
    if (path === 'operation/routes') return some(routeOf);
    if (path === 'operation/sources') return some(sourceOf);
    if (path === 'operation/route-test') return ok(outlookOf(text));
    if (path === 'operation/settings')
      return ok({
        file: text ?? '/etc/postern/relay.toml',
        settings: FIVE.map((i) => settingOf(i, texts[i])),
      });
    if (path === 'operation/refused') return some(refusedOf);
    if (path.startsWith('operation/refused/')) return ok(refusedOf(0, text));
    if (path === 'operation/reports') return some(reportOf);
    if (path.startsWith('operation/reports/')) return ok(reportContentOf(text));
    if (/^operation\/sources\/[^/]+\/(?:suspend|resume)$/.test(path))
      return ok({ source: 'out-0', suspended: path.endsWith('suspend'), suspended_until: null });
    return undefined;
  };
}

/** As the relay writes them: one line of JSON each. */
function eventsOf(texts: readonly string[]): string {
  return FIVE.map((index) => {
    const text = texts[index];
    const event = {
      ...{ id: `evt_${index}`, event: index === 0 ? 'bounced' : 'delivered', message_id: `msg_${index}` },
      ...{ delivery_id: `dlv_${index}`, recipient: text ?? `reader${index}@recipient.test` },
      ...{ timestamp: at(index), account: 'shop', stream: 'transactional', tags: [], metadata: {} },
      reply: text ?? '250 2.0.0 queued',
    };
    return `id: evt_${index}\nevent: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`;
  }).join('');
}

function queueOf(texts: readonly string[]) {
  return {
    ...{ scheduled: 0, queued: 3, deferred: 40, held: 1, oldest_at: at(0) },
    destinations: FIVE.map((index) => destinationOf(index, texts[index])),
    limits: [limitOf(texts[0])],
  };
}

function destinationOf(index: number, text?: string) {
  return {
    ...{ destination: text ?? `recipient${index}.test`, scheduled: 0, queued: 3, deferred: 8, held: index },
    ...{ delivered: 0, bounced: 0, expired: 0, suppressed: 0, cancelled: 0 },
    ...{ next_due_at: at(600), blocked_until: index === 1 ? '2099-01-01T00:00:00.000Z' : null },
    ...{
      suspended: index === 0,
      failures: index,
      waits_for: text ?? null,
      last_error: text ?? '421 4.7.0 Later',
    },
    withholds_suppressions_until: null,
  };
}

function limitOf(text?: string) {
  return {
    ...{
      subject: text ?? 'google',
      source: null,
      action: 'slow-down',
      step: 2,
      per_minute: 30,
      connections: 2,
    },
    ...{ since: at(0), changed_at: at(0), until: at(900), times: 1, rule: text ?? 'google-rate' },
    ...{ reply: text ?? '421 4.7.28 rate limited', destination: 'recipient0.test', undone_by: 'relayctl' },
  };
}

function queueOfDestination(text?: string) {
  return {
    ...destinationOf(0, text),
    ...{ suspended_since: at(0), suspended_until: null, suspended_reason: text ?? 'asked by them' },
    ...{ suspended_by: text ?? 'user:usr_1', limits: [limitOf(text)] },
    newest: FIVE.map((index) => ({
      ...{ id: `dlv_${index}`, message_id: `msg_${index}`, account: text ?? 'shop', state: 'deferred' },
      recipient: text ?? `reader${index}@recipient0.test`,
      ...{ waits_for: text ?? 'its next attempt: 421 4.7.0 Later', earliest_at: at(600) },
    })),
  };
}

function routeOf(index: number, text?: string) {
  const some = [text ?? 'example.org'];
  const relays = index % 2 === 0;
  return {
    ...{ name: text ?? `route-${index}`, action: relays ? 'relay' : 'hold' },
    match: index === 4 ? null : { domains: some, providers: [], accounts: some, streams: [] },
    ...{ host: relays ? (text ?? 'smtp.example.net') : null, port: relays ? 587 : null },
    ...{ tls: relays ? 'verify' : null, username: relays ? (text ?? 'postern') : null, auth: null },
    ...{ dkim: index !== 2, fallback: text ?? 'direct', fallback_on: ['unreachable', 'blocked'] },
    ...{ pool: text ?? null, keep_source: false, reason: text ?? null },
  };
}

function sourceOf(index: number, text?: string) {
  const isSuspended = index === 1;
  return {
    ...{
      name: text ?? `out-${index}`,
      addresses: [text ?? '192.0.2.10'],
      hostname: text ?? 'out.example.net',
    },
    ...{ pool: text ?? 'bulk', weight: 3, client_certificate: false, hop: null },
    warm_up: index === 0 ? { plan: 'default', start: '2026-11-22' } : null,
    suspended: isSuspended,
    suspended_since: isSuspended ? at(0) : null,
    suspended_until: isSuspended ? at(7_200) : null,
    suspended_reason: isSuspended ? (text ?? 'on a blocklist') : null,
    suspended_by: isSuspended ? (text ?? 'relayctl:olga') : null,
    limits:
      index === 2
        ? [
            {
              ...{ provider: text ?? 'google', at: at(0), until: at(3_600), times: 2, class: 'reputation' },
              reply: text ?? '550 5.7.1 poor reputation',
            },
          ]
        : [],
    forecast: index === 0 ? [forecastOf(text ?? 'google', false), forecastOf('other', true)] : [],
  };
}

function forecastOf(provider: string, warm: boolean) {
  return {
    ...{ provider, step: 3, steps: 20, warm, days: [], warm_on: '2026-12-14' },
    today: {
      ...{ ceiling: warm ? null : 250, reserved: 120, handed_over: 80, turned_away: 3, complained: 0 },
      reason: 'planned',
    },
  };
}

function outlookOf(text?: string) {
  return {
    ...{ to: 'alice@example.org', domain: 'example.org', account: 'shop', stream: 'transactional' },
    ...{ decided: true, route: routeOf(0, text), provider: text ?? null },
    passed_over: [{ route: text ?? 'pause', because: 'stream' }],
    mx: { kind: 'hosts', hosts: [{ name: text ?? 'mx.example.org', preference: 10 }], text: '' },
    smart_host: { found: false, text: text ?? 'no such domain' },
    sources: [sourceOf(0, text)],
    shaping: [text ?? 'google'],
    obstacles: ['suppressed', 'destination', 'source-limit', 'ceiling', 'check'].map((kind) => ({
      ...{ kind, subject: text ?? 'example.org', detail: text ?? 'suspended', until: at(60) },
    })),
  };
}

function settingOf(index: number, text?: string) {
  return {
    ...{ key: ['hostname', 'data_key', 'http.listen', 'log.level', 'route'][index], value: text ?? '"warn"' },
    ...{ source: text ?? (index === 3 ? 'default' : 'relay.toml:12'), accepted: text ?? 'a level' },
    ...{ needs_restart: index === 2, waiting: index === 2 ? (text ?? '["0.0.0.0:8080"]') : null },
    no_effect: index === 4 ? (text ?? 'not built yet') : null,
  };
}

function refusedOf(index: number, text?: string) {
  return {
    ...{ id: `msg_r${index}`, account: text ?? 'shop', refused_at: at(index) },
    ...{
      reply: `550 5.7.1 ${text ?? 'you may not send as other.test'}`,
      fix: text ?? 'relayctl domain add other.test',
    },
    ...{ reverse_path: text ?? 'shop@sender.test', recipients: [text ?? 'alice@recipient.test'] },
    ...{ recipient_count: 3, header_from: text ?? 'other@other.test', subject: text ?? 'Report' },
    ...{ credential_id: 'crd_1', credential: text ?? 'app', client: '192.0.2.9', via: 'smtp', left_out: 2 },
  };
}

function reportOf(index: number, text?: string) {
  return {
    ...{ id: `rpt_${index}`, account: text ?? 'shop', received_at: at(index), form: 'rfc3464' },
    kind: (['bounce', 'complaint', 'auto-reply', 'delivered', 'unreadable'] as const)[index],
    ...{ recipient: text ?? 'gone@recipient.test', message_id: 'msg_1', client: '192.0.2.4' },
    ...{ why: text ?? 'its recipient address has no token', applied_at: index === 1 ? at(9) : null },
  };
}

function reportContentOf(text?: string) {
  return {
    ...reportOf(0, text),
    recipients: [
      {
        ...{ recipient: text ?? 'gone@recipient.test', original_recipient: null, action: 'failed' },
        ...{ status: '5.1.1', reply: text ?? '550 5.1.1 No such user', text: text ?? '' },
        ...{
          remote_mta: text ?? 'mx.recipient.test',
          feedback_type: null,
          class: 'unknown-user',
          hard: true,
        },
        ...{ meaning: text ?? 'The address does not exist.', remedy: text ?? 'Remove it from your lists.' },
      },
    ],
    recipients_left_out: 4,
    returned: { message_id_field: text ?? '<1@sender.test>', subject: text ?? 'Order 1', to: [] },
    headers:
      text === undefined
        ? 'From: MAILER-DAEMON@recipient.test\r\nSubject: Undelivered\r\n'
        : `Subject: ${text}\r\n`,
  };
}
