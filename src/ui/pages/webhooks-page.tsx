/** The webhooks of the account: where events go, and whether they arrive. */
import { useState } from 'preact/hooks';
import type { IssuedWebhook, Webhook } from '../api/answers.ts';
import { Badge, Outside, Time } from '../components/basics.tsx';
import { SecretDialog } from '../components/actions.tsx';
import { ListHead } from '../components/list-head.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { EVERY_EVENT } from '../pure/choices.ts';
import { pathIn } from '../pure/router.ts';
import { announce } from '../shell/announce.tsx';
import { useSurroundings, useText } from '../shell/context.ts';
import { useNow, usePages, type ListPage } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';
import type { Text } from '../text/en.ts';
import { WebhookForm } from './webhook-form.tsx';

export function WebhooksPage() {
  const text = useText();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  const [adding, setAdding] = useState(false);
  const [issued, setIssued] = useState<IssuedWebhook>();
  // An account has few: the API gives them all at once.
  const list = usePages<Webhook, ListPage<Webhook>>(`webhooks ${account.id}`, async (_after, signal) => ({
    ...(await api.get<{ readonly data: readonly Webhook[] }>('v1/webhooks', { signal })),
    next: null,
  }));
  const words = text.webhooks;
  const added = (webhook: IssuedWebhook) => {
    announce(words.added);
    setAdding(false);
    setIssued(webhook);
  };
  return (
    <>
      <ListHead of="webhooks" onAdd={() => setAdding(true)} />
      <DataTable
        label={text.pages.webhooks}
        list={list}
        columns={columnsOf(text, nowMs)}
        keyOf={({ id }) => id}
        href={({ id }) => pathIn('webhooks', id)}
        cardLines={3}
        empty={{ title: words.empty, hint: words.emptyHint }}
      />
      {adding && (
        <WebhookForm
          title={words.addTitle}
          submit={words.add}
          save={(body) => api.send<IssuedWebhook>('POST', 'v1/webhooks', { body })}
          onDone={added}
          onClose={() => setAdding(false)}
        />
      )}
      {issued !== undefined && (
        <SecretDialog
          title={words.secretTitle}
          hint={words.secretHint}
          secrets={[[words.secret, issued.secret]]}
          onClose={() => navigate(pathIn('webhooks', issued.id))}
        />
      )}
    </>
  );
}

function columnsOf({ webhooks: words }: Text, nowMs: number): readonly Column<Webhook>[] {
  const { columns } = words;
  return [
    {
      name: 'url',
      label: columns.url,
      width: 'minmax(0, 3fr)',
      cell: ({ url }) => <Outside text={url} most={200} />,
    },
    {
      name: 'events',
      label: columns.events,
      width: 'minmax(0, 2fr)',
      cell: (webhook) => <WebhookEvents webhook={webhook} />,
    },
    {
      name: 'state',
      label: columns.state,
      width: '9rem',
      isHalf: true,
      cell: (webhook) => <WebhookBadge webhook={webhook} />,
    },
    {
      name: 'arrived',
      label: columns.arrived,
      width: '8rem',
      isHalf: true,
      cell: ({ delivered_at: at }) => (at === null ? words.nothingYet : <Time at={at} nowMs={nowMs} />),
    },
  ];
}

export function WebhookEvents({ webhook: { events } }: { readonly webhook: Webhook }) {
  const { webhooks: words } = useText();
  return events.includes(EVERY_EVENT) ? (
    <>{words.every}</>
  ) : (
    <Outside text={events.join(', ')} most={1_000} />
  );
}

const SIGNS = {
  active: { tone: 'good', sign: '✓' },
  paused: { tone: 'warn', sign: '‖' },
  disabled: { tone: 'bad', sign: '✕' },
} as const;

export function WebhookBadge({ webhook }: { readonly webhook: Webhook }) {
  const { webhooks: words } = useText();
  if (webhook.state === 'active' && webhook.failing_since !== null)
    return (
      <Badge tone="warn" sign="!">
        {words.failing}
      </Badge>
    );
  return <Badge {...SIGNS[webhook.state]}>{words.states[webhook.state]}</Badge>;
}
