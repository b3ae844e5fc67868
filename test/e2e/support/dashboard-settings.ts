/** Answers of the API about domains, streams, webhooks and credentials, for the dashboard's tests. */
import type { Answering, StubRequest } from './dashboard-stub.ts';

const START = Date.parse('2026-11-24T06:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

const ok = (body: unknown) => ({ status: 200, body });

/** `texts`: what stands in the first of each. */
export function settingsAnswer(
  { method, path, body }: Pick<StubRequest, 'method' | 'path' | 'body'>,
  texts: readonly string[],
): ReturnType<Answering> {
  const [, list = '', id, what] = path.split('/');
  const made = MADE[list];
  if (made === undefined) return undefined;
  const text = texts[0];
  if (id === undefined)
    return method === 'POST'
      ? { status: 201, body: { ...made(0, text), ...SECRETS[list], ...(body as object) } }
      : ok({ data: Array.from({ length: 5 }, (_, index) => made(index, texts[index])), next: null });
  if (what === 'deliveries')
    return ok({
      data: Array.from({ length: 5 }, (_, index) => deliveryOf(index, texts[index])),
      next: null,
    });
  if (what === 'replay') return { status: 202, body: { id, replayed: 3 } };
  if (what === 'test')
    return ok({
      delivered: false,
      status: 500,
      error: text ?? null,
      response: text ?? 'no',
      duration_ms: 31,
    });
  if (what === 'rotate') return ok({ ...made(0, text), ...SECRETS[list], old_secret_until: at(86_400) });
  if (method === 'DELETE' && what === undefined)
    return ok({
      ...{ id, domain: id, removed: true, waiting: 2, waiting_at_least: false },
      revoked_at: at(9),
    });
  return ok(made(0, text));
}

const MADE: Readonly<Record<string, (index: number, text?: string) => object>> = {
  domains: domainOf,
  streams: streamOf,
  webhooks: webhookOf,
  credentials: credentialOf,
};

const SECRETS: Readonly<Record<string, object>> = {
  webhooks: { secret: 'whsec_c2VjcmV0' },
  credentials: { password: 'correct-horse', username: 'shop-1' },
};

function domainOf(index: number, text?: string) {
  const name = text ?? (index === 0 ? 'sender.test' : `sender${index}.test`);
  const record = { type: 'TXT', name: text ?? `s1._domainkey.${name}`, value: text ?? 'v=DKIM1; p=MIIB' };
  return {
    domain: name,
    verified: index === 0,
    id: `dom_${index}`,
    account: 'shop',
    dkim: 'both',
    verified_at: index === 0 ? at(60) : null,
    verified_elsewhere: index === 2,
    failing_since: index === 0 ? at(3_600) : null,
    failed_looks: index === 0 ? 2 : 0,
    accepted_until: index === 0 ? at(86_400) : null,
    created_at: at(index),
    delegated: false,
    rotate_every_seconds: null,
    dkim_keys: [
      ...[keyOf(text ?? 's1', 'rsa', 'active'), keyOf(`${text ?? 's'}2`, 'rsa', 'pending')],
      ...[keyOf(`${text ?? 's'}3`, 'ed25519', 'retired'), keyOf(`${text ?? 's'}4`, 'rsa', 'removable')],
    ],
    dkim_switch_at: null,
    records: [
      { ...record, purpose: 'dkim-rsa', status: 'ok' },
      { ...record, purpose: 'dkim-rsa-next', status: 'unchecked' },
      { ...record, purpose: 'dmarc', status: 'missing' },
      {
        ...{ ...record, purpose: 'spf', status: 'different', found: [text ?? 'v=spf1 -all', 'other'] },
        ...{
          remarks: [text ?? 'it does not allow this relay'],
          proposed: text ?? 'v=spf1 a:mail.test -all',
        },
      },
    ],
  };
}

function keyOf(selector: string, algorithm: string, state: string) {
  return {
    ...{ selector, algorithm, state, created_at: at(0), seen_since: at(60), signs_since: at(700) },
    ...{ failing_since: null, dropped_at: null, retired_at: state === 'retired' ? at(900) : null },
    removable_at: null,
  };
}

function streamOf(index: number, text?: string) {
  return {
    name: text ?? ['transactional', 'broadcast', 'newsletter', 'invoices', 'alerts'][index],
    kind: index === 1 ? 'broadcast' : 'transactional',
    account: 'shop',
    created_at: at(index),
    title: text ?? (index === 2 ? 'Newsletter' : null),
    subdomain: text ?? null,
    pool: text ?? null,
    retry_schedule_ms: index === 0 ? [60_000, 3_600_000] : null,
    max_age_ms: index === 0 ? 14_400_000 : null,
    priority: index === 0 ? -3 : null,
    headers: text === undefined ? {} : { [text]: text },
    track: [],
    warnings: index === 0 ? [text ?? 'mail to many recipients is sent in it (12 messages)'] : [],
  };
}

function webhookOf(index: number, text?: string) {
  return {
    id: `whk_${index}`,
    url: text ?? `https://app${index}.test/events`,
    events: index === 0 ? ['delivered', 'bounced'] : ['*'],
    account: 'shop',
    state: index === 1 ? 'paused' : index === 2 ? 'disabled' : 'active',
    state_reason: text ?? (index === 1 ? 'paused by olga' : null),
    state_since: at(index),
    failing_since: index === 0 ? at(100) : null,
    delivered_at: index === 0 ? at(90) : null,
    cursor: 'evt_1',
    old_secret_until: null,
    created_at: at(index),
  };
}

function deliveryOf(index: number, text?: string) {
  return {
    event_id: `evt_${index}`,
    event: 'bounced',
    message_id: text === undefined ? `msg_${index}` : null,
    state: ['failed', 'pending', 'delivered'][index % 3],
    attempts: index + 1,
    next_attempt_at: index === 1 ? at(1_000) : null,
    last_attempt: {
      ...{ at: at(index), status: 500, error: text ?? 'status 500' },
      ...{ response: text ?? 'Internal Server Error', duration_ms: 31 },
    },
    ended_at: index === 1 ? null : at(index),
  };
}

function credentialOf(index: number, text?: string) {
  const kind = index === 0 ? 'smtp' : index === 1 ? 'network' : 'api';
  return {
    name: text ?? `shop-${index}`,
    account: 'shop',
    allow_ip: ['192.0.2.0/24'],
    domains: text === undefined ? [] : [text],
    from: [],
    scopes: ['send'],
    stream: text ?? 'transactional',
    rate_per_minute: 600,
    daily_quota: null,
    limits: index === 0 ? { messages_per_minute: 600, new_recipients_per_day: 2_000 } : {},
    require_tls: true,
    send_dsn: false,
    dsn_to: null,
    expires_at: index === 3 ? at(10) : null,
    revoked_at: index === 4 ? at(20) : null,
    created_at: at(index),
    id: `crd_${index}`,
    kind,
    username: kind === 'smtp' ? (text ?? 'shop-0') : null,
    networks: kind === 'network' ? ['198.51.100.0/24'] : [],
    certificate: null,
    old_secret_until: null,
    last_used:
      index > 1
        ? null
        : {
            ...{
              at: at(500),
              address: '192.0.2.9',
              name: text ?? 'app.test',
              tls: 'TLSv1.3',
              secret_at: at(1),
            },
            ...{ old_secret_at: null, new_network: null, new_network_at: null },
            networks: [{ network: '192.0.2.0/24', first_at: at(1), last_at: at(500) }],
          },
  };
}
